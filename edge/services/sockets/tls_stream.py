"""TLS over a byte stream, of which each half can end by itself.

trio.SSLStream closes both halves at once; sockets of Node end what they write and go on reading.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, TypeVar

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_RECORD = 32 * 1024


class TlsStream(trio.abc.HalfCloseableStream):
    """The client's side.  Errors of OpenSSL come as ssl.SSLError, those of the transport as they are."""

    def __init__(self, transport: trio.abc.Stream, context: ssl.SSLContext, server_name: str) -> None:
        self.transport = transport
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.session = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name or None)
        self._sending = trio.Lock()
        self._receiving = trio.Lock()
        self._ended = False
        self._received = 0

    async def do_handshake(self) -> None:
        """Raises ssl.SSLError, or what the transport raises."""
        await self._run(self.session.do_handshake)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """See trio.abc.ReceiveStream."""
        try:
            return await self._run(lambda: self.session.read(max_bytes or _RECORD))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """See trio.abc.SendStream."""
        view = memoryview(data)
        while view:
            piece = view[:_RECORD]
            sent = await self._run(lambda piece=piece: self.session.write(piece))  # type: ignore[misc]
            view = view[sent:]

    async def wait_send_all_might_not_block(self) -> None:
        """See trio.abc.SendStream."""
        await self.transport.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        """Say that nothing more will be written; the peer may still write."""
        if self._ended:
            return
        self._ended = True
        with contextlib.suppress(ssl.SSLError):  # it waits for the peer's own end, which comes with what is read
            self.session.unwrap()
        await self._flush()

    async def aclose(self) -> None:
        """Close at once."""
        await trio.aclose_forcefully(self.transport)

    async def _run(self, step: Callable[[], T]) -> T:
        """One operation of OpenSSL, with what it wants to send and needs to receive."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        async with self._sending:
            if self._outgoing.pending:
                await self.transport.send_all(self._outgoing.read())

    async def _fill(self) -> None:
        seen = self._received
        async with self._receiving:
            if self._received != seen:
                return  # another task has received
            data = await self.transport.receive_some(_RECORD)
        self._received += 1
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
