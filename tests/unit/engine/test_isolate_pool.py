"""The pool of isolates: slots, warm isolates, waiting, upkeep, and isolates that do not die."""

from __future__ import annotations

import threading
import time

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.engine import isolate_pool
from edge.engine.isolate_pool import IsolatePool
from edge.errors import EngineCrashError


def ignore(_):
    """Nobody listens."""


class FakeIsolate:
    """What the pool knows of an isolate.  Its disposal waits for `may_end`."""

    def __init__(self, template):
        self.template = template
        self.on_result = None
        self.created = time.monotonic()
        self.uses = 0
        self.terminated = 0
        self.disposed = 0
        self.may_end = template.may_end

    def terminate(self):
        self.terminated += 1

    def rest(self):
        self.on_result = ignore

    def dispose(self):
        self.may_end.wait(20)
        self.disposed += 1


class FakeTemplate:
    """Makes isolates; fails on demand, and waits for `may_begin`."""

    def __init__(self, key):
        self.key = key
        self.made = []
        self.error = None
        self.may_begin = threading.Event()
        self.may_begin.set()
        self.may_end = threading.Event()
        self.may_end.set()

    def make(self):
        self.may_begin.wait(20)
        if self.error:
            raise self.error
        self.made.append(FakeIsolate(self))
        return self.made[-1]


def open_pool(*limits):
    """A pool whose isolates are fakes."""
    return IsolatePool.open(*limits, make=lambda template, _token: template.make())


async def until(condition):
    """Until something that threads do has been done."""
    with trio.fail_after(20):
        while not condition():  # noqa: ASYNC110 - threads do not set events of Trio
            await trio.sleep(0.001)
    await wait_all_tasks_blocked()


@pytest.fixture
def a():
    return FakeTemplate("a")


@pytest.fixture
def b():
    return FakeTemplate("b")


def counts(pool):
    found = pool.statistics()
    assert found.total == found.available + found.active
    return found.available, found.active


class Guest:
    """A task that waits for an isolate and keeps it."""

    def __init__(self, nursery, pool, template):
        self.pool, self.template = pool, template
        self.isolate = None
        self.scope = trio.CancelScope()
        nursery.start_soon(self.run)

    async def run(self):
        with self.scope:
            self.isolate = await self.pool.acquire(self.template)

    def release(self, *, keep=False):
        self.pool.release(self.isolate, self.template, keep=keep)


async def test_an_isolate_is_made_when_none_is_warm(a):
    """With nothing kept ready, each invocation has a new one, and it is disposed of after it."""
    async with open_pool(0, 4, 60) as pool:
        isolate = await pool.acquire(a)
        assert counts(pool) == (0, 1)
        pool.release(isolate, a, keep=False)
        await until(lambda: isolate.disposed)
        assert counts(pool) == (0, 0)
        assert isolate.terminated
        found = pool.statistics()
        assert (found.created, found.destroyed, found.corrupted) == (1, 1, 0)


async def test_isolates_are_kept_ready_up_to_the_base(a):
    """The one that is taken is replaced by another."""
    async with open_pool(2, 8, 60) as pool:
        pool.warm_up(a)
        await until(lambda: counts(pool) == (1, 0))
        isolate = await pool.acquire(a)
        assert isolate is a.made[0]
        await until(lambda: counts(pool)[0] >= 1)
        pool.release(isolate, a, keep=False)
        await until(lambda: isolate.disposed and counts(pool) == (2, 0))


async def test_warm_isolates_take_no_more_slots_than_there_are(a):
    """The maximum holds for warm ones too."""
    async with open_pool(10, 3, 60) as pool:
        pool.warm_up(a)
        taken = [await pool.acquire(a) for _ in range(3)]
        await until(lambda: not pool._making)
        assert counts(pool) == (0, 3)
        for isolate in taken:
            pool.release(isolate, a, keep=False)
        await until(lambda: counts(pool) == (3, 0) and not pool._making)
        pool._refill(a)
        await wait_all_tasks_blocked()
        assert (counts(pool), pool._slots) == ((3, 0), 3)


