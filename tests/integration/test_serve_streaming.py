"""Bodies stream both ways through real functions: early, in order, with back-pressure, as they are announced."""

from __future__ import annotations

import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse

import pytest

from tests.support.gateway_process import serving, status_bytes, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

MIB = 1024 * 1024
FUNCTIONS = {
    "echo": "export default (request) => new Response(request.body);",
    "upper": """
export default (request) => new Response(request.body
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TransformStream({ transform: (text, c) => c.enqueue(text.toUpperCase()) }))
  .pipeThrough(new TextEncoderStream()));
""",
    "early": "export default () => new Response('early');",
    "slow": """
export default async (request) => {
  const reader = request.body.getReader();
  let size = (await reader.read()).value.length;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (let part = await reader.read(); !part.done; part = await reader.read()) size += part.value.length;
  return new Response(String(size));
};
""",
    "length": """
export default (request) => {
  const sent = Number(new URL(request.url).searchParams.get('sent'));
  const body = new ReadableStream({ start(c) { c.enqueue(new Uint8Array(sent).fill(120)); c.close(); } });
  return new Response(body, { headers: { 'content-length': '5' } });
};
""",
    "bodiless": """
export default (request, env) => {
  const status = Number(new URL(request.url).searchParams.get('status'));
  if (status !== 200) return new Response(null, { status });
  return new Response(new ReadableStream({ cancel: (reason) => env.KV.set('cancelled', reason) }));
};
""",
    "headers": "export default (request) => Response.json([...request.headers].map(([name]) => name));",
    "text": "export default async (request) => new Response(`${(await request.text()).length} ${request.cf}`);",
}
ECHO = b"POST /echo HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway that takes large bodies."""
    functions = {name: {"index.mjs": source} for name, source in FUNCTIONS.items()}
    with serving(tmp_path_factory.mktemp("streaming"), functions, "--set", "server.max_body=1GiB") as running:
        yield running


def connect(edge, data):
    """A raw connection on which `data` has been sent."""
    raw = socket.create_connection(("127.0.0.1", edge.port), 10)
    raw.sendall(data)
    return raw


def read_until(raw, end):
    """What comes, up to and with `end`."""
    data = b""
    while not data.endswith(end):
        part = raw.recv(65536)
        assert part, data
        data += part
    return data


@pytest.mark.parametrize("chunked", [False, True])
def test_a_function_gets_the_first_part_before_the_last_is_sent(edge, chunked):
    """And its answer to it arrives; also of a small body whose length is known."""
    head = b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 9\r\n\r\n"
    with connect(edge, ECHO + head) as raw:
        read = b""
        for part in (b"one", b"two", b"six"):
            raw.sendall(b"3\r\n%s\r\n" % part if chunked else part)
            read += read_until(raw, b"3\r\n%s\r\n" % part if chunked else part)
        if chunked:
            raw.sendall(b"0\r\n\r\n")
            read += read_until(raw, b"0\r\n\r\n")
    assert read.count(b"HTTP/1.1 200 ") == 1
    assert (b"content-length: 9\r\n" in read) is not chunked


def test_transforms_may_stand_between(edge):
    """Three of them, and each part goes through."""
    with connect(edge, b"POST /upper HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") as raw:
        for part in (b"one", b"two"):
            raw.sendall(b"3\r\n%s\r\n" % part)
            read_until(raw, b"3\r\n%s\r\n" % part.upper())


def test_a_large_body_takes_no_memory(edge):
    """Ninety-six megabytes in and out: neither gateway nor cell holds more than a part of them."""
    part = bytes(range(256)) * 4096
    edge.post("/echo", content=part)
    before = _memory(edge)
    with connect(edge, ECHO + b"Content-Length: %d\r\n\r\n" % (96 * MIB)) as raw, ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: [raw.sendall(part) for _ in range(96)])
        answer = HTTPResponse(raw)
        answer.begin()
        for _ in range(96):
            assert answer.read(MIB) == part
        assert answer.read(1) == b""
    after = _memory(edge)
    assert max(after[pid] - before.get(pid, 48 * MIB) for pid in after) < 40 * MIB


def _memory(edge):
    """The most memory that each process has had."""
    return {pid: status_bytes(pid, "VmHWM") for pid in [edge.process.pid, *edge.named("edge-cell")]}


def test_a_slow_function_stops_its_client(edge):
    """Nothing more is read from the socket than what fits the buffers on the way."""
    with connect(edge, b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (64 * MIB)) as raw:
        raw.setblocking(False)
        sent, end = 0, time.monotonic() + 1
        while time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                sent += raw.send(bytes(65536))
        assert sent < 24 * MIB
        raw.setblocking(True)
        raw.settimeout(20)
        while sent < 64 * MIB:
            sent += raw.send(bytes(min(MIB, 64 * MIB - sent)))
        answer = HTTPResponse(raw)
        answer.begin()
        assert answer.read() == b"%d" % (64 * MIB)


def test_an_early_answer_reaches_a_client_that_still_sends(edge):
    """The connection ends after it."""
    with connect(edge, b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (8 * MIB)) as raw:
        raw.sendall(bytes(65536))
        answer = HTTPResponse(raw)
        answer.begin()
        assert (answer.read(), answer.getheader("connection")) == (b"early", "close")


def test_100_continue_comes_when_the_body_is_wanted(edge):
    """Not when it is refused."""
    expect = b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    with connect(edge, ECHO + expect % 5) as raw:
        assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        raw.sendall(b"hello")
        read_until(raw, b"hello")
    with connect(edge, ECHO + expect % (2 * 1024 * MIB)) as raw:
        assert read_until(raw, b"}}").startswith(b"HTTP/1.1 413 ")


def test_trailers_are_dropped(edge):
    """And the connection is good for the next request."""
    request = b"POST /headers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x-late\r\n\r\n"
    with connect(edge, request + b"2\r\nhi\r\n0\r\nX-Late: yes\r\n\r\n") as raw:
        for _ in range(2):
            answer = HTTPResponse(raw)
            answer.begin()
            assert answer.read() == b'["host"]'
            raw.sendall(b"GET /headers HTTP/1.1\r\nHost: a\r\n\r\n")


@pytest.mark.parametrize("sent", [3, 7])
def test_a_body_of_another_length_than_announced_breaks_off(edge, sent):
    """The client can tell, and so can the log."""
    request = b"GET /length?sent=%d HTTP/1.1\r\nHost: a\r\n\r\n" % sent
    with connect(edge, request) as raw, contextlib.suppress(OSError):
        while raw.recv(1000):
            pass
    entry = edge.logged(1, event="request", path="/length", outcome="bad-response", error=_error(sent))[0]
    assert entry["status"] in {200, 502}
    assert edge.get("/length?sent=5").text == "xxxxx"


def _error(sent):
    return f"the function announced 5 bytes and sent {sent}"


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_have_none(edge, status):
    """The next request on the connection is understood."""
    for _ in range(2):
        answer = edge.get(f"/bodiless?status={status}")
        assert (answer.status_code, answer.content) == (status, b"")


def test_head_cancels_a_stream_that_nobody_will_read(edge):
    """With a reason."""
    answer = edge.client.head(f"{edge.url}/bodiless?status=200")
    assert (answer.status_code, answer.content) == (200, b"")
    found = until(lambda: (kv := edge.operate("GET", "/kv/bodiless/cancelled")).status_code == 200 and kv)
    assert found.json() == "The request was a HEAD request"


def test_a_request_knows_no_network_of_cloudflare(edge):
    """`request.cf` is undefined."""
    assert edge.post("/text", content=b"abc").text == "3 undefined"
