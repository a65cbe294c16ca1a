"""Work that goes on after the response, and what a function may still do when its client has gone."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest

from tests.support.gateway_process import gateway, serving, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

WEB = (Path(__file__).parents[1] / "data" / "background.mjs").read_text()
EXPRESS = """
module.exports = async (req, res) => {
  req.waitUntil((async () => { await sleep(150); await kv.set(req.query.key, 'done'); })());
  if (req.path === '/closes') {
    req.on('close', async () => { await kv.set(req.query.key + '-closed', String(req.aborted)); });
    await kv.set(`${req.query.key}-begun`, 1);
    await sleep(20000);
  }
  res.send('answered');
};
"""
EVENT = """
exports.handler = async (event, context) => {
  const { key } = event.queryStringParameters;
  context.waitUntil((async () => { await new Promise((r) => setTimeout(r, 150)); await kv.set(key, 'done'); })());
  return { statusCode: 200, body: 'answered' };
};
"""
FUNCTIONS = {"web": {"index.mjs": WEB}, "express": EXPRESS, "event": EVENT, "busy": {"index.mjs": WEB}}
SETTINGS = ("--set", "engine.wait_until=1s")


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway where work after the response may take a second."""
    with serving(tmp_path_factory.mktemp("background"), FUNCTIONS, *SETTINGS) as running:
        yield running


def kv(edge, namespace, key):
    """A value of the store; None when it is not there."""
    answer = edge.operate("GET", f"/kv/{namespace}/{key}")
    return answer.json() if answer.status_code == 200 else None


def entry(edge, **fields):
    """The log line of a request."""
    [found] = edge.logged(1, event="request", **fields)
    return found


def ask(edge, path, key, function="web"):
    """Answer, seconds that it took, and the request's id."""
    began = time.monotonic()
    answer = edge.get(f"/{function}{path}?key={key}" if function else f"{path}?key={key}")
    return answer, time.monotonic() - began, answer.headers["edge-request-id"]


def connect(edge, path, key, function="web", head="GET"):
    """A raw connection on which a request has been sent."""
    raw = socket.create_connection(("127.0.0.1", edge.port), 10)
    raw.sendall(f"{head} /{function}{path}?key={key} HTTP/1.1\r\nHost: a\r\n".encode())
    return raw


def leave(edge, path, key, function="web"):
    """Ask, wait until the function has begun, and go away."""
    with connect(edge, path, key, function) as raw:
        raw.sendall(b"\r\n")
        until(lambda: kv(edge, function, f"{key}-begun"))


@pytest.mark.parametrize("function", ["web", "express", "event"])
def test_waituntil_goes_on_after_the_response_which_does_not_wait_for_it(edge, function):
    """In every contract; the connection serves the next request meanwhile."""
    path = "/work" if function == "web" else "/"
    answer, took, rid = ask(edge, path, f"plain-{function}", function)
    assert (answer.text, answer.headers["edge-outcome"]) == ("answered", "ok")
    assert took < 0.15 or kv(edge, function, f"plain-{function}") is None
    until(lambda: kv(edge, function, f"plain-{function}"))
    line = entry(edge, request_id=rid)
    assert (line["outcome"], line["background"]) == ("ok", "ok")
    assert line["background_ms"] > 50
    assert line["ms"] < line["wall_ms"]


def test_a_rejected_one_is_logged_and_changes_nothing_else(edge):
    """Neither the answer nor the others."""
    answer, _, rid = ask(edge, "/reject", "rejected")
    assert (answer.status_code, answer.text) == (200, "answered")
    assert kv(edge, "web", "rejected") == "done" or until(lambda: kv(edge, "web", "rejected"))
    assert entry(edge, request_id=rid)["background"] == "rejected"
    [(level, text)] = edge.console(rid)
    assert level == "error"
    assert text.startswith("waitUntil: Error: background broke\n    at ")


def test_work_that_takes_too_long_is_stopped(edge):
    """After `wait_until`, and the log says so."""
    for path, key in (("/long", "long"), ("/spin", "spin")):
        answer, _, rid = ask(edge, path, key)
        assert answer.text == "answered"
        line = entry(edge, request_id=rid)
        assert (line["outcome"], line["background"]) == ("ok", "timeout")
        assert 900 < line["background_ms"] < 3000
        assert edge.console(rid) == [
            ("warning", "waitUntil: what went on after the response was stopped after 1 s (wait_until)")
        ]
        assert kv(edge, "web", key) is None


def test_work_that_can_never_end_does_not_take_its_whole_time(edge):
    """Nothing is pending that could settle it."""
    _, _, rid = ask(edge, "/never", "never")
    assert entry(edge, request_id=rid)["background_ms"] < 900


def test_work_may_give_further_work_to_waituntil(edge):
    """It is waited for too."""
    _, _, rid = ask(edge, "/nested", "nested")
    assert until(lambda: kv(edge, "web", "nested")) == "done"
    assert entry(edge, request_id=rid)["background"] == "ok"


def test_a_function_that_throws_is_answered_at_once_and_its_work_goes_on(edge):
    """As error reporters need it."""
    answer, took, rid = ask(edge, "/throw", "throw")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "function_error")
    assert answer.headers["edge-outcome"] == "exception"
    assert took < 0.1 or kv(edge, "web", "throw") is None
    assert until(lambda: kv(edge, "web", "throw")) == "done"
    line = entry(edge, request_id=rid)
    assert (line["outcome"], line["background"], line["error"]) == ("exception", "ok", "Error: front broke")


