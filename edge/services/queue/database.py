"""Opening the queue's database: settings and schema."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final

from edge.services.kv.sqlite_schema import BUSY_TIMEOUT, Schema, ensure_schema, use_wal
from edge.services.queue.records import QueueCorruptError, QueueUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

# What is large comes last: a listing does not read it.
SCHEMA: Final = Schema(
    "queue",
    application_id=0x65646771,  # "edgq"
    version=1,
    statements="""
CREATE TABLE deferred (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    function TEXT NOT NULL,
    state TEXT NOT NULL,
    created INTEGER NOT NULL,
    due INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    reason TEXT NOT NULL DEFAULT '',
    key TEXT,
    digest BLOB,
    origin TEXT NOT NULL DEFAULT '',
    callback TEXT,
    callback_state TEXT NOT NULL DEFAULT 'waiting',
    callback_tries INTEGER NOT NULL DEFAULT 0,
    callback_due INTEGER NOT NULL DEFAULT 0,
    callback_error TEXT NOT NULL DEFAULT '',
    attempts BLOB NOT NULL,
    result BLOB,
    size INTEGER NOT NULL,
    request BLOB
);
CREATE INDEX ready ON deferred (function, due, seq) WHERE state = 'queued';
CREATE INDEX running ON deferred (owner) WHERE state = 'running';
CREATE INDEX by_state ON deferred (state, seq);
CREATE INDEX by_function ON deferred (function, seq);
CREATE INDEX ended ON deferred (changed) WHERE state IN ('succeeded', 'failed', 'canceled');
CREATE INDEX told ON deferred (callback_due) WHERE callback_state = 'pending';
CREATE UNIQUE INDEX keys ON deferred (function, key) WHERE key IS NOT NULL;
""",
    corrupt=QueueCorruptError,
)


def open_database(path: Path | None) -> sqlite3.Connection:
    """A connection in autocommit mode to the queue in `path`, which is made when missing; None: in memory.

    Raises QueueUnavailableError when it cannot be opened and QueueCorruptError when it is damaged or not ours.
    """
    try:
        return _open(path)
    except (sqlite3.OperationalError, OSError) as error:
        hint = "storage.data_dir must be a folder on a local disk that this user may write to"
        raise QueueUnavailableError(f"cannot open the queue {path}: {error}", hint=hint) from error
    except sqlite3.DatabaseError as error:
        hint = "move the file away to start with an empty queue"
        raise QueueCorruptError(f"the queue {path} is damaged: {error}", hint=hint) from error


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(path or ":memory:", timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        if path is not None:
            use_wal(db)
        # A commit is on the disk when it returns: what was accepted is not lost.
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA fullfsync = ON")
        db.execute("PRAGMA journal_size_limit = 67108864")
        ensure_schema(db, path, SCHEMA)
    except BaseException:
        db.close()
        raise
    return db
