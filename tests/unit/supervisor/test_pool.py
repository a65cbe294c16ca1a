"""The pool of cells: who gets what, what is kept ready, what goes and when, and that nothing leaks."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio

from edge.errors import DrainingError, EngineCrashError
from edge.supervisor import wear
from edge.supervisor.ageing import CALM, CROWDED
from edge.supervisor.pool import SPARE, CellPool
from edge.units import MIB
from tests.support.fake_cell import FakeTemplate, Plant

A, B, C = FakeTemplate("a"), FakeTemplate("b"), FakeTemplate("c")
LONG = 1e6


@asynccontextmanager
async def open_pool(blank=0, maximum=4, idle_timeout=LONG, per_cell=1, **plant):
    """A pool, and the plant of its cells; afterwards no process is left."""
    with trio.fail_after(20_000):
        async with _open(blank, maximum, idle_timeout, per_cell, plant) as found:
            yield found


@asynccontextmanager
async def _open(blank, maximum, idle_timeout, per_cell, plant):
    async with trio.open_nursery() as nursery:
        made = Plant(nursery, **plant)
        async with CellPool.open(made.start, blank, maximum, idle_timeout, per_cell) as pool:
            yield pool, made
        assert not made.alive
        assert not made.pending
        assert not pool._roster.standings
        assert not pool._roster.groups


class Guest:
    """A task that waits for an isolate, and keeps it or reports the error."""

    def __init__(self, nursery, pool, template):
        self.pool, self.template = pool, template
        self.isolate = self.error = None
        self.since, self.waited = trio.current_time(), None
        self.scope = trio.CancelScope()
        self.begun, self.done = trio.Event(), trio.Event()
        nursery.start_soon(self.run)

    async def run(self):
        self.begun.set()
        with self.scope:
            try:
                self.isolate = await self.pool.acquire(self.template)
                self.isolate.use()
            except EngineCrashError as error:
                self.error = error
            self.waited = trio.current_time() - self.since
        self.done.set()

    def release(self, *, keep=False):
        self.pool.release(self.isolate, self.template, keep=keep)


async def arrive(nursery, pool, template):
    """A guest who has begun to wait, or has been served."""
    found = Guest(nursery, pool, template)
    await found.begun.wait()
    return found


async def use(pool, template, seconds=0.0, *, keep=False):
    """One invocation; what it had."""
    isolate = await pool.acquire(template)
    isolate.use()
    await trio.sleep(seconds)
    pool.release(isolate, template, keep=keep)
    return isolate


def rounded(seconds):
    return round(seconds, 6)


# -- where an isolate comes from


async def test_a_blank_cell_makes_a_cold_start_short(autojump_clock):
    """It is assigned, and another one is started in its place."""
    async with open_pool(blank=1) as (pool, plant):
        await trio.sleep(1)
        started = trio.current_time()
        isolate = await pool.acquire(A)
        assert rounded(trio.current_time() - started) == plant.assigning
        assert isolate.cell is plant.made[0]
        assert isolate.cell.key == "a"
        await trio.sleep(1)
        assert len(plant.of("")) == 1
        assert pool.statistics().total == 2
        pool.release(isolate, A, keep=False)


async def test_without_a_blank_cell_one_is_started(autojump_clock):
    """And nothing is started for functions that nobody uses."""
    async with open_pool() as (pool, plant):
        pool.warm_up(A)
        await trio.sleep(10)
        assert not plant.made
        isolate = await pool.acquire(B)
        assert rounded(trio.current_time()) == 10 + rounded(plant.starting + plant.assigning)
        assert isolate.cell.spare == 1
        pool.release(isolate, B, keep=False)


async def test_a_cell_is_used_again_by_its_own_function_only(autojump_clock):
    """The process stays, the isolate does not."""
    async with open_pool() as (pool, plant):
        first = await use(pool, A)
        second = await use(pool, A)
        other = await use(pool, B)
        assert first.cell is second.cell is plant.made[0]
        assert first is not second
        assert first.closed
        assert other.cell is plant.made[1]


async def test_the_cell_used_last_comes_first(autojump_clock):
    """The others grow old unused."""
    async with open_pool() as (pool, _):
        one, two = await pool.acquire(A), await pool.acquire(A)
        assert one.cell is not two.cell
        pool.release(two, A, keep=False)
        await trio.sleep(0.1)
        pool.release(one, A, keep=False)
        for _ in range(3):
            assert (await use(pool, A)).cell is one.cell


async def test_several_share_a_cell_while_another_is_started(autojump_clock):
    """Nobody waits for the second cell; when it is there, it is used first."""
    async with open_pool(per_cell=3) as (pool, plant):
        first = await pool.acquire(A)
        assert first.cell.spare == SPARE
        started = trio.current_time()
        second = await pool.acquire(A)
        assert trio.current_time() == started
        assert second.cell is first.cell
        await trio.sleep(1)
        assert len(plant.made) == 2
        third = await pool.acquire(A)
        assert third.cell is plant.made[1]
        await trio.sleep(1)
        assert len(plant.made) == 2  # one of its cells is not shared
        fourth = await pool.acquire(A)
        assert fourth.cell is third.cell
        await trio.sleep(1)
        assert len(plant.made) == 2 + 1
        for isolate in (first, second, third, fourth):
            pool.release(isolate, A, keep=False)


async def test_cells_are_shared_up_to_their_size_at_the_maximum(autojump_clock):
    """Then invocations wait, first come first served."""
    async with open_pool(maximum=2, per_cell=2) as (pool, plant), trio.open_nursery() as nursery:
        taken = []
        for _ in range(4):
            taken.append(await pool.acquire(A))
            await trio.sleep(0.1)
        assert sorted(cell.running for cell in plant.made) == [2, 2]
        guests = [await arrive(nursery, pool, A) for _ in range(2)]
        await trio.sleep(5)
        assert all(guest.isolate is None for guest in guests)
        pool.release(taken.pop(), A, keep=False)
        await guests[0].done.wait()
        assert guests[1].isolate is None
        pool.release(taken.pop(), A, keep=False)
        await guests[1].done.wait()
        for guest in guests:
            guest.release()
        for isolate in taken:
            pool.release(isolate, A, keep=False)


async def test_the_idle_cell_used_longest_ago_makes_room(autojump_clock):
    """Its process is gone before another one is started."""
    async with open_pool(maximum=2) as (pool, plant):
        await use(pool, A)
        await trio.sleep(1)
        await use(pool, B)
        await trio.sleep(1)
        await use(pool, C)
        assert plant.made[0].gone.is_set()
        assert not plant.of("a")
        assert plant.of("b")
        assert plant.most == 2


async def test_a_kept_isolate_is_used_again(autojump_clock):
    """With its cell; in the meantime nobody hears it."""
    async with open_pool(maximum=1, per_cell=2) as (pool, _):
        first = await use(pool, A, keep=True)
        assert first.on_result("late") is None
        assert await use(pool, A, keep=True) is first
        one, two = await pool.acquire(A), await pool.acquire(A)
        assert one is first
        assert two is not first
        assert two.cell is first.cell
        pool.release(one, A, keep=False)
        pool.release(two, A, keep=True)
        assert first.closed
        assert await use(pool, A, keep=True) is two


async def test_what_is_given_back_is_passed_on_at_once(autojump_clock):
    """The seat to the next of its own function, the place to another one that needs it."""
    async with open_pool(maximum=1) as (pool, plant), trio.open_nursery() as nursery:
        isolate = await pool.acquire(A)
        own, other = await arrive(nursery, pool, A), await arrive(nursery, pool, B)
        await trio.sleep(0.01)
        pool.release(isolate, A, keep=False)
        await own.done.wait()
        assert rounded(own.waited) == 0.01
        own.release()
        await other.done.wait()
        assert rounded(other.waited) == rounded(0.01 + plant.dying + plant.starting + plant.assigning)
        other.release()
        busy = await pool.acquire(B)
        last = await arrive(nursery, pool, C)
        await trio.sleep(0.01)
        pool.release(busy, B, keep=False)
        await last.done.wait()
        assert rounded(last.waited) == rounded(0.01 + plant.dying + plant.starting + plant.assigning)
        last.release()


# -- fairness


async def test_a_waiting_function_gets_a_cell_of_one_that_has_many(autojump_clock):
    """As soon as one of them comes to rest, however many wait for it."""
    async with open_pool(maximum=3) as (pool, plant), trio.open_nursery() as nursery:
        for index in range(12):
            nursery.start_soon(use, pool, A, 1.0 + index / 100)
        await trio.sleep(0.5)
        guest = await arrive(nursery, pool, B)
        await guest.done.wait()
        assert guest.waited < 0.7
        assert len(plant.of("a")) == 2
        assert plant.most == 3
        guest.release()


async def test_a_shared_cell_is_emptied_for_who_has_none(autojump_clock):
    """Otherwise it would never come to rest."""
    async with open_pool(maximum=2, per_cell=4) as (pool, _), trio.open_nursery() as nursery:

        async def client():
            for _ in range(50):
                await use(pool, A, 0.05)

        for _ in range(20):
            nursery.start_soon(client)
        await trio.sleep(0.5)
        guest = await arrive(nursery, pool, B)
        await guest.done.wait()
        assert guest.waited < 0.25
        guest.release()


async def test_who_gave_up_waiting_needs_no_cell_any_more(autojump_clock):
    """What was about to be given up goes on."""
    async with open_pool(maximum=2, per_cell=2) as (pool, plant), trio.open_nursery() as nursery:
        guests = [await arrive(nursery, pool, A) for _ in range(5)]
        await trio.sleep(1)
        other = await arrive(nursery, pool, B)
        await trio.sleep(1)
        assert any(info.state == "yielding" for info in pool.cells())
        other.scope.cancel()
        await other.done.wait()
        assert not any(info.state == "yielding" for info in pool.cells())
        guests[0].release()
        await guests[4].done.wait()
        for guest in guests[1:]:
            guest.release()
        assert len(plant.made) == 2


# -- giving back


async def test_a_cell_that_had_to_be_stopped_takes_nothing_new(autojump_clock):
    """It ends with the last invocation in it; under load its replacement is started at once."""
    async with open_pool(maximum=4, per_cell=2) as (pool, plant):
        one, two = await pool.acquire(A), await pool.acquire(A)
        assert one.cell is two.cell
        await trio.sleep(1)
        cell = one.cell
        one.terminate()
        pool.release(one, A, keep=True)
        assert one.closed
        later = await pool.acquire(A)
        assert later.cell is not cell
        await trio.sleep(1)
        assert cell.reason is None
        pool.release(two, A, keep=False)
        assert "stop" in cell.reason
        await trio.sleep(1)
        assert cell not in plant.alive
        pool.release(later, A, keep=False)


async def test_a_stopped_cell_is_replaced_under_load_before_anybody_asks(autojump_clock):
    """What others of the function use shows that it is busy."""
    async with open_pool(maximum=4) as (pool, plant):
        one, two = await pool.acquire(A), await pool.acquire(A)
        one.terminate()
        await trio.sleep(0.51)
        pool.release(one, A, keep=False)
        await trio.sleep(plant.starting + plant.assigning + 0.001)
        assert len(plant.of("a")) == 2
        two.terminate()
        pool.release(two, A, keep=False)
        await trio.sleep(1)
        assert len(plant.of("a")) == 1


async def test_a_stopped_cell_of_a_function_at_rest_is_not_replaced(autojump_clock):
    """Nobody needs one."""
    async with open_pool() as (pool, plant):
        isolate = await pool.acquire(A)
        isolate.terminate()
        pool.release(isolate, A, keep=False)
        await trio.sleep(1)
        assert not plant.alive
        found = pool.statistics()
        assert (found.total, found.created, found.destroyed, found.corrupted) == (0, 1, 1, 0)


async def test_a_dead_cell_is_replaced(autojump_clock):
    """Who was in it gives back what is lost; the others are not concerned."""
    async with open_pool() as (pool, plant):
        one, two = await pool.acquire(A), await pool.acquire(A)
        one.cell.die()
        await trio.sleep(1)
        assert pool.statistics().destroyed == 1
        assert len(plant.of("a")) == 2
        pool.release(one, A, keep=True)
        fresh = await pool.acquire(A)
        assert fresh.cell not in (one.cell, two.cell)
        for isolate in (two, fresh):
            pool.release(isolate, A, keep=False)


async def test_a_cell_that_died_just_now_serves_nobody(autojump_clock):
    """Also before the pool was told."""
    async with open_pool() as (pool, plant):
        isolate = await use(pool, A)
        isolate.cell.die()
        other = await pool.acquire(A)
        assert other.cell is plant.made[1]
        pool.release(other, A, keep=False)


@pytest.mark.parametrize(
    ("fate", "corrupted"),
    [
        ("the function's process was ended: it broke the protocol", 1),
        ("the function's process was ended: it did not stop within 0.25 s of being told to", 1),
        ("the function's process broke the rules of its sandbox", 1),
        ("the engine could get no more memory", 0),
    ],
)
async def test_cells_that_were_killed_for_what_they_did_are_counted(autojump_clock, fate, corrupted):
    """Other deaths are not their fault."""
    async with open_pool() as (pool, _):
        isolate = await pool.acquire(A)
        isolate.cell.die(fate)
        pool.release(isolate, A, keep=False)
        await trio.sleep(0.1)
        assert pool.statistics().corrupted == corrupted


# -- failures


async def test_a_start_that_fails_is_the_error_of_who_waits(autojump_clock):
    """Of one: the next tries anew."""
    async with open_pool() as (pool, plant), trio.open_nursery() as nursery:
        plant.bad_starts = 1
        guests = [await arrive(nursery, pool, A)]
        await trio.lowlevel.checkpoint()
        guests += [await arrive(nursery, pool, B)]
        for guest in guests:
            await guest.done.wait()
        assert [guest.error for guest in guests] == [plant.error, None]
        guests[1].release()
        assert (await use(pool, A)).closed


async def test_a_system_that_refuses_processes_is_told_as_a_crash(autojump_clock):
    """Whatever the error was."""
    async with open_pool() as (pool, plant):
        plant.bad_starts, plant.error = 1, OSError(11, "Resource temporarily unavailable")
        with pytest.raises(EngineCrashError, match="could not be started: Resource temporarily unavailable"):
            await pool.acquire(A)


async def test_a_start_that_hangs_ends(autojump_clock):
    """With an error, and its place is free."""
    async with open_pool(maximum=1, starting=1e4) as (pool, plant):
        with pytest.raises(EngineCrashError, match="TooSlowError"):
            await pool.acquire(A)
        plant.starting = 0.01
        assert await use(pool, A)


async def test_blank_cells_that_do_not_start_are_not_tried_all_the_time(autojump_clock):
    """More and more rarely; when it works again, the base is restored."""
    async with open_pool(blank=1, starting=0) as (pool, plant):
        plant.bad_starts = 10**6
        await trio.sleep(60)
        assert 5 < plant.attempts < 20
        plant.bad_starts = 0
        await trio.sleep(31)
        assert len(plant.of("")) == 1
        assert pool.statistics().available == 1


async def test_blank_cells_that_die_at_once_are_not_replaced_all_the_time(autojump_clock):
    """That they started is not enough."""
    async with open_pool(blank=1) as (_, plant):

        async def reaper():
            while True:
                await trio.sleep(0.01)
                for cell in list(plant.alive):
                    cell.die()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reaper)
            await trio.sleep(60)
            nursery.cancel_scope.cancel()
        assert 5 < len(plant.made) < 20


async def test_a_function_that_cannot_be_assigned_does_not_burn_the_pool(autojump_clock):
    """After three failures in a row it is refused at once for a while; others are served meanwhile."""
    async with open_pool(blank=2, maximum=8) as (pool, plant), trio.open_nursery() as nursery:
        await trio.sleep(1)
        plant.bad_assigns["a"] = 1000
        guests = [await arrive(nursery, pool, A) for _ in range(20)]
        for guest in guests:
            await guest.done.wait()
        assert all(guest.error for guest in guests)
        assert sum(guest.error is plant.error for guest in guests) >= 2
        killed = [cell for cell in plant.made if cell.reason]
        assert 3 <= len(killed) <= 4
        with pytest.raises(EngineCrashError, match="in a row"):
            await pool.acquire(A)
        await use(pool, B)
        await trio.sleep(30)
        guests = [await arrive(nursery, pool, A) for _ in range(20)]
        for guest in guests:
            await guest.done.wait()
        assert len([cell for cell in plant.made if cell.reason]) == len(killed) + 1
        plant.bad_assigns["a"] = 0
        await trio.sleep(30)
        await use(pool, A)


async def test_an_assign_that_fails_twice_is_the_error_of_who_waits_longest(autojump_clock):
    """The next one gets the next cell."""
    async with open_pool() as (pool, plant), trio.open_nursery() as nursery:
        plant.bad_assigns["a"] = 2
        first = await arrive(nursery, pool, A)
        await trio.sleep(0.01)
        second = await arrive(nursery, pool, A)
        await second.done.wait()
        assert first.error is plant.error
        assert second.error is None
        second.release()


async def test_a_cell_that_dies_while_it_is_assigned(autojump_clock):
    """Costs nobody a request: there is another; only the second one in a row is an error, and nothing is left of it."""
    async with open_pool(maximum=1, assigning=1.0) as (pool, plant), trio.open_nursery() as nursery:
        guest = await arrive(nursery, pool, A)
        await trio.sleep(0.5)
        plant.made[0].die()
        await guest.done.wait()
        assert guest.error is None
        guest.release()
        guest = await arrive(nursery, pool, B)
        for _ in range(2):
            await trio.sleep(0.5)
            plant.made[-1].die()
            await trio.sleep(0.5)
        await guest.done.wait()
        assert isinstance(guest.error, EngineCrashError)
        assert await use(pool, B)


# -- recycling


async def test_an_idle_cell_goes_after_the_timeout(autojump_clock):
    """Down to none; blank ones stay."""
    async with open_pool(blank=1, idle_timeout=30.0) as (pool, plant):
        isolate = await use(pool, A)
        await trio.sleep(29)
        assert isolate.cell in plant.alive
        await trio.sleep(2)
        assert isolate.cell not in plant.alive
        assert [cell.key for cell in plant.alive] == [""]


async def test_a_cell_in_use_is_not_idle(autojump_clock):
    """However long an invocation takes."""
    async with open_pool(idle_timeout=5.0) as (pool, plant):
        isolate = await use(pool, A, 100.0)
        assert isolate.cell in plant.alive
        await trio.sleep(6)
        assert not plant.alive


async def test_an_old_cell_is_replaced_without_a_gap(autojump_clock):
    """Its replacement serves before it goes, and what runs in it goes on."""
    async with open_pool() as (pool, plant), trio.open_nursery() as nursery:
        waits = []

        async def client():
            while True:
                started = trio.current_time()
                isolate = await pool.acquire(A)
                waits.append(trio.current_time() - started)
                await trio.sleep(1)
                assert not isolate.cell.gone.is_set()
                pool.release(isolate, A, keep=False)
                await trio.sleep(0.5)

        nursery.start_soon(client)
        await trio.sleep(wear.MAX_AGE - 1)
        assert len(plant.made) == 1
        await trio.sleep(wear.JITTER + 5)
        assert len(plant.made) == 2
        assert plant.made[0].reason == "is old"
        assert [wait for wait in waits if wait > 0] == waits[:1]
        nursery.cancel_scope.cancel()


async def test_cells_that_began_together_do_not_end_together(autojump_clock):
    """Blank ones age too."""
    async with open_pool(blank=4, maximum=8) as (pool, _):
        await trio.sleep(1)
        ages = [member.wear.expires for member in pool._roster.members.values()]
        assert len(ages) == 4
        assert max(ages) - min(ages) > 1
        assert all(wear.MAX_AGE <= age - 1 < wear.MAX_AGE + wear.JITTER for age in ages)
        await trio.sleep(wear.MAX_AGE + wear.JITTER + 1)
        found = pool.statistics()
        assert (found.total, found.created, found.destroyed) == (4, 8, 4)


async def test_a_cell_that_has_served_often_is_replaced(autojump_clock, monkeypatch):
    """Under load, when its replacement is there; nobody waits for that."""
    monkeypatch.setattr(wear, "MAX_SERVED", 50)
    async with open_pool(per_cell=2) as (pool, plant):
        for _ in range(200):
            started = trio.current_time()
            isolate = await use(pool, A, 0.01)
            assert rounded(trio.current_time() - started) == 0.01 or isolate.number == 0
        assert 4 <= len(plant.made) <= 5
        assert "served" in plant.made[0].reason
        assert max(cell.served for cell in plant.made) < 55


async def test_a_cell_that_grows_is_replaced(autojump_clock):
    """Memory that it holds at rest counts, not what an invocation uses."""
    async with open_pool() as (pool, plant):
        for _ in range(20):
            await use(pool, A)
        cell = plant.made[0]
        cell.weight = 26 * MIB
        for _ in range(120):
            await use(pool, A)
        assert cell.reason is None
        cell.weight = 26 * MIB + 1
        for _ in range(120):
            await use(pool, A, 0.001)
        await trio.sleep(1)
        assert "has grown from 5 MiB to 26 MiB" in cell.reason
        assert len(plant.made) == 2


async def test_a_cell_that_holds_on_to_memory_at_rest_is_replaced(autojump_clock):
    """The next invocation is promised all of its memory; a kept isolate may hold what it likes."""
    async with open_pool() as (pool, plant):
        await use(pool, A)
        [cell] = plant.alive
        cell.retains = 20 * MIB
        await trio.sleep(1)
        assert cell.reason is not None
        assert "held on to 20 MiB" in cell.reason
        await use(pool, B, keep=True)
        [kept] = [other for other in plant.alive if other.key == "b"]
        kept.retains = 20 * MIB
        await trio.sleep(1)
        assert kept.reason is None


async def test_a_cell_that_gets_around_its_limit_is_killed_while_it_runs(autojump_clock):
    """What the kernel does not count is still seen."""
    async with open_pool() as (pool, plant):
        isolate = await pool.acquire(A)
        isolate.use()
        [cell] = plant.alive
        cell.hides = 64 * MIB
        await trio.sleep(1)
        assert "got around its memory limit by 64 MiB" in cell.reason
        pool.release(isolate, A, keep=False)


async def test_a_worn_cell_that_dies_before_it_is_replaced(autojump_clock, monkeypatch):
    """Is forgotten like any other."""
    monkeypatch.setattr(wear, "MAX_SERVED", 1)
    async with open_pool() as (pool, plant):
        isolate = await use(pool, A)
        assert pool._roster.due
        isolate.cell.die()
        await trio.sleep(0.01)
        assert not pool._roster.due
        await trio.sleep(1)
        assert isolate.cell not in plant.alive


async def test_a_worn_cell_at_the_maximum_is_emptied_first(autojump_clock, monkeypatch):
    """There is no room for its replacement before."""
    monkeypatch.setattr(wear, "MAX_SERVED", 20)
    async with open_pool(maximum=1, per_cell=2) as (pool, plant), trio.open_nursery() as nursery:

        async def client():
            for _ in range(30):
                await use(pool, A, 0.01)

        for _ in range(4):
            nursery.start_soon(client)
        await trio.sleep(3)
        assert len(plant.made) >= 4
        assert plant.most == 1
        assert max(cell.served for cell in plant.made) <= 60


# -- functions that come and go


async def test_a_retired_function_has_no_cells(autojump_clock):
    """Idle ones go at once, the others with the last invocation; kept isolates with them."""
    async with open_pool() as (pool, plant):
        one, two = await pool.acquire(A), await pool.acquire(A)
        pool.release(one, A, keep=True)
        pool.retire("a")
        await trio.sleep(1)
        assert one.cell not in plant.alive
        assert two.cell in plant.alive
        pool.release(two, A, keep=True)
        await trio.sleep(1)
        assert not plant.alive
        pool.retire("nobody")


async def test_a_function_retired_while_its_cell_is_made(autojump_clock):
    """The cell that nobody waits for goes."""
    async with open_pool(assigning=1.0) as (pool, plant), trio.open_nursery() as nursery:
        guest = await arrive(nursery, pool, A)
        await trio.sleep(0.5)
        guest.scope.cancel()
        await trio.lowlevel.checkpoint()
        pool.retire("a")
        await trio.sleep(1)
        assert not plant.alive


async def test_cells_survive_a_reload(autojump_clock):
    """The same template in a new generation: nothing is started again."""
    async with open_pool() as (pool, plant):
        await use(pool, A)
        again = FakeTemplate("a")
        pool.warm_up(again)
        await use(pool, again)
        assert len(plant.made) == 1
        busy = await pool.acquire(again)
        pool.retire("a")
        pool.warm_up(A)
        pool.release(busy, again, keep=False)
        await trio.sleep(1)
        assert len(plant.of("a")) == 1


# -- limits


async def test_a_lower_maximum_is_reached_step_by_step(autojump_clock):
    """Blank and idle cells go at once, busy ones when they come to rest, also under full load."""
    async with open_pool(blank=1, maximum=5, per_cell=2) as (pool, plant), trio.open_nursery() as nursery:

        async def client():
            for _ in range(100):
                await use(pool, A, 0.05)

        await use(pool, B)
        for _ in range(12):
            nursery.start_soon(client)
        await trio.sleep(1)
        assert pool.statistics().total == 5
        pool.configure(1, 2, LONG)
        await trio.sleep(0.5)
        assert len(plant.alive) == 2
        assert pool.statistics().active == 2
        pool.configure(1, 4, LONG)
        await trio.sleep(0.5)
        assert len(plant.alive) == 4


async def test_the_base_can_be_changed(autojump_clock):
    """More blank cells are started, surplus ones go."""
    async with open_pool(blank=1) as (pool, plant):
        await trio.sleep(1)
        pool.configure(3, 4, LONG)
        await trio.sleep(1)
        assert len(plant.of("")) == 3
        pool.configure(0, 4, LONG)
        await trio.sleep(1)
        assert not plant.alive


async def test_blank_cells_never_keep_a_function_from_a_place(autojump_clock):
    """They count, but give way; idle cells that were not used for long give way to them."""
    async with open_pool(blank=2, maximum=2) as (pool, plant):
        await trio.sleep(1)
        one, two = await pool.acquire(A), await pool.acquire(B)
        await trio.sleep(1)
        assert plant.most == 2
        assert not plant.of("")
        pool.release(one, A, keep=False)
        await trio.sleep(9)
        assert plant.of("a")
        await trio.sleep(2)
        assert not plant.of("a")
        assert len(plant.of("")) == 1
        pool.release(two, B, keep=False)


# -- cancellation and the end


async def test_a_cancelled_wait_leaves_the_cell_to_others(autojump_clock):
    """Whether it is being started, assigned, or was just given."""
    async with open_pool() as (pool, plant), trio.open_nursery() as nursery:
        for pause in (0.01, plant.starting + plant.assigning / 2):
            guest = await arrive(nursery, pool, FakeTemplate(f"f{pause}"))
            await trio.sleep(pause)
            guest.scope.cancel()
            await trio.sleep(1)
            assert guest.isolate is None
            assert pool.statistics().active == 0
        assert not pool._lent
        assert await use(pool, A)


async def test_an_isolate_given_to_a_cancelled_waiter_comes_back(autojump_clock):
    """Given and cancelled in one step: the next one gets the place."""
    async with open_pool(maximum=1) as (pool, plant), trio.open_nursery() as nursery:
        first = await pool.acquire(A)
        gone, next_one = await arrive(nursery, pool, A), await arrive(nursery, pool, A)
        await trio.sleep(0.1)
        gone.scope.cancel()
        pool.release(first, A, keep=False)
        await next_one.done.wait()
        assert gone.isolate is None
        next_one.release()
        assert plant.made[0].running == 0
        assert not pool._lent


async def test_a_kept_isolate_given_to_a_cancelled_waiter_is_kept(autojump_clock):
    """It is as good as before."""
    async with open_pool(maximum=1) as (pool, _), trio.open_nursery() as nursery:
        first = await pool.acquire(A)
        first.use()
        gone = await arrive(nursery, pool, A)
        await trio.sleep(0.1)
        gone.scope.cancel()
        pool.release(first, A, keep=True)
        await gone.done.wait()
        assert await use(pool, A) is first


async def test_the_end_kills_everything_and_waits_for_it(autojump_clock):
    """Cells that start, are assigned, serve or rest; those who wait are told, as are those who come later."""
    async with open_pool(blank=1, maximum=3, starting=0.5, dying=3.0) as (pool, plant), trio.open_nursery() as nursery:
        await use(pool, A)
        held = await pool.acquire(B)
        await trio.sleep(5)
        waiting = []

        async def late(template):
            with pytest.raises(DrainingError):
                await pool.acquire(template)
            waiting.append(template)

        await pool.acquire(C)
        nursery.start_soon(late, B)
        await trio.sleep(0.1)
        pool._close()
        await trio.lowlevel.checkpoint()
        assert waiting == [B]
        with pytest.raises(DrainingError):
            await pool.acquire(A)
        pool.release(held, B, keep=True)
    assert plant.made
    assert all(cell.gone.is_set() for cell in plant.made)


async def test_a_cancelled_pool_kills_everything(autojump_clock):
    """In every phase of its life."""
    for pause in (0.0, 0.01, 0.021, 0.5, 1.0):
        with trio.CancelScope() as scope:
            async with open_pool(blank=2, maximum=3) as (pool, plant), trio.open_nursery() as nursery:
                for template in (A, B, C, A):
                    await arrive(nursery, pool, template)
                await trio.sleep(pause)
                scope.cancel()
        assert not plant.alive
        assert not plant.pending


async def test_a_cell_that_comes_too_late_is_killed(autojump_clock):
    """Its start could not be cancelled any more when the pool ended."""
    async with trio.open_nursery() as nursery:
        plant = Plant(nursery, starting=0.5)

        async def start():
            with trio.CancelScope(shield=True):
                return await plant.start()

        async with CellPool.open(start, 1, 2, LONG, 1):
            await trio.sleep(0.1)
        assert len(plant.made) == 1
        assert not plant.alive


async def test_a_process_that_does_not_end_is_not_waited_for_for_ever(autojump_clock):
    """Ten seconds are the bound."""
    async with trio.open_nursery() as nursery:
        plant = Plant(nursery, dying=1e4)
        async with CellPool.open(plant.start, 1, 2, LONG, 1):
            await trio.sleep(1)
        assert trio.current_time() == pytest.approx(11, abs=0.1)
        nursery.cancel_scope.cancel()
        for cell in plant.made:
            cell.die()


# -- what operators see


async def test_cells_are_described(autojump_clock):
    """Process, function, use, age and memory of each."""
    async with open_pool(blank=1, maximum=3) as (pool, _):
        busy = await pool.acquire(A)
        await use(pool, B)
        await trio.sleep(2)
        found = {info.key: info for info in pool.cells()}
        assert {key: info.state for key, info in found.items()} == {"": "blank", "a": "serving", "b": "serving"}
        assert found["a"].pid == busy.cell.process.pid
        assert (found["a"].running, found["a"].served) == (1, 0)
        assert (found["b"].running, found["b"].served) == (0, 1)
        assert found["b"].age == pytest.approx(2, abs=0.1)
        assert found["b"].memory == 5 * MIB
        counts = pool.statistics()
        assert (counts.total, counts.available, counts.active) == (3, 2, 1)
        pool.release(busy, A, keep=False)


async def test_a_crowded_cell_goes_when_it_has_calmed_down(autojump_clock):
    """A new one rewinds its isolate again."""
    async with open_pool() as (pool, plant):
        isolate = await pool.acquire(A)
        pool.release(isolate, A, keep=False)
        (cell,) = plant.alive
        cell.crowded = trio.current_time() or 1.0
        await trio.sleep(CALM - 1)
        assert plant.alive
        await trio.sleep(2)
        assert not plant.alive


async def test_a_crowded_cell_in_use_is_replaced(autojump_clock):
    """It serves until another one does."""
    async with open_pool() as (pool, plant):
        isolate = await pool.acquire(A)
        (cell,) = plant.alive
        cell.crowded = trio.current_time() or 1.0
        await trio.sleep(CROWDED + 1)
        assert len(plant.alive) == 2
        pool.release(isolate, A, keep=False)
        await trio.sleep(1)
        assert cell not in plant.alive
