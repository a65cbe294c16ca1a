"""Functions that call one another through `env.NAME.fetch`, in memory."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.support.gateway_process import gateway, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DATA = Path(__file__).parents[1] / "data" / "services"
CONFIG = """
[server]
max_body = "1GiB"
[functions.front]
services = { API = "web", EXPRESS = "express", EVENT = "event", SELF = "front", ONE = "one", BROKEN = "broken" }
timeout = "5s"
[functions.web]
services = { FRONT = "front" }
env = { WHO = "callee" }
timeout = "3s"
wait_until = "2s"
[functions.express]
services = { API = "web" }
[functions.event]
services = { API = "web" }
[functions.one]
package = "web"
concurrency = 1
services = { ONE = "one", API = "web" }
[functions.broken]
[[routes]]
path = "/*rest"
function = "front"
[[routes]]
path = "/express"
function = "express"
[[routes]]
path = "/event"
function = "event"
[[routes]]
path = "/one/*rest"
function = "one"
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway with functions that are bound to each other."""
    files = {"edge.toml": CONFIG}
    for path in DATA.rglob("*.*"):
        files[f"functions/{path.relative_to(DATA)}"] = path.read_text()
    with gateway(tmp_path_factory.mktemp("services"), files=files) as running:
        yield running


def test_a_function_calls_another_in_memory(edge):
    """Method, URL, headers and body arrive; status, headers and body come back."""
    answer = edge.post("/call/API/look?x=1", headers={"x-mine": "yes"}, content=b"hello")
    assert answer.status_code == 201
    assert answer.headers["x-callee"] == "callee"
    seen = answer.json()
    assert (seen["method"], seen["url"], seen["body"]) == ("POST", "https://api.internal/look?x=1", "hello")
    assert seen["headers"]["host"] == "api.internal"
    assert seen["headers"]["x-mine"] == "yes"
    assert "x-edge" not in answer.text


@pytest.mark.parametrize("binding", ["EXPRESS", "EVENT"])
def test_the_callee_may_have_another_contract(edge, binding):
    """Contracts are each function's own affair."""
    answer = edge.post(f"/call/{binding}/some/path?x=1", content=b"hello")
    assert answer.json() == {"contract": binding.lower(), "path": "/some/path", "x": "1", "body": "hello"}


@pytest.mark.parametrize("path", ["/express", "/event"])
def test_callers_of_other_contracts_have_an_environment_too(edge, path):
    """As `req.env` and `context.env`."""
    assert edge.get(path).text == "GET https://api.internal/from"


def test_the_callee_has_the_request_id_and_a_log_line(edge):
    """What a callee writes to its console is found by it as well."""
    rid = edge.get("/call/API/log").headers["edge-request-id"]
    [call] = edge.logged(1, event="function_call", request_id=rid)
    assert (call["caller"], call["function"], call["status"], call["outcome"]) == ("front", "web", 200, "ok")
    [line] = edge.log(event="function_log", request_id=rid)
    assert (line["function"], line["text"]) == ("web", "from the callee")


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        ("API/throw", "function_error", "function web failed: TypeError: callee broke"),
        ("API/hang", "timeout", "function web failed: Function execution timeout (3000ms)"),
        ("BROKEN/", "function_error", "function broken"),
        ("API/bad", "bad_response", "function web failed: "),
        ("API/header", "bad_response", "function web failed: "),
    ],
)
def test_a_callee_that_fails_rejects_the_call(edge, path, code, message):
    """With an Error that has a code, and no stack of the callee."""
    error = edge.get(f"/caught/{path}").json()
    assert (error["name"], error["code"]) == ("Error", code)
    assert error["message"].startswith(message)
    assert "web/index" not in error["stack"]


def test_a_callee_that_fails_in_its_body_fails_the_read(edge):
    """The head had come."""
    seen = edge.get("/half/API/half").json()
    assert seen["status"] == 200
    assert seen["text"] == "half"
    assert seen["error"].startswith("function web failed: ")


def test_what_cannot_be_called_is_a_type_error(edge):
    """A URL that is not absolute, of another scheme; an object that is no service."""
    errors = edge.get("/misuse").json()
    assert [error.partition(":")[0] for error in errors] == ["TypeError"] * len(errors)


