"""Bells of many waits on one timer: each rings when its own time has come, and not before."""

from __future__ import annotations

import random

import pytest
import trio

from edge.engine.alarm_clock import AlarmClock
from edge.engine.bell import Bell


@pytest.fixture
async def alarms():
    async with AlarmClock.open() as alarms:
        yield alarms


async def waited(alarms, seconds, bell=None):
    """How long a wait takes."""
    began = trio.current_time()
    await alarms.wait(bell or Bell(), began + seconds)
    return trio.current_time() - began


async def test_each_wait_ends_when_its_time_has_come(autojump_clock, alarms):
    """In whatever order they begin, and however many there are at once."""
    random.seed(5)
    times = [random.uniform(0, 30) for _ in range(3000)]
    found = {}

    async def wait(number):
        await trio.sleep(random.uniform(0, 10))
        found[number] = await waited(alarms, times[number])

    async with trio.open_nursery() as nursery:
        for number in range(len(times)):
            nursery.start_soon(wait, number)
    assert all(found[number] == pytest.approx(time, abs=1e-6) for number, time in enumerate(times))


async def test_who_is_rung_does_not_wait_and_is_not_rung_again(autojump_clock, alarms):
    """What was set for a wait that is over is forgotten, also when the same bell is waited for again."""
    bell = Bell()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waited, alarms, 5, bell)
        await trio.sleep(1)
        bell.ring()
    assert trio.current_time() == pytest.approx(1, abs=1e-6)
    assert await waited(alarms, 10, bell) == pytest.approx(10, abs=1e-6)


async def test_a_bell_that_rang_before_makes_nobody_wait(autojump_clock, alarms):
    """It may ring between a look and the wait."""
    bell = Bell()
    bell.ring()
    assert await waited(alarms, 5, bell) == 0


async def test_a_cancelled_wait_leaves_nothing_behind(autojump_clock, alarms):
    """And the bell can be waited for again."""
    bell = Bell()
    with trio.move_on_after(1):
        await alarms.wait(bell, trio.current_time() + 3)
    bell.ring()
    assert await waited(alarms, 5, bell) == 0
    assert await waited(alarms, 5, bell) == pytest.approx(5, abs=1e-6)


async def test_waits_that_ended_early_are_not_kept_until_their_time(autojump_clock, alarms):
    """An invocation takes milliseconds, and its limits are seconds away."""
    for _ in range(20_000):
        bell = Bell()
        bell.ring()
        await alarms.wait(bell, 3600)
    assert len(alarms._heap) < 2000
