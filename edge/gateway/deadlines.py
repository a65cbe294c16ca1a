"""Deadlines that move with each request: one timer for all connections.

To move the deadline of a cancel scope costs Trio as much as a small system call.  A connection moves its own twice with
each request, nearly always to a later time; so it only writes it down, and is looked at when the time is up that it had
when it was looked at last.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf
from typing import Protocol

import trio

_SLACK = 1000


class Due(Protocol):
    """What has a deadline (`due`, on Trio's clock; inf: none), after which it is told to `stop`.  Hashable."""

    due: float

    def stop(self) -> None:
        """The time is up."""


class Deadlines:
    """`run` is to be running while there are any."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Due]] = []  # with entries that do not count any more
        self._looks: dict[Due, tuple[float, int]] = {}  # when each is looked at, and the number of its entry
        self._number = 0
        self._scope = trio.CancelScope()  # of who looks at the heap; its deadline moves

    def moved(self, one: Due) -> None:
        """Its `due` is another one now."""
        look = self._looks.get(one)
        if one.due < (inf if look is None else look[0]):
            self._watch(one)

    def forget(self, one: Due) -> None:
        """It has come to its end."""
        self._looks.pop(one, None)
        if len(self._heap) > 2 * len(self._looks) + _SLACK:
            self._heap = [entry for entry in self._heap if self._counts(entry)]
            heapify(self._heap)

    async def run(self) -> None:
        """Stop each when its time is up, for ever."""
        while True:
            with self._scope:
                await trio.sleep_forever()
            self._look(trio.current_time())
            self._scope = trio.CancelScope(deadline=self._heap[0][0] if self._heap else inf)

    def _watch(self, one: Due) -> None:
        self._number += 1
        self._looks[one] = one.due, self._number
        heappush(self._heap, (one.due, self._number, one))
        if self._heap[0][1] == self._number:
            self._scope.deadline = one.due

    def _look(self, now: float) -> None:
        while self._heap and (self._heap[0][0] <= now or not self._counts(self._heap[0])):
            entry = heappop(self._heap)
            if not self._counts(entry):
                continue
            one = entry[2]
            del self._looks[one]
            if one.due <= now:
                one.stop()
            elif one.due < inf:
                self._watch(one)

    def _counts(self, entry: tuple[float, int, Due]) -> bool:
        look = self._looks.get(entry[2])
        return look is not None and look[1] == entry[1]
