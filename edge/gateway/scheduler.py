"""Runs functions by the clock.  edge.schedule decides what becomes of each tick; this waits, runs and writes down.

Every replica has one, and all of them read and write the same states: who writes first takes the tick.
"""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING, NamedTuple, Protocol

import structlog
import trio

from edge.errors import EdgeError
from edge.schedule.state import Ended
from edge.schedule.transitions import LEASE, advance, finish, first, give_back, next_time, renew
from edge.services.clock import wall_ms
from edge.wire.messages import Scheduled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.gateway.schedule_store import ScheduleStore
    from edge.gateway.scheduled_run import ScheduledRun
    from edge.schedule.schedule import Schedule
    from edge.schedule.state import Running, State
    from edge.services.clock import Clock

LONGEST_WAIT = 30.0
"""Seconds after which every schedule is looked at again: the clock may have been set, a replica may have died."""
STORE_PAUSE = 5.0
"""Seconds after which a store that did not answer is asked again."""
GIVE_BACK = 2.0
"""Seconds for writing down, at the end, that runs are to be done by another."""

log = structlog.get_logger()


class Entry(NamedTuple):
    """A schedule of a function."""

    function: str
    schedule: Schedule


class Ticks(Protocol):
    """Who is told of ticks that came to nothing."""

    def tick_dropped(self, function: str, result: str) -> None:
        """`skipped` or `lost`."""


class Scheduler:
    """The schedules of one gateway process.

    `entries` gives those that are in force now; `invoke` runs one, and raises EdgeError when that is impossible.
    """

    def __init__(
        self,
        store: ScheduleStore,
        entries: Callable[[], list[Entry]],
        invoke: Callable[[str, Scheduled, str], Awaitable[ScheduledRun]],
        observer: Ticks,
        clock: Clock = wall_ms,
    ) -> None:
        self._store = store
        self._entries = entries
        self._invoke = invoke
        self._observer = observer
        self._clock = clock
        self._holder = secrets.token_hex(8)
        self._due: dict[Entry, float] = {}
        self._wake = trio.Event()
        self._stopping = False

    def changed(self) -> None:
        """The schedules may be others now."""
        self._wake.set()

    def stop(self) -> None:
        """Take nothing new; what runs may end."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Until `stop`, and the end of what runs then.  When it is cancelled before, the rest is given back."""
        async with trio.open_nursery() as nursery:
            while not self._stopping:
                self._wake = trio.Event()
                await self._look(nursery)
                with trio.move_on_after(self._pause()):
                    await self._wake.wait()

    def _pause(self) -> float:
        soonest = min(self._due.values(), default=math.inf) - trio.current_time()
        return max(0.0, min(soonest, LONGEST_WAIT))

    async def _look(self, nursery: trio.Nursery) -> None:
        """Advance each schedule whose time has come."""
        self._due = {entry: self._due.get(entry, 0.0) for entry in self._entries()}
        now = trio.current_time()
        for entry in [entry for entry, at in self._due.items() if at <= now]:
            if self._stopping:
                return
            try:
                pause = await self._advance(entry, nursery)
            except EdgeError as error:
                log.warning("schedule_store", function=entry.function, error=error.message, again_in=STORE_PAUSE)
                pause = STORE_PAUSE
            self._due[entry] = trio.current_time() + pause

    async def _advance(self, entry: Entry, nursery: trio.Nursery) -> float:
        """All that there is to do for one schedule now; answers in how many seconds to look again."""
        while not self._stopping:
            state, stamp = await self._store.read(*entry)
            now = self._clock()
            if state is None:
                await self._store.write(*entry, first(now), stamp)
                continue
            step = advance(entry.schedule, state, now, self._holder)
            if step is None:
                at = next_time(entry.schedule, state, self._holder)
                return LONGEST_WAIT if at is None else min(max(at - now, 1) / 1000, LONGEST_WAIT)
            if await self._store.write(*entry, step.state, stamp):
                self._tell(entry, state, step.state)
                if step.begin is not None:
                    nursery.start_soon(self._run, entry, step.begin)
        return LONGEST_WAIT

    def _tell(self, entry: Entry, before: State, after: State) -> None:
        for ended in after.ended:
            if ended not in before.ended:
                self._observer.tick_dropped(entry.function, ended.result)
                log.warning(
                    "schedule_dropped",
                    result=ended.result,
                    function=entry.function,
                    cron=entry.schedule.expression,
                    scheduled_time=ended.tick,
                    reason=ended.why,
                )

    # -- one run

    async def _run(self, entry: Entry, run: Running) -> None:
        outcome = None
        try:
            outcome = await self._kept(entry, run)
        finally:
            if outcome is None:
                await self._give_back(entry, run)
        if outcome is None:
            return
        ended, again = outcome
        await self._settle(entry, lambda state: finish(entry.schedule, state, run, ended, again=again))
        self._due[entry] = 0.0
        self._wake.set()

    async def _kept(self, entry: Entry, run: Running) -> tuple[Ended, bool] | None:
        """How it ended; None when it was not ours any more."""
        with trio.CancelScope() as taken:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep, entry, run, taken)
                outcome = await self._outcome(entry, run)
                nursery.cancel_scope.cancel()
            return outcome
        return None

    async def _outcome(self, entry: Entry, run: Running) -> tuple[Ended, bool]:
        request_id = secrets.token_hex(16)
        scheduled = Scheduled(run.tick, entry.schedule.expression)
        try:
            result = await self._invoke(entry.function, scheduled, request_id)
        except EdgeError as error:
            log.warning("schedule_failed", function=entry.function, error=error.message)
            return Ended(run.tick, "failed", self._clock(), run.attempt, request_id, why=error.message), True
        except Exception:
            # It counts as an attempt: given back, it would end every gateway that takes it.
            log.exception("internal_error", where=f"a scheduled run of {entry.function}")
            return Ended(run.tick, "failed", self._clock(), run.attempt, request_id, why="the gateway failed"), True
        ended = Ended(
            *(run.tick, "ok" if result.ok else "failed", self._clock(), run.attempt, request_id),
            status=result.status,
            wall=result.wall,
            why="" if result.ok else result.error or f"it answered with the status {result.status}",
        )
        return ended, not result.no_retry

    async def _keep(self, entry: Entry, run: Running, taken: trio.CancelScope) -> None:
        """Say that the run goes on, well before its lease is over; stop one that was taken for lost meanwhile."""
        while not taken.cancel_called:
            await trio.sleep(LEASE / 3000)
            if not await self._settle(entry, lambda state: renew(state, run, self._clock())):
                taken.cancel()

    async def _settle(self, entry: Entry, step: Callable[[State], State | None]) -> bool:
        """Write it down; a store that does not answer is asked again.  False when the run is not ours any more."""
        while True:
            try:
                is_ours = await self._store.change(*entry, step)
            except EdgeError as error:
                log.warning("schedule_store", function=entry.function, error=error.message, again_in=STORE_PAUSE)
                await trio.sleep(STORE_PAUSE)
            else:
                if not is_ours:
                    log.warning("schedule_taken", function=entry.function, cron=entry.schedule.expression)
                return is_ours

    async def _give_back(self, entry: Entry, run: Running) -> None:
        with trio.move_on_after(GIVE_BACK, shield=True):
            try:
                await self._store.change(*entry, lambda state: give_back(state, run, self._clock()))
            except EdgeError as error:
                log.warning("schedule_store", function=entry.function, error=error.message)
