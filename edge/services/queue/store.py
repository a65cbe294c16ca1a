"""The queue on SQLite, for Trio: one thread does all that is asked in order, and commits groups of it together.

What is accepted survives a kill of the process and a loss of power.  docs/decisions/deferred.md has the reasons.
"""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import outcome
import trio

from edge.errors import EdgeError
from edge.services.clock import Clock, wall_ms
from edge.services.kv.failures import KVUnavailableError
from edge.services.kv.worker import Worker
from edge.services.queue.database import open_database
from edge.services.queue.owner import Owner
from edge.services.queue.records import QueueUnavailableError
from edge.services.queue.table import Bounds, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.services.queue.records import Callback, Deferred, Page, State, Wanted
    from edge.wire.messages import Request

    Job = Callable[[Table], Any]

T = TypeVar("T")

_GROUP = 200
"""Requests that one transaction takes at most."""
_HOLD = 120_000
"""Milliseconds in which telling one callback comes to an end."""


class Queue:
    """An async context manager.  `folder` None: in memory, for nobody else and no longer than the process."""

    def __init__(self, folder: Path | None, *, clock: Clock = wall_ms) -> None:
        self.clock = clock
        self._watchers: list[Callable[[], None]] = []
        self.owner = Owner(folder / "queue" if folder is not None else None)
        self._path = folder / "queue.sqlite3" if folder is not None else None
        self._stack = AsyncExitStack()
        self._worker: Worker[Job, Any] | None = None

    async def __aenter__(self) -> Self:
        """Raises QueueUnavailableError, QueueCorruptError."""
        async with AsyncExitStack() as stack:
            db = await trio.to_thread.run_sync(open_database, self._path)
            stack.push_async_callback(_close, db)
            try:
                stack.enter_context(self.owner)
            except OSError as error:
                raise QueueUnavailableError(f"cannot write to the folder of the queue: {error}") from error
            runner = _Runner(db)
            self._worker = Worker("edge-queue", runner.run, max_weight=_GROUP)
            stack.push_async_callback(self._worker.aclose)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        self._worker = None

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever there may be something to do."""
        self._watchers.append(changed)

    def _changed(self) -> None:
        for changed in self._watchers:
            changed()

    async def _call(self, job: Callable[[Table], T]) -> T:
        if self._worker is None:
            raise QueueUnavailableError("the queue is closed")
        try:
            return cast("T", await self._worker.call(job))
        except KVUnavailableError as error:
            raise QueueUnavailableError("the queue is closed") from error

    async def add(self, wanted: Wanted, bounds: Bounds) -> tuple[Deferred, bool]:
        """See Table.add."""
        added = await self._call(lambda table: table.add(wanted, self.clock(), bounds))
        self._changed()
        return added

    async def ready(self) -> list[str]:
        """See Table.ready."""
        return await self._call(lambda table: table.ready(self.clock()))

    async def next_due(self) -> int | None:
        """See Table.next_due."""
        return await self._call(lambda table: table.next_due(self.clock()))

    async def claim(self, functions: Sequence[str]) -> list[tuple[Deferred, Request]]:
        """See Table.claim."""
        return await self._call(lambda table: table.claim(functions, self.clock(), self.owner.name))

    async def settle(self, changed: Deferred, letter: Wanted | None = None, owner: str = "") -> bool:
        """See Table.settle; by default of what this process runs."""
        settled = await self._call(lambda table: table.settle(changed, owner or self.owner.name, letter, self.clock()))
        self._changed()
        return settled

    async def orphans(self) -> list[tuple[str, Deferred]]:
        """What runs nowhere any more, because its process has ended; with the name of that."""
        owners = await self._call(lambda table: table.owners())
        dead = [owner for owner in owners if not self.owner.is_alive(owner)]
        found = await self._call(lambda table: [(owner, one) for owner in dead for one in table.owned(owner)])
        return list(found)

    async def ours(self) -> set[str]:
        """The ids of what this process runs."""
        return await self._call(lambda table: {one.id for one in table.owned(self.owner.name)})

    async def request(self, name: str) -> Request:
        """See Table.request."""
        return await self._call(lambda table: table.request(name))

    async def get(self, name: str) -> Deferred:
        """See Table.get."""
        return await self._call(lambda table: table.get(name))

    async def cancel(self, name: str) -> tuple[Deferred, State]:
        """See Table.cancel."""
        canceled = await self._call(lambda table: table.cancel(name, self.clock()))
        self._changed()
        return canceled

    async def again(self, name: str) -> Deferred:
        """See Table.again."""
        record = await self._call(lambda table: table.again(name, self.clock()))
        self._changed()
        return record

    async def listing(self, function: str, state: str, limit: int, before: int | None) -> Page:
        """See Table.listing."""
        return await self._call(lambda table: table.listing(function, state, limit, before))

    async def counts(self) -> dict[str, int]:
        """See Table.counts."""
        return await self._call(lambda table: table.counts())

    async def sweep(self, retention: float, dead_letters: float, most: int = 500) -> int:
        """Forget some of those that ended so many seconds ago."""
        now = self.clock()
        ended, failed = (now - round(seconds * 1000) for seconds in (retention, dead_letters))
        return await self._call(lambda table: table.sweep(ended, failed, most))

    async def untold(self, most: int) -> Sequence[Deferred]:
        """See Table.untold."""
        return await self._call(lambda table: table.untold(self.clock(), _HOLD, most))

    async def told(self, name: str, callback: Callback, delay: float) -> None:
        """See Table.told; to be told again after `delay` seconds when its state is still pending."""
        due = self.clock() + round(delay * 1000)
        await self._call(lambda table: table.told(name, callback, due))


class _Runner:
    """Runs groups of jobs in the thread: one transaction, in which each job stands or falls alone."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._table = Table(db)

    def run(self, jobs: Sequence[Job]) -> Sequence[outcome.Outcome[Any]]:
        """See services.kv.worker: never raises."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            results = [self._each(job) for job in jobs]
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            return [outcome.Error(_translated(error)) for _ in jobs]
        return results

    def _each(self, job: Job) -> outcome.Outcome[Any]:
        self._db.execute("SAVEPOINT job")
        try:
            answer: outcome.Outcome[Any] = outcome.Value(job(self._table))
        except sqlite3.IntegrityError as error:
            answer = outcome.Error(_translated(error))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 -- a bug that one job meets must not end the thread of all
            answer = outcome.Error(error)
        if isinstance(answer, outcome.Error):
            self._db.execute("ROLLBACK TO job")
        self._db.execute("RELEASE job")
        return answer

    def _roll_back(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error:
            return  # SQLite has done it, or says so again with the next job


def _translated(error: sqlite3.Error) -> EdgeError:
    return QueueUnavailableError(f"the queue cannot be used now: {error}", hint="nothing was accepted; try again")


async def _close(db: sqlite3.Connection) -> None:
    with trio.CancelScope(shield=True):
        await trio.to_thread.run_sync(db.close)
