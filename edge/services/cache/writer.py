"""Writes on one connection, blocking: several requests in one transaction."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec
import outcome
import structlog

from edge.errors import EdgeError, InternalError
from edge.services.cache.failures import CacheCorruptError, CacheUnavailableError
from edge.services.cache.records import Head, New, Purge
from edge.services.cache.vary import digest
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OVERHEAD = 1 * KIB
"""Bytes that an entry counts for beside its content, head and tags: rows of indexes."""
MAX_VARIANTS = 32
"""Entries of one key."""
MAX_HEAD = 40 * KIB
"""Whoever looks for an entry reads the heads of all of its key."""
SHARE = 0.5
"""Part of the store that the entries of one function may fill."""
SWEEP_INTERVAL = 10.0
_SWEEP_ROWS = 500
_EVICTED = 64

_INSERT = """INSERT INTO entries (space, key, variant, function, url, until, used, size, length, head, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_PLACE = "DELETE FROM entries WHERE space = ? AND key = ? AND variant = ?"
_SPARE = """DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE space = ? AND key = ?
    ORDER BY used DESC, id DESC LIMIT -1 OFFSET ?)"""
_OLDEST = "SELECT id, size FROM entries ORDER BY used, id LIMIT ?"
_OLDEST_OWN = "SELECT id, size FROM entries WHERE function = ? ORDER BY used, id LIMIT ?"
_EXPIRED = "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE until <= ? LIMIT ?)"

log = structlog.get_logger(component="cache")


class Update(msgspec.Struct, frozen=True):
    """Request to give an entry another head, as a 304 does."""

    entry: int
    head: Head
    until: float
    purges: int


class Remove(msgspec.Struct, frozen=True):
    """Request to remove entries by their numbers, or those of a space with `key`, or with `url`, or all of it."""

    entries: tuple[int, ...] = ()
    space: str = ""
    key: bytes | None = None
    url: str = ""


class Name(msgspec.Struct, frozen=True):
    """Request to note, or to forget, that a function has a cache of this name."""

    function: str
    name: str
    space: str
    forget: bool = False


class Used(msgspec.Struct, frozen=True):
    """Request to note when entries were used."""

    entries: dict[int, float]


Request = New | Update | Remove | Name | Used | Purge
Outcome = outcome.Outcome[int]


def weigh(request: Request) -> int:
    """Bytes that a request adds to a transaction, roughly."""
    return 16 * KIB + (len(request.body) if isinstance(request, New) else 0)


def without_scheme(url: str) -> str:
    """A URL as entries are found by: `example.com/path?query`."""
    return url.partition("://")[2].partition("#")[0]


class Writer:
    """Each request is answered with how many entries it has put or removed."""

    def __init__(self, db: sqlite3.Connection, limit: Callable[[], int], clock: Callable[[], float]) -> None:
        self._db = db
        self._limit = limit
        self._clock = clock
        self.used: dict[int, float] = {}

    def run(self, group: Sequence[Request]) -> Sequence[Outcome]:
        """When a transaction fails, its requests are tried one by one: the disk may be full for some of them only."""
        try:
            return self._transaction(group)
        except Exception as error:  # noqa: BLE001 - also a bug that one request meets must not end the thread of all
            if len(group) == 1:
                return [outcome.Error(translate(error))]
        return [found for request in group for found in self.run([request])]

    def sweep(self) -> float:
        """Note what was used and remove what has expired; answers the seconds until there may be more to do."""
        used, self.used = self.used, {}
        try:
            removed = self._transaction([Used(used)])[0].unwrap()
        except sqlite3.Error as error:
            log.warning("cache_sweep_failed", error=str(error))
            return SWEEP_INTERVAL
        return SWEEP_INTERVAL if removed < _SWEEP_ROWS else 0.0

    def _transaction(self, group: Sequence[Request]) -> Sequence[Outcome]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            outcomes: list[Outcome] = [outcome.Value(self._do(request)) for request in group]
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return outcomes

    def _do(self, request: Request) -> int:
        match request:
            case New():
                return self._put(request)
            case Update():
                return self._update(request)
            case Remove():
                return self._remove(request)
            case Name():
                return self._name(request)
            case Used():
                return self._note(request)
            case Purge():
                return self._purge(request)

    # -- entries

    def _put(self, new: New) -> int:
        if new.purges is not None and new.purges != self._purges():
            return 0
        head = msgspec.msgpack.encode(new.head)
        size = OVERHEAD + len(head) + len(new.body) + sum(len(tag) * 2 for tag in new.tags)
        if size > self._limit() * SHARE or len(head) > MAX_HEAD:
            return 0
        place = (new.space, new.key, digest(new.head.selection))
        self._db.execute(_PLACE, place)
        row = (*place, new.function, without_scheme(new.head.url), new.until, self._clock(), size, len(new.body))
        number = self._db.execute(_INSERT, (*row, head, new.body)).lastrowid
        self._db.executemany("INSERT INTO tags VALUES (?, ?)", [(tag, number) for tag in new.tags])
        self._db.execute(_SPARE, (new.space, new.key, MAX_VARIANTS))
        self._make_room(new.function)
        return 1

    def _make_room(self, function: str) -> None:
        """What was not used for longest goes: of the function when that has more than its share, else of all."""
        own = self._sum("SELECT bytes FROM usage WHERE function = ?", function)
        self._evict(own - int(self._limit() * SHARE), _OLDEST_OWN, function)
        self._evict(self._sum("SELECT bytes FROM state") - self._limit(), _OLDEST)

    def _evict(self, surplus: int, oldest: str, *arguments: str) -> None:
        while surplus > 0:
            rows = self._db.execute(oldest, (*arguments, _EVICTED)).fetchall()
            if not rows:
                return
            for number, size in rows:
                if surplus > 0:
                    self._db.execute("DELETE FROM entries WHERE id = ?", (number,))
                    surplus -= size

    def _sum(self, query: str, *arguments: str) -> int:
        row = self._db.execute(query, arguments).fetchone()
        return 0 if row is None else int(row[0])

    def _update(self, update: Update) -> int:
        if update.purges != self._purges():
            return 0
        head = msgspec.msgpack.encode(update.head)
        values = (head, update.until, self._clock(), update.entry)
        return self._db.execute("UPDATE entries SET head = ?, until = ?, used = ? WHERE id = ?", values).rowcount

    def _remove(self, remove: Remove) -> int:
        if remove.entries:
            gone = [self._db.execute("DELETE FROM entries WHERE id = ?", (each,)).rowcount for each in remove.entries]
            return sum(gone)
        if remove.key is not None:
            place = (remove.space, remove.key)
            return self._db.execute("DELETE FROM entries WHERE space = ? AND key = ?", place).rowcount
        if remove.url:
            place_of = (remove.url, remove.space)
            return self._db.execute("DELETE FROM entries WHERE url = ? AND space = ?", place_of).rowcount
        return self._db.execute("DELETE FROM entries WHERE space = ?", (remove.space,)).rowcount

    def _name(self, name: Name) -> int:
        place = (name.function, name.name)
        if not name.forget:
            return self._db.execute("INSERT OR IGNORE INTO names VALUES (?, ?)", place).rowcount
        self._remove(Remove(space=name.space))
        return self._db.execute("DELETE FROM names WHERE function = ? AND name = ?", place).rowcount

    def _note(self, used: Used) -> int:
        rows = [(at, entry) for entry, at in used.entries.items()]
        self._db.executemany("UPDATE entries SET used = ? WHERE id = ?", rows)
        removed = self._db.execute(_EXPIRED, (self._clock(), _SWEEP_ROWS)).rowcount
        self._db.execute("DELETE FROM usage WHERE entries <= 0")
        return removed

    # -- purges

    def _purges(self) -> int:
        return self._sum("SELECT purges FROM state")

    def _purge(self, purge: Purge) -> int:
        """Whatever is on its way to the store was asked for before the purge: see _put."""
        self._db.execute("UPDATE state SET purges = purges + 1")
        if not (purge.urls or purge.prefixes or purge.tags):
            return self._delete("1", (), purge.function)
        removed = 0
        for url in purge.urls:
            removed += self._delete("url = ?", (url,), purge.function)
        for prefix in purge.prefixes:
            removed += self._delete("url >= ? AND url < ?", (prefix, _after(prefix)), purge.function)
        for tag in purge.tags:
            removed += self._delete("id IN (SELECT entry FROM tags WHERE tag = ?)", (tag,), purge.function)
        return removed

    def _delete(self, condition: str, arguments: tuple[str, ...], function: str) -> int:
        where = f"({condition}) AND function = ?" if function else condition
        values = (*arguments, function) if function else arguments
        return self._db.execute(f"DELETE FROM entries WHERE {where}", values).rowcount  # noqa: S608 - our own text


def _after(prefix: str) -> str:
    """The first text behind all that begin with `prefix`."""
    return prefix + chr(0x10FFFF)


def translate(error: Exception) -> EdgeError:
    """Our error for one of SQLite's, or for a bug; the messages name no file."""
    if isinstance(error, EdgeError):
        return error
    found: EdgeError
    match error:
        case sqlite3.OperationalError():
            found = CacheUnavailableError(f"the cache cannot be used: {error}")
        case sqlite3.DatabaseError():
            found = CacheCorruptError(f"the cache is damaged: {error}")
        case _:
            found = InternalError("an operation of the cache failed", hint="this is a bug of edge")
    found.__cause__ = error
    return found
