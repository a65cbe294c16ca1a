"""The queue as one table: what is done to it, each in the transaction that the caller has begun.  Blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from edge.errors import ConflictError, NotFoundError, OverloadedError
from edge.services.queue.records import (
    FINISHED,
    AlreadyExistsError,
    Attempt,
    Callback,
    Deferred,
    Page,
    Result,
    State,
    Wanted,
)
from edge.services.queue.retry import LONGEST
from edge.wire.messages import Request

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

T = TypeVar("T")

KEPT_ATTEMPTS: Final = 100
"""The latest attempts that are kept of one invocation; those that are postponed have no limit of their own."""
_COLUMNS: Final = (
    "seq, id, function, state, created, due, changed, tries, reason, key, origin, attempts, result, size, "
    "callback, callback_state, callback_tries, callback_error"
)
_SELECT: Final = f"SELECT {_COLUMNS} FROM deferred "  # noqa: S608 -- of constants
_attempts = msgspec.msgpack.Decoder(list[Attempt])
_result = msgspec.msgpack.Decoder(Result)
_request = msgspec.msgpack.Decoder(Request)
_pack = msgspec.msgpack.encode


class Bounds(msgspec.Struct, frozen=True):
    """How much is accepted: waiting invocations of a function, and bytes of the database."""

    waiting: int
    size: int


class Table:
    """See the module; `now` is always in milliseconds since the Unix epoch."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # -- accepting

    def add(self, wanted: Wanted, now: int, bounds: Bounds | None) -> tuple[Deferred, bool]:
        """Accept what is wanted: the record, and whether it is new.  Raises OverloadedError, AlreadyExistsError."""
        if wanted.key:
            row = self._db.execute(
                "SELECT id, digest FROM deferred WHERE function = ? AND key = ?", (wanted.function, wanted.key)
            ).fetchone()
            if row is not None:
                return self._same(wanted, *row), False
        if bounds is not None:
            self._check_room(wanted.function, bounds)
        request = _pack(wanted.request)
        self._db.execute(
            "INSERT INTO deferred (id, function, state, created, due, changed, key, digest, origin, callback, attempts,"
            " size, request) VALUES (?, ?, 'queued', ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(wanted.id, wanted.function, now, now, wanted.key or None, wanted.digest, wanted.origin),
                *(wanted.callback or None, _pack([]), len(request), request),
            ),
        )
        return self.get(wanted.id), True

    def _same(self, wanted: Wanted, found: str, digest: bytes) -> Deferred:
        if digest != wanted.digest:
            raise AlreadyExistsError(
                f"the idempotency key belongs to another request of function {wanted.function}",
                hint="use a key for one request only",
            )
        return self.get(found)

    def _check_room(self, function: str, bounds: Bounds) -> None:
        (waiting,) = self._db.execute(
            "SELECT count(*) FROM deferred INDEXED BY ready WHERE function = ? AND state = 'queued'", (function,)
        ).fetchone()
        if waiting >= bounds.waiting:
            raise OverloadedError(
                f"{waiting} invocations of function {function} wait already, as many as may (queue.max_waiting)"
            )
        if (used := self.used()) >= bounds.size:
            raise OverloadedError(
                f"the queue takes {used} bytes of disk, over its limit of {bounds.size} (queue.max_size)"
            )

    def used(self) -> int:
        """Bytes of the database that hold something."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        (size,) = self._db.execute("PRAGMA page_size").fetchone()
        return int((pages - free) * size)

    # -- running

    def ready(self, now: int) -> list[str]:
        """The functions that have something to run now."""
        rows = self._db.execute(
            "SELECT DISTINCT function FROM deferred INDEXED BY ready WHERE state = 'queued' AND (due <= ? OR due > ?)",
            (now, now + LONGEST),
        )
        return [function for (function,) in rows]

    def next_due(self, now: int) -> int | None:
        """When something that waits is due after now."""
        (due,) = self._db.execute(
            "SELECT min(due) FROM deferred INDEXED BY ready WHERE state = 'queued' AND due > ?", (now,)
        ).fetchone()
        return int(due) if due is not None else None

    def claim(self, functions: Sequence[str], now: int, owner: str) -> list[tuple[Deferred, Request]]:
        """Take, for each name, the one of that function that has waited longest; none where nothing is due."""
        claimed = [self._claim(function, now, owner) for function in functions]
        return [found for found in claimed if found is not None]

    def _claim(self, function: str, now: int, owner: str) -> tuple[Deferred, Request] | None:
        while (row := self._next(function, now)) is not None:
            seq, name, packed = row
            request = _unpacked(_request, packed)
            state = State.FAILED if request is None else State.RUNNING
            # What is of another version of edge, or damaged, must not hold up what comes after it.
            reason = "its request cannot be read" if request is None else ""
            self._db.execute(
                "UPDATE deferred SET state = ?, owner = ?, changed = ?, reason = ? WHERE seq = ?",
                (state.value, owner, now, reason, seq),
            )
            if request is not None:
                return self.get(name), request
            self._tell(name)
        return None

    def _next(self, function: str, now: int) -> tuple[int, str, bytes] | None:
        found: tuple[int, str, bytes] | None = self._db.execute(
            "SELECT seq, id, request FROM deferred INDEXED BY ready WHERE state = 'queued' AND function = ?"
            " AND (due <= ? OR due > ?) ORDER BY due, seq LIMIT 1",
            (function, now, now + LONGEST),
        ).fetchone()
        return found

    def request(self, name: str) -> Request:
        """What was accepted.  Raises NotFoundError."""
        row = self._db.execute("SELECT request FROM deferred WHERE id = ?", (name,)).fetchone()
        if row is None:
            raise NotFoundError(f"there is no invocation {name!r}")
        request = _unpacked(_request, row[0])
        if request is None:
            raise NotFoundError(f"the request of invocation {name!r} cannot be read")
        return request

    def settle(self, changed: Deferred, owner: str, letter: Wanted | None, now: int) -> bool:
        """Write what became of an attempt; false when it is not `owner`'s any more.  `letter` is queued with it."""
        done = self._db.execute(
            "UPDATE deferred SET state = ?, due = ?, changed = ?, tries = ?, reason = ?, attempts = ?, result = ?,"
            " owner = NULL WHERE id = ? AND state = 'running' AND owner = ?",
            (
                *(changed.state.value, changed.due, now, changed.tries, changed.reason),
                _pack(changed.attempts[-KEPT_ATTEMPTS:]),
                _pack(changed.result) if changed.result is not None else None,
                *(changed.id, owner),
            ),
        )
        if not done.rowcount:
            return False
        self._tell(changed.id)
        if letter is not None:
            self.add(letter, now, None)
        return True

    def owners(self) -> list[str]:
        """Who runs something."""
        return [owner for (owner,) in self._db.execute("SELECT DISTINCT owner FROM deferred WHERE state = 'running'")]

    def owned(self, owner: str) -> list[Deferred]:
        """What somebody runs, or ran."""
        rows = self._db.execute(_SELECT + "WHERE state = 'running' AND owner = ?", (owner,))
        return [_record(row) for row in rows]

    # -- steering

    def get(self, name: str) -> Deferred:
        """One by its id.  Raises NotFoundError."""
        row = self._db.execute(_SELECT + "WHERE id = ?", (name,)).fetchone()
        if row is None:
            raise NotFoundError(f"there is no invocation {name!r}", hint="finished ones are kept for queue.retention")
        return _record(row)

    def cancel(self, name: str, now: int) -> tuple[Deferred, State]:
        """The canceled one, and what it was before.  Raises NotFoundError, ConflictError when it is over."""
        found = self.get(name)
        if found.state in FINISHED:
            raise ConflictError(f"invocation {name} is over: it has {found.state}")
        self._db.execute(
            "UPDATE deferred SET state = 'canceled', owner = NULL, changed = ?, reason = 'canceled by request'"
            " WHERE id = ?",
            (now, name),
        )
        self._tell(name)
        return self.get(name), found.state

    def again(self, name: str, now: int) -> Deferred:
        """Queue one anew that has failed or was canceled.  Raises NotFoundError, ConflictError."""
        found = self.get(name)
        if found.state not in {State.FAILED, State.CANCELED}:
            raise ConflictError(
                f"invocation {name} is {found.state}; only one that failed or was canceled can run again"
            )
        self._db.execute(
            "UPDATE deferred SET state = 'queued', due = 0, tries = 0, reason = '', created = ?, changed = ?,"
            " callback_state = 'waiting', callback_tries = 0 WHERE id = ?",
            (now, now, name),
        )
        return self.get(name)

    def listing(self, function: str, state: str, limit: int, before: int | None) -> Page:
        """The newest, of one function or state or of all ("")."""
        terms, values = ["1"], list[Any]()
        for term, value in (("function = ?", function), ("state = ?", state), ("seq < ?", before)):
            if value not in ("", None):
                terms.append(term)
                values.append(value)
        rows = self._db.execute(
            _SELECT + f"WHERE {' AND '.join(terms)} ORDER BY seq DESC LIMIT ?",
            (*values, limit + 1),
        ).fetchall()
        found = [_record(row) for row in rows[:limit]]
        return Page(found, found[-1].seq if len(rows) > limit else None)

    def counts(self) -> dict[str, int]:
        """How many there are, by state."""
        return dict(self._db.execute("SELECT state, count(*) FROM deferred GROUP BY state").fetchall())

    def sweep(self, ended_before: int, failed_before: int, most: int) -> int:
        """Forget some of those that ended long ago; how many."""
        done = self._db.execute(
            "DELETE FROM deferred WHERE seq IN (SELECT seq FROM deferred INDEXED BY ended WHERE"
            " state IN ('succeeded', 'failed', 'canceled') AND changed < ?"
            " AND changed < CASE state WHEN 'failed' THEN ? ELSE ? END AND callback_state <> 'pending' LIMIT ?)",
            (max(ended_before, failed_before), failed_before, ended_before, most),
        )
        return done.rowcount

    # -- telling others

    def _tell(self, name: str) -> None:
        self._db.execute(
            "UPDATE deferred SET callback_state = 'pending', callback_due = 0 WHERE id = ? AND callback IS NOT NULL"
            " AND state IN ('succeeded', 'failed', 'canceled')",
            (name,),
        )

    def untold(self, now: int, hold: int, most: int) -> Sequence[Deferred]:
        """Some whose end somebody is to be told of; for `hold` milliseconds they are not given again."""
        rows = self._db.execute(
            _SELECT + "INDEXED BY told WHERE callback_state = 'pending' AND"
            " (callback_due <= ? OR callback_due > ?) LIMIT ?",
            (now, now + LONGEST, most),
        ).fetchall()
        found = [_record(row) for row in rows]
        for record in found:
            self._db.execute("UPDATE deferred SET callback_due = ? WHERE id = ?", (now + hold, record.id))
        return found

    def told(self, name: str, callback: Callback, due: int) -> None:
        """What became of telling."""
        self._db.execute(
            "UPDATE deferred SET callback_state = ?, callback_tries = ?, callback_error = ?, callback_due = ?"
            " WHERE id = ? AND callback_state = 'pending'",
            (callback.state, callback.tries, callback.error, due, name),
        )


def _unpacked(decoder: msgspec.msgpack.Decoder[T], data: bytes | None) -> T | None:
    """None for what is not there or cannot be read."""
    try:
        return None if data is None else decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _record(row: Sequence[Any]) -> Deferred:
    seq, name, function, state, created, due, changed, tries, reason, key, origin, attempts, result, size, *told = row
    url, told_state, told_tries, told_error = told
    return Deferred(
        *(seq, name, function, State(state), created, due, changed, tries, reason, key or "", origin),
        attempts=_unpacked(_attempts, attempts) or [],
        result=_unpacked(_result, result),
        callback=Callback(url, told_state, told_tries, told_error) if url else None,
        size=size,
    )
