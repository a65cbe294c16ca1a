"""A database file of one schema, which several processes may open at once: made when it is new, else checked."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from edge.errors import OutsideError

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process's transaction."""


class Schema(NamedTuple):
    """`name` is what operators call the file; `corrupt` is the error of one that is not ours."""

    name: str
    application_id: int
    version: int
    statements: str
    corrupt: type[OutsideError]


def use_wal(db: sqlite3.Connection) -> None:
    """Switching the journal mode does not honour the busy timeout when several processes start at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def ensure_schema(db: sqlite3.Connection, path: Path | None, schema: Schema) -> None:
    """Raises `schema.corrupt` for a file of another program or version."""
    db.execute("BEGIN IMMEDIATE")
    try:
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (application, version, tables) == (0, 0, 0):
            for statement in filter(str.strip, schema.statements.split(";\n")):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {schema.application_id}")
            db.execute(f"PRAGMA user_version = {schema.version}")
        elif application != schema.application_id:
            raise schema.corrupt(f"{path} is a database of another program", hint="choose another storage.data_dir")
        elif version != schema.version:
            message = f"the {schema.name} {path} has format {version}; this edge reads format {schema.version}"
            raise schema.corrupt(message, hint="use the edge that wrote it, or a newer one")
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
