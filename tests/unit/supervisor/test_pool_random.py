"""The pool under anything in any order: no place too many, nobody forgotten, every cell accounted for."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from edge.errors import EngineCrashError
from edge.supervisor import wear
from edge.supervisor.pool import CellPool
from tests.support.fake_cell import FakeTemplate, Plant

pytestmark = pytest.mark.slow

KEYS = "abcde"
NUMBER = st.integers(0, 99)

OPERATIONS = st.one_of(
    st.tuples(st.just("acquire"), st.sampled_from(KEYS), st.integers(1, 4)),
    st.tuples(st.just("release"), NUMBER, st.booleans()),
    st.tuples(st.just("stop"), NUMBER),
    st.tuples(st.just("cancel"), NUMBER),
    st.tuples(st.just("die"), NUMBER),
    st.tuples(st.just("retire"), st.sampled_from(KEYS)),
    st.tuples(st.just("warm"), st.sampled_from(KEYS)),
    st.tuples(st.just("configure"), st.integers(0, 3), st.integers(1, 6)),
    st.tuples(st.just("bad_starts"), st.integers(1, 3)),
    st.tuples(st.just("bad_assigns"), st.sampled_from(KEYS), st.integers(1, 5)),
    st.tuples(st.just("sleep"), st.sampled_from([0.0, 0.001, 0.021, 0.024, 0.3, 1.5, 12.0])),
)


class Guest:
    """One who wants an isolate."""

    def __init__(self, key):
        self.template = FakeTemplate(key)
        self.isolate = self.error = None
        self.scope = trio.CancelScope()
        self.over = False

    async def run(self, pool):
        with self.scope:
            try:
                self.isolate = await pool.acquire(self.template)
                self.isolate.use()
            except EngineCrashError as error:
                self.error = error
        self.over = True


class World:
    """A pool, those who use it, and what must hold at any time."""

    def __init__(self, nursery, per_cell):
        self.nursery = nursery
        self.per_cell = per_cell
        self.plant = Plant(nursery)
        self.guests = []
        self.pool = None

    async def start(self):
        assert len(self.pool._roster.standings) <= self.pool._maximum
        return await self.plant.start()

    @property
    def served(self):
        return [guest for guest in self.guests if guest.isolate is not None]

    @property
    def waiting(self):
        return [guest for guest in self.guests if not guest.over]

    async def act(self, name, *arguments):
        await getattr(self, name)(*arguments)
        self.check()

    async def acquire(self, key, count):
        for _ in range(count):
            guest = Guest(key)
            self.guests.append(guest)
            self.nursery.start_soon(guest.run, self.pool)
        await trio.lowlevel.checkpoint()

    async def release(self, index, keep):
        if self.served:
            guest = self.served[index % len(self.served)]
            self.guests.remove(guest)
            self.pool.release(guest.isolate, guest.template, keep=keep)

    async def stop(self, index):
        if self.served:
            self.served[index % len(self.served)].isolate.terminate()
            await self.release(index, keep=True)

    async def cancel(self, index):
        if self.waiting:
            self.waiting[index % len(self.waiting)].scope.cancel()
            if index % 2:
                await trio.lowlevel.checkpoint()

    async def die(self, index):
        alive = sorted(self.plant.alive, key=lambda cell: cell.process.pid)
        if alive:
            alive[index % len(alive)].die()

    async def retire(self, key):
        self.pool.retire(key)

    async def warm(self, key):
        self.pool.warm_up(FakeTemplate(key))

    async def configure(self, base, maximum):
        self.pool.configure(base, maximum, 10.0)

    async def bad_starts(self, count):
        self.plant.bad_starts += count

    async def bad_assigns(self, key, count):
        self.plant.bad_assigns[key] += count

    async def sleep(self, seconds):
        await trio.sleep(seconds)

    def check(self):
        """What holds at any time."""
        roster, pool = self.pool._roster, self.pool
        cells = {member.cell for member in roster.members.values()}
        assert self.plant.alive <= cells
        assert len(roster.standings) == len(roster.members) + sum(
            standing.state == "starting" for standing in roster.standings.values()
        )
        lent = Counter(member.standing.number for member in pool._lent.values())
        for number, member in roster.members.items():
            standing, cell = member.standing, member.cell
            assert standing.running == lent[number] <= self.per_cell
            assert standing.kept == len(member.kept)
            assert cell.running == standing.running + standing.kept
            assert standing.key == cell.key or standing.state in {"assigning", "dying"}
            assert standing.key == "" or number in roster.groups[standing.key].members
            assert all(not isolate.closed for isolate in member.kept)
        for guest in self.served:
            assert guest.isolate.cell.key == guest.template.key
        assert roster.due.keys() <= roster.members.keys()
        counts = pool.statistics()
        assert counts.created == len(self.plant.made)
        assert counts.created - counts.destroyed == len(roster.members)

    def check_at_rest(self):
        """After some quiet seconds: who still waits finds every place in use."""
        roster = self.pool._roster
        serving = [standing for standing in roster.standings.values() if standing.state != "starting"]
        for guest in self.waiting:
            assert len(roster.standings) >= self.pool._maximum
            assert all(standing.running for standing in serving), roster.standings
            own = [standing for standing in serving if standing.key == guest.template.key]
            assert not any(standing.takes(self.per_cell) for standing in own)
        if not self.waiting:
            assert len(roster.standings) <= max(self.pool._maximum, sum(1 for one in serving if one.running))

    async def finish(self):
        """Once everybody gives back what they have, everybody is served."""
        self.plant.bad_starts = 0
        self.plant.bad_assigns.clear()
        while self.guests:
            with trio.fail_after(100):
                while self.waiting and not self.served:  # noqa: ASYNC110 - whoever is served first
                    await trio.sleep(0.01)
            await trio.sleep(0.01)
            for guest in self.served:
                self.guests.remove(guest)
                self.pool.release(guest.isolate, guest.template, keep=False)
            self.guests = [guest for guest in self.guests if not guest.over or guest.isolate is not None]
            self.check()


async def live(operations, base, maximum, per_cell):
    async with trio.open_nursery() as nursery:
        world = World(nursery, per_cell)
        async with CellPool.open(world.start, base, maximum, 10.0, per_cell) as world.pool:
            for operation in operations:
                await world.act(*operation)
            world.plant.bad_starts = 0
            world.plant.bad_assigns.clear()
            await trio.sleep(70)
            world.check()
            world.check_at_rest()
            await world.finish()
            await trio.sleep(120)
            world.check()
            standings = world.pool._roster.standings.values()
            blank = min(world.pool._base, world.pool._maximum)
            assert [standing.state for standing in standings] == ["blank"] * blank
            assert not world.pool._lent
            assert not world.pool._roster.groups
            assert not world.pool._roster.wishes
        assert not world.plant.alive
        assert not world.plant.pending
        counts = world.pool.statistics()
        assert counts.created == counts.destroyed == len(world.plant.made)


@given(st.lists(OPERATIONS, max_size=60), st.integers(0, 3), st.integers(1, 6), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_the_pool_survives_anything(operations, base, maximum, per_cell):
    """Whatever happens to it and in it; cells wear out soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wear, "MAX_SERVED", 3)
        trio.run(live, operations, base, maximum, per_cell, clock=MockClock(autojump_threshold=0))


def test_the_pool_is_cancelled_in_the_middle_of_anything():
    """At any moment, without leaving a process."""

    @given(st.lists(OPERATIONS, max_size=30), st.integers(1, 4), st.sampled_from([0.0, 0.01, 0.021, 0.3]))
    @settings(max_examples=60, deadline=None)
    def cancelled(operations, maximum, pause):
        trio.run(cut_short, operations, maximum, pause, clock=MockClock(autojump_threshold=0))

    cancelled()


async def cut_short(operations, maximum, pause):
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            world = World(nursery, 2)
            async with CellPool.open(world.start, 1, maximum, 10.0, 2) as world.pool:
                for operation in operations:
                    await world.act(*operation)
                await trio.sleep(pause)
                scope.cancel()
                await trio.lowlevel.checkpoint()
    assert not world.plant.alive
    assert not world.plant.pending
    assert not world.pool._roster.standings
