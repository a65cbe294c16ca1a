"""HTTPS: certificates, names, and HTTP/2, against real servers on loopback."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from functools import partial

import h2.config
import h2.connection
import h2.events
import pytest
import trio
import trio.testing
from fetch_rig import QUICK, Server, client_of, ok, read_all, replies

from edge.corpus.certificates import Authority
from edge.services.dial.tls import client_context
from edge.services.http.failure import FetchError
from edge.services.http.upload import Keeping, Upload

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def authority():
    """A certificate authority for the module."""
    return Authority()


@pytest.fixture(scope="module")
def trusting(authority, tmp_path_factory):
    """A client context that trusts the authority through a CA file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_text(authority.pem)
    return client_context(ca_file=path)


@asynccontextmanager
async def secure(handler, context, trusting):
    """A TLS server that gives its streams to `handler`, and a client: `(port, client)`."""

    async def handle(stream):
        tls = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
        try:
            await tls.do_handshake()
            await handler(tls)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, handle, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with client_of(limits=QUICK, context=trusting) as client:
            yield port, client
        nursery.cancel_scope.cancel()


async def test_https_verifies_the_name_and_keeps_it(authority, trusting):
    """The certificate is for the name although an address is dialled."""
    server = Server(replies(ok(b"secret")))
    async with secure(server.handle, authority.server_context("api.test"), trusting) as (port, client):
        for _ in range(3):
            response = await client.fetch("GET", f"https://API.test:{port}/")
            assert await read_all(response) == b"secret"
        assert (server.connections, f"host: api.test:{port}" in server.heads[0].lower()) == (1, True)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("wrong-name", "Hostname mismatch"), ("self-signed", "self-signed certificate"), ("expired", "has expired")],
)
async def test_bad_certificates_are_refused_before_anything_is_sent(authority, trusting, fault, message):
    """The error says what is wrong with the certificate; the server never sees a request."""
    server = Server(replies(ok()))
    async with secure(server.handle, authority.server_context("api.test", fault), trusting) as (port, client):
        with pytest.raises(FetchError, match=message) as caught:
            await client.fetch("GET", f"https://api.test:{port}/")
        assert (caught.value.stage, server.requests, client._pool.connections) == ("tls", [], [])


async def test_an_unknown_authority_is_not_trusted(authority):
    """Without the CA file nothing vouches for the server."""
    server = Server(replies(ok()))
    context = client_context()
    async with secure(server.handle, authority.server_context("api.test"), context) as (port, client):
        with pytest.raises(FetchError, match="certificate verify failed"):
            await client.fetch("GET", f"https://api.test:{port}/")


async def test_plain_http_where_tls_is_expected(trusting):
    """A server that speaks no TLS gives an error that says so."""
    server = Server(replies(ok()))

    async def plain(stream):
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, plain, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with client_of(limits=QUICK, context=trusting) as client:
            with pytest.raises(FetchError, match="TLS handshake failed") as caught:
                await client.fetch("GET", f"https://api.test:{port}/")
        assert (caught.value.stage, server.requests) == ("tls", [])
        nursery.cancel_scope.cancel()


async def _silent(_):
    await trio.sleep_forever()


async def test_a_handshake_that_hangs_is_cut_off(trusting):
    """Connecting has one deadline for look-up, TCP and TLS together."""
    limits = QUICK.__class__(connect=0.1)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, _silent, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with client_of(limits=limits, context=trusting) as client:
            with pytest.raises(FetchError, match=r"took longer than 0\.1s"):
                await client.fetch("GET", f"https://api.test:{port}/")
            assert not client._pool.connections
        nursery.cancel_scope.cancel()


