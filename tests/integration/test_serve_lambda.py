"""Functions written for AWS Lambda, with what people use there, run as they are."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from tests.support.gateway_process import gateway
from tests.support.local_origin import local_origin
from tests.support.npm_packages import ROOT, Lock, imported, installed

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FUNCTIONS = ROOT / "tests" / "lambda"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="session")
def deployed(tmp_path_factory):
    """A folder of functions, each with the packages that it imports."""
    lock = Lock(installed("tests/lambda", "npm-lambda"))
    folder = tmp_path_factory.mktemp("lambda")
    for entry in FUNCTIONS.glob("*/index.*"):
        target = folder / entry.parent.name
        shutil.copytree(entry.parent, target)
        source = entry.read_text("utf-8").replace("require(", "import(")
        lock.copy(imported(source), target)
    return folder


@pytest.fixture(scope="module")
def edge(deployed, tmp_path_factory, engine_mode):
    """A gateway with all of them."""
    arguments = ["--functions", str(deployed), "--set", 'egress.allow=["127.0.0.1"]']
    with gateway(tmp_path_factory.mktemp("gateway"), *arguments) as running:
        yield running


def test_hono(edge):
    """Paths, queries, cookies both ways, and what its adapter passes on."""
    answer = edge.get("/hono/hello/bob?q=1&q=2", headers={"cookie": "x=9; y=1"})
    assert answer.json() == {"name": "bob", "q": ["1", "2"], "cookie": "9", "function": "hono", "version": "2.0"}
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
    data = bytes(range(256))
    assert edge.post("/hono/echo", content=data, headers={"content-type": "image/png"}).content == data


def test_hono_streams(edge):
    """By awslambda.streamifyResponse and HttpResponseStream."""
    assert edge.get("/honostream/lines").text == "line 0\nline 1\nline 2\n"
    answer = edge.get("/honostream/created")
    assert (answer.status_code, answer.text, answer.headers["x-a"]) == (201, "created", "b")


def test_middy(edge):
    """Its middlewares before, after and for errors; and what it streams."""
    assert edge.post("/middy/x", content=b'{"a":1}', headers=JSON).json() == {"got": {"a": 1}, "left": True}
    refused = edge.post("/middy/x", content=b'{"bad":1}', headers=JSON)
    assert (refused.status_code, refused.text) == (422, "no good")
    assert edge.post("/middy/x", content=b"{", headers=JSON).status_code == 422
    answer = edge.get("/middystream/")
    assert (answer.text, answer.headers["content-type"]) == ("a,b\n1,2\n", "text/csv")


def test_powertools_logger(edge):
    """It knows the function by context and environment."""
    answer = edge.get("/logger/")
    assert answer.json() == {"ok": True}
    request = answer.headers["edge-request-id"]
    edge.logged(event="function_log", request_id=request)
    [(level, text)] = edge.console(request)
    line = json.loads(text)
    assert (level, line["message"], line["a"], line["service"]) == ("info", "hello", 1, "shop")
    assert (line["function_name"], line["function_request_id"]) == ("logger", request)


def test_lambda_api(edge):
    """A router of its own over the names of formats 1.0 and 2.0."""
    answer = edge.get("/lambdaapi/user/7?a=1")
    assert answer.json() == {"id": "7", "q": {"a": "1"}}
    assert answer.headers["set-cookie"] == "a=b; Path=/"
    assert edge.post("/lambdaapi/echo", content=b'{"a":1}', headers=JSON).json() == {"a": 1}


def test_callbacks(edge):
    """They wait for the empty event loop, unless they say that they do not."""
    assert edge.get("/callback/").text == "late"
    assert edge.get("/callback/now").text == "early"


@pytest.mark.parametrize(("path", "text"), [("http", "fetched"), ("unref", "connected")])
def test_connections_that_are_kept_alive_hold_no_answer_back(edge, path, text):
    """Nor do those that the function has told not to be waited for."""
    with local_origin() as origin:
        port = origin.address.rpartition(":")[2]
        began = time.monotonic()
        assert edge.get(f"/callback/{path}?port={port}").text == text
        assert time.monotonic() - began < 4


def test_variables_at_the_top_level(edge):
    """Those that are the same for all functions may be in a snapshot, those that name one may not."""
    assert (edge.get("/region/").text, edge.get("/toplevel/").text) == ("us-east-1", "toplevel")
    snapshots = {name: edge.operate("GET", f"/functions/{name}").json()["snapshot"] for name in ("region", "toplevel")}
    assert snapshots["region"]["level"] == "initialised"
    assert snapshots["toplevel"] == {
        "level": "compiled",
        "reason": "its top level uses the variable AWS_LAMBDA_FUNCTION_NAME",
    }


@pytest.mark.parametrize("name", ["expressapp", "vendia"])
def test_express_behind_an_adapter(edge, name):
    """By serverless-http and serverless-express, which make Node's requests and responses of events."""
    answer = edge.get(f"/{name}/hi/bob?x=1&x=2")
    assert answer.json().items() >= {"name": "bob", "q": {"x": ["1", "2"]}}.items()
    assert answer.headers.get_list("set-cookie")[0] == "a=1; Path=/"
    created = edge.post(f"/{name}/echo", content=b'{"a":1}', headers=JSON)
    assert (created.status_code, created.json()) == (201, {"a": 1})


def test_what_serverless_http_passes_on(edge):
    """Several cookies, and bytes that it was told of."""
    assert edge.get("/expressapp/hi/x").headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert edge.get("/expressapp/bytes").content == b"\x01\x02\xff"
    assert edge.get("/expressapp/nothing").status_code == 404


def test_koa(edge):
    """By serverless-http as well."""
    answer = edge.get("/koaapp/a/b?c=1")
    assert (answer.json(), answer.headers["x-a"]) == ({"path": "/a/b", "q": {"c": "1"}}, "b")