def test_an_answer_that_breaks_off_does_so_at_once(edge):
    """The client can tell, and the work goes on."""
    with connect(edge, "/throw-late", "half") as raw:
        raw.sendall(b"\r\n")
        assert b"half" in until(lambda: b"half" in (data := raw.recv(1000, socket.MSG_PEEK)) and data)
        raw.recv(1000)
        with pytest.raises(ConnectionResetError):
            raw.recv(1000)
    assert kv(edge, "web", "half") is None
    assert until(lambda: kv(edge, "web", "half")) == "done"


def test_a_client_that_leaves_does_not_stop_waituntil(edge):
    """What the handler itself does ends with it."""
    leave(edge, "/hang", "hang")
    assert until(lambda: kv(edge, "web", "hang")) == "done"
    line = entry(edge, path="/web/hang")
    assert (line["status"], line["outcome"], line["background"]) == (499, "canceled", "ok")
    assert line["wall_ms"] < 3000


def test_the_signal_fires_when_the_client_leaves_a_function_that_waits(edge):
    """With a DOMException, and there is time for a host call."""
    leave(edge, "/signal", "signal")
    assert until(lambda: kv(edge, "web", "signal")) == "AbortError: the client has gone"
    assert entry(edge, path="/web/signal")["outcome"] == "canceled"


def test_an_express_function_hears_of_it_as_close(edge):
    """`req.aborted` is set."""
    leave(edge, "/closes", "express", "express")
    assert until(lambda: kv(edge, "express", "express-closed")) == "true"
    assert until(lambda: kv(edge, "express", "express")) == "done"


def test_a_client_that_leaves_in_its_upload_fails_the_read(edge):
    """And aborts the signal."""
    with connect(edge, "/upload", "upload", head="POST") as raw:
        raw.sendall(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        until(lambda: kv(edge, "web", "upload-begun"))
    assert until(lambda: kv(edge, "web", "upload")) == "5 AbortError true"


@pytest.mark.parametrize("path", ["/stream", "/waiting-pull"])
def test_a_client_that_leaves_cancels_the_source_of_its_response(edge, path):
    """Which may still do host calls."""
    key = path.strip("/")
    leave(edge, path, key)
    assert until(lambda: kv(edge, "web", key)).startswith("cancelled")


def test_a_source_whose_cancel_never_ends_is_stopped(edge):
    """It has half a second."""
    leave(edge, "/cancel-hangs", "hangs")
    line = entry(edge, path="/web/cancel-hangs")
    assert line["outcome"] == "canceled"
    beats = kv(edge, "web", "hangs")
    time.sleep(0.2)
    assert kv(edge, "web", "hangs") == beats


def test_events_leave_one_by_one_until_the_client_goes(edge):
    """Server-sent events, by the time that they carry."""
    with edge.client.stream("GET", f"{edge.url}/web/sse") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        lags = []
        for line in answer.iter_lines():
            if line:
                lags.append(time.time() * 1000 - int(line.removeprefix("data: ")))
            if len(lags) == 5:
                break
    assert max(lags) < 40 or sorted(lags)[2] < 40
    assert entry(edge, path="/web/sse")["outcome"] == "canceled"


def test_work_counts_as_running(tmp_path, engine_mode):
    """A function with one place is not entered again before it has ended."""
    files = {"functions/one/index.mjs": WEB, "edge.toml": ONE}
    with gateway(tmp_path, files=files) as edge:
        ask(edge, "/work", "first", "")
        _, took, _ = ask(edge, "/nested", "second", "")
        assert took > 0.15
        assert kv(edge, "one", "first") == "done"
        metrics = until(lambda: text if 'background="ok"' in (text := edge.operate("GET", "/metrics").text) else None)
        assert 'edge_background_work_total{background="ok",function="one"}' in metrics


ONE = """
[functions.one]
concurrency = 1
[[routes]]
path = "/*rest"
function = "one"
"""


def test_shutdown_waits_for_work_and_reload_leaves_it_alone(tmp_path, engine_mode):
    """Both within their bounds: a new generation serves while the old one's work ends, and so does the gateway."""
    files = {"functions/one/index.mjs": WEB, "edge.toml": ONE}
    with gateway(tmp_path, files=files) as edge:
        ask(edge, "/work", "reload", "")
        (tmp_path / "functions/one/index.mjs").write_text("export default () => new Response('new')")
        assert edge.operate("POST", "/config/reload").json()["changed"]
        assert edge.get("/work").text == "new"
        assert until(lambda: kv(edge, "one", "reload")) == "done"
    with gateway(tmp_path / "b", "--set", "server.grace=300ms", files=files) as edge:
        ask(edge, "/work", "short", "")
        ask(edge, "/long", "long", "")
        began = time.monotonic()
        assert edge.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5
        outcomes = {line["path"]: line.get("background") for line in edge.log(event="request")}
        assert outcomes["/work"] == "ok"
        [line] = edge.log(event="function_log")
        assert line["text"].startswith("waitUntil: what went on was stopped")
