"""The store on SQLite: one file, durable, shared by the gateway processes of a machine (`storage.kv = "sqlite"`).

Three connections.  All writes go through one thread, which commits what has queued up in one transaction.
Point reads of small values run on the Trio thread itself: they take a tenth of the time that a hand-over to a
thread takes.  All other reads have a thread of their own, so that they never wait for writers.
docs/decisions/kv-sqlite.md has the measurements behind this.
"""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec
import outcome
import trio

from edge.services.clock import Clock, wall_ms
from edge.services.kv.failures import KVUnavailableError
from edge.services.kv.interface import DEFAULT_LIMITS, KVStore
from edge.services.kv.sqlite_file import backup, connect, prepare
from edge.services.kv.sqlite_reader import ANY_SIZE, Reader, translate
from edge.services.kv.sqlite_schema import BUSY_TIMEOUT
from edge.services.kv.sqlite_writer import Clear, Request, Sweep, Write, Writer, weigh
from edge.services.kv.worker import Worker
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.services.kv.limits import Limits
    from edge.services.kv.records import Check, Commit, Entry, Mutation, Page, Usage

T = TypeVar("T")

INLINE_VALUE = 64 * KIB
"""Values up to this size are read on the Trio thread."""
GROUP_WEIGHT = 8 * MIB
"""One transaction takes what has queued up, until about this many bytes."""


class Statistics(msgspec.Struct, frozen=True):
    """Counts since the store was opened: write requests, and the transactions that they took."""

    requests: int
    transactions: int


class SqliteStore(KVStore):
    """Acknowledged writes survive a kill of the process and a loss of power.

    Entering raises KVUnavailableError when the file cannot be opened and KVCorruptError when it is damaged.
    """

    def __init__(self, path: Path, *, limits: Limits = DEFAULT_LIMITS, clock: Clock = wall_ms) -> None:
        super().__init__(limits=limits, clock=clock)
        self._path = path
        self._stack = AsyncExitStack()
        self._point: Reader | None = None

    async def __aenter__(self) -> Self:
        await trio.to_thread.run_sync(prepare, self._path)
        async with AsyncExitStack() as stack:
            point, reads, writes = [self._connect(stack, timeout) for timeout in (0.0, BUSY_TIMEOUT, BUSY_TIMEOUT)]
            self._start(stack, point, reads, writes)
            self._stack = stack.pop_all()
        return self

    def _connect(self, stack: AsyncExitStack, busy_timeout: float) -> sqlite3.Connection:
        db = connect(self._path, busy_timeout=busy_timeout)
        stack.push_async_callback(_close, db)
        return db

    def _start(
        self, stack: AsyncExitStack, point: sqlite3.Connection, reads: sqlite3.Connection, writes: sqlite3.Connection
    ) -> None:
        self._ranges = Reader(reads, self.limits)
        self._writer = Writer(writes, self.limits, self.clock)
        self._reads: Worker[Callable[[], object], object] = Worker("edge-kv-read", _run_each)
        stack.push_async_callback(self._reads.aclose)
        self._writes: Worker[Request, Commit | None] = Worker(
            "edge-kv-write", self._writer.run, weigh=weigh, max_weight=GROUP_WEIGHT, tick=self._writer.sweep
        )
        stack.push_async_callback(self._writes.aclose)
        self._point = Reader(point, self.limits)

    async def __aexit__(self, *_: object) -> None:
        self._point = None
        await self._stack.aclose()

    def statistics(self) -> Statistics:
        """How much group commit has saved so far."""
        return Statistics(self._writer.requests, self._writer.transactions)

    async def sweep(self) -> None:
        """Remove some of what has expired, now; it happens by itself in the background as well."""
        await self._write(Sweep())

    async def backup(self, path: Path) -> None:
        """Copy everything, as of one moment, into a file that can be used as a store; others go on reading and writing.

        Raises KVUnavailableError when the file is there already or cannot be written; then there is no file.
        """
        await trio.to_thread.run_sync(backup, self._path, path)

    # -- reads

    async def _get(self, namespace: str, key: str) -> Entry | None:
        entry = await self._inline(lambda reader, now: reader.get(namespace, key, now, INLINE_VALUE))
        if entry != "large":
            return entry
        whole = await self._range(lambda reader, now: reader.get(namespace, key, now, ANY_SIZE))
        return None if whole == "large" else whole

    def _peek(self, namespace: str, key: str) -> tuple[Entry | None] | None:
        if self._point is None:
            return None
        try:
            entry = self._point.get(namespace, key, self.clock(), INLINE_VALUE)
        except sqlite3.Error:
            return None
        return None if entry == "large" else (entry,)

    async def _has(self, namespace: str, key: str) -> bool:
        return await self._inline(lambda reader, now: reader.has(namespace, key, now))

    async def _get_many(self, namespace: str, keys: Sequence[str]) -> dict[str, Entry]:
        return await self._range(lambda reader, now: reader.get_many(namespace, keys, now))

    async def _list(self, namespace: str, prefix: bytes, limit: int, after: bytes | None) -> Page:
        return await self._range(lambda reader, now: reader.list(namespace, prefix, limit, after, now))

    async def _namespaces(self) -> Sequence[str]:
        return await self._range(lambda reader, _: reader.namespaces())

    async def _size(self, namespace: str) -> Usage:
        return await self._range(lambda reader, now: reader.size(namespace, now))

    async def _inline(self, read: Callable[[Reader, int], T]) -> T:
        """Read on this thread; over to the thread that may wait when another process holds a lock.

        Does not give others a turn: that would cost as much as the read, and each call of a function has a task anyway.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._point is None:
            raise KVUnavailableError("the KV store is closed")
        try:
            return read(self._point, self.clock())
        except sqlite3.Error:
            return await self._range(read)

    async def _range(self, read: Callable[[Reader, int], T]) -> T:
        if self._point is None:
            raise KVUnavailableError("the KV store is closed")
        answer: list[T] = []
        await self._reads.call(lambda: answer.append(read(self._ranges, self.clock())))
        return answer[0]

    # -- writes

    async def _atomic(
        self, namespace: str, checks: Sequence[Check], mutations: Sequence[Mutation], *, clear: bool
    ) -> Commit | None:
        return await self._write(Write(namespace, tuple(checks), tuple(mutations), clear))

    async def _clear(self, namespace: str) -> None:
        await self._write(Clear(namespace))

    async def _write(self, request: Request) -> Commit | None:
        if self._point is None:
            raise KVUnavailableError("the KV store is closed")
        return await self._writes.call(request)


async def _close(db: sqlite3.Connection) -> None:
    """In a thread: closing the last connection copies the write-ahead log into the database."""
    with trio.CancelScope(shield=True):
        await trio.to_thread.run_sync(db.close)


def _run_each(jobs: Sequence[Callable[[], object]]) -> Sequence[outcome.Outcome[object]]:
    return [_capture(job) for job in jobs]


def _capture(job: Callable[[], object]) -> outcome.Outcome[object]:
    try:
        return outcome.Value(job())
    except Exception as error:  # noqa: BLE001 -- a bug that one read meets must not end the thread of all
        return outcome.Error(translate(error))
