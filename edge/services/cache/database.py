"""The database of the cache: one file, shared by the gateway processes of a machine, that nobody misses."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final

import structlog

from edge.services.cache.failures import CacheCorruptError, CacheUnavailableError
from edge.services.kv.sqlite_schema import BUSY_TIMEOUT, Schema, ensure_schema, use_wal

if TYPE_CHECKING:
    from pathlib import Path

# What is large comes last: whoever looks for an entry does not read its body.  Triggers keep the sums, whoever deletes.
SCHEMA: Final = Schema(
    "cache",
    application_id=0x65646763,  # "edgc"
    version=1,
    statements="""
CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL,
    key BLOB NOT NULL,
    variant BLOB NOT NULL,
    function TEXT NOT NULL,
    url TEXT NOT NULL,
    until REAL NOT NULL,
    used REAL NOT NULL,
    size INTEGER NOT NULL,
    length INTEGER NOT NULL,
    head BLOB NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX place ON entries (space, key, variant);
CREATE INDEX by_url ON entries (url);
CREATE INDEX by_until ON entries (until);
CREATE INDEX by_used ON entries (used);
CREATE INDEX by_function ON entries (function, used);
CREATE TABLE tags (tag TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (tag, entry)) WITHOUT ROWID;
CREATE INDEX tags_of ON tags (entry);
CREATE TABLE usage (function TEXT PRIMARY KEY, bytes INTEGER NOT NULL, entries INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE state (bytes INTEGER NOT NULL, entries INTEGER NOT NULL, purges INTEGER NOT NULL);
INSERT INTO state VALUES (0, 0, 0);
CREATE TABLE names (function TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (function, name));
CREATE TRIGGER added AFTER INSERT ON entries BEGIN
    UPDATE state SET bytes = bytes + new.size, entries = entries + 1; INSERT
    INTO usage VALUES (new.function, new.size, 1)
    ON CONFLICT (function) DO UPDATE SET bytes = bytes + new.size, entries = entries + 1; END;
CREATE TRIGGER removed AFTER DELETE ON entries BEGIN
    UPDATE state SET bytes = bytes - old.size, entries = entries - 1; UPDATE usage SET bytes = bytes - old.size,
    entries = entries - 1 WHERE function = old.function; DELETE FROM tags WHERE entry = old.id; END;
""",
    corrupt=CacheCorruptError,
)

log = structlog.get_logger(component="cache")


def open_database(path: Path | None) -> sqlite3.Connection:
    """A connection in autocommit mode to the cache in `path`; None: in memory.  Damage makes place for a new file.

    Raises CacheUnavailableError when it cannot be opened.
    """
    try:
        try:
            return _open(path)
        except (sqlite3.DatabaseError, CacheCorruptError) as error:
            if path is None or isinstance(error, sqlite3.OperationalError):
                raise
            log.warning("cache_rebuilt", error=str(error))
            _remove(path)
            return _open(path)
    except (sqlite3.Error, OSError, CacheCorruptError) as error:
        raise CacheUnavailableError(f"cannot open the cache: {error}") from error


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(path or ":memory:", timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        if path is not None:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            use_wal(db)
        # Nothing is waited for: after a loss of power the last entries are missing, which is no harm.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA journal_size_limit = 16777216")
        ensure_schema(db, path, SCHEMA)
    except BaseException:
        db.close()
        raise
    return db


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
