"""The time of an invocation, in each of its phases."""

from __future__ import annotations

from math import inf
from types import SimpleNamespace

import pytest

from edge.engine.invocation_clock import GONE_GRACE, InvocationClock
from edge.engine.socket_phase import SocketPhase
from edge.errors import CpuLimitError, TimeoutLimitError
from edge.function import Limits

LIMITS = Limits(cpu=2.0, timeout=10.0, wait_until=30.0)


@pytest.fixture
def machine():
    """What the clock looks at of it."""
    return SimpleNamespace(over=False, background=False)


@pytest.fixture
def lineage():
    """A request that may take eight seconds."""
    return SimpleNamespace(function=SimpleNamespace(name="f", limits=LIMITS), within=108.0, until=0.0)


@pytest.fixture
def clock(lineage, machine):
    """It began at 100."""
    return InvocationClock(lineage, machine, 100.0)


def test_an_answer_has_to_come_in_time(clock, lineage):
    """In the function's timeout, and in what its caller has left."""
    assert (clock.until, lineage.until, clock.answering) == (108.0, 108.0, True)
    clock.check_wall(107.9)
    with pytest.raises(TimeoutLimitError, match="10000ms"):
        clock.check_wall(108.0)


def test_what_goes_on_after_the_response_has_time_of_its_own(clock, lineage):
    """From when it left, once."""
    clock.answered(104.0)
    clock.answered(105.0)
    assert (clock.until, lineage.until, clock.since(110.0), clock.answering) == (134.0, 134.0, 104.0, False)


def test_a_response_that_ends_the_invocation_begins_no_phase(clock, machine):
    """Nothing goes on."""
    machine.over = True
    clock.answered(104.0)
    assert clock.answered_at is None
    with pytest.raises(TimeoutLimitError, match="the client did not take"):
        clock.check_wall(108.0)


def test_without_a_client_only_background_work_goes_on_for_long(clock, lineage, machine):
    """Others have half a second."""
    clock.client_left(103.0)
    assert (clock.until, lineage.until) == (103.0 + GONE_GRACE, 133.0)
    machine.background = True
    assert clock.until == 133.0


def test_an_open_socket_has_no_deadline_and_its_end_is_an_answer(clock, lineage):
    """Only a run that is out has one."""
    phase = SocketPhase(SimpleNamespace(), LIMITS, 0.0, 101.0)
    clock.opened(phase)
    assert (clock.until, lineage.until, clock.answering) == (inf, inf, False)
    phase.turn(running=True, now=200.0)
    assert clock.until == 210.0
    clock.closed(205.0)
    assert (clock.until, clock.answered_at) == (235.0, 205.0)


def test_cpu_is_looked_at_when_it_could_be_used_up(clock):
    """Not before, and again when the rest of it could be."""
    assert clock.cpu_check == 102.0
    clock.check_cpu(0.5, 102.0)
    assert clock.cpu_check == 103.5
    with pytest.raises(CpuLimitError):
        clock.check_cpu(2.0, 103.5)
