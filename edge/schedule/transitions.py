"""What becomes of ticks and runs.  Each function takes the state that was read and gives the one to write, if any.

Replicas read and write the same state with compare-and-set: whoever writes first has decided, the others read again.
So each tick is taken by one of them, whatever their clocks say.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from edge.schedule.expression import ticks
from edge.schedule.schedule import delay_before
from edge.schedule.state import KEPT_RUNS, WAITING, Ended, Running, State, Waiting

if TYPE_CHECKING:
    from edge.schedule.schedule import Schedule

LATE = 60_000
"""A tick that is this late (ms) was missed: the machine slept, or nothing ran."""
LEASE = 30_000
"""So long (ms) a holder that says nothing is taken to be alive."""
AHEAD = 86_400_000
"""What lies so far (ms) in the future was written by a clock that was wrong; less, and time will catch up."""
MOST_MISSED = 100
"""Of the ticks that were missed, at most so many (the latest) are run."""
MOST_PARALLEL = 100
"""Runs of one schedule at a time, with `parallel`."""
LOST_AGAIN = 2
"""A run whose holder died is tried again at least until this attempt, also where failures are not."""


class Step(NamedTuple):
    """`state` is to be written; then `begin`, if it is there, is the caller's to run."""

    state: State
    begin: Running | None = None


def first(now: int) -> State:
    """Of a schedule that has never been seen: its ticks count from now."""
    return State(last=now)


def advance(schedule: Schedule, state: State, now: int, holder: str) -> Step | None:
    """The next thing to do at `now`, by `holder`; None when there is nothing.  To be called until it says None.

    A holder is one life of one process: it knows of its own runs that they go on, whatever their leases say.
    """
    step = _set_back(state, now) or _lapse(schedule, state, now, holder) or _tick(schedule, state, now)
    if step is not None:
        return step
    return _begin(schedule, state, now, holder)


def next_time(schedule: Schedule, state: State, holder: str) -> int | None:
    """When `advance` may have something to do by time alone; other things are told by `finish`."""
    tick = next(ticks(schedule.expression, schedule.zone, state.last), None)
    times = [*([] if tick is None else [tick]), *(run.until for run in state.running if run.holder != holder)]
    if _has_room(schedule, state):
        times += [run.at for run in state.waiting]
    return min(times, default=None)


def renew(state: State, run: Running, now: int) -> State | None:
    """Say that a run goes on.  None: it is not ours any more, somebody took it for lost."""
    if not _ours(state, run):
        return None
    kept = [_renewed(each, now) if _same(each, run) else each for each in state.running]
    return msgspec.structs.replace(state, running=tuple(kept))


def finish(schedule: Schedule, state: State, run: Running, ended: Ended, *, again: bool) -> State | None:
    """A run is over.  `again`: it may be tried again.  None: it is not ours any more."""
    if not _ours(state, run):
        return None
    state = _without(state, run)
    if ended.result == "failed" and again and run.attempt <= schedule.retries and len(state.waiting) < WAITING:
        state = _wait_for(state, schedule, run, ended.ended)
    return _remember(state, ended)


def give_back(state: State, run: Running, now: int) -> State | None:
    """The holder stops before the run is over: another one shall do it again.  None: it is not ours any more."""
    if not _ours(state, run):
        return None
    return _add_waiting(_without(state, run), Waiting(run.tick, run.attempt, now))


def _set_back(state: State, now: int) -> Step | None:
    """After a clock that was far ahead, count from now: ticks would not come, nor leases end, until it is right."""
    times = (state.last, *(run.until for run in state.running), *(run.at for run in state.waiting))
    if max(times) <= now + AHEAD:
        return None
    running = tuple(msgspec.structs.replace(run, until=min(run.until, now + LEASE)) for run in state.running)
    waiting = tuple(msgspec.structs.replace(run, at=min(run.at, now)) for run in state.waiting)
    return Step(State(min(state.last, now), running, waiting, state.ended))


# -- ticks


def _tick(schedule: Schedule, state: State, now: int) -> Step | None:
    """Decide the ticks up to `now`: those that were missed at once, or the one that is due."""
    due = _due(schedule, state, now)
    missed = [tick for tick in due if now - tick > LATE]
    if missed:
        return Step(_settle_missed(schedule, state, missed, now))
    return Step(_settle(schedule, state, due[0], now)) if due else None


