"""HTTP/2 and TLS against a real server on loopback."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import pytest
import trio
import trio.testing
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from gateway_server import gateway

from tests.support import socket_peer

pytestmark = pytest.mark.integration

Codes = h2.errors.ErrorCodes


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Server and client contexts with a certificate for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "edge test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "both.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    server.set_alpn_protocols(["h2", "http/1.1"])
    client = ssl.create_default_context(cafile=str(pem))
    client.set_alpn_protocols(["h2"])
    return server, client


class Http2Client:
    """An h2 connection over a stream; `events` holds everything that came."""

    def __init__(self, stream):
        self.stream = stream
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
        )
        self.events = []
        self.closed = False

    async def begin(self, **settings):
        self.h2.initiate_connection()
        if settings:
            self.h2.update_settings({h2.settings.SettingCodes[name]: value for name, value in settings.items()})
        await self.flush()

    async def flush(self):
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self.stream.send_all(self.h2.data_to_send())

    async def request(self, method="GET", path="/x", extra=(), body=None, *, end=True):
        stream_id = self.h2.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "https"), (":authority", "a.test"), (":path", path)]
        self.h2.send_headers(stream_id, [*pseudo, *extra], end_stream=end and body is None)
        if body is not None:
            self.h2.send_data(stream_id, body, end_stream=end)
        await self.flush()
        return stream_id

    async def raw(self, *frames):
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self.stream.send_all(self.h2.data_to_send() + b"".join(frames))

    async def pump(self):
        """Read once; False at the end."""
        try:
            data = await self.stream.receive_some(65536)
        except trio.BrokenResourceError:
            data = b""
        if not data:
            self.closed = True
            return False
        for event in self.h2.receive_data(data):
            self.events.append(event)
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        await self.flush()
        return True

    async def until(self, kind, stream_id=None):
        """The first event of a kind, for a stream if given; None when the connection ended without."""
        with trio.fail_after(10):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and stream_id in {None, getattr(event, "stream_id", None)}:
                        return event
                if not await self.pump():
                    return None

    async def answer(self, stream_id):
        """Status and body of a complete answer."""
        assert await self.until(h2.events.StreamEnded, stream_id), self.events
        head = await self.until(h2.events.ResponseReceived, stream_id)
        body = b"".join(
            [e.data for e in self.events if isinstance(e, h2.events.DataReceived) and e.stream_id == stream_id]
        )
        return int(dict(head.headers)[b":status"]), body


@contextlib.asynccontextmanager
async def connected(server, context=None, **settings):
    """An HTTP/2 client of a running gateway, over TLS when there is a context for it."""
    stream = await trio.open_tcp_stream("127.0.0.1", server.port)
    if context is not None:
        stream = trio.SSLStream(stream, context, server_hostname="127.0.0.1", https_compatible=True)
        await stream.do_handshake()
        assert stream.selected_alpn_protocol() == "h2"
    client = Http2Client(stream)
    await client.begin(**settings)
    try:
        yield client
    finally:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)


@contextlib.asynccontextmanager
async def plain(**settings):
    """Server and client with HTTP/2 by prior knowledge."""
    async with gateway(h2c=True, **settings) as server, connected(server) as client:
        yield server, client
        assert server.recorder.crashes == []


def frame(kind, payload=b"", flags=0, stream_id=0):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream_id.to_bytes(4, "big") + payload


async def test_http2_over_tls_serves_requests_side_by_side(tls):
    """Chosen by ALPN; one waits while another is answered."""
    async with gateway(tls=tls[0]) as server, connected(server, tls[1]) as client:
        waiting = await client.request(path="/wait")
        await server.functions.running.wait()
        assert await client.answer(await client.request(path="/other")) == (200, b"ok /other")
        server.functions.release.set()
        assert await client.answer(waiting) == (200, b"released")
        request = server.functions.seen[0]
        assert (request.http_version, request.url) == ("2", "https://a.test/wait")


async def test_http1_over_tls_works_too(tls):
    """For clients without ALPN."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with gateway(tls=tls[0]) as server:
        stream = trio.SSLStream(await trio.open_tcp_stream("127.0.0.1", server.port), context, https_compatible=True)
        await stream.send_all(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b"".join([part async for part in stream])
        assert answer.startswith(b"HTTP/1.1 200 ")
        await trio.aclose_forcefully(stream)


@pytest.mark.parametrize(
    "junk", [b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00" + b"\0" * 500, b"GET / HTTP/1.1\r\n\r\n"]
)
async def test_a_handshake_that_is_none_ends_in_time(tls, junk):
    """Silence, half a record, junk, plain HTTP."""
    async with gateway(tls=tls[0], handshake_timeout=0.2) as server, await server.connect() as raw:
        await raw.send(junk)
        await raw.rest(3)
        await server.is_quiet()
        assert server.recorder.crashes == []


async def test_plain_http_on_an_address_with_tls_is_told_so(tls):
    """In words, as nginx and Caddy do; a browser would show nothing but an empty answer."""
    async with gateway(tls=tls[0]) as server:
        answer = await server.ask(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"this address speaks TLS" in answer
        assert b"connection: close" in answer
        await server.is_quiet()
        assert server.recorder.crashes == []


@pytest.mark.parametrize("size", [0, 100, 200_000, 1_500_000])
async def test_bodies_of_all_sizes_go_both_ways(size):
    """Across many windows."""
    body = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    async with plain() as (_, client):
        stream_id = await client.request("POST", "/echo", end=False)
        left = memoryview(body)
        while left:
            room = min(len(left), client.h2.local_flow_control_window(stream_id), client.h2.max_outbound_frame_size)
            if room:
                client.h2.send_data(stream_id, left[:room].tobytes())
                await client.flush()
                left = left[room:]
            else:
                with trio.fail_after(5):
                    await client.pump()
        client.h2.end_stream(stream_id)
        await client.flush()
        assert await client.answer(stream_id) == (200, body)


async def test_an_answer_that_breaks_off_is_reset():
    """INTERNAL_ERROR, never END_STREAM."""
    async with plain() as (_, client):
        stream_id = await client.request(path="/half")
        reset = await client.until(h2.events.StreamReset, stream_id)
        assert reset.error_code == Codes.INTERNAL_ERROR
        assert await client.answer(await client.request()) == (200, b"ok /x")


async def test_resetting_a_request_cancels_its_invocation():
    """And only its own."""
    async with plain() as (server, client):
        stream_id = await client.request(path="/wait")
        await server.functions.running.wait()
        client.h2.reset_stream(stream_id)
        await client.flush()
        with trio.fail_after(1):
            await server.functions.canceled.wait()
        assert await client.answer(await client.request()) == (200, b"ok /x")


async def test_a_body_that_nobody_reads_holds_back_only_its_own_stream():
    """Other requests on the connection go on."""
    async with plain() as (server, client):
        unread = await client.request("POST", "/wait", body=b"read ahead", end=False)
        await server.functions.running.wait()
        for _ in range(4):
            client.h2.send_data(unread, b"x" * 16_250)
        await client.flush()
        await client.until(h2.events.WindowUpdated, 0)
        upload = await client.request("POST", "/echo", body=b"y" * 10_000)
        assert await client.answer(upload) == (200, b"y" * 10_000)
        assert client.h2.local_flow_control_window(unread) < 1000


async def test_a_client_that_opens_no_window_is_let_go():
    """Its streams are reset, the function is canceled."""
    async with gateway(h2c=True, send_timeout=0.3) as server, connected(server, INITIAL_WINDOW_SIZE=0) as client:
        stream_id = await client.request(path="/endless")
        reset = await client.until(h2.events.StreamReset, stream_id)
        assert reset.error_code == Codes.CANCEL
        with trio.fail_after(2):
            await server.functions.canceled.wait()


async def test_many_answers_that_nobody_takes_are_given_up_sooner():
    """Each holds a function: a hundred streams without a window do not hold them for the time that one has."""
    async with gateway(h2c=True, send_timeout=30) as server, connected(server, INITIAL_WINDOW_SIZE=0) as client:
        streams = [await client.request(path="/stream") for _ in range(100)]
        with trio.fail_after(8):
            await client.until(h2.events.StreamReset, streams[-1])
        resets = [event for event in client.events if isinstance(event, h2.events.StreamReset)]
        assert {event.error_code for event in resets} == {Codes.CANCEL}
        await server.is_fine()


async def test_a_client_that_takes_its_answers_slowly_keeps_them(monkeypatch):
    """All share the connection's window: as long as it moves nobody is given up, however long one's turn takes."""
    monkeypatch.setattr("edge.gateway.http2._LEAST_PATIENCE", 0.5)
    async with gateway(h2c=True, send_timeout=0.5) as server:
        stream = await trio.open_tcp_stream("127.0.0.1", server.port)
        client = Http2Client(stream)
        await client.begin(INITIAL_WINDOW_SIZE=2**20)
        numbers = [await client.request(path="/half_a_mebibyte") for _ in range(4)]
        with trio.fail_after(20):
            done = set()
            while len(done) < len(numbers):
                await trio.sleep(0.02)
                data = await stream.receive_some(40_000)
                assert data
                for event in client.h2.receive_data(data):
                    assert not isinstance(event, h2.events.StreamReset), event
                    if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                        client.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    done |= {event.stream_id} if isinstance(event, h2.events.StreamEnded) else set()
                await client.flush()
        await trio.aclose_forcefully(stream)


async def test_answers_that_wait_for_the_same_last_bytes_of_the_window_all_come():
    """Those bytes go to one of them; the others wait for more."""
    least = 65_035  # leaves 500 bytes of what a connection has at first (RFC 9113 section 6.9.2)
    async with gateway(h2c=True) as server, connected(server, INITIAL_WINDOW_SIZE=least) as client:
        received = await taken(client, [await client.request(path="/half_a_mebibyte")], least)
        others = [await client.request(path="/half_a_mebibyte") for _ in range(3)]
        await taken(client, others, 65_535 - received)
        for stream_id in (None, *others):
            client.h2.increment_flow_control_window(2**21, stream_id)
        await client.flush()
        for stream_id in others:
            assert await client.until(h2.events.StreamEnded, stream_id)
        await server.is_fine()


async def taken(client, streams, wanted):
    """Bytes of answers that came, once there are so many; the client's windows stay as they are."""
    count = 0
    with trio.fail_after(10):
        while count < wanted:
            for event in client.h2.receive_data(await client.stream.receive_some(65536)):
                assert not isinstance(event, h2.events.StreamReset), event
                if isinstance(event, h2.events.DataReceived) and event.stream_id in streams:
                    count += event.flow_controlled_length
            await client.flush()
    return count


async def test_a_body_that_does_not_come_is_answered_408():
    """Only its own stream ends; what the application does not ask for is nobody's time."""
    async with gateway(h2c=True, body_grace=0.3, body_rate=1000) as server, connected(server) as client:
        slow = await client.request("POST", "/echo", body=b"abc", end=False)
        unread = await client.request("POST", "/wait", body=b"abc", end=False)
        assert (await client.answer(slow))[0] == 408
        assert (await client.answer(await client.request()))[0] == 200
        server.functions.release.set()
        assert (await client.answer(unread))[0] == 200
        await server.is_fine()


async def test_canceling_a_request_in_the_middle_of_a_write_leaves_the_connection_whole(tls):
    """Others share it."""
    async with gateway(tls=tls[0]) as server, connected(server, tls[1], INITIAL_WINDOW_SIZE=2**24) as client:
        client.h2.increment_flow_control_window(2**24)
        stream_id = await client.request(path="/endless")
        await client.until(h2.events.ResponseReceived, stream_id)
        await trio.testing.wait_all_tasks_blocked()  # the kernel's buffers are full
        client.h2.reset_stream(stream_id)
        await client.flush()
        assert (await client.answer(await client.request()))[0] == 200
        with trio.fail_after(2):
            await server.functions.canceled.wait()


async def test_a_connection_says_goodbye_behind_its_last_request():
    """max_requests: GOAWAY, so that the client opens another one."""
    async with gateway(h2c=True, max_requests=2) as server, connected(server) as client:
        assert (await client.answer(await client.request()))[0] == 200
        last = await client.request(path="/wait")
        assert (await client.until(h2.events.ConnectionTerminated)).error_code == Codes.NO_ERROR
        server.functions.release.set()
        rest = b"".join([part async for part in client.stream])  # h2's client takes nothing after a GOAWAY
        assert frame(0, b"released", 1, last) in rest
        await server.is_fine()


async def test_too_many_fields_are_answered_431():
    """Their number has a limit of its own."""
    async with gateway(h2c=True, max_header_count=20) as server, connected(server) as client:
        many = await client.request(extra=[(f"x-{number}", "y") for number in range(30)])
        assert (await client.answer(many))[0] == 431
        assert server.functions.seen == []


PRIORITY = b"\0\0\0\0\x10"


async def test_thousands_of_priority_frames_do_not_end_the_server():
    """Hypercorn 0.18 is killed by 1,001 of them."""
    async with plain() as (server, client):
        await client.raw(*[frame(2, PRIORITY, stream_id=i) for i in range(1, 6001, 2)])
        event = await client.until(h2.events.ConnectionTerminated)
        assert event is None or event.error_code == Codes.ENHANCE_YOUR_CALM
        await server.is_fine()


async def test_requests_with_priorities_are_served():
    """Distinct unknown parents build no tree."""
    async with plain() as (_, client):
        for parent in range(301, 701, 4):
            stream_id = client.h2.get_next_available_stream_id()
            headers = [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/p")]
            client.h2.send_headers(stream_id, headers, end_stream=True, priority_depends_on=parent, priority_weight=5)
            await client.flush()
            assert (await client.answer(stream_id))[0] == 200


async def test_rapid_reset_is_stopped():
    """CVE-2023-44487: ENHANCE_YOUR_CALM after a bounded number of invocations."""
    async with plain() as (server, client):
        for _ in range(60):
            if client.closed:
                break
            for _ in range(10):
                stream_id = client.h2.get_next_available_stream_id()
                headers = [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/wait")]
                client.h2.send_headers(stream_id, headers, end_stream=True)
                client.h2.reset_stream(stream_id)
            await client.flush()
            await trio.lowlevel.checkpoint()
        event = await client.until(h2.events.ConnectionTerminated)
        assert event is None or event.error_code == Codes.ENHANCE_YOUR_CALM
        assert len(server.functions.seen) < 200
        await server.is_fine()


@pytest.mark.parametrize(
    "flood",
    [
        frame(4) * 20_000,
        frame(6, b"12345678") * 20_000,
        frame(0xBE, b"x") * 20_000,
        frame(3, b"\0\0\0\x08", stream_id=1) * 2000,
        frame(8, b"\x7f\xff\xff\xff") * 2,
        frame(8, b"\0\0\0\0"),
        frame(5, b"\0\0\0\2\x82", 4, 1),
        frame(1, b"\x82", stream_id=3) + frame(9, b"", stream_id=3) * 10_000,
        frame(1, b"\xff\x80\x9c\x01", 4, 3),
        frame(2, b"\0\0\0\3\x10", stream_id=3),
        frame(1, b"\x82\x86\x84", 5, 2),
        b"junk" * 1000,
    ],
    ids=[
        "settings", "ping", "unknown", "resets", "window overflow", "window zero", "push promise", "continuation",
        "hpack index", "depends on itself", "even stream", "junk",
    ],
)  # fmt: skip
async def test_floods_and_nonsense_end_their_own_connection_only(flood):
    """A bounded amount of work, then GOAWAY or a close; everybody else is served."""
    async with plain() as (server, client):
        await client.until(h2.events.SettingsAcknowledged)
        await client.raw(flood)
        with trio.fail_after(10):
            while not client.closed and not any(
                isinstance(e, h2.events.ConnectionTerminated | h2.events.StreamReset) for e in client.events
            ):
                await client.pump()
        await server.is_fine()


async def test_empty_data_frames_are_an_attack():
    """CVE-2019-9518."""
    async with plain() as (server, client):
        stream_id = await client.request("POST", "/echo", end=False)
        await client.raw(frame(0, stream_id=stream_id) * 20_000)
        event = await client.until(h2.events.ConnectionTerminated)
        assert event is None or event.error_code == Codes.ENHANCE_YOUR_CALM
        await server.is_fine()


@pytest.mark.parametrize(
    "headers",
    [
        [(":method", "GET"), (":scheme", "https"), (":authority", "a")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), (":foo", "x")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), (":path", "/")],
        [(":method", "GET"), ("x", "y"), (":scheme", "https"), (":authority", "a"), (":path", "/")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("connection", "close")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("x", "a\0b")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), ("x", "a\r\nb: c")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a b"), (":path", "/")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/\xff")],
        [(":method", "get"), (":scheme", "https"), (":authority", "a"), (":path", "/")],
        [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":authority", "a"), (":path", "/")],
        [(":method", "CONNECT"), (":authority", "a:1")],
        [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"), *[("x", "y" * 1000)] * 200],
    ],
)
async def test_malformed_requests_never_reach_a_function(headers):
    """Reset, connection error or a 4xx/5xx answer; the connection's neighbours do not notice."""
    async with plain() as (server, client):
        stream_id = client.h2.get_next_available_stream_id()
        client.h2.config.validate_outbound_headers = False
        client.h2.send_headers(stream_id, headers, end_stream=True)
        await client.flush()
        with trio.fail_after(5):
            while not client.closed and not any(
                isinstance(e, h2.events.ConnectionTerminated | h2.events.StreamReset | h2.events.StreamEnded)
                for e in client.events
            ):
                await client.pump()
        for event in client.events:
            if isinstance(event, h2.events.ResponseReceived):
                assert int(dict(event.headers)[b":status"]) >= 400
        assert server.functions.seen == []
        await server.is_fine()


async def test_draining_sends_goaway_and_finishes_what_runs():
    """Requests in flight are answered, then the connection ends."""
    async with plain() as (server, client):
        stream_id = await client.request(path="/wait")
        await server.functions.running.wait()
        server.shutdown.set()
        assert (await client.until(h2.events.ConnectionTerminated)).error_code == Codes.NO_ERROR
        server.functions.release.set()
        rest = b"".join([part async for part in client.stream])  # h2's client takes nothing after a GOAWAY
        assert frame(0, b"released", 1, stream_id) in rest
        with trio.fail_after(3):
            await server.stopped.wait()


async def test_streams_beyond_the_limit_are_refused():
    """MAX_CONCURRENT_STREAMS is 100."""
    async with plain() as (server, client):
        await client.until(h2.events.RemoteSettingsChanged)
        assert client.h2.remote_settings.max_concurrent_streams == 100
        for _ in range(100):
            await client.request(path="/wait")
        await server.functions.running.wait()
        client.h2.remote_settings[h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS] = 1000
        client.h2.remote_settings.acknowledge()
        await client.request(path="/wait")
        assert await client.until((h2.events.ConnectionTerminated, h2.events.StreamReset)) or client.closed
        assert len(server.functions.seen) == 100
        await server.is_fine()


async def test_websockets_are_streams(tls):
    """Extended CONNECT (RFC 8441): two of them on one connection, each with its closing handshake; then it goes on."""
    async with gateway(tls=tls[0]) as server, connected(server, tls[1]) as client:
        await client.until(h2.events.RemoteSettingsChanged)
        assert client.h2.remote_settings.enable_connect_protocol == 1
        extra = [(":protocol", "websocket"), ("sec-websocket-version", "13")]
        streams = [await client.request("CONNECT", "/socket", _pseudo_first(extra), end=False) for _ in range(2)]
        text, close = (socket_peer.TEXT, b"hello"), (socket_peer.CLOSE, b"\x03\xe8")
        for stream in streams:
            client.h2.send_data(stream, socket_peer.frame(*text))
            await client.flush()
            await client.until(h2.events.DataReceived, stream)
            client.h2.send_data(stream, socket_peer.frame(*close))
            await client.flush()
            wanted = socket_peer.frame(*text, masked=False) + socket_peer.frame(*close, masked=False)
            assert await client.answer(stream) == (200, wanted)
        assert (await client.answer(await client.request(path="/ok")))[0] == 200
        assert [(request.method, request.upgrade) for request in server.functions.seen] == [
            *[("GET", True)] * 2, ("GET", False),
        ]  # fmt: skip
        assert server.recorder.crashes == []


async def test_connect_to_anything_else_is_refused(tls):
    """Neither a tunnel nor another protocol is to be had."""
    async with gateway(tls=tls[0]) as server, connected(server, tls[1]) as client:
        await client.until(h2.events.RemoteSettingsChanged)
        stream = await client.request("CONNECT", "/socket", [(":protocol", "connect-udp")])
        assert (await client.answer(stream))[0] == 405
        assert server.functions.seen == []


def _pseudo_first(extra):
    """Pseudo headers come before the others; the client puts these behind its own."""
    return sorted(extra, key=lambda header: not header[0].startswith(":"))