async def test_the_base_is_shared_by_all_templates(a, b, monkeypatch):
    """Those that rest give their warm isolates to the one that is used."""
    async with open_pool(2, 10, 60) as pool:
        pool.release(await pool.acquire(a), a, keep=False)
        await until(lambda: counts(pool) == (2, 0))
        taken = await pool.acquire(b)
        await until(lambda: not pool._making)
        assert counts(pool) == (2, 1)
        monkeypatch.setattr(isolate_pool, "RESTING_SECONDS", 0.0)
        pool.release(taken, b, keep=False)
        await until(lambda: counts(pool) == (2, 0) and not pool._making)
        assert [len(pool._warm[key]) for key in ("a", "b")] == [1, 1]


async def test_waiting_is_first_come_first_served(a, b, nursery):
    """Beyond the maximum invocations wait, whichever template they are of."""
    async with open_pool(0, 1, 60) as pool:
        first = await pool.acquire(a)
        guests = []
        for template in (b, a, b):
            guests.append(Guest(nursery, pool, template))
            await wait_all_tasks_blocked()
        assert all(guest.isolate is None for guest in guests)
        pool.release(first, a, keep=False)
        for index, guest in enumerate(guests):
            await until(lambda guest=guest: guest.isolate)
            assert all(later.isolate is None for later in guests[index + 1 :])
            assert counts(pool) == (0, 1)
            guest.release()


async def test_an_idle_isolate_of_another_template_makes_room(a, b):
    """What is only warm goes before anybody waits."""
    async with open_pool(1, 1, 60) as pool:
        pool.warm_up(a)
        await until(lambda: counts(pool) == (1, 0))
        isolate = await pool.acquire(b)
        assert isolate.template is b
        await until(lambda: a.made[0].disposed)
        assert counts(pool) == (0, 1)


async def test_a_cancelled_wait_loses_no_slot(a, nursery):
    """Whoever leaves the queue leaves it to the others."""
    async with open_pool(0, 1, 60) as pool:
        first = await pool.acquire(a)
        gone, next_one = Guest(nursery, pool, a), Guest(nursery, pool, a)
        await wait_all_tasks_blocked()
        gone.scope.cancel()
        await wait_all_tasks_blocked()
        pool.release(first, a, keep=False)
        await until(lambda: next_one.isolate)
        next_one.release()
        await until(lambda: pool._slots == 0)


async def test_a_slot_given_to_a_cancelled_waiter_is_passed_on(a, nursery):
    """Freed and cancelled in one step, the slot goes to the next."""
    async with open_pool(0, 1, 60) as pool:
        first = await pool.acquire(a)
        gone, next_one = Guest(nursery, pool, a), Guest(nursery, pool, a)
        await wait_all_tasks_blocked()
        pool.release(first, a, keep=False)
        gone.scope.cancel()
        await until(lambda: next_one.isolate)
        assert gone.isolate is None
        next_one.release()
        await until(lambda: pool._slots == 0)


async def test_a_cancelled_making_loses_neither_slot_nor_isolate(a, nursery):
    """The thread is waited for; what it made is not forgotten."""
    async with open_pool(0, 1, 60) as pool:
        a.may_begin.clear()
        guest = Guest(nursery, pool, a)
        await wait_all_tasks_blocked()
        guest.scope.cancel()
        a.may_begin.set()
        await until(lambda: a.made)
        if guest.isolate is not None:
            guest.release()
        await until(lambda: a.made[0].disposed)
        assert pool._slots == 0


async def test_an_isolate_that_cannot_be_made_is_the_callers_error(a):
    """Its slot is free again."""
    async with open_pool(2, 1, 60) as pool:
        a.error = EngineCrashError("no")
        for _ in range(3):
            with pytest.raises(EngineCrashError):
                await pool.acquire(a)
        assert pool._slots == 0
        a.error = None
        assert await pool.acquire(a)


async def test_a_warm_isolate_that_cannot_be_made_is_nobodys_error(a):
    """The pool goes on without it."""
    async with open_pool(2, 2, 60) as pool:
        a.error = EngineCrashError("no")
        pool.warm_up(a)
        await until(lambda: pool._slots == 0 and not pool._making)
        a.error = None
        assert await pool.acquire(a)


async def test_a_kept_isolate_is_used_again(a):
    """Reuse hands out the isolate that was given back last."""
    async with open_pool(0, 4, 60) as pool:
        first = await pool.acquire(a)
        second = await pool.acquire(a)
        pool.release(first, a, keep=True)
        pool.release(second, a, keep=True)
        assert await pool.acquire(a) is second
        assert await pool.acquire(a) is first
        assert not first.disposed
        assert pool.statistics().created == 2