def test_the_environment_does_not_steer_tls(monkeypatch, tmp_path):
    """No key log is written, no CA bundle is taken from a variable."""
    for name in ("SSLKEYLOGFILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "steered"))
    context = client_context()
    assert context.keylog_filename is None
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs() or context.cert_store_stats()["x509_ca"]


class Http2Server:
    """A small HTTP/2 server: `/small` answers, `/endless` sends until it is reset, `/never` does nothing."""

    def __init__(self):
        self.connections = 0
        self.paths = []
        self.reset = []
        self.headers = []

    async def handle(self, stream):
        self.connections += 1
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        bodies = {}  # by stream: what is still to be sent, None for what never ends
        await stream.send_all(connection.data_to_send())
        while data := await stream.receive_some():
            for event in connection.receive_data(data):
                self._react(connection, event, bodies)
            for number in tuple(bodies):
                self._feed(connection, number, bodies)
            await stream.send_all(connection.data_to_send())

    def _react(self, connection, event, bodies):
        if isinstance(event, h2.events.RequestReceived):
            headers = dict(event.headers)
            self.headers.append(headers)
            path = headers[b":path"].decode()
            self.paths.append(path)
            if path == "/never":
                return
            status = "nonsense" if path == "/nonsense" else "200"
            connection.send_headers(event.stream_id, [(":status", status), ("x-path", path)])
            bodies[event.stream_id] = None if path == "/endless" else b"small"
        elif isinstance(event, h2.events.StreamReset):
            bodies.pop(event.stream_id, None)
            self.reset.append(event.stream_id)
        elif isinstance(event, h2.events.DataReceived):
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _feed(self, connection, number, bodies):
        while number in bodies and (room := connection.local_flow_control_window(number)) > 0:
            if bodies[number] is None:
                connection.send_data(number, bytes(min(room, connection.max_outbound_frame_size)))
            elif len(bodies[number]) <= room:
                connection.send_data(number, bodies.pop(number), end_stream=True)


async def test_http2_shares_one_connection(authority, trusting):
    """Twenty requests at once need one connection; the authority is the name."""
    server = Http2Server()
    context = authority.server_context("api.test", protocols=("h2", "http/1.1"))
    async with secure(server.handle, context, trusting) as (port, client):

        async def get():
            response = await client.fetch("GET", f"https://api.test:{port}/small")
            assert await read_all(response) == b"small"

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(get)
        assert (server.connections, len(server.paths)) == (1, 20)
        assert server.headers[0][b":authority"] == f"api.test:{port}".encode()


async def test_http2_resets_a_stream_that_is_given_up(authority, trusting):
    """Endless bodies that are given up after a chunk, one after the other: the connection stays in use.

    Each sends all that its flow-control window allows, so the connection would be stuck after the first
    if the window were not returned.
    """
    server = Http2Server()
    context = authority.server_context("api.test", protocols=("h2",))
    async with secure(server.handle, context, trusting) as (port, client):
        for _ in range(4):
            response = await client.fetch("GET", f"https://api.test:{port}/endless")
            with trio.fail_after(5):
                assert await response.body.read()
            await response.body.aclose()
        response = await client.fetch("GET", f"https://api.test:{port}/small")
        assert await read_all(response) == b"small"
        assert (server.connections, len(server.reset)) == (1, 4)


@pytest.mark.slow
async def test_http2_a_response_that_is_not_read_stops_no_other(authority, trusting):
    """Four endless responses pile up their windows and no more, while a fifth is read at leisure."""
    server = Http2Server()
    context = authority.server_context("api.test", protocols=("h2",))
    async with secure(server.handle, context, trusting) as (port, client):
        unread = [await client.fetch("GET", f"https://api.test:{port}/endless") for _ in range(4)]
        read = await client.fetch("GET", f"https://api.test:{port}/endless")
        size = 0
        with trio.fail_after(10):
            while size < 20 << 20:
                size += len(await read.body.read())
        queues = client._pool.connections[0]._open.inner._events.values()
        piled = sum(len(event.data) for queue in queues for event in queue if hasattr(event, "data"))
        assert piled <= 5 * (1 << 20)
        for response in [*unread, read]:
            await response.body.aclose()
        with trio.fail_after(5):
            assert await read_all(await client.fetch("GET", f"https://api.test:{port}/small")) == b"small"
        assert (server.connections, len(server.reset)) == (1, 5)


async def test_http2_cancelling_one_request_spares_the_others(authority, trusting):
    """A request that waits for its head is cancelled; its neighbour on the connection is answered."""
    server = Http2Server()
    context = authority.server_context("api.test", protocols=("h2",))
    async with secure(server.handle, context, trusting) as (port, client):
        await read_all(await client.fetch("GET", f"https://api.test:{port}/small"))
        for _ in range(3):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client.fetch, "GET", f"https://api.test:{port}/never")
                await trio.testing.wait_all_tasks_blocked(0.01)
                response = await client.fetch("GET", f"https://api.test:{port}/small")
                assert await read_all(response) == b"small"
                nursery.cancel_scope.cancel()
        response = await client.fetch("GET", f"https://api.test:{port}/small")
        assert await read_all(response) == b"small"
        assert (server.connections, len(server.reset)) == (1, 3)


