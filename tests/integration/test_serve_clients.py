"""Clients that leave, dawdle, flood and lie, against real functions: others notice nothing."""

from __future__ import annotations

import concurrent.futures
import contextlib
import socket
import time

import httpx
import pytest

from tests.support.gateway_process import serving, until
from tests.support.local_origin import local_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

MIB = 1024 * 1024
FUNCTIONS = {
    "ok": "module.exports = (req, res) => res.send(`ok ${req.query.n}`);",
    "echo": {
        "index.mjs": "export default async (request) => new Response(String((await request.arrayBuffer()).byteLength));"
    },
    "poll": "module.exports = async (req, res) => { for (;;) { await kv.incr('beats'); await sleep(10); } };",
    "fetches": "module.exports = async (req, res) => { for (;;) { await fetch(req.query.url); await sleep(10); } };",
    "spins": "module.exports = (req, res) => { for (;;) {} };",
    "stream": """
module.exports = async (req, res) => {
  for (let n = 0; n < 5; n++) { res.write(`part ${n}\\n`); await sleep(60); }
  res.end('end');
};
""",
    "endless": {
        "index.mjs": """
const chunk = new Uint8Array(65536).fill(120);
let pulls = 0;
export default (request, env) => {
  env.KV.set('started', 1);
  return new Response(new ReadableStream({
    async pull(controller) {
      pulls += 1;
      if (pulls % 16 === 0) await env.KV.set('pulls', pulls);
      controller.enqueue(chunk);
    },
  }));
};
"""
    },
    "flood": (
        "module.exports = async (req, res) => { const part = 'y'.repeat(65536); for (;;) { res.write(part); "
        "await sleep(0); } };"
    ),
    "pipe": """
module.exports = async (req, res) => {
  const part = 'y'.repeat(65536);
  for (let n = 0; ; n++) {
    if (!res.write(part)) await new Promise((drained) => res.once('drain', drained));
    if (n % 16 === 0) await kv.set('piped', n);
  }
};
""",
}


@pytest.fixture(scope="module")
def origin(engine_mode):
    with local_origin() as server:
        yield server


@pytest.fixture(scope="module")
def edge(tmp_path_factory, origin, engine_mode):
    """One gateway that everybody shares."""
    allow = f'egress.allow=[{{ host = "127.0.0.1", port = {origin.server_port}, private = true }}]'
    sets = ("--set", allow, "--set", "engine.timeout=20s", "--set", "engine.memory=64MiB")
    with serving(tmp_path_factory.mktemp("clients"), FUNCTIONS, *sets) as running:
        yield running
        assert running.alive()


def kv(edge, function, key):
    answer = edge.operate("GET", f"/kv/{function}/{key}")
    return int(answer.text) if answer.status_code == 200 else 0


def active(edge):
    return edge.operate("GET", "/health/detailed").json()["isolatePool"]["active"]


def connect(edge, data=b""):
    raw = socket.create_connection(("127.0.0.1", edge.port), timeout=5)
    raw.sendall(data)
    return raw


def get(path, *headers):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *headers, "", ""]).encode()


def read_to_end(raw):
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := raw.recv(65536):
            data += part
    return data


def read_at_least(raw, size):
    while size > 0:
        size -= len(raw.recv(65536))


def is_fine(edge):
    began = time.monotonic()
    assert edge.get("/ok?n=1").text == "ok 1"
    assert time.monotonic() - began < 1


def test_a_client_that_leaves_stops_a_function_that_polls_kv(edge):
    """The invocation is over within a moment: its counter stands still."""
    with connect(edge, get("/poll")):
        until(lambda: kv(edge, "poll", "beats") > 3)
    until(lambda: active(edge) == 0, 2, "the end of the invocation")
    seen = kv(edge, "poll", "beats")
    time.sleep(0.2)
    assert kv(edge, "poll", "beats") == seen
    [entry] = edge.logged(event="request", function="poll")
    assert (entry["status"], entry["outcome"]) == (499, "canceled")
    is_fine(edge)


def test_a_client_that_leaves_stops_a_function_that_polls_upstream(edge, origin):
    """No more requests go out."""
    with connect(edge, get(f"/fetches?url=http://{origin.address}/poll")):
        until(lambda: origin.asked.count("/poll") > 3)
    until(lambda: active(edge) == 0, 2, "the end of the invocation")
    seen = origin.asked.count("/poll")
    time.sleep(0.2)
    assert origin.asked.count("/poll") == seen


