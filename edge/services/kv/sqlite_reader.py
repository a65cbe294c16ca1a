"""Reads on one SQLite connection, blocking.  Its SQL sees only live entries."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from edge.errors import EdgeError, InternalError
from edge.services.kv.cursor import encode_cursor, key_range
from edge.services.kv.failures import KVCorruptError, KVUnavailableError
from edge.services.kv.limits import Limits, check_batch_size
from edge.services.kv.records import Entry, Kind, Listed, Page, Usage, is_alive, versionstamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KINDS: tuple[Kind, ...] = ("json", "text", "bytes")
"""The `kind` column is an index into this; never reorder."""

ANY_SIZE = 2**31
"""More than SQLite can hold in one value."""

_GET = """SELECT kind, version, metadata, expires_at, CASE WHEN length(value) <= ? THEN value END
    FROM entries WHERE namespace = (SELECT id FROM namespaces WHERE name = ?) AND key = ?"""
_HAS = """SELECT expires_at
    FROM entries WHERE namespace = (SELECT id FROM namespaces WHERE name = ?) AND key = ?"""
_LIST = """SELECT key, expires_at, metadata
    FROM entries WHERE namespace = (SELECT id FROM namespaces WHERE name = ?) AND key >= ? AND key < ?
    AND (expires_at IS NULL OR expires_at > ?) ORDER BY key LIMIT ?"""
_SIZE = "SELECT id, bytes, entries FROM namespaces WHERE name = ?"
EXPIRED_SIZE = """SELECT coalesce(sum(length(key) + length(value) + coalesce(length(metadata), 0)), 0), count(*)
    FROM entries WHERE namespace = ? AND expires_at <= ?"""


def translate(error: Exception) -> EdgeError:
    """Our error for one of SQLite's, or for a bug; the messages name no file."""
    if isinstance(error, EdgeError):
        return error
    translated = _translated(error)
    translated.__cause__ = error
    return translated


def _translated(error: Exception) -> EdgeError:
    match error:
        case sqlite3.OperationalError():
            return KVUnavailableError(f"the KV store cannot answer: {error}", hint="try again later")
        case sqlite3.DatabaseError():
            return KVCorruptError(f"the KV database is damaged: {error}", hint="restore a backup")
        case _:
            return InternalError("a KV operation failed", hint="this is a bug of edge")


class Reader:
    """Point and range reads.  One thread at a time."""

    def __init__(self, db: sqlite3.Connection, limits: Limits) -> None:
        self._db = db
        self._limits = limits

    def get(self, namespace: str, key: str, now: int, max_value: int) -> Entry | Literal["large"] | None:
        """The entry, None when absent, or "large" when its value has more than `max_value` bytes."""
        row = self._db.execute(_GET, (max_value, namespace, key.encode())).fetchone()
        if row is None:
            return None
        kind, version, metadata, expires_at, value = row
        if not is_alive(expires_at, now):
            return None
        return "large" if value is None else Entry(KINDS[kind], value, versionstamp(version), metadata, expires_at)

    def has(self, namespace: str, key: str, now: int) -> bool:
        """Whether a live entry is there."""
        row = self._db.execute(_HAS, (namespace, key.encode())).fetchone()
        return row is not None and is_alive(row[0], now)

    def get_many(self, namespace: str, keys: Sequence[str], now: int) -> dict[str, Entry]:
        """The entries that are there, from one snapshot.  Raises KVLimitError over `batch_size`."""
        entries: dict[str, Entry] = {}
        size = 0
        with self._snapshot():
            for key in keys:
                entry = self.get(namespace, key, now, ANY_SIZE)
                if entry is not None and entry != "large":
                    entries[key] = entry
                    size += len(entry.value)
                    check_batch_size(size, self._limits)
        return entries

    def list(self, namespace: str, prefix: bytes, limit: int, after: bytes | None, now: int) -> Page:
        """One page of a listing."""
        low, high = key_range(prefix, after)
        rows = self._db.execute(_LIST, (namespace, low, high, now, limit + 1)).fetchall()
        keys = tuple([Listed(key.decode(), expires_at, metadata) for key, expires_at, metadata in rows[:limit]])
        return Page(keys, encode_cursor(rows[limit - 1][0]) if len(rows) > limit else None)

    def size(self, namespace: str, now: int) -> Usage:
        """Bytes and number of live entries."""
        with self._snapshot():
            row = self._db.execute(_SIZE, (namespace,)).fetchone()
            if row is None:
                return Usage()
            expired = self._db.execute(EXPIRED_SIZE, (row[0], now)).fetchone()
        return Usage(row[1] - expired[0], row[2] - expired[1])

    def namespaces(self) -> Sequence[str]:
        """All names."""
        return [name for (name,) in self._db.execute("SELECT name FROM namespaces WHERE name IS NOT NULL")]

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")
