"""Compiled packages in memory: bounded, built once however many ask, kept while they are in use."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec
from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

T = TypeVar("T")


class Event(Protocol):
    """What waiters wait for; `trio.Event` is one."""

    def set(self) -> None:
        """Wake all waiters, now and later."""

    async def wait(self) -> None:
        """Return once it is set."""


class CacheStatistics(msgspec.Struct, frozen=True):
    """`size` and `pinned` count entries, `bytes` is their size; `hit_rate` is from 0 to 1, 0 before the first use."""

    size: int
    bytes: int
    pinned: int
    hits: int
    misses: int
    evictions: int

    @property
    def hit_rate(self) -> float:
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class _Entry(Generic[T]):
    def __init__(self, value: T, size: int) -> None:
        self.value = value
        self.size = size
        self.users = 0
        self.dropped = False


class _Flight:
    """A build under way, and how it failed if it did."""

    def __init__(self, done: Event) -> None:
        self.done = done
        self.error: Exception | None = None


class CompiledCache(Generic[T]):
    """Values by key, the least recently used evicted first, never one that is in use.

    Bounded by a number of entries and by their bytes; what is in use may exceed both until it is
    released.  For the tasks of one event loop; not for threads.
    """

    def __init__(
        self,
        max_count: int,
        max_bytes: int,
        size_of: Callable[[T], int],
        new_event: Callable[[], Event],
        on_evict: Callable[[str, T], None] = lambda _key, _value: None,
    ) -> None:
        """`size_of` answers bytes; `new_event` is `trio.Event`; `on_evict` is called when a value has left for good."""
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._new_event = new_event
        self._on_evict = on_evict
        # Bounded by _evict, which knows what is in use; cachetools keeps the order of use.
        self._entries: LRUCache[str, _Entry[T]] = LRUCache(maxsize=float("inf"))
        self._flights: dict[str, _Flight] = {}
        self._bytes = 0
        self._pinned = 0
        self._hits = self._misses = self._evictions = 0

    @asynccontextmanager
    async def use(self, key: str, build: Callable[[], Awaitable[T]]) -> AsyncIterator[T]:
        """The value of a key, built when it is not there, kept from eviction inside the `with`.

        When several tasks ask for a key that is not there, one builds and the others wait; what the
        build raises, all of them raise, and the next to ask tries again.  When the one that builds is
        cancelled, another takes over.
        """
        entry = await self._pinned_entry(key, build)
        try:
            yield entry.value
        finally:
            self._unpin(key, entry)

    def discard(self, key: str) -> None:
        """Forget a key; whoever uses its value can go on."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._drop(key, entry)

    def clear(self) -> None:
        """Forget everything."""
        for key in list(self._entries):
            self.discard(key)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def statistics(self) -> CacheStatistics:
        """What it holds now, and the counts since it was made."""
        return CacheStatistics(len(self._entries), self._bytes, self._pinned, self._hits, self._misses, self._evictions)

    async def _pinned_entry(self, key: str, build: Callable[[], Awaitable[T]]) -> _Entry[T]:
        counted = False
        while True:
            entry = self._entries.get(key)
            if entry is not None:
                self._hits += not counted
                self._pin(entry)
                return entry
            self._misses += not counted
            counted = True
            flight = self._flights.get(key)
            if flight is None:
                return await self._build(key, build)
            await flight.done.wait()
            if flight.error is not None:
                raise flight.error

    async def _build(self, key: str, build: Callable[[], Awaitable[T]]) -> _Entry[T]:
        flight = self._flights[key] = _Flight(self._new_event())
        try:
            value = await build()
        except Exception as error:
            flight.error = error
            raise
        else:
            return self._add(key, value)
        finally:
            del self._flights[key]
            flight.done.set()

    def _add(self, key: str, value: T) -> _Entry[T]:
        self.discard(key)
        entry = self._entries[key] = _Entry(value, self._size_of(value))
        self._bytes += entry.size
        self._pin(entry)
        self._evict()
        return entry

    def _pin(self, entry: _Entry[T]) -> None:
        self._pinned += not entry.users
        entry.users += 1

    def _unpin(self, key: str, entry: _Entry[T]) -> None:
        entry.users -= 1
        if entry.users:
            return
        self._pinned -= 1
        if entry.dropped:
            self._on_evict(key, entry.value)
        self._evict()

    def _evict(self) -> None:
        """Down to the bounds.  What is in use is set aside and put back as recently used, which it is."""
        in_use: list[tuple[str, _Entry[T]]] = []
        while self._entries and (len(self._entries) + len(in_use) > self._max_count or self._bytes > self._max_bytes):
            key, entry = self._entries.popitem()
            if entry.users:
                in_use.append((key, entry))
            else:
                self._evictions += 1
                self._drop(key, entry)
        for key, entry in in_use:
            self._entries[key] = entry

    def _drop(self, key: str, entry: _Entry[T]) -> None:
        """Account for an entry that is no longer found; its users keep it until they are done."""
        self._bytes -= entry.size
        entry.dropped = True
        if not entry.users:
            self._on_evict(key, entry.value)
