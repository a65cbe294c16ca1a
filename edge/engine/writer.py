"""The response on its way out: in order, off the invocation's loop once it streams, with a bound."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

import trio

from edge.errors import TimeoutLimitError
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.engine.machine import Respond, Write
    from edge.invocation import Exchange

    _Part = tuple[bytes, int | None, Callable[[int | None], None]]

BATCH = 64 * KIB
"""Bytes that are sent at once."""

BATCH_PARTS = 1000
"""Parts that are sent at once: each is acknowledged, and meanwhile nothing else happens in the gateway."""

HIGH_WATER = 1 * MIB
"""Bytes waiting for the client above which the isolate gets no more turns."""


def _ignore() -> None:
    """Nobody wants to know."""


class ResponseWriter:
    """Sends one response through an exchange.

    `on_change` is called when all of it has left, and when the client is found to have gone: see `sent` and `broken`.
    """

    def __init__(self, exchange: Exchange, on_change: Callable[[], None] = _ignore) -> None:
        self._exchange = exchange
        self._on_change = on_change
        self._waiting = 0
        self._send: trio.MemorySendChannel[_Part] | None = None
        self._scope: trio.CancelScope | None = None  # of what streams
        self.sent = False
        self.broken = False

    @property
    def full(self) -> bool:
        """The client is slower than the function."""
        return self._waiting > HIGH_WATER

    @property
    def sending(self) -> bool:
        """Some of a streamed response has not left, or is still to come."""
        return self._send is not None and not self.sent and not self.broken

    def whole(self, respond: Respond, deadline: float) -> Awaitable[None] | None:
        """Do all of the response.  What is still to be awaited, of a client that takes its time.

        That raises TimeoutLimitError when it takes nothing until the deadline.
        """
        try:
            rest = self._exchange.whole(respond.status, respond.headers, respond.body)
        except trio.BrokenResourceError:
            self._break()
            return None
        if rest is not None:
            return self._finish(rest, deadline)
        self._has_left()
        return None

    async def _finish(self, rest: Awaitable[None], deadline: float) -> None:
        try:
            await _in_time(rest, deadline)
        except trio.BrokenResourceError:
            self._break()
        else:
            self._has_left()

    def _has_left(self) -> None:
        self.sent = True
        self._on_change()

    async def head(self, respond: Respond, nursery: trio.Nursery, deadline: float) -> None:
        """Begin the response; `nursery` is for what follows.

        Raises TimeoutLimitError when the client takes nothing until the deadline.
        """
        try:
            await _in_time(self._exchange.head(respond.status, respond.headers, respond.body), deadline)
        except trio.BrokenResourceError:
            self._break()
            return
        self._scope = trio.CancelScope()
        self._send, receive = trio.open_memory_channel(math.inf)
        nursery.start_soon(self._pump, receive, self._scope)

    def write(self, part: Write, written: Callable[[int | None], None]) -> None:
        """Queue a part; `written` is called with its ack when it has left."""
        if self._send is not None and not self.broken:
            self._waiting += len(part.data)
            self._send.send_nowait((part.data, part.ack, written))

    def end(self) -> None:
        """No more parts."""
        if self._send is not None:
            self._send.close()

    def abandon(self) -> None:
        """Send nothing more."""
        if self._scope is not None:
            self._scope.cancel()
        self._break()

    def _break(self) -> None:
        self.broken = True
        self._waiting = 0
        self._on_change()

    async def _pump(self, parts: trio.MemoryReceiveChannel[_Part], scope: trio.CancelScope) -> None:
        with scope, parts:
            try:
                await self._send_all(parts)
            except trio.BrokenResourceError:
                self._break()
            else:
                self._has_left()

    async def _send_all(self, parts: trio.MemoryReceiveChannel[_Part]) -> None:
        async for part in parts:
            batch = _with_what_waits(part, parts)
            data = b"".join(data for data, _, _ in batch)
            if data:
                await self._exchange.write(data)
            self._waiting -= len(data)
            for _, ack, written in batch:
                written(ack)
        await self._exchange.end()


async def _in_time(rest: Awaitable[None], deadline: float) -> None:
    """Raises TimeoutLimitError when it takes longer."""
    with trio.CancelScope(deadline=deadline) as scope:
        await rest
    if scope.cancelled_caught:
        raise TimeoutLimitError("the client did not take the response in time")


def _with_what_waits(part: _Part, parts: trio.MemoryReceiveChannel[_Part]) -> list[_Part]:
    """The part and those behind it, up to BATCH bytes and BATCH_PARTS: many small writes leave as one."""
    batch, size = [part], len(part[0])
    with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
        while size < BATCH and len(batch) < BATCH_PARTS:
            batch.append(parts.receive_nowait())
            size += len(batch[-1][0])
    return batch
