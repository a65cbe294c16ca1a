"""Writes on one SQLite connection, blocking: many requests in one transaction (group commit)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec
import outcome
import structlog

from edge.errors import EdgeError
from edge.services.kv.failures import QuotaExceededError
from edge.services.kv.plan import MAX_NUMBER_TEXT, Found, Plan, decide, touched
from edge.services.kv.records import Add, Check, Commit, Entry, Mutation, Set, is_alive, versionstamp
from edge.services.kv.sqlite_reader import EXPIRED_SIZE, KINDS, translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.services.clock import Clock
    from edge.services.kv.limits import Limits

SWEEP_ROWS = 500
"""Rows that one sweep removes at most, so that writers behind it wait for a few milliseconds only."""
SWEEP_INTERVAL = 30.0
REQUEST_WEIGHT = 16384
"""Bytes that a request counts for beside its values, towards the limit of a group."""

_FIND = """SELECT version, length(key) + length(value) + coalesce(length(metadata), 0), kind, metadata, expires_at,
    CASE WHEN length(value) <= ? THEN value END FROM entries WHERE namespace = ? AND key = ?"""
_PUT = """INSERT OR REPLACE INTO entries (namespace, key, version, expires_at, kind, metadata, value)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_DELETE = "DELETE FROM entries WHERE namespace = ? AND key = ?"
_EXPIRED = """SELECT namespace, key, length(key) + length(value) + coalesce(length(metadata), 0)
    FROM entries WHERE expires_at <= ? LIMIT ?"""
_DROP = "DELETE FROM entries WHERE namespace = ? AND key IN (SELECT key FROM entries WHERE namespace = ? LIMIT ?)"
_GROW = "UPDATE namespaces SET bytes = bytes + ?, entries = entries + ? WHERE id = ?"

log = structlog.get_logger(component="kv")


class Write(msgspec.Struct, frozen=True):
    """Request for an `atomic`."""

    namespace: str
    checks: tuple[Check, ...]
    mutations: tuple[Mutation, ...]
    clear: bool = False


class Clear(msgspec.Struct, frozen=True):
    """Request to empty a namespace."""

    namespace: str


class Sweep(msgspec.Struct, frozen=True):
    """Request to remove all that has expired or was cleared."""


Request = Write | Clear | Sweep
Outcome = outcome.Outcome["Commit | None"]


def weigh(request: Request) -> int:
    """Bytes that a request adds to a transaction, roughly."""
    mutations = request.mutations if isinstance(request, Write) else ()
    return REQUEST_WEIGHT + sum([len(mutation.value) for mutation in mutations if isinstance(mutation, Set)])


class _Namespace:
    """A namespace within one transaction; `id` None while it has no row."""

    __slots__ = ("bytes", "changed", "entries", "id")

    def __init__(self, row: tuple[int, int, int] | None) -> None:
        self.id: int | None = row[0] if row else None
        self.bytes, self.entries = row[1:] if row else (0, 0)
        self.changed = False


