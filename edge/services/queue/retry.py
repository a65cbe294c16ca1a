"""When a deferred invocation runs again, and when it has failed for good.  Pure: no clock, no queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.invocation import Outcome
from edge.services.queue.records import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.function import Retries
    from edge.services.queue.records import Attempt

LOST = "lost"
"""The outcome of an attempt that the gateway did not outlive.  It counts: nothing shall kill gateways for ever."""
REMOVED = "removed"
"""The outcome of an attempt at a function that is not there any more."""
LONGEST = 24 * 60 * 60 * 1000
"""Milliseconds that a retry waits at most (`max_backoff`): what is due later is due because the clock went back."""
POSTPONED = 20
"""A postponed attempt waits as if it were a retry, up to this number of doublings."""
_BUSY = frozenset({408, 425, 429})


class Verdict(msgspec.Struct, frozen=True):
    """What follows from an attempt: a state; the seconds until the next attempt when that is QUEUED.

    `counts` says whether the attempt was one of those that `retries` allows.
    """

    state: State
    delay: float = 0.0
    counts: bool = True
    reason: str = ""


def failure_of(outcome: str, status: int) -> str:
    """The kind of a failure, as `retry_on` names it; "" for a success."""
    if outcome != Outcome.OK:
        return outcome
    if status in _BUSY:
        return "busy"
    return "" if status < 400 else f"{status // 100}xx"


def delay_before(retries: Retries, retry: int) -> float:
    """Seconds before the retry of this number, from 1: doubled each time."""
    return min(retries.max_backoff, retries.backoff * 2.0 ** min(retry - 1, 60))


def judge(retries: Retries, tries: int, age: float, attempt: Attempt) -> Verdict:
    """What follows from `attempt`.  `tries` counts those before it, `age` is in seconds."""
    kind = failure_of(attempt.outcome, attempt.status)
    if not kind:
        return Verdict(State.SUCCEEDED)
    if kind == Outcome.CANCELED:
        return Verdict(State.QUEUED, counts=False)
    if kind == REMOVED:
        return Verdict(State.FAILED, counts=False, reason=attempt.error)
    counts = kind != Outcome.OVERLOADED
    delay = delay_before(retries, tries + 1 if counts else min(attempt.number, POSTPONED))
    if counts and kind != LOST and kind not in retries.retry_on:
        return Verdict(State.FAILED, reason=f"{_told(attempt)}: not retried (retry_on)")
    if counts and tries >= retries.retries:
        return Verdict(State.FAILED, reason=f"{_told(attempt)} in attempt {tries + 1} of {retries.retries + 1}")
    if age + delay > retries.max_age:
        return Verdict(State.FAILED, counts=counts, reason=f"{_told(attempt)}, and {too_old(retries)}")
    return Verdict(State.QUEUED, delay, counts)


def _told(attempt: Attempt) -> str:
    if attempt.outcome == Outcome.OK:
        return f"the function answered {attempt.status}"
    return attempt.error or f"it ended with {attempt.outcome}"


def too_old(retries: Retries) -> str:
    """Why something that waited too long is given up."""
    return f"it would be older than {retries.max_age:g} s (max_age)"


def is_due(due: int, now: int) -> bool:
    """Whether the time has come; also when the clock was set back since `due` was decided."""
    return due <= now or due > now + LONGEST


def choose(ready: Sequence[str], room: Mapping[str, int], last: str) -> str | None:
    """Whose turn it is: of the functions with something `ready` and `room` for it, the next after `last` by name."""
    able = sorted(name for name in ready if room.get(name, 0) > 0)
    return next((name for name in able if name > last), able[0] if able else None)
