"""Servers that misbehave, for real: each gives a TypeError with its cause in time, and leaves nothing behind."""

from __future__ import annotations

from functools import partial

import h2.config
import h2.connection
import h2.errors
import h2.events
import msgspec
import pytest
import trio
from fetch_rig import QUICK, client_of, fetching, ok, read_all, serving

from edge.corpus.certificates import Authority
from edge.corpus.scripted_network import ANSWERS, BROKEN, ENDLESS, SLOW
from edge.services.dial.quota import Quota
from edge.services.dial.tls import client_context
from edge.services.http.failure import FetchError

pytestmark = pytest.mark.integration

FINE = {"1xx-storm", "set-cookie", "length-and-chunked"}
LIMITS = msgspec.structs.replace(QUICK, first_byte=0.4, idle=0.4, expansion_floor=1 << 20)


def misbehaving(name):
    """What answers like this server of the corpus."""

    async def answer(stream, _):
        if name in ENDLESS:
            first, again = ENDLESS[name]
            await stream.send_all(first)
            while True:
                await stream.send_all(again * 1000)
        await stream.send_all(SLOW.get(name) or BROKEN.get(name) or ANSWERS.get(name, b""))
        while name == "slow-header":
            await trio.sleep(0.02)
            await stream.send_all(b"a")
        if name in SLOW:
            await trio.sleep_forever()
        return name in BROKEN

    return answer


async def fetched(client, url):
    """The end of the body, when all of it has been read."""
    response = await client.fetch("GET", url)
    last = b""
    try:
        while more := await response.body.read():
            last = more
        return last
    finally:
        await response.body.aclose()


def leftovers(client, quota):
    """What is still there of requests that are over: connections in use, tasks besides the one that tidies."""
    busy = [one for one in client._pool.connections if not one.is_idle() and not one.is_closed()]
    return busy, quota.open - len(client._pool.connections), len(client._nursery.child_tasks) > 1


@pytest.mark.parametrize("name", sorted({*SLOW, *BROKEN, *ENDLESS, *ANSWERS} - FINE))
async def test_a_server_that_misbehaves_is_a_type_error_in_time(name):
    """Slow, broken, endless, malformed, exploding: the cause is told, connections and tasks are gone."""
    quota = Quota(10, "egress.limits.connections")
    async with fetching(misbehaving(name), limits=LIMITS, quota=quota) as (server, client):
        url = f"http://api.test:{server.port}/"
        with trio.fail_after(4):
            with pytest.raises(FetchError) as caught:
                await fetched(client, url)
            assert caught.value.js_class == "TypeError"
            assert caught.value.stage in ("response", "limit")
            assert caught.value.js_code
            await trio.testing.wait_all_tasks_blocked(0.01)
        assert leftovers(client, quota) == ([], 0, False)
    assert quota.open == 0


async def test_a_hundred_at_once_leave_nothing():
    """Of every kind, beside requests that succeed."""
    names = sorted({*SLOW, *BROKEN, *ENDLESS, *ANSWERS} - FINE)
    quota = Quota(200, "egress.limits.connections")
    outcomes = []
    async with client_of(limits=LIMITS, quota=quota) as client, trio.open_nursery() as servers:

        async def try_one(port):
            try:
                outcomes.append(await fetched(client, f"http://api.test:{port}/"))
            except FetchError as error:
                outcomes.append(error.stage)

        async def good(stream, _):
            await stream.send_all(ok())

        async def run(answer, task_status):
            async with serving(answer) as server:
                task_status.started(server.port)
                await trio.sleep_forever()

        ports = [await servers.start(run, misbehaving(name)) for name in names]
        fine = await servers.start(run, good)
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                for port in (*ports, fine) * 4:
                    nursery.start_soon(try_one, port)
            await trio.testing.wait_all_tasks_blocked(0.05)
        assert outcomes.count(b"ok") == 4
        assert leftovers(client, quota) == ([], 0, False)
        servers.cancel_scope.cancel()
    assert quota.open == 0


# -- TLS


@pytest.fixture(scope="module")
def authority():
    """A certificate authority for the module."""
    return Authority()


