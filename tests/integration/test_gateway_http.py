"""HTTP/1 against a real server on loopback: what is served, what is refused, and what must not hurt."""

from __future__ import annotations

import socket
import struct

import pytest
import trio
import trio.testing
from gateway_server import Raw, gateway, statuses

from edge.errors import OutsideError
from edge.gateway.dispatch import DispatchSettings
from edge.gateway.listeners import bind

pytestmark = pytest.mark.integration

GET = b"GET /%s HTTP/1.1\r\nHost: a.test\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"


async def test_a_request_is_answered_and_the_connection_stays():
    """Head and body, twice on one connection, with the headers that every answer has."""
    async with gateway() as server, await server.connect() as raw:
        for number in (1, 2):
            await raw.send(GET.replace(b"%s", b"n%d" % number))
            answer = await raw.until(rb"ok /n%d" % number)
        assert statuses(answer) == [200, 200]
        for header in (b"content-length: 6", b"edge-outcome: ok", b"edge-request-id: ", b"date: "):
            assert answer.count(header) == 2
        assert b"server:" not in answer.lower()


async def test_pipelined_requests_are_answered_in_order():
    """However many come in one packet; bodies are not mixed."""
    post = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    async with gateway() as server:
        answer = await server.ask(post + GET.replace(b"%s", b"x") + post.replace(b"abc", b"xyz") + LAST)
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"abc", b"ok /x", b"xyz", b"ok /last"]


async def test_thousands_of_pipelined_requests_are_answered():
    """Without recursion, without unbounded buffers."""
    async with gateway() as server, await server.connect() as raw:

        async def flood():
            for _ in range(40):
                await raw.send(GET.replace(b"%s", b"x") * 50)
            await raw.send(LAST)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            answer = await raw.rest(30)
        assert answer.count(b"HTTP/1.1 200 OK") == 2001
        await server.is_fine()