class Writer:
    """Runs groups of requests.  One thread; several processes take turns through SQLite's lock."""

    def __init__(self, db: sqlite3.Connection, limits: Limits, clock: Clock) -> None:
        self._db = db
        self._limits = limits
        self._clock = clock
        self._namespaces: dict[str, _Namespace] = {}
        self._version = 0
        self.requests = 0
        self.transactions = 0

    def run(self, group: Sequence[Request]) -> Sequence[Outcome]:
        """One outcome per request; a success is on the disk.

        When a transaction fails, its requests are tried one by one, so that one that cannot be stored (the disk is
        nearly full, say) does not take others with it.
        """
        try:
            return self._transaction(group)
        except Exception as error:  # noqa: BLE001 -- also a bug that one request meets must not end the thread of all
            if len(group) == 1:
                return [outcome.Error(translate(error))]
        return [outcome for request in group for outcome in self.run([request])]

    def sweep(self) -> float:
        """Remove some of what has expired or was cleared; answers the seconds until there may be more to do."""
        try:
            if not self._anything_to_sweep():
                return SWEEP_INTERVAL
            self._transaction([Sweep()])
        except sqlite3.Error as error:
            log.warning("kv_sweep_failed", error=str(error))
            return SWEEP_INTERVAL
        return 0.0

    # -- transactions

    def _transaction(self, group: Sequence[Request]) -> Sequence[Outcome]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._namespaces.clear()
            (self._version,) = before = self._db.execute("SELECT last FROM versions").fetchone()
            outcomes = [self._attempt(request) for request in group]
            self._flush(before[0])
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self.transactions += 1
        self.requests += len(group)
        return outcomes

    def _attempt(self, request: Request) -> Outcome:
        """A request that is refused has written nothing, so the transaction goes on without it."""
        try:
            match request:
                case Write():
                    return outcome.Value(self._write(request))
                case Clear():
                    self._clear(request.namespace)
                case Sweep():
                    self._sweep()
        except EdgeError as error:
            return outcome.Error(error)
        return outcome.Value(None)

    def _flush(self, version_before: int) -> None:
        if self._version != version_before:
            self._db.execute("UPDATE versions SET last = ?", (self._version,))
        rows = [(held.bytes, held.entries, held.id) for held in self._namespaces.values() if held.changed]
        self._db.executemany("UPDATE namespaces SET bytes = ?, entries = ? WHERE id = ?", rows)

    # -- one write

    def _write(self, write: Write) -> Commit | None:
        now = self._clock()
        namespace = self._namespace(write.namespace)
        counted = {mutation.key for mutation in write.mutations if isinstance(mutation, Add)}
        found: dict[str, Found] = {}
        for key in touched(write.checks, write.mutations):
            item = self._find(namespace, key, now, MAX_NUMBER_TEXT if key in counted else -1)
            if item is not None:
                found[key] = item
        plan = decide(found, write.checks, write.mutations, versionstamp(self._version + 1), clear=write.clear)
        if plan is None:
            return None
        self._check_quota(_Namespace(None) if write.clear else namespace, plan, now)
        if write.clear:
            self._clear(write.namespace)
            namespace = self._namespace(write.namespace)
        self._store(write.namespace, namespace, plan)
        return plan.commit

    def _namespace(self, name: str) -> _Namespace:
        held = self._namespaces.get(name)
        if held is None:
            row = self._db.execute("SELECT id, bytes, entries FROM namespaces WHERE name = ?", (name,)).fetchone()
            held = self._namespaces[name] = _Namespace(row)
        return held

    def _find(self, namespace: _Namespace, key: str, now: int, max_value: int) -> Found | None:
        row = self._db.execute(_FIND, (max_value, namespace.id, key.encode())).fetchone()
        if row is None:
            return None
        version, size, kind, metadata, expires_at, value = row
        stamp = versionstamp(version)
        entry = None if value is None else Entry(KINDS[kind], value, stamp, metadata, expires_at)
        return Found(stamp, size, is_alive(expires_at, now), entry)

    def _check_quota(self, namespace: _Namespace, plan: Plan, now: int) -> None:
        total = namespace.bytes + plan.growth
        if plan.growth <= 0 or total <= self._limits.quota:
            return
        (expired, _) = self._db.execute(EXPIRED_SIZE, (namespace.id, now)).fetchone()
        if total - (expired - plan.revived) > self._limits.quota:
            raise QuotaExceededError(limit=self._limits.quota, value=total - (expired - plan.revived))

    def _store(self, name: str, namespace: _Namespace, plan: Plan) -> None:
        self._version += 1
        if namespace.id is None:
            namespace.id = self._db.execute("INSERT INTO namespaces (name) VALUES (?)", (name,)).lastrowid
        for key, entry in plan.writes.items():
            if entry is None:
                self._db.execute(_DELETE, (namespace.id, key.encode()))
            else:
                kind = KINDS.index(entry.kind)
                row = (namespace.id, key.encode(), self._version, entry.expires_at, kind, entry.metadata, entry.value)
                self._db.execute(_PUT, row)
        namespace.bytes += plan.growth
        namespace.entries += plan.entries
        namespace.changed = True

    # -- removal in bulk

    def _clear(self, name: str) -> None:
        """Takes the name from the namespace: one row changes, however many entries there are."""
        namespace = self._namespace(name)
        if namespace.id is not None:
            self._db.execute("UPDATE namespaces SET name = NULL WHERE id = ?", (namespace.id,))
            self._namespaces[name] = _Namespace(None)

    def _anything_to_sweep(self) -> bool:
        expired = self._db.execute(_EXPIRED, (self._clock(), 1)).fetchone()
        return expired is not None or self._cleared() is not None

    def _cleared(self) -> int | None:
        row = self._db.execute("SELECT id FROM namespaces WHERE name IS NULL LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def _sweep(self) -> None:
        rows = self._db.execute(_EXPIRED, (self._clock(), SWEEP_ROWS)).fetchall()
        self._db.executemany(_DELETE, [(namespace, key) for namespace, key, _ in rows])
        self._db.executemany(_GROW, [(-size, -1, namespace) for namespace, _, size in rows])
        cleared = self._cleared()
        if cleared is None:
            return
        if self._db.execute(_DROP, (cleared, cleared, SWEEP_ROWS)).rowcount == 0:
            self._db.execute("DELETE FROM namespaces WHERE id = ?", (cleared,))
