"""One client connection: deadlines, back-pressure, and errors that never leave the task.

A connection has one task, which reads.  Answers are written by the tasks of their requests, straight to the
descriptor as long as the kernel takes the bytes.  Every wait for the client has a deadline, and all waits for
reading share one cancel scope, which is cancelled when the deadline has come (deadlines.py).
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from math import inf
from typing import TYPE_CHECKING, Any, Protocol, cast

import trio
from hypercorn.events import Closed, RawData
from hypercorn.trio.tcp_server import MAX_RECV, TCPServer
from hypercorn.utils import parse_socket_addr

from edge.errors import CallerError
from edge.gateway.answers import error_answer
from edge.gateway.http1 import CLOSE, Http1, serialized
from edge.gateway.http2 import Http2
from edge.gateway.proxied import receive_proxy_header
from edge.gateway.proxy_header import ITSELF, ProxyHeaderError
from edge.gateway.request_id import request_id
from edge.gateway.stream import CLIENT_CERTIFICATE

if TYPE_CHECKING:
    from hypercorn.config import Config
    from hypercorn.events import Event
    from hypercorn.trio.worker_context import WorkerContext

    from edge.gateway.lifeline import Reason
    from edge.gateway.server import Server

_PIECE = 65536
_LINGER_SECONDS = 2.0
_CLOSE_SECONDS = 2.0
_RESET = struct.pack("ii", 1, 0)


class WireProtocol(Protocol):
    """HTTP/1 or HTTP/2 on a connection."""

    async def start(self) -> None:
        """The connection is there."""

    async def feed(self, data: bytes) -> None:
        """Bytes arrived.  Returns when more can be taken."""

    async def end_of_input(self) -> bool:
        """The client will send no more.  Whether an answer is still to be waited for."""

    async def timed_out(self) -> None:
        """The deadline passed while waiting for the client."""

    async def drain(self) -> None:
        """Answer what is there and what arrives soon, then let the connection end."""

    def lost(self, reason: Reason) -> None:
        """Nobody will take an answer any more."""


class Connection(TCPServer):
    """A connection of `server`; `run` serves it to its end and raises nothing but trio.Cancelled."""

    def __init__(
        self,
        server: Server,
        stream: trio.SocketStream | trio.SSLStream[trio.SocketStream],
        *,
        proxied: bool = False,
    ) -> None:
        super().__init__(cast("Any", server.app), server.config, server.context, cast("Any", {}), cast("Any", stream))
        self.server = server
        self.settings = server.settings
        self._proxied = proxied
        self._said = ITSELF  # by a balancer before us
        self.scope = trio.CancelScope()
        self.due = inf
        self.wire: WireProtocol | None = None
        self.client_name = ""
        self.extensions: dict[str, Any] = {}  # of every request's scope
        self._fd = -1
        if isinstance(stream, trio.SocketStream):
            self._transport = stream
            self._fd = stream.socket.fileno()
        else:
            self._transport = stream.transport_stream
        self._closed = False
        self._reset = False
        self._more = False  # to be read, without waiting

    async def run(self) -> None:
        try:
            await self._serve()
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        except Exception as error:  # noqa: BLE001 - one connection's bug must not end the server
            self.server.observer.crashed(error, "connection")
        finally:
            self.server.deadlines.forget(self)
            if self.wire is not None:
                self.wire.lost("client left")
            await self._end()

    async def _serve(self) -> None:
        if self._proxied and not await self._read_proxy_header():
            return
        if not await self._shake_hands():
            return
        self.wire = self._make_wire()
        self.set_deadline(self.settings.head_timeout)
        if self.server.draining:
            await self.drain()
        with self.scope:
            await self.wire.start()
            await self._read(self.wire)
        if self.scope.cancelled_caught and not self._closed:
            await self.wire.timed_out()

    async def _read_proxy_header(self) -> bool:
        """Whom a trusted balancer speaks for.  All others, and what is no header, are cut off."""
        sock = self._transport.socket
        peer = parse_socket_addr(sock.family, sock.getpeername())
        try:
            if not self.settings.trusts(peer[0] if peer else ""):
                raise ProxyHeaderError("it does not come from server.trusted_proxies")
            with trio.fail_after(self.settings.proxy_timeout):
                self._said = await receive_proxy_header(sock)
        except (ProxyHeaderError, EOFError, OSError, trio.TooSlowError) as error:
            self.server.observer.distrusted(str(error) or "it comes too slowly", peer[0] if peer else "")
            self._reset = True
            return False
        return True

    async def _shake_hands(self) -> bool:
        if self._fd >= 0:
            return True
        try:
            with trio.fail_after(self.settings.handshake_timeout):
                await self.stream.do_handshake()
        except (trio.BrokenResourceError, trio.TooSlowError) as error:
            self.server.observer.handshake_failed("timeout" if isinstance(error, trio.TooSlowError) else "refused")
            if getattr(error.__cause__, "reason", "") == "HTTP_REQUEST":
                await self._answer_plain()
            return False
        self._identify()
        return True

    async def _answer_plain(self) -> None:
        """Tell who came without TLS, as what it spoke, that it is needed."""
        error = CallerError("this address speaks TLS", hint="https://")
        answer = error_answer(error, request_id(None, None))
        with trio.move_on_after(_CLOSE_SECONDS), contextlib.suppress(trio.BrokenResourceError):
            await self._transport.send_all(serialized(answer.status, [*answer.headers, CLOSE], answer.body))

    def _identify(self) -> None:
        """Remember whose certificate the client has shown."""
        assert self.settings.tls is not None  # it shook hands
        certificate = self.settings.tls.identify(self.stream.getpeercert(binary_form=True))
        if certificate is not None:
            self.extensions[CLIENT_CERTIFICATE] = certificate

    def _make_wire(self) -> Http1 | Http2:
        sock = self._transport.socket
        client = self._said.source or parse_socket_addr(sock.family, sock.getpeername())
        server = self._said.destination or parse_socket_addr(sock.family, sock.getsockname())
        self.client_name = client[0] if client else ""
        tls = self._fd < 0
        http2 = self.stream.selected_alpn_protocol() == "h2" if tls else False
        return (Http2 if http2 else Http1)(self, client, server, ssl=tls)

    def become_http2(self) -> Http2:
        """HTTP/2 by prior knowledge, from the protocol that saw the preface."""
        previous = cast("Http1", self.wire)
        self.wire = Http2(self, previous.client, previous.server, ssl=previous.ssl)
        return self.wire

    async def _read(self, wire: WireProtocol) -> None:
        while True:
            data = await self._receive()
            if not data:
                break
            await wire.feed(data)
            wire = self.wire or wire
        if await wire.end_of_input():
            self.set_deadline(self.settings.half_close_grace)
            await trio.sleep_forever()

    async def _receive(self) -> bytes:
        """What has arrived, b"" at the end.

        Trio's streams try to read before they wait, which is a call for nothing between two requests.
        """
        if self._fd < 0:
            return bytes(await self.stream.receive_some(MAX_RECV))
        while True:
            if self._more:
                await trio.lowlevel.checkpoint()
            else:
                await trio.lowlevel.wait_readable(self._fd)
            try:
                data = os.read(self._fd, MAX_RECV)
            except BlockingIOError:
                self._more = False
                continue
            self._more = len(data) == MAX_RECV  # then there is more, as a rule
            return data

    # for the protocols

    def set_deadline(self, seconds: float) -> None:
        """The client has `seconds` from now for what it is to do next; inf when it is not its turn."""
        if seconds == inf:
            self.due = inf
        else:
            self.due = trio.current_time() + seconds
            self.server.deadlines.moved(self)

    def stop(self) -> None:
        """The deadline has passed: see deadlines.Due."""
        self.scope.cancel("deadline")

    async def send(self, data: bytes, *, whole: bool = False) -> None:
        """Send all of `data`.  Raises trio.BrokenResourceError when the client is gone or too slow.

        With `whole` also when the caller is cancelled, because others share the connection; otherwise that ends it.
        """
        rest = self.send_some(data)
        if rest:
            with trio.CancelScope(shield=whole):
                await self._send_slowly(rest)

    def send_some(self, data: bytes) -> bytes:
        """What the system does not take at once, and is to be given to `send` next.

        Raises trio.BrokenResourceError when the client is gone.
        """
        if self._closed:
            raise trio.BrokenResourceError("the connection is closed")
        if self._fd < 0 or self.send_lock.locked():
            return data
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            return data
        except OSError as error:
            self.finish(reset=True)  # who reads may be waiting for room, and would not see it
            raise trio.BrokenResourceError from error
        return b"" if sent == len(data) else data[sent:]

    def hypercorn_parts(self) -> tuple[Any, Config, WorkerContext, Any, Any]:
        """What the constructors of Hypercorn's protocols begin with; requests run in the server's own task group."""
        return self.app, self.config, self.context, None, {}

    async def send_event(self, event: Event) -> None:
        """Hypercorn's way out."""
        if isinstance(event, RawData):
            await self.send(event.data)
        elif isinstance(event, Closed):
            self.finish()

    async def _send_slowly(self, data: bytes) -> None:
        """In pieces, each with the full time: a slow client is fine, one that stands still is not."""
        view = memoryview(data)
        complete = False
        try:
            async with self.send_lock:
                for start in range(0, len(view), _PIECE):
                    with trio.fail_after(self.settings.send_timeout):
                        await self.stream.send_all(view[start : start + _PIECE])
            complete = True
        except trio.TooSlowError as error:
            raise trio.BrokenResourceError("the client does not take its answer") from error
        except trio.ClosedResourceError as error:
            raise trio.BrokenResourceError("the client has gone") from error
        finally:
            if not complete:
                self.finish(reset=True)

    def finish(self, *, reset: bool = False) -> None:
        """End the connection; with `reset` so that the client cannot take it for a proper end."""
        self._closed = True
        self._reset = self._reset or reset
        self.scope.cancel()

    async def linger(self) -> None:
        """End the connection when the client has read the answer: what it still sends is thrown away meanwhile.

        Closing with unread bytes in the kernel would reset the connection and could destroy the answer.
        """
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError, OSError):
            self._transport.socket.shutdown(socket.SHUT_WR)
        self.set_deadline(_LINGER_SECONDS)

    async def drain(self) -> None:
        """See WireProtocol.drain."""
        if self.wire is not None:
            with contextlib.suppress(trio.BrokenResourceError):
                await self.wire.drain()

    async def _end(self) -> None:
        self._closed = True
        self._fd = -1
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_SECONDS):
            if self._reset:
                with contextlib.suppress(OSError):
                    self._transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                await trio.aclose_forcefully(self._transport)
            else:
                with contextlib.suppress(trio.BrokenResourceError, trio.BusyResourceError):
                    await self.stream.aclose()
        await trio.aclose_forcefully(self._transport)
