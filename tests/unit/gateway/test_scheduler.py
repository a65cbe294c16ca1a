"""The clock that runs functions: several gateways on one store, stores that fail, shutting down."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
import trio

from edge.errors import NotFoundError
from edge.gateway.schedule_store import NAMESPACE, ScheduleStore
from edge.gateway.scheduled_run import ScheduledRun
from edge.gateway.scheduler import Entry, Scheduler
from edge.invocation import Outcome
from edge.schedule.schedule import Schedule
from edge.schedule.state import Running, State
from edge.schedule.transitions import LEASE
from edge.services.kv.failures import KVUnavailableError
from edge.services.kv.limits import Limits
from edge.services.kv.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock as Clock

    from edge.schedule.schedule import Missed
    from edge.wire.messages import Scheduled

START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
EACH_MINUTE = Entry("f", Schedule("* * * * *"))


def wall() -> int:
    """The time of trio's clock, as a wall clock."""
    return START + round(trio.current_time() * 1000)


class Gateway:
    """One with schedules, whose function notes when it runs."""

    def __init__(self, kv: MemoryStore, *entries: Entry, takes: float = 0.0) -> None:
        self.ran: list[tuple[float, str, int]] = []
        self.dropped: list[str] = []
        self.stopped: list[float] = []
        self.found = list(entries)
        self.takes = takes
        self.fails: list[bool | Exception] = []
        self.scheduler = Scheduler(ScheduleStore(kv), lambda: self.found, self._invoke, self, wall)

    def tick_dropped(self, function: str, result: str) -> None:
        self.dropped.append(f"{function} {result}")

    async def _invoke(self, function: str, scheduled: Scheduled, request_id: str) -> ScheduledRun:
        self.ran.append(((wall() - START) / 1000, function, (scheduled.time - START) // 1000))
        try:
            await trio.sleep(self.takes)
        except trio.Cancelled:
            self.stopped.append((wall() - START) / 1000)
            raise
        fails = self.fails.pop(0) if self.fails else False
        if isinstance(fails, Exception):
            raise fails
        outcome = Outcome.EXCEPTION if fails else Outcome.OK
        return ScheduledRun(
            *(function, scheduled.cron, scheduled.time, request_id),
            ok=not fails,
            outcome=outcome,
            status=500 if fails else 204,
            no_retry=False,
            wall=self.takes,
            cpu=0.0,
        )


@pytest.fixture
async def kv() -> AsyncIterator[MemoryStore]:
    async with MemoryStore(clock=wall) as store:
        yield store


@asynccontextmanager
async def running(*gateways: Gateway) -> AsyncIterator[None]:
    """Until the context is left; then they stop as a process does that is killed: at once."""
    async with trio.open_nursery() as nursery:
        for gateway in gateways:
            nursery.start_soon(gateway.scheduler.run)
        yield
        nursery.cancel_scope.cancel()


async def nothing(*_: object) -> None:
    """What a process does that has been killed."""


async def test_a_function_runs_at_each_tick(kv: MemoryStore, autojump_clock: Clock) -> None:
    """And at no other time."""
    gateway = Gateway(kv, EACH_MINUTE)
    async with running(gateway):
        await trio.sleep(200)
    assert [ran for ran, _, _ in gateway.ran] == [60, 120, 180]


async def test_each_tick_is_run_by_one_of_several_gateways(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Whoever is first."""
    gateways = [Gateway(kv, EACH_MINUTE) for _ in range(3)]
    async with running(*gateways):
        await trio.sleep(20 * 60 + 30)
    assert sorted(tick for gateway in gateways for _, _, tick in gateway.ran) == [60 * n for n in range(1, 21)]


async def test_when_a_gateway_dies_another_one_runs_what_it_ran(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Once its lease is over; here it cannot even say that it stops."""
    dead, other = Gateway(kv, EACH_MINUTE, takes=1000), Gateway(kv, EACH_MINUTE)
    dead.scheduler._give_back = nothing  # type: ignore[method-assign]
    async with running(dead):
        await trio.sleep(65)
    async with running(other):
        await trio.sleep(50)
    assert dead.ran == [(60, "f", 60)]
    [(at, _, tick)] = other.ran
    assert tick == 60
    assert 60 + LEASE / 1000 <= at <= 65 + LEASE / 1000 + 1
    assert other.dropped == ["f lost"]


async def test_a_gateway_that_stops_gives_back_what_it_cannot_finish(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Another one does it at once, not after the lease."""
    one, other = Gateway(kv, EACH_MINUTE, takes=1000), Gateway(kv, EACH_MINUTE)
    async with running(one):
        await trio.sleep(65)
    async with running(other):
        await trio.sleep(1)
    assert other.ran == [(65, "f", 60)]


async def test_a_gateway_that_is_told_to_stop_finishes_what_runs(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Then it is done."""
    gateway = Gateway(kv, EACH_MINUTE, takes=100)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gateway.scheduler.run)
        await trio.sleep(65)
        gateway.scheduler.stop()
    assert wall() - START == 160_000
    assert gateway.ran == [(60, "f", 60)]


async def test_a_long_run_keeps_its_lease(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Nobody else takes it, however long it lasts."""
    schedule = Entry("f", Schedule("0 * * * *"))
    gateways = [Gateway(kv, schedule, takes=3000) for _ in range(2)]
    async with running(*gateways):
        await trio.sleep(3600 + 3100)
    assert sum(len(gateway.ran) for gateway in gateways) == 1
    assert gateways[0].dropped + gateways[1].dropped == []


async def test_a_run_that_another_gateway_took_is_stopped(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Its gateway did not reach the store, or was stopped, for longer than a lease."""
    one, other = Gateway(kv, EACH_MINUTE, takes=1000), Gateway(kv, EACH_MINUTE, takes=1000)
    real, cut_off = one.scheduler._store.change, KVUnavailableError("the network is away")

    async def fail(*_: object) -> bool:
        raise cut_off

    async with running(one):
        await trio.sleep(61)
        one.scheduler._store.change = fail  # type: ignore[method-assign]
        async with running(other):
            await trio.sleep(40)
            one.scheduler._store.change = real  # type: ignore[method-assign]
            await trio.sleep(15)
            assert [tick for _, _, tick in other.ran] == [60]
            assert len(one.stopped) == 1
            assert other.stopped == []


async def test_failures_are_tried_again(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Also when the function cannot be run at all."""
    gateway = Gateway(kv, Entry("f", Schedule("0 * * * *", retries=2, backoff=5)))
    gateway.fails = [True, NotFoundError("there is no function 'f'")]
    async with running(gateway):
        await trio.sleep(3700)
    assert [ran for ran, _, _ in gateway.ran] == [3600, 3605, 3615]


async def test_schedules_come_and_go_with_reloads(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Without waiting for the next look."""
    gateway = Gateway(kv)
    async with running(gateway):
        await trio.sleep(1)
        gateway.found = [Entry("g", Schedule("@every 5s"))]
        gateway.scheduler.changed()
        await trio.sleep(10)
        gateway.found = []
        gateway.scheduler.changed()
        await trio.sleep(60)
    assert gateway.ran == [(5, "g", 5), (10, "g", 10)]


async def test_a_store_that_fails_for_a_while_loses_no_tick(kv: MemoryStore, autojump_clock: Clock) -> None:
    """It is asked again; a run that ends meanwhile is written down later."""
    gateway = Gateway(kv, EACH_MINUTE, takes=10)
    real, broken = kv._atomic, KVUnavailableError("the disk is full")

    async def fail(*_: object, **__: object) -> None:
        raise broken

    async with running(gateway):
        await trio.sleep(65)
        kv._atomic = fail  # type: ignore[assignment,method-assign]
        await trio.sleep(50)
        kv._atomic = real  # type: ignore[method-assign]
        await trio.sleep(100)
    assert [tick for _, _, tick in gateway.ran] == [60, 120, 180]


@pytest.mark.parametrize(
    "state",
    [
        b"{}",
        b'{"last":1000000000000000000}',
        b'{"last":-100000000000000}',
        b'{"last":0,"running":[{"tick":0,"attempt":1,"holder":"\xff","until":1,"started":1}]}',
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"last":0,"waiting":[%s]}' % b",".join([b'{"tick":0,"attempt":1,"at":0}'] * 2000),
    ],
)
async def test_a_state_that_cannot_be_read_is_begun_anew(state: bytes, kv: MemoryStore, autojump_clock: Clock) -> None:
    """An operator may have written anything there."""
    await kv.set(NAMESPACE, f"f/{EACH_MINUTE.schedule.key}", state, kind="json")
    gateway = Gateway(kv, EACH_MINUTE)
    async with running(gateway):
        await trio.sleep(61)
    assert gateway.ran == [(60, "f", 60)]


@pytest.mark.parametrize(("missed", "made_up"), [("skip", []), ("once", [600]), ("all", [*range(120, 601, 60)])])
async def test_a_clock_that_is_set_ahead_leaves_out_what_it_jumped_over(
    missed: Missed, made_up: list[int], kv: MemoryStore, autojump_clock: Clock
) -> None:
    """That is missed, and made up for as the schedule says; the tick that is only seconds late is due as ever."""
    gateway, jumped = Gateway(kv, Entry("f", Schedule("* * * * *", overlap="queue", missed=missed))), 0.0
    gateway.scheduler._clock = lambda: wall() + round(jumped * 1000)
    async with running(gateway):
        await trio.sleep(65)
        jumped = 600.0
        await trio.sleep(180)
    ticks = [tick for _, _, tick in gateway.ran]
    assert ticks == [60, *made_up, 660, 720, 780, 840]


async def test_a_clock_that_is_set_back_runs_no_tick_again(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Ticks that have been decided stay so; the next one comes when the clock gets there."""
    gateway, jumped = Gateway(kv, EACH_MINUTE), 0.0
    gateway.scheduler._clock = lambda: wall() + round(jumped * 1000)
    async with running(gateway):
        await trio.sleep(185)
        jumped = -150.0
        await trio.sleep(300)
    assert [tick for _, _, tick in gateway.ran] == [60, 120, 180, 240, 300]


async def test_reloads_at_any_moment_lose_and_double_no_tick(kv: MemoryStore, autojump_clock: Clock) -> None:
    """Also while the tick is being taken."""
    gateway = Gateway(kv, Entry("f", Schedule("@every 1s")), takes=0.3)

    async def reload() -> None:
        while True:
            gateway.found = [Entry("f", Schedule("@every 1s"))]
            gateway.scheduler.changed()
            await trio.sleep(0.017)

    async with running(gateway), trio.open_nursery() as nursery:
        nursery.start_soon(reload)
        await trio.sleep(20.5)
        nursery.cancel_scope.cancel()
    assert [tick for _, _, tick in gateway.ran] == [*range(1, 21)]


@pytest.mark.parametrize("expression", ["* * * * *", "@every 60s"])
async def test_a_clock_that_was_years_ahead_stops_nothing(
    expression: str, kv: MemoryStore, autojump_clock: Clock
) -> None:
    """Ticks go on from now, and what a dead gateway seemed to run until then is lost as usual."""
    entry, then = Entry("f", Schedule(expression)), START + 70 * 365 * 86_400_000
    state = State(then, (Running(then, 2, "dead", then + LEASE, then),))
    await kv.set(NAMESPACE, f"f/{entry.schedule.key}", msgspec.json.encode(state), kind="json")
    gateway = Gateway(kv, entry)
    async with running(gateway):
        await trio.sleep(121)
    assert [at for at, _, _ in gateway.ran] == [60, 120]
    assert gateway.dropped == ["f lost"]


async def test_a_store_that_is_full_ends_no_gateway(autojump_clock: Clock) -> None:
    """It is asked again."""
    async with MemoryStore(limits=Limits(quota=500), clock=wall) as kv:
        await kv.set(NAMESPACE, "other", b"x" * 490)
        gateway = Gateway(kv, EACH_MINUTE)
        async with running(gateway):
            await trio.sleep(61)
            await kv.delete(NAMESPACE, "other")
            await trio.sleep(120)
        assert [tick for _, _, tick in gateway.ran] == [120, 180]


async def test_a_gateway_outlives_what_it_did_not_expect_of_a_run(kv: MemoryStore, autojump_clock: Clock) -> None:
    """It is an attempt that has failed."""
    gateway = Gateway(kv, Entry("f", Schedule("0 * * * *", retries=1, backoff=5)))
    gateway.fails = [RuntimeError("a bug")]
    async with running(gateway):
        await trio.sleep(3700)
    assert [ran for ran, _, _ in gateway.ran] == [3600, 3605]