def test_bodies_stream_both_ways(edge):
    """Each part is there before the next is sent."""
    assert edge.get("/pingpong/API/echo").json() == ["a", "b", "c"]


def test_a_large_body_goes_through_two_functions(edge):
    """Twelve megabytes up and down, with back-pressure in between."""
    part = bytes(range(256)) * 4096
    with socket.create_connection(("127.0.0.1", edge.port), 20) as raw, ThreadPoolExecutor(1) as threads:
        raw.sendall(b"POST /call/API/echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (12 * len(part)))
        threads.submit(lambda: [raw.sendall(part) for _ in range(12)])
        answer = HTTPResponse(raw)
        answer.begin()
        assert all(answer.read(len(part)) == part for _ in range(12))


def test_an_endless_callee_is_held_back_by_the_client(edge):
    """Its source is asked no more while nobody reads."""
    with socket.create_connection(("127.0.0.1", edge.port), 10) as raw:
        raw.sendall(b"GET /call/API/endless?key=held HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: _number(edge, "web", "held") >= 8)
        until(lambda: _rests(edge, "web", "held"), 10)
        assert _number(edge, "web", "held") < 600
    assert until(lambda: _number(edge, "web", "held-cancelled"))


def _number(edge, namespace, key):
    answer = edge.operate("GET", f"/kv/{namespace}/{key}")
    return answer.json() if answer.status_code == 200 else 0


def _rests(edge, namespace, key):
    seen = _number(edge, namespace, key)
    time.sleep(0.3)
    return _number(edge, namespace, key) == seen


def test_a_client_that_leaves_leaves_the_callee_too(edge):
    """Through both: the callee's signal fires."""
    with socket.create_connection(("127.0.0.1", edge.port), 10) as raw:
        raw.sendall(b"GET /call/API/waits?key=left HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: _number(edge, "web", "left-begun"))
    assert until(lambda: _number(edge, "web", "left")) == "AbortError"


def test_an_abort_of_the_caller_aborts_the_callee(edge):
    """And the caller goes on."""
    assert edge.get("/abort/API/waits?key=aborted").text == "AbortError"
    assert until(lambda: _number(edge, "web", "aborted")) == "AbortError"


def test_waituntil_of_a_callee_outlives_its_caller(edge):
    """It has the callee's own budget."""
    assert edge.get("/call/API/later?key=later").text == "answered"
    assert until(lambda: _number(edge, "web", "later")) == "done"
    entry = edge.logged(1, event="function_call", path="/later")[0]
    assert entry["background"] == "ok"


def test_head_and_empty_answers_have_no_body(edge):
    """As from the network."""
    assert edge.get("/empty/API").json() == {"head": "", "length": "5", "204": "", "304": ""}


def test_redirects_are_not_followed(edge):
    """The answer is the callee's."""
    answer = edge.get("/call/API/redirect")
    assert (answer.status_code, answer.headers["location"]) == (302, "/elsewhere")


def test_calls_go_sixteen_deep(edge):
    """Then the innermost is refused, and says who called whom."""
    answer = edge.get("/deep/SELF?n=0")
    deep = "functions call one another more than 16 deep (... > front > front > front > front)"
    assert answer.text == f"15 overloaded function front failed: {deep}"


def test_a_function_that_calls_itself_at_its_limit_is_refused_at_once(edge):
    """Nobody waits for himself."""
    began = time.monotonic()
    answer = edge.get("/one/self")
    assert time.monotonic() - began < 2
    assert answer.text.startswith("overloaded function one failed: function one")
    assert edge.get("/one/look").status_code == 201


def test_a_cell_can_name_its_own_bindings_only(edge):
    """Other names are not granted, whatever is asked for."""
    assert edge.get("/call/NOTHING/x").status_code == 500
    for name in ("web", "front", "KV", "__proto__", "constructor"):
        assert edge.get(f"/call/{name}/x").status_code == 500


def test_the_fan_out_of_one_request_is_bounded(edge):
    """A hundred calls open at once, and no more."""
    refusal = "100 calls to services are open; read their responses to the end, or cancel them"
    assert edge.get("/many/API/waits?key=many").text == refusal


def test_metrics_count_calls(edge):
    """By callee and outcome."""
    assert 'edge_function_calls_total{function="web",outcome="ok"}' in edge.operate("GET", "/metrics").text