@pytest.mark.parametrize("size", [0, 1, 70_000, 1_500_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_bodies_of_all_sizes_arrive(size, chunked):
    """Read ahead or streamed, with a length or in chunks."""
    body = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    if chunked:
        parts = [body[i : i + 50_000] for i in range(0, size, 50_000)]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"
        head = b"Transfer-Encoding: chunked"
    else:
        framed, head = body, b"Content-Length: %d" % size
    async with gateway() as server:
        answer = await server.ask(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n\r\n%s" % (head, framed)
        )
    assert statuses(answer) == [200]
    assert answer.partition(b"\r\n\r\n")[2] == body


@pytest.mark.parametrize("cut", [0, 1, 30, 77, 78, 80])
async def test_a_small_body_may_come_with_its_head_or_behind_it(cut):
    """What follows on the connection is understood in both cases, whichever way the answers are framed."""
    post = b"POST /%s HTTP/1.1\r\nHost: a.test\r\nContent-Type: x\r\nContent-Length: 4\r\n\r\nabcd"
    async with gateway() as server, await server.connect() as raw:
        for path, answer in ((b"echo", b"abcd"), (b"stream", b"three\r\n0\r\n\r\n"), (b"echo", b"abcd")):
            raw.buffer = b""
            request_ = post % path
            await raw.send(request_[:cut])
            await trio.testing.wait_all_tasks_blocked(0.01)
            await raw.send(request_[cut:])
            assert statuses(await raw.until(answer + b"$")) == [200]
        assert [each.method for each in server.functions.seen] == ["POST"] * 3
        assert server.functions.seen[0].body == b"abcd"
        raw.buffer = b""
        await raw.send((post % b"echo").replace(b": 4", b": 5"))
        await trio.testing.wait_all_tasks_blocked(0.01)
        await raw.send(b"e" + GET.replace(b"%s", b"x"))
        assert statuses(await raw.until(b"ok /x$")) == [200, 200]
        assert b"abcde" in raw.buffer
    assert server.recorder.crashes == []


async def test_a_small_body_over_the_limit_is_refused_though_it_is_there():
    """And harms nothing else on the connection."""
    settings = DispatchSettings(max_body=10)
    post = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
    async with gateway(dispatch=settings) as server:
        answer = await server.ask(post % (11, b"x" * 11) + post % (10, b"y" * 10) + LAST)
    assert statuses(answer) == [413, 200, 200]


async def test_a_stream_of_unknown_length_is_chunked():
    """And ends with its last chunk; in HTTP/1.0 with the connection."""
    async with gateway() as server:
        answer = await server.ask(b"GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"transfer-encoding: chunked" in answer.lower()
        assert answer.endswith(b"4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n")
        answer = await server.ask(b"GET /stream HTTP/1.0\r\n\r\n")
        assert answer.endswith(b"\r\n\r\none two three")
        assert b"transfer-encoding" not in answer.lower()


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_an_answer_that_breaks_off_does_not_look_complete(version):
    """No last chunk, and a reset instead of an end."""
    async with gateway() as server:
        answer = await server.ask(b"GET /half HTTP/%s\r\nHost: a\r\n\r\n" % version)
        assert answer.endswith(b"<reset>")
        assert b"0\r\n\r\n" not in answer
        await server.is_fine()


async def test_head_has_no_body():
    """But its length, and the connection stays usable."""
    async with gateway() as server:
        answer = await server.ask(b"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + LAST)
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b"content-length: 5" in head
    assert rest.startswith(b"HTTP/1.1 200")


async def test_continue_is_sent_when_the_body_is_wanted():
    """And not before a body that will be refused."""
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    async with gateway() as server, await server.connect() as raw:
        await raw.send(head % 3)
        assert (await raw.until(rb"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        await raw.send(b"abc")
        assert (await raw.until(rb"abc")).count(b"HTTP/1.1") == 2
        answer = await server.ask(head % 10_000_000_000)
        assert statuses(answer) == [413]
        assert b" 100 " not in answer


async def test_a_body_that_is_refused_does_not_destroy_its_answer():
    """The client gets the 413 although it went on sending."""
    async with gateway(dispatch=DispatchSettings(max_body=10)) as server:
        async with await server.connect() as raw:
            await raw.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 600000\r\n\r\n")
            await raw.until(rb"}}")
            for _ in range(10):
                await raw.stream.send_all(b"x" * 60_000)
                await trio.sleep(0.01)
            await raw.stream.send_eof()
            answer = await raw.rest()
        assert statuses(answer) == [413]
        assert b"over the limit of 10 (server.max_body)" in answer
        assert b"connection: close" in answer
        assert b"<reset>" not in answer


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a b/../c\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\xe9\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a:99999x\r\n\r\n", {400}),
        (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", {405}),
        (b"TRACE / HTTP/1.1\r\nHost: a\r\nCookie: s\r\n\r\n", {405}),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", {505}),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x05\2\0\0\0\1\0\0\0\0\0\1" * 1100, {505}),
        (b"GET / HTTP/1.1\nHost: a\n\n", {400}),
        (b"GET / HTTP/1.1\rHost: a\r\r", {400}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400}),
        (b"\0" * 4096, {400}),
        (b"GET /a/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /..%5c..%5cetc HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /ok%00.html HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /%c0%ae%c0%ae/etc HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /ok#frag HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", {431}),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", {431}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX:A: 1\r\n: 2\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", {400}),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", {400}),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", {400}),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1_0\r\nabcdefgh", {400}),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;" + b"x" * 100_000, {400, 431}),
    ],
)  # fmt: skip
async def test_what_is_no_proper_request_is_refused(request_, allowed):
    """With one JSON answer that has a request id, and without harm to anybody else."""
    async with gateway() as server:
        async with await server.connect() as raw:
            await raw.send(request_)
            await raw.stream.send_eof()
            answer = await raw.rest()
        [status] = statuses(answer)
        assert status in allowed
        assert b'{"error":{"code":"' in answer
        assert b"edge-request-id: " in answer
        assert server.functions.seen == []
        await server.is_fine()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        b"tRANSFER-ENCODING: CHUNKED\r\nContent-Length: 4",
        b"Content-Length: 0x4",
        b"Content-Length: +4",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 4 4",
        b"Content-Length: 4\r\nContent-Length: 5",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked, gzip",
        b"Transfer-Encoding:\r\n chunked",
        b"Transfer-Encoding: \x0bchunked",
        b"Transfer-Encoding : chunked",
    ],
)
async def test_ambiguous_framing_is_refused_and_nothing_behind_it_is_served(head):
    """Request smuggling: RFC 9112 section 11.2."""
    smuggled = b"POST /echo HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n" % head
    async with gateway() as server:
        answer = await server.ask(smuggled)
        assert len(statuses(answer)) == 1
        assert statuses(answer)[0] in {400, 501}
        assert server.functions.seen == []
        await server.is_fine()


