"""Requests for the same thing that wait for one answer."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
import trio
from cachetools import TTLCache

from edge.services.cache.records import Head

if TYPE_CHECKING:
    from collections.abc import Callable

ALONE_SECONDS = 10.0
"""How long requests for a thing do not wait that has turned out to be for one client only."""
_ALONE = 10_000
MAX_FOLLOWERS = 1000


class Landing(StrEnum):
    """What became of a flight."""

    SHARED = "shared"
    """There is an answer for all."""
    ALONE = "alone"
    """The answer is not for others."""
    LOST = "lost"
    """There is none: who waited goes first now."""


class Shared(msgspec.Struct, frozen=True):
    """An answer for all."""

    head: Head
    content: bytes


class Flight:
    """One invocation whose answer others wait for; `landed` is called when it is known what became of it."""

    def __init__(self, landed: Callable[[Landing], None] = lambda _: None) -> None:
        self.followers = 0
        self.landing: Landing | None = None
        self.shared: Shared | None = None
        self._landed = trio.Event()
        self._tell = landed

    def land(self, landing: Landing, shared: Shared | None = None) -> None:
        """Say what has become of it; only the first word counts."""
        if self.landing is None:
            self.landing, self.shared = landing, shared
            self._landed.set()
            self._tell(landing)

    async def follow(self, seconds: float) -> Landing | None:
        """What became of it; None when that takes too long."""
        self.followers += 1
        try:
            with trio.move_on_after(max(0.0, seconds)):
                await self._landed.wait()
        finally:
            self.followers -= 1
        return self.landing


class Flights:
    """All that are on their way, by key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._open: dict[tuple[str, bytes, int], Flight] = {}
        self._alone: TTLCache[tuple[str, bytes], bool] = TTLCache(_ALONE, ALONE_SECONDS, clock)

    def joins(self, space: str, key: bytes, purges: int) -> Flight | None:
        """The flight that a request may wait for: what was asked for before a purge does not count."""
        flight = self._open.get((space, key, purges))
        return flight if flight is not None and flight.followers < MAX_FOLLOWERS else None

    def may_lead(self, space: str, key: bytes, purges: int) -> bool:
        """Whether others should wait for this request."""
        return (space, key) not in self._alone and (space, key, purges) not in self._open

    def begin(self, space: str, key: bytes, purges: int) -> Flight:
        """A new one, which nobody can join any more once it has landed; who begins it sees to that."""

        def landed(landing: Landing) -> None:
            self._open.pop((space, key, purges), None)
            if landing is Landing.ALONE:
                self._alone[space, key] = True

        flight = self._open[space, key, purges] = Flight(landed)
        return flight