@pytest.fixture(scope="module")
def trusting(authority, tmp_path_factory):
    """A client context that trusts it."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_text(authority.pem)
    return client_context(ca_file=path)


async def _garbage(stream):
    await stream.receive_some()
    await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def _leaves(stream):
    await stream.receive_some()


async def _alert(stream):
    await stream.receive_some()
    await stream.send_all(bytes([21, 3, 3, 0, 2, 2, 40]))  # handshake_failure


async def _half(stream):
    await stream.receive_some()
    await stream.send_all(bytes([22, 3, 3, 64, 0, 2]))
    await trio.sleep_forever()


@pytest.mark.parametrize(
    ("handle", "stage", "code"),
    [
        (_garbage, "tls", "ERR_TLS_HANDSHAKE"),
        (_leaves, "tls", "ERR_TLS_HANDSHAKE"),
        (_alert, "tls", "ERR_TLS_HANDSHAKE"),
        (_half, "connect", "ETIMEDOUT"),
    ],
)
async def test_bad_tls_is_a_type_error_in_time(trusting, handle, stage, code):
    """No TLS, none to the end, an alert, a record that never ends."""
    quota = Quota(10, "egress.limits.connections")
    limits = msgspec.structs.replace(QUICK, connect=0.3)

    async def served(stream):
        async with stream:
            await handle(stream)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, served, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with client_of(limits=limits, context=trusting, quota=quota) as client:
            with trio.fail_after(3), pytest.raises(FetchError) as caught:
                await fetched(client, f"https://api.test:{port}/")
            assert (caught.value.stage, caught.value.js_code) == (stage, code)
            assert leftovers(client, quota) == ([], 0, False)
        nursery.cancel_scope.cancel()


# -- HTTP/2


class Upstream:
    """An HTTP/2 server that does to each request what `behave(connection, stream_id, number)` says.

    Bytes that it returns are sent as they are, and None ends the connection.
    """

    def __init__(self, behave):
        self._behave = behave
        self.requests = []
        self.connections = 0

    async def handle(self, stream):
        self.connections += 1
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        await stream.send_all(connection.data_to_send())
        while data := await stream.receive_some():
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.requests.append(dict(event.headers)[b":path"])
                    raw = self._behave(connection, event.stream_id, len(self.requests) - 1)
                    await stream.send_all(connection.data_to_send() + (raw or b""))
                    if raw is None:
                        return
            await stream.send_all(connection.data_to_send())


def answer_ok(connection, stream_id):
    """A good response."""
    connection.send_headers(stream_id, [(":status", "200"), ("content-length", "2")])
    connection.send_data(stream_id, b"ok", end_stream=True)
    return b""


def frame(kind, flags, stream_id, payload=b""):
    """The bytes of one frame."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream_id.to_bytes(4, "big") + payload


@pytest.fixture
def upstream(authority, trusting):
    """Runs `check(client, url, server, quota)` against an HTTP/2 server."""

    async def run(behave, check):
        server = Upstream(behave)
        context = authority.server_context("api.test", protocols=("h2",))
        quota = Quota(10, "egress.limits.connections")

        async def served(stream):
            tls = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
            try:
                await tls.do_handshake()
                await server.handle(tls)
            except (trio.BrokenResourceError, trio.ClosedResourceError, h2.exceptions.ProtocolError):
                pass
            finally:
                await trio.aclose_forcefully(stream)

        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(partial(trio.serve_tcp, served, 0, host="127.0.0.1"))
            port = listeners[0].socket.getsockname()[1]
            async with client_of(limits=LIMITS, context=trusting, quota=quota) as client:
                with trio.fail_after(6):
                    await check(client, f"https://api.test:{port}/", server)
                await trio.testing.wait_all_tasks_blocked(0.01)
                assert leftovers(client, quota)[::2] == ([], False)
            assert quota.open == 0
            nursery.cancel_scope.cancel()

    return run


