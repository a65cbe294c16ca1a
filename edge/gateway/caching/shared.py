"""What the caches of all routes of a process share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.gateway.caching.budget import Budget
from edge.gateway.caching.flights import Flights
from edge.gateway.caching.refresh import Refresher
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.gateway.caching.fill import Fill
    from edge.services.cache.store import CacheStore

BUDGET = 64 * MIB
"""Bytes of answers that are on their way into the store; what goes beyond is not kept."""


class Caching:
    """One for the life of the process."""

    def __init__(self, store: CacheStore) -> None:
        self.store = store
        self.flights = Flights()
        self.refresher = Refresher()
        self.budget = Budget(BUDGET)
        self._filling: dict[tuple[str, str], set[Fill]] = {}

    @contextmanager
    def filling(self, space: str, url: str, fill: Fill) -> Iterator[None]:
        """An answer of this URL is on its way."""
        place = (space, url)
        others = self._filling.setdefault(place, set())
        others.add(fill)
        try:
            yield
        finally:
            fill.drop()
            others.discard(fill)
            if not others:
                self._filling.pop(place, None)

    async def changed(self, space: str, url: str) -> None:
        """What is kept of a URL is no longer right, nor is what is on its way (RFC 9111 section 4.4)."""
        for fill in self._filling.get((space, url), ()):
            fill.spoilt = True
        await self.store.invalidate(space, url)
