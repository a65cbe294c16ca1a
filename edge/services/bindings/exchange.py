"""The client of a function that another function calls: `edge.invocation.Exchange` in memory.

The callee's side is the Exchange; the caller's side takes the response and gives the request's body.  Both bodies
are held up to HIGH_WATER bytes, then who is ahead waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from edge.errors import BadResponseError, EdgeError
from edge.units import KIB
from edge.wire.response_head import bodiless, response_head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.invocation import Upgraded
    from edge.wire.messages import Header

HIGH_WATER = 256 * KIB


class Pipe:
    """Bytes on their way, in one direction."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.held = 0
        self.waited = False  # somebody waits for room
        self._change = trio.Event()
        self.ended = False
        self.unwanted = False  # nobody will read it
        self.broken: Exception | None = None

    def _changed(self) -> None:
        self._change.set()
        self._change = trio.Event()

    async def put(self, data: bytes) -> bool:
        """Wait until there is room; False when nobody wants it."""
        self.waited = True
        try:
            while self.held >= HIGH_WATER and not self.unwanted:
                await self._change.wait()
        finally:
            self.waited = False
        if self.unwanted:
            return False
        if data:
            self._parts.append(data)
            self.held += len(data)
            self._changed()
        return True

    def end(self) -> None:
        """That was all."""
        self.ended = True
        self._changed()

    def fail(self, error: Exception) -> None:
        """There will be no more, and what there is does not count."""
        if not self.ended:
            self.broken = self.broken or error
            self._changed()

    def refuse(self) -> None:
        """Nobody reads it any more."""
        self.unwanted = True
        if not self.ended:
            self._parts.clear()
        self._changed()

    async def take(self) -> tuple[bytes, bool]:
        """Everything that is there, at least a byte, and whether it was the last.  Raises what it failed with."""
        while not self._parts and not self.ended and self.broken is None:
            if self.unwanted:
                raise trio.BrokenResourceError("nobody gives more")
            await self._change.wait()
        if self.broken is not None:
            raise self.broken
        data = b"".join(self._parts)
        self._parts.clear()
        self.held = 0
        self._changed()
        return data, self.ended


class MemoryExchange:
    """One call from function to function."""

    def __init__(self, callee: str, method: str) -> None:
        self.callee = callee
        self.upload = Pipe()
        self.body = Pipe()
        self.status = 0
        self.headers: list[Header] = []
        self.gone = False
        self._is_head = method == "HEAD"
        self._silent = False
        self._length: int | None = None
        self._sent = 0
        self._begun = trio.Event()
        self._left: Callable[[], None] | None = None
        self._scope: trio.CancelScope | None = None

    # -- the callee's side: see edge.invocation.Exchange

    def watch(self, left: Callable[[], None]) -> None:
        """See Exchange."""
        self._left = left
        if self.gone:
            left()

    async def read(self) -> bytes:
        """See Exchange."""
        data, _ = await self.upload.take()
        return data

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """See Exchange."""
        self._stay()
        try:
            checked = response_head(status, headers)
        except BadResponseError as error:
            self._fail(error)
            raise
        self._silent = self._is_head or bodiless(status)
        self._length = len(body) if end and not self._silent else checked.length
        self.status = status
        self.headers = [(name.decode("ascii"), value.decode("latin-1")) for name, value in checked.headers]
        if self._length is not None and status != 204:
            self.headers.append(("content-length", str(self._length)))
        if end:
            await self._put(body)
            self._complete()
            self._begun.set()
        else:
            self._begun.set()
            await self._put(body)

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None]:
        """See Exchange."""
        return self.head(status, headers, body, end=True)

    async def write(self, data: bytes) -> None:
        """See Exchange."""
        await self._put(data)

    async def end(self) -> None:
        """See Exchange."""
        self._stay()
        self._complete()

    async def upgrade(self, headers: list[Header], protocol: str) -> Upgraded:
        """See Exchange; the request of a call never asks for one."""
        raise BadResponseError("a call from function to function cannot be answered with a WebSocket")

    async def fail(self, error: EdgeError) -> None:
        """See Exchange."""
        self._fail(error)

    def _stay(self) -> None:
        if self.gone:
            raise trio.BrokenResourceError("the caller has gone")

    async def _put(self, data: bytes) -> None:
        self._stay()
        if self._silent:
            return
        self._sent += len(data)
        if self._length is not None and self._sent > self._length:
            raise self._wrong_length()
        if not await self.body.put(data):
            self._stay()

    def _complete(self) -> None:
        if self._length is not None and not self._silent and self._sent < self._length:
            raise self._wrong_length()
        self.body.end()
        self.upload.refuse()

    def _wrong_length(self) -> BadResponseError:
        error = BadResponseError(f"the function announced {self._length} bytes and sent {self._sent}")
        self._fail(error)
        return error

    def _fail(self, error: EdgeError) -> None:
        self.body.fail(error)
        self.upload.refuse()
        self._begun.set()

    # -- the caller's side

    async def response(self) -> None:
        """Wait for the head: `status` and `headers`.  Raises EdgeError when the callee fails before it."""
        await self._begun.wait()
        if self.status == 0 and self.body.broken is not None:
            raise self.body.broken

    def leave(self) -> None:
        """The caller wants nothing more."""
        if self.gone or self.body.ended:
            return
        self.gone = True
        self.body.refuse()
        self.upload.fail(trio.BrokenResourceError("the caller has gone"))
        if self._left is not None:
            self._left()
        elif self._scope is not None:
            self._scope.cancel()

    # -- the invocation

    def attach(self, scope: trio.CancelScope) -> None:
        """Cancel `scope` when the caller leaves before the callee has begun."""
        self._scope = scope
        if self.gone:
            scope.cancel()

    def over(self, error: EdgeError | None) -> None:
        """The callee's invocation has ended."""
        if not self.body.ended:
            self._fail(error or BadResponseError("the function ended without an answer"))
