"""Functions that share the pool under load, simulated: nobody starves, whoever else wants everything."""

from __future__ import annotations

from collections import Counter

import pytest
import trio

from edge.supervisor.pool import CellPool
from tests.support.fake_cell import FakeTemplate, Plant

pytestmark = pytest.mark.slow


class Load:
    """Clients of one function, each with one invocation after the other; how long each waited."""

    def __init__(self, key, clients, seconds, pause=0.0):
        self.template = FakeTemplate(key)
        self.clients, self.seconds, self.pause = clients, seconds, pause
        self.waits = []

    @property
    def served(self):
        return len(self.waits)

    async def client(self, pool):
        while True:
            started = trio.current_time()
            isolate = await pool.acquire(self.template)
            self.waits.append(trio.current_time() - started)
            isolate.use()
            await trio.sleep(self.seconds)
            pool.release(isolate, self.template, keep=False)
            await trio.sleep(self.pause)


async def run(loads, seconds, *, maximum, per_cell, blank=1):
    """The plant after so many seconds of these loads."""
    async with trio.open_nursery() as nursery:
        plant = Plant(nursery)
        async with CellPool.open(plant.start, blank, maximum, 60.0, per_cell) as pool, trio.open_nursery() as users:
            await trio.sleep(1)
            for load in loads:
                for _ in range(load.clients):
                    users.start_soon(load.client, pool)
            await trio.sleep(seconds)
            users.cancel_scope.cancel()
            assert plant.most <= maximum
    return plant


@pytest.mark.parametrize("per_cell", [1, 4])
async def test_a_function_at_full_load_does_not_starve_a_light_one(autojump_clock, per_cell):
    """One request now and then waits for one cold start and one invocation of the others, if at all."""
    heavy, light = Load("heavy", 100, 0.05), Load("light", 1, 0.005, pause=0.1)
    plant = await run([heavy, light], 60, maximum=4, per_cell=per_cell)
    assert light.served > 500
    assert max(light.waits) < 0.25
    assert sorted(light.waits)[light.served * 99 // 100] == 0
    assert heavy.served > 60 / 0.05 * 3 * per_cell * 0.9  # it has all that the other one does not need
    assert len(plant.made) < 12


async def test_a_rare_request_among_full_load_is_served_soon(autojump_clock):
    """Its function has rested, and its cell is gone."""
    heavy, rare = Load("heavy", 100, 0.05), Load("rare", 1, 0.005, pause=5.0)
    await run([heavy, rare], 60, maximum=4, per_cell=4)
    assert rare.served >= 11
    assert max(rare.waits) < 0.25


async def test_two_functions_at_full_load_get_the_same(autojump_clock):
    """Also when one came first and has more clients."""
    first, second = Load("first", 100, 0.05), Load("second", 20, 0.05, pause=0.001)
    plant = await run([first, second], 60, maximum=4, per_cell=1)
    assert 0.9 < first.served / second.served < 1.15
    assert len(plant.made) < 12


async def test_more_functions_than_cells_take_turns(autojump_clock):
    """Each at full load; each gets its term."""
    loads = [Load(key, 10, 0.02) for key in "abcde"]
    plant = await run(loads, 60, maximum=2, per_cell=1)
    served = [load.served for load in loads]
    assert min(served) > 0.7 * max(served)
    assert max(max(load.waits) for load in loads) < 10 * 0.02 * 5 + 5
    assert sum(served) * 0.02 > 0.75 * 2 * 60  # most of the time goes into invocations
    assert len(plant.made) < 1000


async def test_long_invocations_do_not_hold_up_others_for_their_whole_time(autojump_clock):
    """A cell that does not come to rest is not the only one that is emptied."""
    slow, quick, other = Load("a", 1, 20.0), Load("a", 20, 0.02), Load("other", 1, 0.01, pause=3.0)
    await run([slow, quick, other], 60, maximum=3, per_cell=4)
    assert other.served >= 14
    assert max(other.waits) < 2
    assert quick.served > 10_000


async def test_many_functions_called_in_turn(autojump_clock):
    """Those called last keep their cells; the work of the pool does not grow."""
    loads = [Load(f"f{number}", 1, 0.005, pause=1.0) for number in range(50)]
    plant = await run(loads, 30, maximum=20, per_cell=4, blank=5)
    counts = Counter(load.served for load in loads)
    assert min(counts) > 20
    assert max(max(load.waits) for load in loads) < 1.0
    assert plant.most <= 20
