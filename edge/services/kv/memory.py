"""The store that forgets: everything in this process's memory (`storage.kv = "memory"`)."""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Self

import trio

from edge.services.clock import Clock, wall_ms
from edge.services.kv.cursor import encode_cursor, key_range
from edge.services.kv.failures import KVUnavailableError, QuotaExceededError
from edge.services.kv.interface import DEFAULT_LIMITS, KVStore
from edge.services.kv.limits import Limits, check_batch_size
from edge.services.kv.plan import Found, decide, touched
from edge.services.kv.records import (
    Check,
    Commit,
    Entry,
    Listed,
    Mutation,
    Page,
    Usage,
    entry_size,
    is_alive,
    versionstamp,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_STALE_DEADLINES = 64
"""Deadlines of rewritten entries to keep before they are worth a rebuild."""


class _Namespace:
    """Entries by key, the keys in order, and the times at which some of them end."""

    def __init__(self) -> None:
        self.entries: dict[bytes, Entry] = {}
        self.order: list[bytes] = []
        self.deadlines: list[tuple[int, bytes]] = []
        self.bytes = 0

    def put(self, key: bytes, entry: Entry) -> None:
        replaced = self.entries.get(key)
        if replaced is None:
            insort(self.order, key)
        else:
            self.bytes -= entry_size(key, replaced.value, replaced.metadata)
        self.entries[key] = entry
        self.bytes += entry_size(key, entry.value, entry.metadata)
        if entry.expires_at is not None:
            self._note_deadline(entry.expires_at, key)

    def _note_deadline(self, expires_at: int, key: bytes) -> None:
        heappush(self.deadlines, (expires_at, key))
        if len(self.deadlines) > 2 * len(self.entries) + _STALE_DEADLINES:
            pairs = [(entry.expires_at, key) for key, entry in self.entries.items()]
            self.deadlines = [(end, key) for end, key in pairs if end is not None]
            heapify(self.deadlines)

    def remove(self, key: bytes) -> None:
        entry = self.entries.pop(key, None)
        if entry is not None:
            del self.order[bisect_left(self.order, key)]
            self.bytes -= entry_size(key, entry.value, entry.metadata)

    def expire(self, now: int) -> None:
        while self.deadlines and self.deadlines[0][0] <= now:
            _, key = heappop(self.deadlines)
            entry = self.entries.get(key)
            if entry is not None and not is_alive(entry.expires_at, now):
                self.remove(key)


class MemoryStore(KVStore):
    """Acknowledged writes survive nothing but the end of the invocation that made them."""

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS, clock: Clock = wall_ms) -> None:
        super().__init__(limits=limits, clock=clock)
        self._held: dict[str, _Namespace] = {}
        self._version = 0
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False

    async def _at(self, namespace: str) -> _Namespace:
        await trio.lowlevel.checkpoint()
        if not self._open:
            raise KVUnavailableError("the KV store is closed")
        held = self._held.get(namespace) or _Namespace()
        held.expire(self.clock())
        return held

    async def _get(self, namespace: str, key: str) -> Entry | None:
        return (await self._at(namespace)).entries.get(key.encode())

    async def _get_many(self, namespace: str, keys: Sequence[str]) -> dict[str, Entry]:
        held = (await self._at(namespace)).entries
        entries = {key: entry for key in keys if (entry := held.get(key.encode())) is not None}
        check_batch_size(sum(len(entry.value) for entry in entries.values()), self.limits)
        return entries

    async def _has(self, namespace: str, key: str) -> bool:
        return key.encode() in (await self._at(namespace)).entries

    async def _atomic(
        self, namespace: str, checks: Sequence[Check], mutations: Sequence[Mutation], *, clear: bool
    ) -> Commit | None:
        held = await self._at(namespace)
        entries = {key: held.entries.get(key.encode()) for key in touched(checks, mutations)}
        found = {key: self._found(key, entry) for key, entry in entries.items() if entry is not None}
        plan = decide(found, checks, mutations, versionstamp(self._version + 1), clear=clear)
        if plan is None:
            return None
        if clear:
            held = _Namespace()
        if plan.growth > 0 and held.bytes + plan.growth > self.limits.quota:
            raise QuotaExceededError(limit=self.limits.quota, value=held.bytes + plan.growth)
        self._version += 1
        for key, entry in plan.writes.items():
            held.remove(key.encode()) if entry is None else held.put(key.encode(), entry)
        self._held[namespace] = held
        return plan.commit

    @staticmethod
    def _found(key: str, entry: Entry) -> Found:
        return Found(entry.versionstamp, entry_size(key.encode(), entry.value, entry.metadata), True, entry)

    async def _clear(self, namespace: str) -> None:
        await self._at(namespace)
        self._held.pop(namespace, None)

    async def _list(self, namespace: str, prefix: bytes, limit: int, after: bytes | None) -> Page:
        held = await self._at(namespace)
        low, high = key_range(prefix, after)
        start = bisect_left(held.order, low)
        end = bisect_left(held.order, high)
        keys = held.order[start : min(end, start + limit)]
        listed = tuple([Listed(key.decode(), held.entries[key].expires_at, held.entries[key].metadata) for key in keys])
        return Page(listed, encode_cursor(keys[-1]) if end - start > limit else None)

    async def _namespaces(self) -> Sequence[str]:
        return list(self._held)

    async def _size(self, namespace: str) -> Usage:
        held = await self._at(namespace)
        return Usage(held.bytes, len(held.entries))
