"""Turns of functions that wait for cells, when cells have to be given up for others."""

from __future__ import annotations

import trio

from edge.supervisor.pool import CellPool
from edge.supervisor.queue import FairQueue
from tests.support.fake_cell import FakeTemplate, Plant


def test_a_turn_can_be_over_without_being_used():
    """A line that is not there has none."""
    queue = FairQueue()
    queue.push("a", 1)
    queue.push("b", 2)
    queue.pass_on("a")
    queue.pass_on("nobody")
    assert list(queue.counts()) == ["b", "a"]
    assert len(queue) == 2


async def test_a_function_does_not_get_the_place_that_its_own_cell_made(autojump_clock):
    """It waits for its second turn until those have had theirs for whom its cell had to go."""
    served = []

    async def use(pool, key, seconds):
        template = FakeTemplate(key)
        isolate = await pool.acquire(template)
        isolate.use()
        served.append((key, round(trio.current_time() - began, 1)))
        await trio.sleep(seconds)
        pool.release(isolate, template, keep=False)

    async with trio.open_nursery() as nursery:
        plant = Plant(nursery)
        async with CellPool.open(plant.start, 1, 2, 60.0, 4) as pool, trio.open_nursery() as users:
            began = trio.current_time()
            for key in ["a", "b"] * 8:
                users.start_soon(use, pool, key, 2.5)
            await trio.sleep(0.2)
            for key in ("c", "d", "e"):
                users.start_soon(use, pool, key, 0.01)
    assert sorted(key for key, when in served if when < 1) == ["a"] * 4 + ["b"] * 4
    assert {key for key, _ in served[8:10]} < {"c", "d", "e"}
    assert all(when < 2.8 for key, when in served if key in {"c", "d", "e"})
