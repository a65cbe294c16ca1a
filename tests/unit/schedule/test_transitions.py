"""What becomes of ticks and runs, whatever replicas do and clocks say."""

from __future__ import annotations

import itertools
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.schedule.schedule import Missed, Overlap, Schedule, delay_before
from edge.schedule.state import KEPT_RUNS, WAITING, Ended, Running, State
from edge.schedule.transitions import (
    LATE,
    LEASE,
    MOST_MISSED,
    advance,
    finish,
    first,
    give_back,
    next_time,
    renew,
)

SECOND = 1000
MINUTE = 60 * SECOND
START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
EACH_MINUTE = Schedule("* * * * *")


def step(schedule: Schedule, state: State, now: int, holder: str = "a") -> tuple[State, list[Running]]:
    """All that there is to do now."""
    begun = []
    while (found := advance(schedule, state, now, holder)) is not None:
        state = found.state
        begun += [found.begin] if found.begin else []
    return state, begun


def ended(run: Running, now: int, result: str = "ok") -> Ended:
    return Ended(run.tick, result, now, attempt=run.attempt)  # type: ignore[arg-type]


def done(schedule: Schedule, state: State, run: Running, now: int, result: str = "ok", *, again: bool = True) -> State:
    found = finish(schedule, state, run, ended(run, now, result), again=again)
    assert found is not None
    return found


def test_a_tick_runs_once_and_at_its_time() -> None:
    """Not before; and not again when it has been decided."""
    state, begun = step(EACH_MINUTE, first(START), START + MINUTE - 1)
    assert begun == []
    state, [run] = step(EACH_MINUTE, state, START + MINUTE)
    assert (run.tick, run.attempt) == (START + MINUTE, 1)
    assert step(EACH_MINUTE, state, START + MINUTE + 1) == (state, [])


def test_a_clock_that_goes_back_runs_nothing_twice() -> None:
    """And what comes later comes as before."""
    state, [run] = step(EACH_MINUTE, first(START), START + MINUTE)
    state = done(EACH_MINUTE, state, run, START + MINUTE)
    assert step(EACH_MINUTE, state, START - 3600 * SECOND) == (state, [])
    assert step(EACH_MINUTE, state, START + MINUTE + 1) == (state, [])
    assert len(step(EACH_MINUTE, state, START + 2 * MINUTE)[1]) == 1


@pytest.mark.parametrize(
    ("overlap", "begun", "waiting", "skipped"), [("skip", 0, 0, 1), ("queue", 0, 1, 0), ("parallel", 1, 0, 0)]
)
def test_a_tick_during_a_run_is_skipped_or_waits_or_runs_beside_it(
    overlap: Overlap, begun: int, waiting: int, skipped: int
) -> None:
    """As the schedule says."""
    schedule = Schedule("* * * * *", overlap=overlap)
    state, [run] = step(schedule, first(START), START + MINUTE)
    state = msgspec.structs.replace(state, running=(msgspec.structs.replace(run, until=START + 9 * MINUTE),))
    state, new = step(schedule, state, START + 2 * MINUTE)
    assert (len(new), len(state.waiting)) == (begun, waiting)
    assert [each.result for each in state.ended] == ["skipped"] * skipped
    if overlap == "queue":
        _, [next_run] = step(schedule, done(schedule, state, run, START + 2 * MINUTE), START + 2 * MINUTE)
        assert next_run.tick == START + 2 * MINUTE


def test_too_many_that_wait_are_skipped() -> None:
    """A run that hangs does not fill the store."""
    schedule = Schedule("@every 1s", overlap="queue")
    state, [run] = step(schedule, first(START), START + SECOND)
    for second in range(2, 2 * WAITING):
        now = START + second * SECOND
        state, _ = step(schedule, renew(state, run, now) or state, now)
    assert len(state.waiting) == WAITING
    assert len(state.ended) == KEPT_RUNS
    assert f"{WAITING} runs wait already" in state.ended[-1].why


