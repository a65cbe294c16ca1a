"""Programs written for other runtimes run as they are, and answer what the same code answers under Node.

The programs are in tests/apps: a folder for each, with the requests that are made to it.  Their packages come from
npm in the versions of tests/apps/package-lock.json.
"""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.support.gateway_process import gateway
from tests.support.npm_packages import ROOT, Lock, imported, installed, told_by_node
from tests.support.web_origin import web_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

APPS = ROOT / "tests" / "apps"
NAMES = sorted(path.parent.name for path in APPS.glob("*/requests.json"))
HOST = "app.example"
# Their packages leave out extensions in imports, which Node does not take.
FOR_BUNDLERS = {"sunder"}
# Of a connection, not of an answer; or the gateway's own.
OF_A_CONNECTION = {"connection", "content-length", "date", "edge-outcome", "edge-request-id", "transfer-encoding"}


def requests_of(name):
    return json.loads((APPS / name / "requests.json").read_text("utf-8"))


def entry_of(name):
    [entry] = (APPS / name).glob("index.*")
    return entry


@pytest.fixture(scope="session")
def packages():
    """The folder of npm packages."""
    return installed("tests/apps", "npm-apps")


@pytest.fixture(scope="session")
def origin():
    """A server that the programs fetch from."""
    with web_origin() as running:
        yield running


@pytest.fixture(scope="session")
def env(origin):
    """Variables of every program."""
    return {"GREETING": "Hello", "ORIGIN": origin.url}


@pytest.fixture(scope="session")
def deployed(packages, env, tmp_path_factory):
    """A folder of functions, each with the packages that it imports."""
    folder = tmp_path_factory.mktemp("apps")
    lock = Lock(packages)
    settings = "".join(f"{key} = {json.dumps(value)}\n" for key, value in env.items())
    for name in NAMES:
        target = folder / "functions" / name
        shutil.copytree(APPS / name, target)
        (target / "function.toml").write_text(f"[env]\n{settings}", "utf-8")
        lock.copy(imported(entry_of(name).read_text("utf-8")), target)
    return folder


@pytest.fixture(scope="session")
def expected(packages, deployed, env):
    """The answers of Node, by program."""
    programs = deployed / "reference"
    programs.mkdir()
    (programs / "node_modules").symlink_to(packages / "node_modules")
    apps = [
        {
            "name": name,
            "entry": str(entry_of(name)),
            "output": f"{programs / name}.{'cjs' if name in FOR_BUNDLERS else 'mjs'}",
            "bundled": name in FOR_BUNDLERS,
            "requests": requests_of(name),
        }
        for name in NAMES
    ]
    esbuild = str(ROOT / "build" / "npm" / "node_modules" / "esbuild" / "lib" / "main.js")
    plan = {
        "esbuild": esbuild,
        "nodePaths": [str(packages / "node_modules")],
        "base": f"http://{HOST}",
        "env": env,
        "apps": apps,
    }
    return told_by_node(APPS / "reference.mjs", plan, deployed, "answers.json", NODE_ENV="production")


@pytest.fixture(scope="module")
def edge(deployed, tmp_path_factory, engine_mode):
    """The gateway with all of them."""
    arguments = ["--functions", str(deployed / "functions"), "--set", 'egress.allow=["127.0.0.1"]']
    with gateway(tmp_path_factory.mktemp("gateway"), *arguments) as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_a_program_answers_as_under_node(edge, expected, name):
    """Status, headers and body of every answer; and each is what the list of requests says."""
    for request, wanted in zip(requests_of(name), expected[name], strict=True):
        answer = ask(edge, name, request)
        told = f"{request.get('method', 'GET')} {request['path']}: {answer.status_code} {answer.content[:1000]!r}"
        assert answer.status_code == request.get("status", 200), f"{told}\n{problem(edge)}"
        assert request.get("has", "") in answer.text, told
        assert answer.status_code == wanted["status"], told
        assert shown(answer.content.decode("latin-1"), request) == shown(wanted["body"], request), told
        assert kept(answer.headers.multi_items()) == kept(wanted["headers"]), told


def ask(edge, name, request):
    """The answer of the gateway."""
    url = f"{edge.url}/{name}{request['path']}"
    headers = {"host": HOST, "accept-encoding": "identity", **request.get("headers", {})}
    body = request["body"].encode() if "body" in request else None
    return edge.client.request(request.get("method", "GET"), url, headers=headers, content=body)


def problem(edge):
    """What the log says of the last failure."""
    return [entry.get("stack", "")[:600] for entry in edge.log(event="request") if "stack" in entry][-1:]


def shown(body, request):
    """A body without what is different each time, which the request names by a pattern."""
    return re.sub(request["random"], "*", body) if "random" in request else body


def kept(headers):
    """The headers of an answer that its program has made, in order of their names."""
    lowered = [(name.lower(), value) for name, value in headers]
    return sorted((name, value) for name, value in lowered if name not in OF_A_CONNECTION)