async def test_http2_sends_bodies(authority, trusting):
    """A body larger than the flow-control window goes through."""
    server = Http2Server()
    context = authority.server_context("api.test", protocols=("h2",))
    async with secure(server.handle, context, trusting) as (port, client):
        response = await client.fetch("POST", f"https://api.test:{port}/small", body=bytes(300_000))
        assert await read_all(response) == b"small"
        assert server.headers[0][b"content-length"] == b"300000"


class EchoServer:
    """An HTTP/2 server that sends each body back as it comes; `/refuse` answers 413 at once."""

    def __init__(self):
        self.connections = 0
        self.reset = []

    async def handle(self, stream):
        self.connections += 1
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        echoes = {}  # by stream: what is still to be sent back, and whether that is all
        await stream.send_all(connection.data_to_send())
        while data := await stream.receive_some():
            for event in connection.receive_data(data):
                self._react(connection, event, echoes)
            for number, echo in tuple(echoes.items()):
                self._send(connection, number, echo, echoes)
            await stream.send_all(connection.data_to_send())

    def _react(self, connection, event, echoes):
        if isinstance(event, h2.events.RequestReceived):
            refused = dict(event.headers)[b":path"] == b"/refuse"
            status = "413" if refused else "200"
            connection.send_headers(event.stream_id, [(":status", status)], end_stream=refused)
            if not refused:
                echoes[event.stream_id] = [bytearray(), False]
        elif isinstance(event, h2.events.DataReceived):
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if event.stream_id in echoes:
                echoes[event.stream_id][0] += event.data
        elif isinstance(event, h2.events.StreamEnded):
            echoes[event.stream_id][1] = True
        elif isinstance(event, h2.events.StreamReset):
            self.reset.append(event.stream_id)
            echoes.pop(event.stream_id, None)

    def _send(self, connection, number, echo, echoes):
        while echo[0] and (room := connection.local_flow_control_window(number)) > 0:
            size = min(room, connection.max_outbound_frame_size)
            connection.send_data(number, bytes(echo[0][:size]))
            del echo[0][:size]
        if echo[1] and not echo[0]:
            connection.end_stream(number)
            del echoes[number]


async def test_http2_uploads_and_answers_go_on_side_by_side(authority, trusting):
    """Three echoes of 2 MiB share a connection whose windows are far smaller; each comes back whole."""
    server = EchoServer()
    context = authority.server_context("api.test", protocols=("h2",))
    sizes = []

    async def echo(client, url):
        upload = Upload(None, 65536, Keeping(0))

        async def write():
            for _ in range(64):
                assert await upload.write(bytes(32 << 10))
            upload.end()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            response = await client.fetch("POST", url, body=upload)
            sizes.append(len(await read_all(response)))

    async with secure(server.handle, context, trusting) as (port, client):
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                for _ in range(3):
                    nursery.start_soon(echo, client, f"https://api.test:{port}/echo")
    assert sizes == [2 << 20] * 3
    assert (server.connections, server.reset) == (1, [])


async def test_http2_an_answer_before_the_end_of_an_upload_ends_it(authority, trusting):
    """The stream is reset, the connection goes on."""
    server = EchoServer()
    context = authority.server_context("api.test", protocols=("h2",))
    async with secure(server.handle, context, trusting) as (port, client):
        upload = Upload(None, 65536, Keeping(0))
        await upload.write(b"begin")
        response = await client.fetch("POST", f"https://api.test:{port}/refuse", body=upload)
        assert response.status == 413
        assert await read_all(response) == b""
        second = Upload(4, 65536, Keeping(0))
        await second.write(b"next")
        response = await client.fetch("PUT", f"https://api.test:{port}/echo", body=second)
        assert await read_all(response) == b"next"
        assert (server.connections, len(server.reset)) == (1, 1)


async def test_http2_nonsense_is_a_failure_of_that_request(authority, trusting):
    """A status that is no number: a TypeError, and the next request works."""
    server = Http2Server()
    context = authority.server_context("api.test", protocols=("h2",))
    async with secure(server.handle, context, trusting) as (port, client):
        with pytest.raises(FetchError) as caught:
            await client.fetch("GET", f"https://api.test:{port}/nonsense")
        assert caught.value.stage == "response"
        assert await read_all(await client.fetch("GET", f"https://api.test:{port}/small")) == b"small"