def _reset(connection, stream_id, _):
    connection.reset_stream(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
    return b""


def _reset_in_the_middle(connection, stream_id, _):
    connection.send_headers(stream_id, [(":status", "200")])
    connection.send_data(stream_id, b"half")
    connection.reset_stream(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
    return b""


def _leave_in_the_middle(connection, stream_id, _):
    connection.send_headers(stream_id, [(":status", "200")])
    connection.send_data(stream_id, b"half")


def _wrong_length(connection, stream_id, _):
    connection.send_headers(stream_id, [(":status", "200"), ("content-length", "9")])
    connection.send_data(stream_id, b"ok", end_stream=True)
    return b""


def _no_status(connection, stream_id, _):
    return frame(1, 4, stream_id, b"\x00\x03x-a\x011")


def _upper_case_header(connection, stream_id, _):
    return frame(1, 4, stream_id, b"\x88\x00\x03X-A\x011")


def _bad_hpack(connection, stream_id, _):
    return frame(1, 4, stream_id, b"\xff\xff\xff\xff\xff\xff\xff\xff")


def _endless_continuation(connection, stream_id, _):
    return frame(1, 0, stream_id, b"\x88") + frame(9, 0, stream_id, b"\x00\x01a\x01b" * 200) * 200


def _too_large_frame(connection, stream_id, _):
    return (0xFFFFFF).to_bytes(3, "big") + bytes([0, 0]) + stream_id.to_bytes(4, "big") + b"x" * 100


def _push(connection, stream_id, _):
    return frame(5, 4, stream_id, (2).to_bytes(4, "big") + b"\x82")


def _window_zero(connection, stream_id, _):
    return frame(8, 0, stream_id, (0).to_bytes(4, "big"))


def _hints(connection, stream_id, _):
    return frame(1, 4, stream_id, b"\x08\x03103") * 5000


def _silent(connection, stream_id, _):
    return b""


def _pings(connection, stream_id, _):
    return frame(6, 0, 0, b"12345678") * 5000


def _settings(connection, stream_id, _):
    return frame(4, 0, 0) * 5000


def _switching(connection, stream_id, _):
    return frame(1, 5, stream_id, b"\x08\x03101")


@pytest.mark.parametrize(
    "behave",
    [
        *(
            _reset,
            _reset_in_the_middle,
            _leave_in_the_middle,
            _wrong_length,
            _no_status,
            _upper_case_header,
            _bad_hpack,
        ),
        *(_endless_continuation, _too_large_frame, _push, _window_zero, _hints, _silent, _pings, _settings, _switching),
    ],
)
async def test_http2_that_misbehaves_is_a_type_error_in_time(upstream, behave):
    """Resets, lies, floods, broken frames: the cause is told, and the next server is asked as if nothing had been."""

    async def check(client, url, server):
        with pytest.raises(FetchError) as caught:
            await fetched(client, url)
        assert caught.value.stage in ("response", "limit"), caught.value
        assert caught.value.js_code
        assert len(server.requests) <= 2

    await upstream(behave, check)


async def test_http2_a_goaway_moves_requests_to_another_connection(upstream):
    """What it says was not processed is sent again; what was answered stays answered."""

    def behave(connection, stream_id, number):
        if number == 1:
            connection.close_connection(last_stream_id=stream_id - 2)
            return b""
        return answer_ok(connection, stream_id)

    async def check(client, url, server):
        assert [await fetched(client, url) for _ in range(3)] == [b"ok"] * 3
        assert server.connections == 2

    await upstream(behave, check)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_http2_a_refused_stream_is_sent_again_once(upstream, method):
    """The server says that it has not looked at it (RFC 9113, 8.7), so that even a POST is safe."""

    def behave(connection, stream_id, number):
        if number in (0, 2, 3):
            connection.reset_stream(stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)
            return b""
        return answer_ok(connection, stream_id)

    async def check(client, url, server):
        response = await client.fetch(method, url, body=None if method == "GET" else b"x")
        assert await read_all(response) == b"ok"
        with pytest.raises(FetchError):
            await client.fetch(method, url, body=None if method == "GET" else b"x")
        assert len(server.requests) == 4

    await upstream(behave, check)


async def test_http2_floods_beside_an_answer_do_no_harm(upstream):
    """Pings and settings are answered, unknown frames ignored."""

    def behave(connection, stream_id, _):
        raw = frame(6, 0, 0, b"12345678") * 500 + frame(4, 0, 0) * 100 + frame(99, 0, 0, b"unknown")
        answer_ok(connection, stream_id)
        return raw

    async def check(client, url, server):
        assert [await fetched(client, url) for _ in range(3)] == [b"ok"] * 3

    await upstream(behave, check)
