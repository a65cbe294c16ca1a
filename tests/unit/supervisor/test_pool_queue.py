"""The parts of the pool that only count: the fair queue, back-off, failed attempts and wear."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import EngineCrashError
from edge.supervisor import wear
from edge.supervisor.attempts import Attempts, as_crash
from edge.supervisor.backoff import Backoff
from edge.supervisor.queue import FairQueue
from edge.supervisor.wear import Wear
from edge.units import MIB

KEYS = "abc"


def test_turns_go_round_between_lines():
    """However long one line is, the other's first is next but one."""
    queue = FairQueue()
    for item in range(5):
        queue.push("a", item)
    queue.push("b", "first of b")
    served = []
    while queue:
        key = next(iter(queue.counts()))
        served.append((key, queue.pop(key)))
    assert served == [("a", 0), ("b", "first of b"), ("a", 1), ("a", 2), ("a", 3), ("a", 4)]


def test_a_line_comes_back_at_the_end():
    """Whoever left the queue and returns does not keep the old turn."""
    queue = FairQueue()
    queue.push("a", 1)
    queue.push("b", 2)
    queue.remove("a", 1)
    queue.push("a", 3)
    assert list(queue.counts()) == ["b", "a"]
    assert list(queue) == [2, 3]


def test_nobody_leaves_twice():
    """Leaving is of no effect for those who have been served."""
    queue = FairQueue()
    queue.push("a", 1)
    assert queue.pop("a") == 1
    queue.remove("a", 1)
    queue.push("a", 2)
    queue.remove("a", 1)
    assert queue.counts() == {"a": 1}
    assert "a" in queue
    queue.remove("a", 2)
    assert "a" not in queue
    assert not queue
    with pytest.raises(KeyError):
        queue.pop("a")


@given(st.lists(st.tuples(st.sampled_from(["push", "pop", "remove"]), st.sampled_from(KEYS)), max_size=60))
def test_a_queue_loses_nobody(operations):
    """Lines are first come first served, whatever happens in whichever order."""
    queue, lines = FairQueue(), defaultdict(list)
    for number, (operation, key) in enumerate(operations):
        if operation == "push":
            queue.push(key, number)
            lines[key].append(number)
        elif lines[key] and operation == "pop":
            assert queue.pop(key) == lines[key].pop(0)
        elif lines[key]:
            queue.remove(key, lines[key].pop(len(lines[key]) // 2))
        assert queue.counts() == {key: len(line) for key, line in lines.items() if line}
        assert len(queue) == sum(map(len, lines.values())) == len(list(queue))


def test_back_off_doubles_to_its_longest_and_ends():
    """Single failures block nothing; a row of them blocks for longer and longer."""
    backoff, blocks = Backoff(limit=3, first=1.0, longest=6.0), []
    for _ in range(7):
        backoff.fail(100.0)
        blocks.append(max(backoff.until - 100.0, 0.0))
    assert blocks == [0, 0, 1, 2, 4, 6, 6]
    assert backoff.blocked(105.9)
    assert not backoff.blocked(106.0)
    backoff.succeed()
    assert not backoff.blocked(100.0)
    backoff.fail(200.0)
    assert not backoff.blocked(200.0)


def test_back_off_stands_ten_thousand_failures():
    """Large powers of two are no problem."""
    backoff = Backoff(limit=1, first=0.1, longest=30.0)
    for _ in range(10_000):
        backoff.fail(0.0)
    assert backoff.until == 30.0


def test_a_function_that_cannot_be_assigned_is_refused_for_a_while():
    """Three times in a row, and only this function; the error says when to come back."""
    attempts = Attempts()
    for now in (0.0, 1.0):
        attempts.assign_failed("a", now)
        assert attempts.refusal("a", now) is None
    attempts.assign_failed("a", 2.0)
    refusal = attempts.refusal("a", 2.25)
    assert isinstance(refusal, EngineCrashError)
    assert "3 processes" in str(refusal)
    assert "0.8 s" in str(refusal)
    assert list(attempts.suspects) == ["a"]
    assert attempts.refusal("b", 2.25) is None
    assert attempts.refusal("a", 3.0) is None
    attempts.assign_failed("a", 3.0)
    assert attempts.refusal("a", 4.9)
    attempts.assigned("a")
    assert attempts.refusal("a", 4.9) is None


def test_old_failures_are_forgotten():
    """Nothing is kept for functions that are not called any more."""
    attempts = Attempts()
    attempts.assign_failed("a", 0.0)
    attempts.forget_old(59.0)
    assert attempts._assigns
    attempts.forget_old(60.0)
    assert not attempts._assigns


def test_a_cell_that_lives_ends_the_back_off_of_starts():
    """Only one that was started after the last failure, and has lived for some seconds."""
    attempts = Attempts()
    for _ in range(4):
        attempts.start_failed(10.0)
    assert not attempts.may_start(10.3)
    attempts.lives(9.0, 10.3)
    attempts.lives(10.1, 10.3)
    assert not attempts.may_start(10.3)
    for _ in range(10):
        attempts.start_failed(11.0)
    attempts.lives(11.1, 16.2)
    assert attempts.may_start(16.2)


def test_errors_of_the_system_become_crashes_without_paths():
    """What the machine refuses is told in its own words, but not where."""
    crash = as_crash(OSError(24, "Too many open files", "/secret/place"), "started")
    assert isinstance(crash, EngineCrashError)
    assert str(crash) == "a process for the function could not be started: Too many open files"
    assert "secret" not in str(as_crash(ValueError("secret"), "started"))
    original = EngineCrashError("the cell said no")
    assert as_crash(original, "started") is original


def test_a_cell_wears_out_by_age_and_by_use():
    """Each has its limit."""
    used = Wear(expires=100.0)
    assert used.reason(99.9) == ""
    assert used.reason(100.0) == "is old"
    for _ in range(wear.MAX_SERVED):
        assert used.reason(0.0) == ""
        used.serve()
    assert "10000 times" in used.reason(0.0)


def test_a_cell_that_grows_wears_out():
    """Twice what it needs and 16 MiB more is too much; it is weighed every hundred uses."""
    used = Wear(expires=1e9)
    weighed_at = []
    memory = {10: 8 * MIB, 110: 32 * MIB, 210: 32 * MIB + 1}
    reasons = []
    for served in range(1, 251):
        used.serve()
        if used.wants_weighing and served % 10 == 0:  # it rests now and then
            weighed_at.append(served)
            reasons.append(used.weigh(memory[served]))
    assert weighed_at == [10, 110, 210]
    assert reasons == ["", "", "has grown from 8 MiB to 32 MiB"]
