"""Opening the database file: settings, schema, and a check that it is whole."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from edge.services.kv.failures import KVCorruptError, KVUnavailableError
from edge.services.kv.sqlite_schema import BUSY_TIMEOUT, Schema, ensure_schema, use_wal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECK_BUDGET = 0.5
"""Seconds that the check at start may take; a larger file is checked in part."""

# Columns are in the order in which listings need them, the value last: a listing never reads large values.
# A namespace without a name has been cleared; the sweep removes its rows bit by bit.
SCHEMA = Schema(
    "KV database",
    application_id=0x65646765,  # "edge"
    version=1,
    statements="""
CREATE TABLE namespaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    bytes INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE entries (
    namespace INTEGER NOT NULL,
    key BLOB NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER,
    kind INTEGER NOT NULL,
    metadata BLOB,
    value BLOB NOT NULL,
    PRIMARY KEY (namespace, key)
) WITHOUT ROWID;
CREATE INDEX expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE versions (last INTEGER NOT NULL);
INSERT INTO versions VALUES (0);
""",
    corrupt=KVCorruptError,
)


def connect(path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> sqlite3.Connection:
    """A connection in autocommit mode with our settings; `busy_timeout` in seconds, 0 fails at once.

    synchronous=FULL: a commit is on the disk when it returns.  docs/decisions/kv-sqlite.md has the measurements.
    """
    # While another process makes the file, settings have to wait, whatever reads and writes do later.
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = ON")  # macOS: a plain fsync stops at the drive's cache
    db.execute("PRAGMA journal_size_limit = 67108864")
    db.execute(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")
    return db


def prepare(path: Path) -> None:
    """Create the file and its folder when missing, bring it to our schema, and check it.

    Raises KVUnavailableError when it cannot be opened and KVCorruptError when it is damaged or not ours.
    """
    with _opening(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its side files the mode of the main one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = connect(path)
        try:
            use_wal(db)
            ensure_schema(db, path, SCHEMA)
            _check(db, path)
        finally:
            db.close()


def backup(path: Path, copy: Path) -> None:
    """Copy a database that may be in use (https://www.sqlite.org/backup.html); the copy appears when it is whole.

    Raises KVUnavailableError when `copy` is there already or cannot be written.
    """
    part = copy.with_name(f"{copy.name}.part")
    try:
        if copy.exists():
            raise FileExistsError("it is there already")
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            _copy(path, part)
            os.link(part, copy)  # fails, unlike a rename, when somebody made it meanwhile
        finally:
            part.unlink()
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise KVUnavailableError(f"cannot write the backup {copy}: {reason}", hint="give a new file") from error


def _copy(path: Path, part: Path) -> None:
    with closing(connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Translates what opening can fail with."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        hint = "storage.data_dir must be a folder on a local disk that this user may write to"
        raise KVUnavailableError(f"cannot open the KV database {path}: {error}", hint=hint) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, problem: str) -> KVCorruptError:
    hint = "restore a backup, or move the file away to start with an empty store"
    return KVCorruptError(f"the KV database {path} is damaged: {problem}", hint=hint)


def _check(db: sqlite3.Connection, path: Path) -> None:
    """Raises KVCorruptError for damage that `quick_check` finds within its budget of time."""
    timer = threading.Timer(CHECK_BUDGET, db.interrupt)
    timer.start()
    try:
        problem = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        problem = "ok"
    finally:
        timer.cancel()
        timer.join()
    if problem not in {"ok", "interrupted"}:
        raise _damaged(path, problem.splitlines()[-1])
