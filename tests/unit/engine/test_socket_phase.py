"""The limits of an invocation while its WebSocket is open."""

from __future__ import annotations

import math

import pytest

from edge.engine.socket_phase import CpuBudget, SocketPhase, SocketRoom
from edge.errors import OverloadedError
from edge.function import Limits

LIMITS = Limits(cpu=2.0, timeout=20.0)


def test_a_budget_is_full_again_with_each_message():
    """However much was used before."""
    budget = CpuBudget(LIMITS, 1.0, 0.0)
    assert budget.left(1.0, 0.0) == pytest.approx(2.0)
    assert budget.left(2.5, 0.0) == pytest.approx(0.5)
    budget.refill(2.5)
    assert budget.left(2.5, 0.0) == pytest.approx(2.0)
    assert budget.left(4.6, 0.0) < 0


def test_a_budget_regains_in_time_what_was_used_and_no_more():
    """`cpu` seconds in each `timeout`, so that a ticker may go on for ever."""
    budget = CpuBudget(LIMITS, 0.0, 0.0)
    assert budget.left(2.0, 0.0) == pytest.approx(0.0)
    assert budget.left(2.0, 10.0) == pytest.approx(1.0)
    assert budget.left(2.0, 1000.0) == pytest.approx(2.0)
    used = 2.0
    for second in range(1000, 2000, 10):
        used += 0.9
        assert budget.left(used, float(second + 10)) > 0


def test_a_run_has_the_functions_timeout():
    """From when it was seen to be out; between runs there is no deadline."""
    phase = SocketPhase(None, LIMITS, 0.0, 0.0)
    assert phase.until == math.inf
    phase.turn(running=True, now=5.0)
    phase.turn(running=True, now=9.0)
    assert phase.until == 25.0
    phase.came_back()
    phase.turn(running=True, now=10.0)
    assert phase.until == 30.0
    phase.turn(running=False, now=11.0)
    assert phase.until == math.inf


def test_sockets_are_counted_by_function_and_by_isolate():
    """What is full refuses the next one, and takes it once another has gone."""
    room, isolates = SocketRoom(per_function=3, isolates=2), [object() for _ in range(3)]
    first = [room.socket("f", isolates[0]) for _ in range(3)]
    for socket in first:
        socket.__enter__()
    with pytest.raises(OverloadedError, match="max_per_function"), room.socket("f", isolates[0]):
        pass
    second = room.socket("g", isolates[1])
    second.__enter__()
    with pytest.raises(OverloadedError, match="half of what there is"), room.socket("g", isolates[2]):
        pass
    with room.socket("g", isolates[1]):
        assert (room.open("f"), room.open("g")) == (3, 2)
    second.__exit__(None, None, None)
    with room.socket("h", isolates[2]):
        assert room.open("g") == 0