def test_a_client_that_leaves_stops_a_function_that_spins(edge):
    """Also one that never looks up: its CPU is free again."""
    with connect(edge, get("/spins")):
        until(lambda: active(edge) == 1)
    until(lambda: active(edge) == 0, 2, "the end of the invocation")
    is_fine(edge)


def test_fifty_connections_at_once_are_all_served(edge):
    """Each gets its own answer."""
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
    with (
        httpx.Client(trust_env=False, timeout=15, limits=limits) as client,
        concurrent.futures.ThreadPoolExecutor(50) as threads,
    ):
        answers = list(threads.map(lambda n: client.get(f"{edge.url}/ok?n={n}"), range(200)))
    assert [answer.text for answer in answers] == [f"ok {n}" for n in range(200)]


@pytest.mark.hostile
def test_hostile_clients_beside_it_do_not_slow_a_good_one(edge):
    """Half heads, half bodies, garbage, open connections that say nothing, resets in the middle."""
    body = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf"
    opening = [b"", b"GET /ok HT", b"GET /ok HTTP/1.1\r\nHost: a\r\nX-", body, get("/endless"), get("/stream")]
    garbage = [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\0" * 500,
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 300,
    ]
    with contextlib.ExitStack() as stack:
        for data in opening * 5:
            stack.enter_context(connect(edge, data))
        for data in garbage * 5:
            stack.enter_context(connect(edge, data))
        for _ in range(10):
            is_fine(edge)
    until(lambda: active(edge) == 0, 5, "the end of their invocations")
    assert edge.log(event="crashed") == []
    is_fine(edge)


def test_chunks_arrive_when_they_are_written(edge):
    """Not at the end of the response."""
    with edge.client.stream("GET", f"{edge.url}/stream") as answer:
        arrived = [(time.monotonic(), line) for line in answer.iter_lines()]
    assert [line for _, line in arrived] == [*(f"part {n}" for n in range(5)), "end"]
    times = [moment for moment, _ in arrived]
    assert times[1] - times[0] > 0.03
    assert times[-1] - times[0] > 0.2


def _rests(edge, name, key):
    """Whether a counter stays the same for half a second."""
    seen = kv(edge, name, key)
    time.sleep(0.5)
    return kv(edge, name, key) == seen


@pytest.mark.hostile
@pytest.mark.parametrize(("name", "key"), [("endless", "pulls"), ("pipe", "piped")])
def test_an_endless_stream_waits_for_a_client_that_stops_reading(edge, name, key):
    """Back-pressure reaches the function: it is not asked for more, and memory stays bounded."""
    until(lambda: active(edge) == 0)
    before = edge.rss()
    with connect(edge, get(f"/{name}")) as raw:
        read_at_least(raw, 4 * MIB)
        assert kv(edge, name, key) >= 32
        until(lambda: _rests(edge, name, key), 10, "the end of the pulls")
        assert edge.rss() < before + 48 * MIB
        is_fine(edge)
    until(lambda: active(edge) == 0, 3, "the end of the invocation")


@pytest.mark.hostile
def test_a_function_that_ignores_back_pressure_hurts_itself_alone(edge):
    """It writes for ever to a client that does not read; the gateway holds a bounded part of it."""
    before = edge.rss()
    with connect(edge, get("/flood")) as raw:
        raw.recv(1000)
        time.sleep(1.5)
        assert edge.rss() < before + 160 * MIB
        is_fine(edge)
    until(lambda: active(edge) == 0, 3, "the end of the invocation")


@pytest.mark.hostile
def test_a_body_over_the_limit_is_refused_before_it_is_sent(edge):
    """100 MB announced: 413 at once; 100 MB unannounced: 413 as soon as the limit is passed."""
    began = time.monotonic()
    with connect(edge, b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n") as raw:
        answer = read_to_end(raw)
    assert time.monotonic() - began < 1
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in answer
    before, sent = edge.rss(), 0
    with connect(edge, b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") as raw:
        with contextlib.suppress(OSError):
            while sent < 100:
                raw.sendall(b"%x\r\n" % MIB + b"x" * MIB + b"\r\n")
                sent += 1
        answer = read_to_end(raw)
    assert sent < 40
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert edge.rss() < before + 64 * MIB
    entry = edge.logged(2, event="request", code="body_too_large")[-1]
    assert (entry["status"], entry["function"]) == (413, "echo")
    is_fine(edge)


def test_a_large_body_within_the_limit_arrives_whole(edge):
    """Nine MiB, announced and chunked."""
    body = b"x" * (9 * MIB)
    assert edge.post("/echo", content=body).text == str(len(body))
    assert edge.post("/echo", content=iter([body[: MIB // 2]] * 18)).text == str(len(body))
