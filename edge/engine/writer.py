"""The response on its way out: in order, off the invocation's loop once it streams, with a bound."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

import trio

from edge.errors import TimeoutLimitError
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.machine import Respond, Write
    from edge.invocation import Exchange

    _Part = tuple[bytes, int | None, Callable[[int | None], None]]

BATCH = 64 * KIB
"""Bytes that are sent at once."""

BATCH_PARTS = 1000
"""Parts that are sent at once: each is acknowledged, and meanwhile nothing else happens in the gateway."""

HIGH_WATER = 1 * MIB
"""Bytes waiting for the client above which the isolate gets no more turns."""


class ResponseWriter:
    """Sends one response through an exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._waiting = 0
        self._send: trio.MemorySendChannel[_Part] | None = None
        self._finished = trio.Event()

    @property
    def full(self) -> bool:
        """The client is slower than the function."""
        return self._waiting > HIGH_WATER

    async def head(self, respond: Respond, nursery: trio.Nursery, deadline: float) -> None:
        """Begin, or do all of, the response.

        Raises TimeoutLimitError when the client takes nothing until the deadline.
        """
        with trio.move_on_at(deadline) as scope:
            await self._exchange.head(respond.status, respond.headers, respond.body, end=respond.end)
        if scope.cancelled_caught:
            raise TimeoutLimitError("the client did not take the response in time")
        if not respond.end:
            self._send, receive = trio.open_memory_channel(math.inf)
            nursery.start_soon(self._pump, receive)

    def write(self, part: Write, written: Callable[[int | None], None]) -> None:
        """Queue a part; `written` is called with its ack when it has left."""
        assert self._send is not None  # the machine lets no chunk pass before a head without end
        self._waiting += len(part.data)
        self._send.send_nowait((part.data, part.ack, written))

    def end(self) -> None:
        """No more parts."""
        if self._send is not None:
            self._send.close()

    async def finish(self, deadline: float, *, failed: bool) -> None:
        """Wait until all has left; a failed invocation's response is left unfinished, so that the client can tell."""
        if self._send is None or failed:
            return
        self._send.close()
        with trio.move_on_at(deadline):
            await self._finished.wait()
            return
        raise TimeoutLimitError("the client did not take the response in time")

    async def _pump(self, parts: trio.MemoryReceiveChannel[_Part]) -> None:
        async with parts:
            async for part in parts:
                batch = _with_what_waits(part, parts)
                data = b"".join(data for data, _, _ in batch)
                if data:
                    await self._exchange.write(data)
                self._waiting -= len(data)
                for _, ack, written in batch:
                    written(ack)
        await self._exchange.end()
        self._finished.set()


def _with_what_waits(part: _Part, parts: trio.MemoryReceiveChannel[_Part]) -> list[_Part]:
    """The part and those behind it, up to BATCH bytes and BATCH_PARTS: many small writes leave as one."""
    batch, size = [part], len(part[0])
    with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
        while size < BATCH and len(batch) < BATCH_PARTS:
            batch.append(parts.receive_nowait())
            size += len(batch[-1][0])
    return batch
