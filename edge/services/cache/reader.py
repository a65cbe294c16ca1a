"""Reads on one connection, blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.services.cache.records import Entry, Found, Head, Page, Usage
from edge.units import MIB

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

PAGE_ENTRIES = 10_000
PAGE_BYTES = 4 * MIB
"""Of the heads that one listing reads."""

_FIND = "SELECT id, head, length FROM entries WHERE space = ? AND key = ? AND until > ? ORDER BY id DESC"
_SEARCH = """SELECT id, head, length FROM entries
    WHERE space = ? AND (url = ? OR (url >= ? AND url < ?)) AND until > ? ORDER BY id LIMIT ?"""
_HAS = "SELECT 1 FROM entries WHERE url = ? AND space = ? AND until > ? LIMIT 1"
_LIST = "SELECT id, head, length FROM entries WHERE space = ? AND until > ? ORDER BY id LIMIT ?"

_decoder = msgspec.msgpack.Decoder(Head)


class Reader:
    """One thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def find(self, space: str, key: bytes, now: float) -> Found:
        """What there is for a key."""
        (purges,) = self._db.execute("SELECT purges FROM state").fetchone()
        return Found(_entries(self._db.execute(_FIND, (space, key, now))), purges)

    def has(self, space: str, url: str, now: float) -> bool:
        """Whether there is something for a URL (without scheme)."""
        return self._db.execute(_HAS, (url, space, now)).fetchone() is not None

    def search(self, space: str, url: str, now: float) -> Page:
        """What there is for a URL (without scheme and query) and any query, the oldest first."""
        return _page(self._db.execute(_SEARCH, (space, url, f"{url}?", f"{url}@", now, PAGE_ENTRIES + 1)))

    def listing(self, space: str, now: float) -> Page:
        """Entries of a space, the oldest first."""
        return _page(self._db.execute(_LIST, (space, now, PAGE_ENTRIES + 1)))

    def body(self, entry: int) -> bytes | None:
        """The content of an entry; None when it has gone."""
        row = self._db.execute("SELECT body FROM entries WHERE id = ?", (entry,)).fetchone()
        return None if row is None else bytes(row[0])

    def names(self, function: str) -> tuple[str, ...]:
        """Of the caches that a function has opened, in that order."""
        rows = self._db.execute("SELECT name FROM names WHERE function = ? ORDER BY rowid", (function,))
        return tuple(name for (name,) in rows)

    def usage(self) -> Usage:
        """What the store holds."""
        size, entries, purges = self._db.execute("SELECT bytes, entries, purges FROM state").fetchone()
        return Usage(entries=entries, bytes=size, purges=purges)


def _page(rows: sqlite3.Cursor) -> Page:
    entries: list[Entry] = []
    size = 0
    for number, head, length in rows:
        size += len(head)
        if len(entries) >= PAGE_ENTRIES or (entries and size > PAGE_BYTES):
            rows.close()
            return Page(tuple(entries), complete=False)
        entries.append(Entry(number, _decoder.decode(head), length))
    return Page(tuple(entries))


def _entries(rows: Iterable[tuple[int, bytes, int]]) -> tuple[Entry, ...]:
    return tuple([Entry(number, _decoder.decode(head), length) for number, head, length in rows])