async def test_transfer_encoding_in_http_1_0_is_refused():
    """RFC 9112 section 6.1."""
    async with gateway() as server:
        answer = await server.ask(b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert statuses(answer) == [400]


async def test_an_unread_body_is_never_taken_for_a_request():
    """Its bytes are the body's."""
    trick = b"POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"
    async with gateway() as server:
        answer = await server.ask(trick + LAST)
        assert statuses(answer) == [200, 200]
        assert [request.path for request in server.functions.seen] == ["/ok", "/last"]


async def test_upgrades_to_http2_are_ignored():
    """h2c is a way to smuggle and stays off."""
    upgrade = (
        b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: !!!\r\n\r\n"
    )
    async with gateway() as server:
        answer = await server.ask(upgrade)
        assert statuses(answer) == [200]
        assert b" 101 " not in answer


# -- slowness


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(b"", b""), (b"GET / HTTP/1.1\r\nHost: a\r\n", b" 408 "), (b"G", b" 408 ")],
)
async def test_a_head_has_a_total_deadline(sent, expected):
    """From the beginning of the connection; idle ones are closed without a word."""
    async with gateway(head_timeout=0.2) as server, await server.connect() as raw:
        began = trio.current_time()
        await raw.send(sent)
        answer = await raw.rest(3)
        assert expected in answer
        assert bool(answer) == bool(expected)
        assert trio.current_time() - began < 1
        await server.is_quiet()


async def test_dripping_header_lines_do_not_move_the_deadline():
    """Slowloris."""
    async with gateway(head_timeout=0.3) as server, await server.connect() as raw:
        began = trio.current_time()
        await raw.send(b"GET / HTTP/1.1\r\nHost: a\r\n")

        async def drip():
            while True:
                await raw.send(b"X: y\r\n")
                await trio.sleep(0.05)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drip)
            answer = await raw.rest(3)
            nursery.cancel_scope.cancel()
        assert b" 408 " in answer
        assert trio.current_time() - began < 1.5


async def test_between_requests_a_connection_may_idle_longer():
    """idle_timeout counts there, not head_timeout."""
    async with gateway(head_timeout=0.1, idle_timeout=0.5) as server, await server.connect() as raw:
        await raw.send(GET.replace(b"%s", b"x"))
        await raw.until(rb"ok /x")
        began = trio.current_time()
        await raw.rest(3)
        assert 0.3 < trio.current_time() - began < 1.5


async def test_a_body_must_come_at_a_minimum_rate():
    """A dripping body holds nothing for long, not even the function that reads it: 408."""
    async with gateway(body_grace=0.3, body_rate=1000) as server, await server.connect() as raw:
        await raw.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")

        async def drip():
            while True:
                await raw.send(b"x")
                await trio.sleep(0.02)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drip)
            answer = await raw.rest(3)
            nursery.cancel_scope.cancel()
        assert statuses(answer) == [408]
        assert [request.more for request in server.functions.seen] == [True]
        await server.is_quiet()


async def test_a_client_that_does_not_read_is_let_go():
    """The function is canceled, its output is not buffered without end."""
    async with gateway(send_timeout=0.3) as server:
        raw = Raw(await trio.open_tcp_stream("127.0.0.1", server.port))
        async with raw:
            await raw.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            with trio.fail_after(3):
                await server.functions.canceled.wait()
            await server.is_fine()
            await server.is_quiet()