def _due(schedule: Schedule, state: State, now: int) -> list[int]:
    """Ticks up to `now`, the latest ones when there are many: looked for further and further back."""
    back = 2 * LATE
    while True:
        after = max(state.last, now - back)
        found = list(takewhile(now.__ge__, ticks(schedule.expression, schedule.zone, after)))
        if after == state.last or len(found) > MOST_MISSED:
            return found[-MOST_MISSED - 1 :]
        back *= 8


def _settle_missed(schedule: Schedule, state: State, missed: list[int], now: int) -> State:
    wanted = {"skip": [], "once": missed[-1:], "all": missed[-MOST_MISSED:]}[schedule.missed]
    state = msgspec.structs.replace(state, last=missed[-1])
    if len(wanted) < len(missed):
        count = f"over {MOST_MISSED}" if len(missed) > MOST_MISSED else str(len(missed) - len(wanted))
        dropped = missed[-1] if not wanted else missed[-len(wanted) - 1]
        state = _remember(state, Ended(dropped, "skipped", now, why=f"missed, with {count} in all: nothing ran then"))
    for tick in wanted:
        state = _add_waiting(state, Waiting(tick, 1, tick))  # before those that are due only now
    return state


def _settle(schedule: Schedule, state: State, tick: int, now: int) -> State:
    state = msgspec.structs.replace(state, last=tick)
    busy = bool(state.running or state.waiting)
    if schedule.overlap == "skip" and busy:
        return _remember(state, Ended(tick, "skipped", now, why="an earlier run has not ended"))
    if len(state.waiting) >= WAITING:
        return _remember(state, Ended(tick, "skipped", now, why=f"{WAITING} runs wait already"))
    return _add_waiting(state, Waiting(tick, 1, tick))


# -- runs


def _begin(schedule: Schedule, state: State, now: int, holder: str) -> Step | None:
    ready = [run for run in state.waiting if run.at <= now]
    if not ready or not _has_room(schedule, state):
        return None
    run = ready[0]
    running = Running(run.tick, run.attempt, holder, now + LEASE, now)
    waiting = tuple(each for each in state.waiting if each is not run)
    return Step(msgspec.structs.replace(state, running=(*state.running, running), waiting=waiting), running)


def _has_room(schedule: Schedule, state: State) -> bool:
    return len(state.running) < (MOST_PARALLEL if schedule.overlap == "parallel" else 1)


def _lapse(schedule: Schedule, state: State, now: int, holder: str) -> Step | None:
    """Take a run whose holder is dead from it."""
    gone = next((run for run in state.running if run.until <= now and run.holder != holder), None)
    if gone is None:
        return None
    state = _without(state, gone)
    why = "the gateway that ran it is gone"
    state = _remember(state, Ended(gone.tick, "lost", now, attempt=gone.attempt, why=why))
    if gone.attempt < max(LOST_AGAIN, schedule.retries + 1):
        state = _add_waiting(state, Waiting(gone.tick, gone.attempt + 1, now))
    return Step(state)


def _wait_for(state: State, schedule: Schedule, run: Running, now: int) -> State:
    attempt = run.attempt + 1
    return _add_waiting(state, Waiting(run.tick, attempt, now + round(delay_before(attempt, schedule.backoff) * 1000)))


def _add_waiting(state: State, run: Waiting) -> State:
    waiting = sorted((*state.waiting, run), key=lambda each: (each.at, each.tick))
    return msgspec.structs.replace(state, waiting=tuple(waiting))


def _remember(state: State, ended: Ended) -> State:
    return msgspec.structs.replace(state, ended=(*state.ended, ended)[-KEPT_RUNS:])


def _same(one: Running, other: Running) -> bool:
    return (one.tick, one.attempt, one.holder) == (other.tick, other.attempt, other.holder)


def _ours(state: State, run: Running) -> list[Running]:
    return [each for each in state.running if _same(each, run)]


def _without(state: State, run: Running) -> State:
    return msgspec.structs.replace(state, running=tuple(each for each in state.running if not _same(each, run)))


def _renewed(run: Running, now: int) -> Running:
    return msgspec.structs.replace(run, until=now + LEASE)
