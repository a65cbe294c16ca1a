"""The pool of cells: who gets an isolate where, and which processes there are.

A cell belongs to one function for as long as it lives.  What to do next is decided by edge.supervisor.policy and
edge.supervisor.shares from where all cells stand; here it is done.  After everything that changes something,
`_settle` gives seats to those who wait and takes steps until there is none to take.

Cells are started and assigned by tasks of the pool, not of those who wait: whoever stops waiting leaves nothing
half done behind.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from edge.errors import DrainingError, EdgeError, EngineCrashError
from edge.supervisor import policy, shares
from edge.supervisor.ageing import Verdict, judge
from edge.supervisor.attempts import Attempts, as_crash
from edge.supervisor.queue import FairQueue
from edge.supervisor.roster import Roster
from edge.supervisor.standing import Scene, Standing, Tally

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from edge.engine.isolate_pool import PoolStatistics
    from edge.engine.template import Template
    from edge.supervisor.cell import Cell
    from edge.supervisor.member import CellInfo, Group, Member
    from edge.supervisor.remote_isolate import RemoteIsolate

SPARE = 2
"""Unused isolates that a cell keeps ready; no more than it may have in use."""

TICK = 0.25
"""Seconds between two looks at what only time changes."""

PREPARE_SECONDS = 20.0
"""For starting or assigning a cell: cells have tighter deadlines of their own."""

LOAD_SECONDS = 120.0
"""For reading a compiled package, which may have to be built again: builds have tighter deadlines of their own."""

SHUTDOWN_SECONDS = 10.0


_PARALLEL = 2 * (os.cpu_count() or 1)
"""Cells of one function that are worth having before somebody has to wait: some always wait for something."""


class _Waiter:
    """Someone who needs an isolate; gets one, or an error."""

    def __init__(self) -> None:
        self.event = trio.Event()
        self.isolate: RemoteIsolate | None = None
        self.error: EdgeError | None = None

    def give(self, isolate: RemoteIsolate) -> None:
        self.isolate = isolate
        self.event.set()

    def fail(self, error: EdgeError) -> None:
        self.error = error
        self.event.set()


class CellPool:
    """Use within `open`."""

    def __init__(
        self,
        start_cell: Callable[[], Awaitable[Cell]],
        blank: int,
        maximum: int,
        idle_timeout: float,
        isolates_per_cell: int,
    ) -> None:
        self._start_cell = start_cell
        self._base = blank
        self._maximum = max(maximum, 1)
        self._idle_timeout = idle_timeout
        self._per_cell = max(isolates_per_cell, 1)
        self._roster = Roster()
        self._queue: FairQueue[_Waiter] = FairQueue()
        self._lent: dict[RemoteIsolate, Member] = {}
        self._attempts = Attempts()
        self._yielding = False  # some cells are emptied for other functions, or for a lower maximum
        self._closed = False
        self._watchers: trio.Nursery
        self._preparations: trio.Nursery

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        start_cell: Callable[[], Awaitable[Cell]],
        blank: int,
        maximum: int,
        idle_timeout: float,
        isolates_per_cell: int,
    ) -> AsyncIterator[CellPool]:
        """A pool with `blank` cells kept ready and `maximum` at most; idle ones go after `idle_timeout` s.

        `start_cell` gives a blank cell, or raises EngineCrashError; cancelled, it leaves nothing behind.  At the
        end every cell is killed, and waited for for up to 10 s.
        """
        pool = cls(start_cell, blank, maximum, idle_timeout, isolates_per_cell)
        async with trio.open_nursery() as pool._watchers:
            try:
                async with trio.open_nursery() as pool._preparations:
                    pool._watchers.start_soon(pool._sweep)
                    pool._settle()
                    try:
                        yield pool
                    finally:
                        pool._close()
            finally:
                with trio.move_on_after(SHUTDOWN_SECONDS, shield=True):
                    await pool._all_gone()
                pool._watchers.cancel_scope.cancel()

    # -- what callers do

    def take(self, template: Template) -> RemoteIsolate | None:
        """An isolate for one use, if there is a seat and nobody waits for it.

        Raises EngineCrashError and DrainingError.
        """
        if self._closed:
            raise DrainingError("the gateway is shutting down")
        if refusal := self._attempts.refusal(template.key, trio.current_time()):
            raise refusal
        group = self._roster.group(template)
        if template.key in self._queue or (isolate := self._seat(group)) is None:
            return None
        if self._lent[isolate].standing.running > 1 and self._is_crowded(group):
            self._settle()
        return isolate

    def _is_crowded(self, group: Group) -> bool:
        serving = [standing for standing in group.standings if standing.state == "serving"]
        return policy.is_crowded(serving, _PARALLEL, wished=group.template.key in self._roster.wishes)

    async def acquire(self, template: Template) -> RemoteIsolate:
        """The same; waits for room, fairly."""
        isolate = self.take(template)
        return isolate if isolate is not None else await self._wait(template.key)

    def release(self, isolate: RemoteIsolate, template: Template, *, keep: bool) -> None:
        """Give an isolate back: kept for the next use of the same template, or disposed of."""
        self._lent[isolate].wear.serve()
        self._take_back(isolate, keep=keep)

    def warm_up(self, template: Template) -> None:
        """The template will be used soon; what is kept ready for it are the blank cells."""
        if template.key in self._roster.groups:
            self._roster.group(template)

    def retire(self, key: str) -> None:
        """Forget a template: its idle cells go at once, the others when they have nothing more to do."""
        self._attempts.forget(key)
        group = self._roster.groups.get(key)
        if group is not None:
            group.retired = True
            for member in group.members.values():
                self._end_if_retired(member)

    def configure(self, base: int, maximum: int, idle_timeout: float) -> None:
        """Other limits from now on; cells beyond a lower maximum go as soon as what runs in them has ended."""
        self._base, self._maximum, self._idle_timeout = base, max(maximum, 1), idle_timeout
        self._settle()

    def statistics(self) -> PoolStatistics:
        """Counts of cells: `available` ones have nothing running, `corrupted` ones were killed for what they did."""
        return self._roster.statistics()

    def cells(self) -> list[CellInfo]:
        """All processes of the pool."""
        return self._roster.cells(trio.current_time())

    # -- waiting

    async def _wait(self, key: str) -> RemoteIsolate:
        waiter = _Waiter()
        self._queue.push(key, waiter)
        self._settle()
        try:
            await waiter.event.wait()
        except BaseException:
            self._abandon(key, waiter)
            raise
        if waiter.isolate is None:
            assert waiter.error is not None  # one of both is set
            raise waiter.error
        return waiter.isolate

    def _abandon(self, key: str, waiter: _Waiter) -> None:
        if waiter.isolate is not None:
            self._take_back(waiter.isolate, keep=waiter.isolate.uses > 0)
        elif waiter.error is None:
            self._queue.remove(key, waiter)
            self._forget_empty(key)
            self._settle()  # what yielded for this one need not any more

    def _fail(self, key: str, error: EdgeError) -> None:
        """The one who waits longest for a function gets the error."""
        if key in self._queue:
            self._queue.pop(key).fail(error)
            self._forget_empty(key)

    def _forget_empty(self, key: str) -> None:
        if key not in self._queue:
            self._roster.forget_empty(key)

    # -- isolates

    def _seat(self, group: Group) -> RemoteIsolate | None:
        """An isolate in one of the function's own cells."""
        for member in group.members.values():
            self._notice(member)
        while (chosen := policy.seat(group.standings, self._per_cell)) is not None:
            member = group.members[chosen.number]
            if member.cell.process.ended:
                chosen.state = "dying"  # nobody has been told yet; a request would be lost in it
                continue
            try:
                isolate = member.take(trio.current_time())
            except EngineCrashError:
                member.kill("could not be given more memory")
            else:
                self._lent[isolate] = member
                return isolate
        return None

    def _seat_all(self, key: str) -> None:
        """As many as there are seats for, of those who wait for a function."""
        while key in self._queue and (isolate := self._seat(self._roster.groups[key])) is not None:
            self._queue.pop(key).give(isolate)

    def _take_back(self, isolate: RemoteIsolate, *, keep: bool) -> None:
        member = self._lent.pop(isolate)
        member.put_back(isolate, trio.current_time(), keep=keep)
        stopped = self._notice(member)
        self._roster.end_if_drained(member)
        self._end_if_retired(member)
        self._check_wear(member)
        if stopped or self._yielding or self._roster.due or len(self._roster.standings) > self._maximum:
            self._settle()
        elif member.standing.key in self._queue:
            self._seat_all(member.standing.key)  # for all others, nothing has changed
        elif self._queue and member.standing.idle:
            self._settle()

    def _check_wear(self, member: Member) -> None:
        """At rest, a cell shows what it holds on to."""
        weighs = member.standing.idle and member.wear.wants_weighing
        if weighs and (grown := member.wear.weigh(member.cell.memory())):
            self._roster.outdate(member, grown)
        elif worn := member.wear.reason(trio.current_time()):
            self._roster.outdate(member, worn)

    def _notice(self, member: Member) -> bool:
        """See what happened to a cell; whether its function has just lost it."""
        lost = self._roster.notice(member)
        if lost:
            self._wish_if_busy(member.standing.key)
        return lost

    def _wish_if_busy(self, key: str) -> None:
        """A function that is in use has lost a cell."""
        if key in self._queue or self._roster.groups[key].busy:
            self._roster.wishes.add(key)

    def _end_if_retired(self, member: Member) -> None:
        key = member.standing.key
        if member.standing.idle and self._roster.groups[key].retired and key not in self._queue:
            member.kill("was not needed any more")

    # -- steps

    def _scene(self) -> Scene:
        now = trio.current_time()
        return Scene(
            cells=list(self._roster.standings.values()),
            waiting=self._queue.counts(),
            wishes=self._roster.wishes,
            suspects=self._attempts.suspects,
            base=self._base,
            maximum=self._maximum,
            per_cell=self._per_cell,
            may_start=self._attempts.may_start(now),
            now=now,
            parallel=_PARALLEL,
        )

    def _settle(self) -> None:
        """Bring what is and what is wanted together."""
        if self._closed:
            return
        for member in list(self._roster.due.values()):
            self._replace(member)
        self._update_yielding()
        for key in self._queue.counts():
            self._seat_all(key)
        while (step := policy.next_step(self._scene())) is not None:
            self._take(step)

    def _replace(self, member: Member) -> None:
        match policy.succession(self._scene(), member.standing):
            case "drain":
                self._roster.drain(member, member.why)
            case "replace":
                self._roster.wishes.add(member.standing.key)
            case "stay":
                pass

    def _update_yielding(self) -> None:
        scene = self._scene()
        yielding = shares.yielding(scene)
        self._yielding = bool(yielding)
        for standing in scene.cells:
            if standing.number not in yielding:
                standing.yielding = None
            elif standing.yielding is None:
                standing.yielding = scene.now

    def _take(self, step: policy.Step) -> None:
        match step:
            case policy.Start():
                self._preparations.start_soon(self._start, self._roster.reserve())
            case policy.Assign(number=number, key=key):
                member = self._roster.appoint(number, key)
                self._preparations.start_soon(self._assign, member, self._roster.groups[key].template)
            case policy.End(number=number, reason=reason):
                member = self._roster.members[number]
                self._queue.pass_on(member.standing.key)  # it made room for others, not for its own function
                member.kill(reason)

    # -- starting and assigning

    async def _start(self, standing: Standing) -> None:
        try:
            with trio.fail_after(PREPARE_SECONDS):
                cell = await self._start_cell()
        except BaseException as error:
            self._roster.cancel(standing)
            if not isinstance(error, Exception):
                raise
            self._attempts.start_failed(trio.current_time())
            self._start_failed(as_crash(error, "started"))
        else:
            member = self._roster.welcome(cell, standing, trio.current_time())
            self._watchers.start_soon(self._watch, member)
            if self._closed:
                member.kill("came too late")
        self._settle()

    def _start_failed(self, error: EdgeError) -> None:
        """Somebody's error, unless as many cells are still coming as those who wait need."""
        scene = self._scene()
        tally = Tally(scene)
        demand = tally.demand(scene)
        if sum(tally.unmet(scene, key) for key in demand) > tally.starting + len(tally.blanks):
            self._fail(demand[0], error)

    async def _assign(self, member: Member, template: Template) -> None:
        try:
            with trio.fail_after(LOAD_SECONDS):
                material = await template.material(born=member.cell.born)
            with trio.fail_after(PREPARE_SECONDS):
                await member.cell.assign(material, min(SPARE, self._per_cell))
            del material  # a snapshot
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
            member.kill("could not be made ready for its function")
            self._assign_failed(template.key, as_crash(error, "made ready"))
        else:
            self._attempts.assigned(template.key)
            if member.standing.state == "assigning":
                self._roster.begin(member, trio.current_time())
                self._end_if_retired(member)
        self._settle()

    def _assign_failed(self, key: str, error: EdgeError) -> None:
        now = trio.current_time()
        if self._attempts.assign_failed(key, now):
            return
        self._fail(key, error)
        while key in self._queue and (refusal := self._attempts.refusal(key, now)):
            self._fail(key, refusal)

    # -- upkeep

    async def _watch(self, member: Member) -> None:
        await member.cell.gone.wait()
        self._lost(member)
        self._settle()

    def _lost(self, member: Member) -> None:
        """A cell has gone."""
        key = member.standing.key
        if not self._roster.bury(member):
            return
        if key:
            if not member.told:
                self._wish_if_busy(key)
            self._forget_empty(key)
        elif not member.told:
            self._attempts.start_failed(trio.current_time())

    async def _sweep(self) -> None:
        while True:
            await trio.sleep(TICK)
            now = trio.current_time()
            for member in list(self._roster.members.values()):
                self._age(member, now)
            self._attempts.forget_old(now)
            self._settle()

    def _age(self, member: Member, now: float) -> None:
        self._attempts.lives(member.created, now)
        match judge(member, now, self._idle_timeout):
            case Verdict("kill", reason):
                member.kill(reason)
            case Verdict("outdate", reason):
                self._roster.outdate(member, reason)

    # -- the end

    def _close(self) -> None:
        self._closed = True
        self._preparations.cancel_scope.cancel()
        for waiter in self._queue:
            waiter.fail(DrainingError("the gateway is shutting down"))
        self._queue = FairQueue()
        for member in self._roster.members.values():
            member.kill("belonged to a gateway that is shutting down")

    async def _all_gone(self) -> None:
        while self._roster.members:
            member = next(iter(self._roster.members.values()))
            await member.cell.gone.wait()
            self._lost(member)
