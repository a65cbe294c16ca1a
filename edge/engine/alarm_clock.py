"""Bells that ring when their time has come: one timer for all invocations.

A cancel scope for each wait does the same; but nearly all waits end long before their time, and a scope costs as much
as the wait.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from heapq import heapify, heappop, heappush
from math import inf
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from edge.engine.bell import Bell


_SLACK = 1000


class AlarmClock:
    """Use within `open`.  Times are Trio's."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Bell]] = []  # with those that nobody waits for any more
        self._waiting: dict[Bell, int] = {}  # by the number of its entry
        self._number = 0
        self._scope = trio.CancelScope()  # of who looks at the heap; its deadline moves

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[AlarmClock]:
        """AlarmClock that ring while the context lasts."""
        alarms = cls()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(alarms._run)
            yield alarms
            nursery.cancel_scope.cancel()

    async def wait(self, bell: Bell, until: float) -> None:
        """Until it is rung, by this at the latest."""
        self._number += 1
        self._waiting[bell] = self._number
        heappush(self._heap, (until, self._number, bell))
        if self._heap[0][1] == self._number:
            self._scope.deadline = until
        try:
            await bell.wait()
        finally:
            del self._waiting[bell]
            if len(self._heap) > 2 * len(self._waiting) + _SLACK:
                self._heap = [entry for entry in self._heap if self._is_awaited(entry)]
                heapify(self._heap)

    def _is_awaited(self, entry: tuple[float, int, Bell]) -> bool:
        return self._waiting.get(entry[2]) == entry[1]

    async def _run(self) -> None:
        while True:
            with self._scope:
                await trio.sleep_forever()
            self._ring(trio.current_time())
            self._scope = trio.CancelScope(deadline=self._heap[0][0] if self._heap else inf)

    def _ring(self, now: float) -> None:
        while self._heap and (self._heap[0][0] <= now or not self._is_awaited(self._heap[0])):
            entry = heappop(self._heap)
            if self._is_awaited(entry):
                entry[2].ring()
