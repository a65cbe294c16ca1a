"""Workers in the manner of the published examples: each a file or folder of tests/workers, its requests beside it.

They use what Workers, Deno and service workers share, in the syntax that people write for these, and no vendor's
service.
"""

from __future__ import annotations

import json
import shutil

import pytest

from tests.support.gateway_process import REPOSITORY, gateway, until
from tests.support.web_origin import web_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

WORKERS = REPOSITORY / "tests" / "workers"
NAMES = sorted(path.stem for path in WORKERS.glob("*.json"))


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """The gateway with all of them, and an origin that they fetch from."""
    folder = tmp_path_factory.mktemp("workers")
    with web_origin() as origin:
        for name in NAMES:
            place_worker(name, folder / "functions" / name, f'[env]\nGREETING = "Hello"\nORIGIN = "{origin.url}"\n')
        arguments = ["--functions", "functions", "--set", 'egress.allow=["127.0.0.1"]', "--set", "storage.kv=memory"]
        with gateway(folder, *arguments) as running:
            yield running


def place_worker(name, target, settings):
    """Put a worker where it is served from, with its settings."""
    if (WORKERS / name).is_dir():
        shutil.copytree(WORKERS / name, target)
    else:
        target.mkdir(parents=True)
        [source] = (path for path in WORKERS.glob(f"{name}.*") if path.suffix != ".json")
        shutil.copyfile(source, target / f"index{source.suffix}")
    (target / "function.toml").write_text(settings, "utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_worker_answers(edge, name):
    """Status, body, headers and log are what the list of requests says."""
    for request in json.loads((WORKERS / f"{name}.json").read_text("utf-8")):
        answer = ask(edge, name, request)
        told = f"{request['path']}: {answer.status_code} {answer.text[:1000]} {edge.log(function=name)[-1:]}"
        assert answer.status_code == request.get("status", 200), told
        assert answer.text == request.get("is", answer.text), told
        assert request.get("has", "") in answer.text, told
        for header, value in request.get("gives", {}).items():
            assert answer.headers.get(header) == value, (header, told)
        check_log(edge, request, answer.headers["edge-request-id"])


def check_log(edge, request, rid):
    """What the log has to say of the request: the error, a line of the console."""
    if "fails" in request:
        [entry] = edge.logged(event="request", request_id=rid)
        assert request["fails"] in entry["error"], entry
    if "logs" in request:
        until(lambda: any(request["logs"] in text for _, text in edge.console(rid)), what=request["logs"])


def ask(edge, name, request):
    """The answer of the gateway."""
    headers = {"host": "app.example", "accept-encoding": "identity", **request.get("headers", {})}
    body = request["body"].encode() if "body" in request else None
    return edge.client.request(
        request.get("method", "GET"), f"{edge.url}/{name}{request['path']}", headers=headers, content=body
    )