async def test_the_application_is_not_the_clients_fault():
    """While a function is busy no deadline of the client runs, though its body waits to be read."""
    async with gateway(head_timeout=0.6, body_grace=0.6, idle_timeout=0.6) as server, await server.connect() as raw:
        await raw.send(b"POST /wait HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        await raw.send(b"80000\r\n" + b"x" * 0x80000 + b"\r\n0\r\n\r\n")
        with trio.fail_after(5):
            await server.functions.running.wait()
        await trio.sleep(0.9)
        server.functions.release.set()
        assert b"released" in await raw.until(rb"released")


# -- clients that leave


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_a_client_that_leaves_cancels_its_invocation(how):
    """A reset is noticed at once, an end after half_close_grace."""
    async with gateway(half_close_grace=0.1) as server:
        async with await server.connect() as raw:
            await raw.send(GET.replace(b"%s", b"wait"))
            await server.functions.running.wait()
            if how == "reset":
                raw.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with trio.fail_after(2):
            await server.functions.canceled.wait()
        await server.is_quiet()
        await server.is_fine()


async def test_a_client_that_leaves_in_a_stream_cancels_it():
    """The next write fails."""
    async with gateway() as server:
        async with await server.connect() as raw:
            await raw.send(GET.replace(b"%s", b"endless"))
            await raw.until(rb"x{1000}")
        with trio.fail_after(2):
            await server.functions.canceled.wait()
        await server.is_fine()


async def test_a_client_that_leaves_behind_a_pipeline_leaves_nothing():
    """Nobody reads while so much waits: the answer that cannot be sent tells."""
    async with gateway() as server:
        async with await server.connect() as raw:
            await raw.send(GET.replace(b"%s", b"wait") + GET.replace(b"%s", b"x") * 5000)
            await server.functions.running.wait()
            await trio.testing.wait_all_tasks_blocked()
            raw.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.functions.release.set()
        await server.is_quiet()
        assert len(server.functions.seen) < 5


async def test_a_client_that_has_said_all_still_gets_its_answer():
    """Half-closed connections are served, pipelined requests included."""
    async with gateway() as server, await server.connect() as raw:
        await raw.send(GET.replace(b"%s", b"a") + GET.replace(b"%s", b"b"))
        await raw.stream.send_eof()
        answer = await raw.rest()
        assert statuses(answer) == [200, 200]
        assert b"<reset>" not in answer


async def test_a_client_that_leaves_in_its_upload_is_no_short_body():
    """The function does not run."""
    async with gateway() as server:
        async with await server.connect() as raw:
            await raw.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        await server.is_fine()
        await server.is_quiet()
        assert [request.path for request in server.functions.seen] == ["/ok"]


async def test_work_behind_an_answer_goes_on():
    """waitUntil: neither the next request nor the end of the connection stops it."""
    async with gateway() as server:
        async with await server.connect() as raw:
            await raw.send(GET.replace(b"%s", b"background") + GET.replace(b"%s", b"x"))
            await raw.until(rb"early.*ok /x")
        await server.is_quiet()
        server.functions.release.set()
        with trio.fail_after(1):
            await server.functions.finished_background.wait()


# -- bugs and limits


async def test_a_bug_in_an_application_harms_only_its_request():
    """500, with the connection kept; in the middle of an answer a reset."""

    async def app(scope, receive, send):
        if scope["path"] == "/late":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        if scope["path"] == "/group":
            async with trio.open_nursery() as nursery:
                nursery.start_soon(broken)
        if scope["path"] != "/ok":
            raise RuntimeError("a bug")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async def broken():
        raise ValueError("a bug in a task")

    async with gateway(app=app) as server:
        answer = await server.ask(
            GET.replace(b"%s", b"a") + GET.replace(b"%s", b"group") + LAST.replace(b"last", b"ok")
        )
        assert statuses(answer) == [500, 500, 200]
        assert (await server.ask(GET.replace(b"%s", b"late"))).endswith(b"<reset>")
        assert len(server.recorder.crashes) == 3


async def test_a_bug_in_the_server_harms_only_its_connection(monkeypatch):
    """No exception leaves a connection's task."""
    from edge.gateway.http1 import Http1  # noqa: PLC0415 - to be broken here

    async with gateway() as server:
        real = Http1.feed

        async def feed(self, data):
            if b"/bug" in data:
                raise KeyError("a bug")
            await real(self, data)

        monkeypatch.setattr(Http1, "feed", feed)
        assert await server.ask(GET.replace(b"%s", b"bug")) in {b"", b"<reset>"}
        assert [type(error) for error, _ in server.recorder.crashes] == [KeyError]
        server.recorder.crashes.clear()
        await server.is_fine()


async def test_connections_over_the_limit_are_turned_away():
    """Those that are there are served."""
    async with gateway(max_connections=1) as server, await server.connect() as raw:
        await raw.send(GET.replace(b"%s", b"a"))
        await raw.until(rb"ok /a")
        assert await server.ask() in {b"", b"<reset>"}
        assert server.recorder.away == ["limit"]
        await raw.send(GET.replace(b"%s", b"b"))
        await raw.until(rb"ok /b")


async def test_one_address_has_not_all_connections():
    """Others are let in; proxies have no such limit, and those that end make room."""
    async with gateway(max_connections_per_address=2) as server:
        async with await server.connect(), await server.connect():
            assert await server.ask() in {b"", b"<reset>"}
            assert server.recorder.away == ["address"]
            other = await trio.open_tcp_stream("127.0.0.1", server.port, local_address="127.0.0.9")
            async with Raw(other) as raw:
                await raw.send(GET.replace(b"%s", b"a"))
                await raw.until(rb"ok /a")
        await server.is_quiet()
        await server.is_fine()
    trusts = {"127.0.0.1"}.__contains__
    async with gateway(max_connections_per_address=1, trusts=trusts) as server, await server.connect():
        await server.is_fine()


async def test_a_connection_ends_after_its_last_request():
    """max_requests; the last answer says so."""
    async with gateway(max_requests=2) as server:
        answer = await server.ask(GET.replace(b"%s", b"a") + GET.replace(b"%s", b"b"))
        assert answer.count(b"connection: close") == 1
        assert statuses(answer) == [200, 200]


# -- the end


async def test_draining_serves_what_is_there_and_then_ends():
    """Requests in flight finish, open connections are told to close, nobody new is let in."""
    async with gateway(linger=0.3) as server, await server.connect() as busy, await server.connect() as idle:
        await idle.send(GET.replace(b"%s", b"a"))
        await idle.until(rb"ok /a")
        await busy.send(GET.replace(b"%s", b"wait"))
        await server.functions.running.wait()
        server.shutdown.set()
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(OSError, match=r"."):
            await trio.open_tcp_stream("127.0.0.1", server.port)
        await idle.send(GET.replace(b"%s", b"b"))
        assert b"connection: close" in await idle.rest()
        assert b"ok /b" in idle.buffer
        server.functions.release.set()
        answer = await busy.rest()
        assert b"released" in answer
        assert b"connection: close" in answer
        with trio.fail_after(1):
            await server.stopped.wait()


async def test_after_the_grace_what_still_runs_is_cut_off():
    """Its clients get 503 draining; the server ends in time."""
    async with gateway(grace=0.2) as server, await server.connect() as raw:
        await raw.send(GET.replace(b"%s", b"wait"))
        await server.functions.running.wait()
        server.shutdown.set()
        answer = await raw.rest()
        assert statuses(answer) == [503]
        assert b'"code":"draining"' in answer
        assert b"retry-after: " in answer
        assert server.functions.canceled.is_set()
        with trio.fail_after(2):
            await server.stopped.wait()


async def test_a_server_without_connections_ends_at_once():
    """No waiting for the grace."""
    async with gateway(grace=60) as server:
        server.shutdown.set()
        with trio.fail_after(1):
            await server.stopped.wait()


# -- listening


def test_a_listener_knows_its_real_address():
    """Port 0, IPv6, unix sockets."""
    with bind(["127.0.0.1:0"])[0] as listener:
        assert listener.address == f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        assert listener.is_loopback
        with pytest.raises(OutsideError, match="Address already in use"):
            bind(["127.0.0.1:0", f"127.0.0.1:{listener.socket.getsockname()[1]}"])
    with pytest.raises(OutsideError, match="no interface of this machine has the address"):
        bind(["192.0.2.1:0"])


@pytest.mark.parametrize("text", ["", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:80", "unix:"])
def test_what_is_no_address_is_refused(text):
    """With an example of one that is."""
    with pytest.raises(ValueError, match=r"8080|/run"):
        bind([text])


async def test_a_unix_socket_is_served_and_cleaned_up(tmp_path):
    """A left-over file is replaced, one that answers is not, and it is removed at the end."""
    path = tmp_path / "edge.sock"
    [left_over] = bind([f"unix:{path}"])
    left_over.socket.close()
    assert path.exists()
    [listener] = bind([f"unix:{path}"])
    assert listener.address == f"unix:{path}"
    with pytest.raises(OutsideError, match="in use"):
        bind([f"unix:{path}"])
    async with await trio.open_unix_socket(str(path)) as stream:
        assert stream.socket.fileno() >= 0
    listener.close()
    assert not path.exists()