async def test_a_kept_isolate_does_not_hold_up_those_who_wait(a, b, nursery):
    """Its slot goes to the first who waits, as it may be for another template."""
    async with open_pool(0, 1, 60) as pool:
        first = await pool.acquire(a)
        guest = Guest(nursery, pool, b)
        await wait_all_tasks_blocked()
        pool.release(first, a, keep=True)
        await until(lambda: guest.isolate)
        await until(lambda: first.disposed)


async def test_a_retired_template_has_no_isolates(a):
    """Warm ones go at once, used ones when they come back, and none is made again."""
    async with open_pool(2, 4, 60) as pool:
        taken = await pool.acquire(a)
        await until(lambda: counts(pool) == (1, 1))
        pool.retire("a")
        assert counts(pool) == (0, 1)
        pool.release(taken, a, keep=True)
        await until(lambda: all(isolate.disposed for isolate in a.made))
        assert (counts(pool), pool._slots) == ((0, 0), 0)


async def test_a_template_retired_while_it_is_warmed_up(a):
    """What comes too late is disposed of."""
    async with open_pool(1, 4, 60) as pool:
        a.may_begin.clear()
        pool.warm_up(a)
        await wait_all_tasks_blocked()
        pool.retire("a")
        a.may_begin.set()
        await until(lambda: a.made and a.made[0].disposed)
        assert (counts(pool), pool._slots) == ((0, 0), 0)


async def test_an_isolate_that_does_not_end_costs_no_slot(a, monkeypatch):
    """It is counted as corrupted and left alone with its thread."""
    monkeypatch.setattr(isolate_pool, "DISPOSAL_GRACE", 0.02)
    async with open_pool(0, 1, 60) as pool:
        stuck = await pool.acquire(a)
        a.may_end.clear()
        pool.release(stuck, a, keep=False)
        assert await pool.acquire(a) is not stuck
        await until(lambda: pool.statistics().corrupted)
        assert pool.statistics().destroyed == 0
        a.may_end.set()


async def test_idle_isolates_go_down_to_the_base(a):
    """Those that were unused for longer than the timeout, the oldest first."""
    async with open_pool(1, 8, 60) as pool:
        taken = [await pool.acquire(a) for _ in range(4)]
        await until(lambda: not pool._making)
        for isolate in taken:
            pool.release(isolate, a, keep=True)
        available, _ = counts(pool)
        assert available > 1
        pool._drop_idle()
        assert counts(pool)[0] == available
        for isolate in a.made:
            isolate.created -= 61
        pool._drop_idle()
        assert counts(pool)[0] == 1
        await until(lambda: sum(isolate.disposed for isolate in a.made) == available - 1)
        assert pool._slots == 1


async def test_the_sweep_runs_by_itself(a):
    """Nobody has to ask for it."""
    async with open_pool(0, 8, 0.01) as pool:
        isolate = await pool.acquire(a)
        pool.release(isolate, a, keep=True)
        await until(lambda: isolate.disposed)
        assert counts(pool) == (0, 0)


async def test_the_end_disposes_of_everything(a, b):
    """Warm isolates, those on their way out, and those that are being made."""
    async with open_pool(2, 8, 60) as pool:
        taken = await pool.acquire(a)
        await until(lambda: counts(pool) == (1, 1))
        b.may_begin.clear()
        pool._start_making(b)
        await wait_all_tasks_blocked()
        a.may_end.clear()
        pool.release(taken, a, keep=False)
        await wait_all_tasks_blocked()
        b.may_begin.set()
        a.may_end.set()
    assert all(isolate.disposed == 1 for isolate in [*a.made, *b.made])
    assert pool._slots == 0


async def test_a_cancelled_pool_disposes_of_everything(a):
    """The same when the process is told to hurry."""
    with trio.CancelScope() as scope:
        async with open_pool(2, 8, 60) as pool:
            taken = await pool.acquire(a)
            await until(lambda: counts(pool) == (1, 1))
            pool.release(taken, a, keep=False)
            scope.cancel()
    assert all(isolate.disposed == 1 for isolate in a.made)


async def test_results_of_the_last_invocation_reach_nobody(a):
    """An isolate that is given back has nothing to say to whoever had it."""
    async with open_pool(0, 4, 60) as pool:
        isolate = await pool.acquire(a)
        isolate.on_result = pytest.fail
        pool.release(isolate, a, keep=True)
        isolate.on_result("late")
