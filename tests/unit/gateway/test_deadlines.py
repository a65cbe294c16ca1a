"""Deadlines that move often, and are kept all the same."""

from __future__ import annotations

from contextlib import asynccontextmanager
from math import inf

import trio

from edge.gateway.deadlines import Deadlines


class One:
    """Something with a deadline; knows when it was stopped."""

    def __init__(self, deadlines):
        self.deadlines = deadlines
        self.due = inf
        self.stopped = []

    def move(self, seconds):
        self.due = trio.current_time() + seconds
        self.deadlines.moved(self)

    def stop(self):
        self.stopped.append(trio.current_time())


@asynccontextmanager
async def running():
    deadlines = Deadlines()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deadlines.run)
        yield deadlines
        nursery.cancel_scope.cancel()


async def test_each_is_stopped_when_its_time_is_up(autojump_clock):
    """In whatever order they were given."""
    async with running() as deadlines:
        begun = trio.current_time()
        many = [One(deadlines) for _ in range(50)]
        for index, one in enumerate(many):
            one.move((index * 7) % 50 + 1)
        await trio.sleep(60)
        assert [[round(at - begun, 6) for at in one.stopped] for one in many] == [
            [(index * 7) % 50 + 1] for index in range(50)
        ]


async def test_a_later_deadline_counts_in_place_of_the_first(autojump_clock):
    """Also one that has moved many times, and one that has none any more."""
    async with running() as deadlines:
        begun = trio.current_time()
        late, never, again = One(deadlines), One(deadlines), One(deadlines)
        for one in (late, never, again):
            one.move(1)
        for step in range(1, 6):
            late.move(step)
            never.move(inf)
            again.move(inf)
        await trio.sleep(2)
        again.move(3)
        await trio.sleep(20)
        assert [round(at - begun) for at in late.stopped] == [5]
        assert never.stopped == []
        assert [round(at - begun) for at in again.stopped] == [5]


async def test_an_earlier_deadline_counts_in_place_of_the_first(autojump_clock):
    """Nobody waits for the first one, and it stops nobody for the second time."""
    async with running() as deadlines:
        begun = trio.current_time()
        one = One(deadlines)
        one.move(30)
        await trio.sleep(1)
        one.move(2)
        await trio.sleep(60)
        assert [round(at - begun) for at in one.stopped] == [3]


async def test_who_is_stopped_can_have_another_deadline(autojump_clock):
    """It is not remembered."""
    async with running() as deadlines:
        one = One(deadlines)
        one.move(1)
        await trio.sleep(2)
        one.move(1)
        await trio.sleep(2)
        assert len(one.stopped) == 2


async def test_what_has_ended_is_not_stopped_and_not_held(autojump_clock):
    """Tens of thousands of connections that came and went leave next to nothing behind."""
    async with running() as deadlines:
        kept = One(deadlines)
        kept.move(50)
        gone = []
        for _ in range(10_000):
            one = One(deadlines)
            one.move(10)
            deadlines.forget(one)
            gone.append(one)
        assert len(deadlines._heap) < 1100
        await trio.sleep(60)
        assert not any(one.stopped for one in gone)
        assert len(kept.stopped) == 1
