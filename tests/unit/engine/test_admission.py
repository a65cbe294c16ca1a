"""How many invocations of a function run and wait: first come, first served, and nobody lost."""

from __future__ import annotations

import math

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.engine.admission import Admission
from edge.errors import OverloadedError
from edge.function import Limits


def admission(concurrency=1, max_queue=2, timeout=math.inf):
    return Admission("f", Limits(concurrency=concurrency, max_queue=max_queue, timeout=timeout))


class Visitor:
    """A task that holds a place until it is told to leave."""

    def __init__(self, nursery, place):
        self.inside = False
        self.leave = trio.Event()
        self.scope = trio.CancelScope()
        self.refused = None
        nursery.start_soon(self.visit, place)

    async def visit(self, admission):
        try:
            with self.scope:
                place = admission.place()
                await place.take()
                try:
                    self.inside = True
                    await self.leave.wait()
                finally:
                    place.give_up()
        except OverloadedError as error:
            self.refused = error
        self.inside = False


@pytest.fixture
async def visitors(nursery):
    """Makes visitors of an admission, and lets each arrive."""

    async def visitors(place, count):
        made = []
        for _ in range(count):
            made.append(Visitor(nursery, place))
            await wait_all_tasks_blocked()
        return made

    return visitors


def inside(made):
    return [visitor.inside for visitor in made]


async def test_as_many_run_as_may_and_the_others_wait_in_order(visitors):
    """A place that is left goes to whoever has waited longest."""
    place = admission(concurrency=2)
    made = await visitors(place, 4)
    assert inside(made) == [True, True, False, False]
    assert (place.running, place.waiting) == (2, 2)
    made[1].leave.set()
    await wait_all_tasks_blocked()
    assert inside(made) == [True, False, True, False]
    made[0].leave.set()
    await wait_all_tasks_blocked()
    assert inside(made) == [False, False, True, True]
    for visitor in made:
        visitor.leave.set()
    await wait_all_tasks_blocked()
    assert (place.running, place.waiting) == (0, 0)


async def test_a_full_queue_refuses_at_once(visitors):
    """The error names both limits with their keys."""
    place = admission(concurrency=1, max_queue=2)
    made = await visitors(place, 4)
    assert [visitor.refused is not None for visitor in made] == [False, False, False, True]
    assert "1 running (concurrency), 2 waiting (engine.max_queue)" in made[3].refused.message
    for visitor in made:
        visitor.leave.set()
    await wait_all_tasks_blocked()
    assert (place.running, place.waiting) == (0, 0)


async def test_without_a_queue_only_running_invocations_are_admitted(visitors):
    """`max_queue = 0` waits for nobody."""
    made = await visitors(admission(max_queue=0), 2)
    assert made[0].inside
    assert made[1].refused


async def test_waiting_has_an_end(autojump_clock, visitors):
    """Whoever waits as long as an invocation may take is refused; its place in the queue is free again."""
    place = admission(max_queue=1, timeout=30)
    made = await visitors(place, 2)
    await trio.sleep(29)
    assert made[1].refused is None
    await trio.sleep(2)
    assert "no place was free within 30 s (concurrency 1)" in made[1].refused.message
    assert (place.running, place.waiting) == (1, 0)
    assert made[0].inside


async def test_one_who_leaves_the_queue_holds_nobody_up(visitors):
    """A cancelled wait takes its place in the queue with it."""
    place = admission()
    made = await visitors(place, 3)
    made[1].scope.cancel()
    await wait_all_tasks_blocked()
    assert place.waiting == 1
    made[0].leave.set()
    await wait_all_tasks_blocked()
    assert inside(made) == [False, False, True]


async def test_one_who_leaves_when_its_turn_comes_passes_the_place_on(visitors):
    """A place that was given to a task that is cancelled before it wakes is not lost."""
    place = admission()
    made = await visitors(place, 3)
    made[1].scope.cancel()
    made[0].leave.set()
    await wait_all_tasks_blocked()
    assert inside(made) == [False, False, True]
    made[2].leave.set()
    await wait_all_tasks_blocked()
    assert (place.running, place.waiting) == (0, 0)


async def test_a_place_given_and_cancelled_in_one_step_is_not_lost(visitors):
    """The same in the other order: given first, cancelled before the task has run."""
    place = admission()
    made = await visitors(place, 2)
    place.leave()  # what the end of the first does
    made[1].scope.cancel()
    await wait_all_tasks_blocked()
    assert (place.running, place.waiting) == (0, 0)


async def test_a_cancelled_invocation_gives_its_place_back(visitors):
    """Its end is the end of its place."""
    place = admission()
    made = await visitors(place, 2)
    made[0].scope.cancel()
    await wait_all_tasks_blocked()
    assert inside(made) == [False, True]


async def test_a_place_is_given_up_once_however_often_that_is_said():
    """A WebSocket gives its place up early; the end of its invocation must not give up another one's."""
    own = admission(concurrency=2)
    first, second = own.place(), own.place()
    first.give_up()  # it has none yet
    await first.take()
    await second.take()
    first.give_up()
    first.give_up()
    assert own.running == 1
