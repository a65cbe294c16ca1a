"""Apps of Express and its kin, and middlewares of npm below the contract's Router, answer as they do under Node."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil

import brotli
import pytest

from tests.support.gateway_process import gateway
from tests.support.npm_packages import ROOT, Lock, installed, told_by_node

pytestmark = [pytest.mark.integration, pytest.mark.slow]

# What is compared is JavaScript, which both modes run alike.
ENGINE_MODES = ("cells",)
APPS = ROOT / "tests" / "express" / "apps"
# "@300" is 300 letters.
REQUESTS = {
    name: [[*ask[:3], re.sub(r"@(\d+)", lambda size: "x" * int(size[1]), ask[3])] if ask[3:] else ask for ask in asks]
    for name, asks in json.loads((APPS / "requests.json").read_text("utf-8")).items()
}
NAMES = sorted(REQUESTS)
# The same app with either version.
EXPRESS = frozenset({"express-app", "express4-app"})
# What a connection, the clock or a file's time decides; the gateway's own.
IGNORED = {
    "connection", "content-length", "date", "edge-outcome", "edge-request-id", "etag", "keep-alive", "last-modified",
    "ratelimit-reset", "transfer-encoding", "x-powered-by",
}  # fmt: skip
_REQUIRE = re.compile(r"require\('((?:@[\w-]+/)?[\w-]+)")
_UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress}


@pytest.fixture(scope="session")
def deployed(tmp_path_factory):
    """A folder of functions, each with the packages that it requires."""
    folder = tmp_path_factory.mktemp("express-apps")
    lock = Lock(installed("tests/express", "npm-express"))
    for name in REQUESTS:
        shutil.copytree(APPS / name, folder / "functions" / name)
        if name in EXPRESS:
            shutil.copytree(APPS / "express", folder / "functions" / name, dirs_exist_ok=True)
        wanted = set(_REQUIRE.findall((APPS / name / "index.js").read_text("utf-8")))
        lock.copy(wanted | ({"ejs"} if name in EXPRESS else set()), folder / "functions" / name)
    routes = [f'[[routes]]\nhost = "{name}.example"\npath = "/*rest"\nfunction = "{name}"\n' for name in REQUESTS]
    tables = [f"[functions.{name}]\n" for name in REQUESTS]
    (folder / "edge.toml").write_text("".join(routes + tables), "utf-8")
    return folder


@pytest.fixture(scope="session")
def expected(deployed):
    """The answers of Node, by app."""
    plan = {"folder": str(deployed / "functions"), "requests": REQUESTS}
    return told_by_node(ROOT / "tests" / "express" / "apps_reference.mjs", plan, deployed, "answers.json")


@pytest.fixture(scope="module")
def edge(deployed, engine_mode):
    """A gateway that serves them, each under a host of its own."""
    with gateway(deployed, files={}) as running:
        yield running


def told(status, headers, body):
    """What is compared of an answer: a packed body is unpacked, as packers differ."""
    pairs = sorted((name.lower(), value) for name, value in headers if name.lower() not in IGNORED)
    unpack = _UNPACK.get(dict(pairs).get("content-encoding", ""), bytes)
    return status, pairs, unpack(body).decode("latin1")


def asked(edge, name, method, target, headers=(), body=""):
    """The answer to a request with just these headers."""
    request = edge.client.build_request(method, edge.url + target, content=body or None)
    for key in ("accept", "accept-encoding", "user-agent"):
        del request.headers[key]
    request.headers.update({"Host": f"{name}.example", **dict(headers)})
    answer = edge.client.send(request, stream=True)
    try:
        return told(answer.status_code, answer.headers.multi_items(), b"".join(answer.iter_raw()))
    finally:
        answer.close()


@pytest.mark.parametrize("name", NAMES)
def test_an_app_answers_as_under_node(name, edge, expected):
    """Status, headers and body."""
    different = []
    for ask, want in zip(REQUESTS[name], expected[name], strict=True):
        got = asked(edge, name, *ask)
        wanted = told(want["status"], want["headers"], base64.b64decode(want["body"]))
        if got != wanted:
            different.append(f"{ask}\nNode: {wanted}\nhere: {got}")
    assert not different, "\n\n".join(different)
