"""A connection that a function has, counted until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from edge.services.dial.quota import Quota
    from edge.services.egress.literals import Address


class Connection(trio.abc.HalfCloseableStream):
    """A byte stream to `address` and `port`, which the policy has allowed."""

    def __init__(self, stream: trio.abc.Stream, address: Address, port: int, quota: Quota) -> None:
        self.stream = stream
        self.address = address
        self.port = port
        self._quota = quota
        self._counted = True

    @property
    def local(self) -> tuple[str, int]:
        """Address and port at this end; ("", 0) when it is no socket."""
        if not isinstance(self.stream, trio.SocketStream):
            return "", 0
        name = self.stream.socket.getsockname()
        return str(name[0]), int(name[1])

    @property
    def has_news(self) -> bool:
        """Whether something has arrived that nobody has read, or the end."""
        return isinstance(self.stream, trio.SocketStream) and self.stream.socket.is_readable()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """See trio.abc.ReceiveStream."""
        return await self.stream.receive_some(max_bytes)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """See trio.abc.SendStream."""
        await self.stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """See trio.abc.SendStream."""
        await self.stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        """See trio.abc.HalfCloseableStream."""
        if isinstance(self.stream, trio.abc.HalfCloseableStream):
            await self.stream.send_eof()

    def reset(self) -> None:
        """Close without waiting for anything."""
        self._release()
        if isinstance(self.stream, trio.SocketStream):
            self.stream.socket.close()

    async def aclose(self) -> None:
        """Close; more than once does no harm."""
        self._release()
        await self.stream.aclose()

    def _release(self) -> None:
        if self._counted:
            self._counted = False
            self._quota.give()
