"""What is kept of answers: bounded, shared by the gateway processes of a machine, and never in the way.

Whatever is wrong with it, a request gets its answer: what cannot be read is a miss, what cannot be written is not kept,
and the log says so.  It opens its file when it is first used.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Self, TypeVar
from weakref import WeakValueDictionary

import outcome
import structlog
import trio

from edge.errors import EdgeError
from edge.services.cache.database import open_database
from edge.services.cache.reader import Reader
from edge.services.cache.records import Entry, Found, Head, New, Page, Purge, Usage
from edge.services.cache.writer import Name, Remove, Request, Update, Writer, translate, weigh, without_scheme
from edge.services.kv.worker import Worker
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

INLINE = 64 * KIB
"""Content up to this size is read on the Trio thread itself."""
GROUP_WEIGHT = 8 * MIB
RETRY_SECONDS = 10.0
"""After a file could not be opened, everybody goes on without it for so long."""
_WARN_INTERVAL = 60.0
_MAX_USED = 10_000

T = TypeVar("T")
log = structlog.get_logger(component="cache")


class Content:
    """The content of an entry, in memory once for all who are sending it."""

    __slots__ = ("__weakref__", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data


class CacheStore:
    """`path` None keeps everything in memory.  `size` is the limit of all entries, `max_entry` of one, in bytes."""

    def __init__(
        self,
        path: Path | None,
        *,
        size: int = 256 * MIB,
        max_entry: int = 8 * MIB,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.size = size
        self.max_entry = max_entry
        self.clock = clock
        self._path = path
        self._stack = AsyncExitStack()
        self._lock = trio.Lock()
        self._open: _Open | None = None
        self._closed = False
        self._contents: WeakValueDictionary[int, Content] = WeakValueDictionary()
        self._loading: dict[int, trio.Lock] = {}  # of contents that somebody is reading from the disk
        self._warned = float("-inf")
        self._shut: EdgeError | None = None  # why it could not be opened ...
        self._again = 0.0  # ... and when that is tried again

    @property
    def is_open(self) -> bool:
        """Whether it has been used."""
        return self._open is not None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        with trio.CancelScope(shield=True):
            async with self._lock:
                self._open = None
                await self._stack.aclose()

    # -- reads

    async def find(self, space: str, key: bytes) -> Found | None:
        """What there is for a key; None when the store cannot be used, so that nothing need be kept either."""
        return await self._read(lambda reader, now: reader.find(space, key, now), None)

    async def search(self, space: str, url: str) -> Page:
        """What there is for a URL (without scheme and query), whatever the query, the oldest first."""
        return await self._read(lambda reader, now: reader.search(space, url, now), Page(), large=True)

    async def listing(self, space: str) -> Page:
        """Entries of a space, the oldest first."""
        return await self._read(lambda reader, now: reader.listing(space, now), Page(), large=True)

    async def names(self, function: str) -> tuple[str, ...]:
        """Of the caches of a function."""
        return await self._read(lambda reader, _: reader.names(function), ())

    async def usage(self) -> Usage:
        """What the store holds."""
        found = await self._read(lambda reader, _: reader.usage(), Usage())
        return Usage(found.entries, found.bytes, self.size, found.purges)

    async def content(self, entry: Entry) -> Content | None:
        """The content of an entry, whole; None when it has gone meanwhile."""
        held = self._contents.get(entry.id)
        if held is None:
            lock = self._loading.setdefault(entry.id, trio.Lock())
            try:
                async with lock:
                    held = self._contents.get(entry.id) or await self._load(entry)
            finally:
                if not lock.statistics().tasks_waiting:
                    self._loading.pop(entry.id, None)
        if held is not None:
            self._note(entry)
        return held

    async def _load(self, entry: Entry) -> Content | None:
        body = await self._read(lambda reader, _: reader.body(entry.id), None, large=entry.size > INLINE)
        if body is None:
            return None
        held = self._contents[entry.id] = Content(body)
        return held

    def _note(self, entry: Entry) -> None:
        opened = self._open
        if opened is not None and len(opened.writer.used) < _MAX_USED:
            opened.writer.used[entry.id] = self.clock()

    # -- writes

    async def put(self, new: New) -> bool:
        """Keep an answer; whether it is kept."""
        if len(new.body) > self.max_entry:
            return False
        return bool(await self._write(new))

    async def update(self, entry: Entry, head: Head, until: float, purges: int) -> bool:
        """Give an entry another head."""
        return bool(await self._write(Update(entry.id, head, until, purges)))

    async def remove(self, entries: Sequence[Entry]) -> bool:
        """Whether one of them was there."""
        return bool(entries) and bool(await self._write(Remove(tuple(entry.id for entry in entries))))

    async def forget(self, space: str, key: bytes) -> None:
        """Remove all that there is for a key."""
        await self._write(Remove(space=space, key=key))

    async def invalidate(self, space: str, url: str) -> None:
        """Remove all that there is in a space for a URL, whatever else tells its entries apart."""
        place = without_scheme(url)
        if await self._read(lambda reader, now: reader.has(space, place, now), False):
            await self._write(Remove(space=space, url=place))

    async def purge(self, purge: Purge) -> int:
        """How many entries were removed.  What was asked for before is not kept afterwards.

        Raises CacheUnavailableError: who purges has to know.
        """
        opened = await self._opened()
        return await opened.writes.call(purge)

    async def add_name(self, function: str, name: str, space: str) -> None:
        """Note that a function has a cache of this name."""
        await self._write(Name(function, name, space))

    async def remove_name(self, function: str, name: str, space: str) -> bool:
        """Remove a cache of a function; whether there was one."""
        return bool(await self._write(Name(function, name, space, forget=True)))

    # -- underneath

    async def _read(self, read: Callable[[Reader, float], T], otherwise: T, *, large: bool = False) -> T:
        await trio.lowlevel.checkpoint()
        try:
            opened = self._open or await self._opened()
            if opened.inline is not None and not large:
                with suppress(sqlite3.OperationalError):  # somebody holds a lock: wait for it in a thread
                    return read(opened.inline, self.clock())
            found: list[T] = []
            await opened.reads.call(lambda: found.append(read(opened.reader, self.clock())))
            return found[0]
        except sqlite3.Error as error:
            self._failed(translate(error))
        except EdgeError as error:
            self._failed(error)
        return otherwise

    async def _write(self, request: Request) -> int:
        try:
            opened = self._open or await self._opened()
            return await opened.writes.call(request)
        except EdgeError as error:
            self._failed(error)
        return 0

    def _failed(self, error: EdgeError) -> None:
        now = time.monotonic()
        if now - self._warned >= _WARN_INTERVAL:
            self._warned = now
            log.warning("cache_failed", error=str(error), hint="everything goes on without it")

    async def _opened(self) -> _Open:
        async with self._lock:
            if self._open is None:
                if self._shut is not None and time.monotonic() < self._again:
                    raise self._shut
                try:
                    self._open = await self._connect()
                except EdgeError as error:
                    self._shut, self._again = error, time.monotonic() + RETRY_SECONDS
                    raise
            return self._open

    async def _connect(self) -> _Open:
        if self._closed:
            raise translate(sqlite3.OperationalError("it is closed"))
        async with AsyncExitStack() as stack:
            count = 1 if self._path is None else 3
            connections = [await self._connection(stack) for _ in range(count)]
            writer = Writer(connections[0], lambda: self.size, self.clock)
            writes: Worker[Request, int] = Worker(
                "edge-cache-write", writer.run, weigh=weigh, max_weight=GROUP_WEIGHT, tick=writer.sweep
            )
            stack.push_async_callback(writes.aclose)
            reads: Worker[Callable[[], object], object] = Worker("edge-cache-read", _run_each)
            stack.push_async_callback(reads.aclose)
            inline = None
            if count > 1:
                connections[1].execute("PRAGMA busy_timeout = 0")
                inline = Reader(connections[1])
            self._stack = stack.pop_all()
            return _Open(writer, writes, Reader(connections[-1]), reads, inline)

    async def _connection(self, stack: AsyncExitStack) -> sqlite3.Connection:
        db = await trio.to_thread.run_sync(open_database, self._path)
        stack.push_async_callback(_close, db)
        return db


class _Open:
    """A store that has its file: without `inline`, reads share the connection of writes and take turns with them."""

    def __init__(
        self,
        writer: Writer,
        writes: Worker[Request, int],
        reader: Reader,
        reads: Worker[Callable[[], object], object],
        inline: Reader | None,
    ) -> None:
        self.writer = writer
        self.writes = writes
        self.reader = reader
        self.reads = reads
        self.inline = inline


async def _close(db: sqlite3.Connection) -> None:
    with trio.CancelScope(shield=True):
        await trio.to_thread.run_sync(db.close)


def _run_each(jobs: Sequence[Callable[[], object]]) -> Sequence[outcome.Outcome[object]]:
    return [_captured(job) for job in jobs]


def _captured(job: Callable[[], object]) -> outcome.Outcome[object]:
    try:
        return outcome.Value(job())
    except Exception as error:  # noqa: BLE001 - a bug that one read meets must not end the thread of all
        return outcome.Error(translate(error))
