"""One socket of a function: what it reads and writes, in the clear or over TLS."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import trio

from edge.services.sockets.failure import SocketError, disconnected, from_stream, from_tls
from edge.services.sockets.guard import GuardedStream, RequestFilter
from edge.services.sockets.tls_stream import TlsStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.services.dial.connection import Connection
    from edge.services.egress.target import Target

_BROKEN = (trio.BrokenResourceError, trio.ClosedResourceError, ssl.SSLError)
_SECURE = frozenset({"https", "tls"})
_TICKS = 3


class Socket:
    """`requests` is there when the policy grants requests over HTTP only, not a bare connection."""

    def __init__(self, connection: Connection, target: Target, requests: RequestFilter | None) -> None:
        self.connection = connection
        self.target = target
        self._requests = requests
        self._stream: trio.abc.HalfCloseableStream = connection
        self._reading: trio.CancelScope | None = None
        self._idle = trio.Event()
        self._writing = trio.Lock()
        self._switching = False
        if requests is not None and target.scheme not in _SECURE:
            self._stream = GuardedStream(connection, requests)

    @property
    def guarded(self) -> bool:
        """Whether only requests over HTTP get through."""
        return self._requests is not None

    async def read(self, size: int) -> bytes | None:
        """Some bytes, b"" at the end, None when the socket changes to TLS meanwhile.  Raises SocketError."""
        if self._reading is not None:
            raise SocketError("the socket is being read already", "EALREADY")
        if self._switching:
            return None
        self._idle = trio.Event()
        try:
            with trio.CancelScope() as self._reading:
                data = bytes(await self._stream.receive_some(size))
                await self._let_writes_end()
                return data
        except _BROKEN as error:
            raise from_stream(error, "read") from error
        finally:
            self._reading = None
            self._idle.set()
        return None

    async def _let_writes_end(self) -> None:
        """What the peer answers comes behind the end of what it answers to, where that has an end."""
        for _ in range(_TICKS):
            if not self._writing.locked():
                return
            await trio.lowlevel.cancel_shielded_checkpoint()

    async def write(self, data: bytes) -> None:
        """All of it has gone to the system when this comes back.  Raises SocketError."""
        if self.target.scheme in _SECURE and self._stream is self.connection:
            raise SocketError("Network policy lets only TLS through here", "EACCES")
        try:
            async with self._writing:
                await self._stream.send_all(data)
        except _BROKEN as error:
            raise from_stream(error, "write") from error

    async def end(self) -> None:
        """Nothing more will be written."""
        try:
            async with self._writing:
                await self._stream.send_eof()
        except _BROKEN:
            pass  # the peer has left: who reads learns of it

    async def start_tls(self, make: Callable[[trio.abc.Stream], TlsStream], patience: float) -> TlsStream:
        """From now on everything goes over TLS; a read that waits is given up.  Raises SocketError."""
        if self._requests is not None and (self.target.scheme not in _SECURE or self._stream is not self.connection):
            raise SocketError("Network policy lets only HTTP requests through here", "EACCES")
        if self._switching:
            raise SocketError("the socket changes to TLS already", "EALREADY")
        self._switching = True
        try:
            if self._reading is not None:
                self._reading.cancel()
                await self._idle.wait()
            async with self._writing:  # what was written before goes before
                tls = make(self._stream)
                await self._handshake(tls, patience)
                self._stream = tls if self._requests is None else GuardedStream(tls, self._requests)
        finally:
            self._switching = False
        return tls

    async def _handshake(self, tls: TlsStream, patience: float) -> None:
        try:
            with trio.fail_after(patience):
                await tls.do_handshake()
        except trio.TooSlowError as error:
            raise SocketError(f"TLS was not agreed upon within {patience:g}s", "ETIMEDOUT") from error
        except ssl.SSLError as error:
            raise from_tls(error) from error
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise disconnected() from error

    def close(self) -> None:
        """Close at once; who waits for it gets an error."""
        self.connection.reset()