@pytest.mark.parametrize(("missed", "ran"), [("skip", []), ("once", [5]), ("all", [1, 2, 3, 4, 5])])
def test_ticks_that_nobody_was_there_for_are_dropped_or_made_up_for(missed: Missed, ran: list[int]) -> None:
    """In order, one after the other."""
    schedule = Schedule("* * * * *", missed=missed)
    now = START + 6 * MINUTE + SECOND
    state, found = first(START), []
    for _ in range(10):
        state, begun = step(schedule, state, now)
        for run in begun:
            found.append((run.tick - START) // MINUTE)
            state = done(schedule, state, run, now)
    assert [tick for tick in found if tick != 6] == ran
    assert ran == [1, 2, 3, 4, 5] or state.ended[0].result == "skipped"


@pytest.mark.parametrize("expression", ["@every 1s", "*/3 * * * *", "0 0 1 1 *"])
def test_after_years_only_the_latest_are_made_up_for(expression: str) -> None:
    """And that is found out quickly."""
    schedule = Schedule(expression, missed="all", overlap="queue")
    now = START + 20 * 365 * 86_400 * SECOND
    found = advance(schedule, first(START), now, "a")
    assert found is not None
    waiting = [each.tick for each in found.state.waiting]
    assert waiting == sorted(waiting)
    assert 0 < len(waiting) <= MOST_MISSED
    assert now - found.state.last < 367 * 86_400 * SECOND


def test_a_failed_run_is_tried_again_and_later_each_time() -> None:
    """As often as the schedule says, unless it asked not to be."""
    schedule = Schedule("0 * * * *", retries=3, backoff=10)
    now = START + 60 * MINUTE
    state, [run] = step(schedule, first(START), now)
    begun = [now]
    while True:
        state = done(schedule, state, run, now, "failed")
        if not state.waiting:
            break
        assert step(schedule, state, state.waiting[0].at - 1) == (state, [])
        now = next_time(schedule, state, "a") or 0
        state, [run] = step(schedule, state, now)
        begun.append(now)
    assert [b - a for a, b in itertools.pairwise(begun)] == [10 * SECOND, 20 * SECOND, 40 * SECOND]
    assert [(each.result, each.attempt) for each in state.ended] == [("failed", n) for n in (1, 2, 3, 4)]


def test_a_run_that_asks_not_to_be_tried_again_is_not() -> None:
    """`controller.noRetry()`."""
    schedule = Schedule("0 * * * *", retries=3)
    state, [run] = step(schedule, first(START), START + 60 * MINUTE)
    assert done(schedule, state, run, START + 60 * MINUTE, "failed", again=False).waiting == ()


def test_the_delay_is_bounded() -> None:
    """However often it failed."""
    assert [delay_before(n, 10) for n in (1, 2, 3, 4)] == [0, 10, 20, 40]
    assert delay_before(10_000, 10) == 3600


def test_a_holder_that_dies_is_replaced() -> None:
    """When its lease is over; what it says later does not count."""
    state, [run] = step(EACH_MINUTE, first(START), START + MINUTE, "a")
    assert step(EACH_MINUTE, state, run.until - 1, "b")[1] == []
    after, [again] = step(EACH_MINUTE, state, run.until, "b")
    assert (again.tick, again.attempt, again.holder) == (run.tick, 2, "b")
    assert after.ended[-1].result == "lost"
    assert renew(after, run, run.until + 2) is None
    assert finish(EACH_MINUTE, after, run, ended(run, run.until + 2), again=True) is None


def test_a_holder_that_says_that_it_lives_keeps_its_run() -> None:
    """However long it takes."""
    schedule = Schedule("0 * * * *")
    state, [run] = step(schedule, first(START), START + 60 * MINUTE, "a")
    now = START + 60 * MINUTE
    for _ in range(50):
        now += LEASE - SECOND
        state = renew(state, run, now) or state
        assert step(schedule, state, now, "b") == (state, []) or (now - START) % (60 * MINUTE) < LEASE
    assert done(schedule, state, run, now).running == ()


def test_a_run_that_kills_its_holder_every_time_is_given_up() -> None:
    """After the second time."""
    schedule = Schedule("0 0 * * *")
    state, now, attempts = first(START), START + 86_400 * SECOND, []
    for holder in "abcde":
        state, begun = step(schedule, state, now, holder)
        attempts += [run.attempt for run in begun]
        now += LEASE + 1
    assert attempts == [1, 2]


def test_a_run_that_is_given_back_is_done_by_another() -> None:
    """A gateway that stops; it is the same attempt."""
    state, [run] = step(EACH_MINUTE, first(START), START + MINUTE, "a")
    given = give_back(state, run, START + MINUTE + 5)
    assert given is not None
    _, [again] = step(EACH_MINUTE, given, START + MINUTE + 5, "b")
    assert (again.tick, again.attempt, again.holder) == (run.tick, 1, "b")


SCHEDULES = st.builds(
    Schedule,
    st.sampled_from(["* * * * *", "@every 20s", "*/5 * * * *"]),
    overlap=st.sampled_from(["skip", "queue", "parallel"]),
    retries=st.integers(0, 2),
    missed=st.sampled_from(["skip", "once", "all"]),
)
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["advance", "ok", "failed", "die", "back", "renew"]),
        st.sampled_from("abc"),
        st.integers(-5 * SECOND, 3 * MINUTE),
    ),
    max_size=80,
)


@settings(max_examples=150, deadline=None)
@given(SCHEDULES, ACTIONS)
def test_no_tick_is_run_twice_whatever_happens(schedule: Schedule, actions: list[tuple[str, str, int]]) -> None:
    """No attempt begins twice unless it was given back, and no two runs go on at once unless they may."""
    state, now, mine = first(START), START, dict[str, list[Running]]()
    begun: Counter[tuple[int, int]] = Counter()
    for action, holder, later in actions:
        now += later
        if action == "advance":
            state, new = step(schedule, state, now, holder)
            mine.setdefault(holder, []).extend(new)
            begun.update((run.tick, run.attempt) for run in new)
            assert (found := next_time(schedule, state, holder)) is not None
            assert found > now or state.last > now
        elif run := (mine.get(holder) or [None]).pop(0):
            if action == "back":
                if (given := give_back(state, run, now)) is not None:
                    state = given
                    begun[run.tick, run.attempt] -= 1
            elif action == "renew":
                state = renew(state, run, now) or state
                mine[holder].append(run)
            elif action != "die":
                state = finish(schedule, state, run, ended(run, now, action), again=True) or state
        assert set(begun.values()) <= {0, 1}
        assert schedule.overlap == "parallel" or len(state.running) <= 1
        assert len(state.ended) <= KEPT_RUNS
    assert all(tick <= state.last for tick, _ in begun)
    assert LATE > LEASE
