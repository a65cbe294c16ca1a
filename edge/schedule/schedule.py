"""A schedule: by which expression a function runs, and what happens when a run cannot be as it should."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Overlap: TypeAlias = Literal["skip", "queue", "parallel"]
Missed: TypeAlias = Literal["skip", "once", "all"]

LONGEST_BACKOFF = 3600.0
"""Seconds between two attempts, however many there were."""


class Schedule(msgspec.Struct, frozen=True):
    """One entry of a function.

    - `overlap`: a tick while an earlier run goes on is skipped, waits for its turn, or runs beside it.
    - `retries`: so many more attempts when a run fails; the first after `backoff` seconds, each next after twice that.
    - `missed`: of ticks that nobody was there for, none, the latest or all are run.
    """

    expression: str
    zone: str = "UTC"
    overlap: Overlap = "skip"
    retries: int = 0
    backoff: float = 10.0
    missed: Missed = "skip"

    @property
    def key(self) -> str:
        """What tells it from the other schedules of its function, and what its state is kept under."""
        return f"{self.expression} {self.zone}"


def delay_before(attempt: int, backoff: float) -> float:
    """Seconds to wait before an attempt, the first of which is number 1 and waits for nothing."""
    if attempt < 2:
        return 0.0
    return min(backoff * 2.0 ** min(attempt - 2, 30), LONGEST_BACKOFF)
