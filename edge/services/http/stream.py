"""The byte stream below an HTTP connection, with a budget for response heads and honest cancellation."""

from __future__ import annotations

import math
from typing import Any

import httpcore
import trio

from edge.services.dial.connection import Connection

_LAST_WORDS = 0.5  # seconds for a write (of a stream reset) by a task that is already cancelled


class EgressStream(httpcore.AsyncNetworkStream):
    """A connected stream.  Timeouts of single reads and writes are ignored: callers use cancel scopes.

    While a head is expected at most `budget` bytes are read, so that neither endless headers nor endless
    1xx responses cost more.  A write that was cut short leaves `broken` set: nothing else may be sent.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._budget: int | None = None
        self.broken = False

    def expect_head(self, budget: int) -> None:
        """A response head is next."""
        self._budget = budget

    def head_done(self) -> None:
        """The head was read."""
        self._budget = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore
        """At least one byte, or b"" at the end.  Raises httpcore.ReadError."""
        if self.broken:
            raise httpcore.ReadError("the stream is broken")
        if self._budget is not None:
            if self._budget == 0:
                raise httpcore.RemoteProtocolError("the response head is too large")
            max_bytes = min(max_bytes, self._budget)
        try:
            data = bytes(await self._stream.receive_some(max_bytes))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpcore.ReadError(str(error)) from error
        if self._budget is not None:
            self._budget -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore
        """Send all of `buffer`.  Raises httpcore.WriteError."""
        if not buffer:
            return
        if self.broken:
            raise httpcore.WriteError("the stream is broken")
        cancelled = trio.current_effective_deadline() == -math.inf
        scope = trio.CancelScope(shield=cancelled)
        if cancelled:
            scope.deadline = trio.current_time() + _LAST_WORDS
        sent = False
        try:
            with scope:
                await self._stream.send_all(buffer)
                sent = True
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpcore.WriteError(str(error)) from error
        finally:
            if not sent:
                self.broken = True

    def drop(self) -> None:
        """Close at once, without a word to anybody; nobody may be reading or writing."""
        self.broken = True
        connection = self._connection()
        if connection is not None:
            connection.reset()

    async def aclose(self) -> None:
        """Close at once; the peer learns of it by the end of the connection."""
        self.broken = True
        await trio.aclose_forcefully(self._stream)

    def get_extra_info(self, info: str) -> Any:
        """`is_readable`: whether an idle connection has something to say, which can only be that it ends."""
        if info != "is_readable":
            return None
        if self.broken:
            return True
        connection = self._connection()
        return connection is not None and connection.has_news

    def _connection(self) -> Connection | None:
        stream: object = self._stream
        while isinstance(stream, trio.SSLStream):
            stream = stream.transport_stream
        return stream if isinstance(stream, Connection) else None
