"""The arithmetic of rate limits: GCRA, a token bucket whose whole state is one time.

The generic cell rate algorithm (ITU-T I.371, in the form of virtual scheduling) keeps the time at which the bucket will
be full again.  Pure: times are seconds on whatever clock the caller keeps to.
"""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from edge.units import parse_duration

_RATE: Final = re.compile(r"([1-9]\d{0,8})/(\S{1,20})")


class Rate(NamedTuple):
    """`amount` requests per `period` seconds; `burst` of them may come at once."""

    amount: int
    period: float
    burst: int

    @property
    def interval(self) -> float:
        """Seconds in which one request more becomes possible."""
        return self.period / self.amount

    @property
    def window(self) -> float:
        """Seconds in which an empty bucket fills."""
        return self.interval * self.burst


class Verdict(NamedTuple):
    """Of one request: how many more could follow at once, and seconds until the bucket is full, or one more passes."""

    admitted: bool
    remaining: int
    reset: float
    retry_after: float = 0.0


def parse_rate(text: str, burst: int | None = None) -> Rate:
    """From `100/15m` or `10/s`; as many at once when `burst` says nothing.  Raises ValueError."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:60]!r} is not a rate (100/15m)")
    try:
        period = parse_duration(match[2] if match[2][0].isdigit() else f"1{match[2]}")
    except ValueError:
        period = 0.0
    if not 0 < period < math.inf:
        raise ValueError(f"{text[:60]!r} is not a rate (100/15m)")
    amount = int(match[1])
    return Rate(amount, period, burst or amount)


def spend(full_at: float, now: float, rate: Rate) -> tuple[Verdict, float]:
    """The verdict on a request at `now`, and when the bucket will be full after it.

    `full_at`: when it will be full as things are; anything in the past stands for a full one.  What lies further in the
    future than an empty bucket needs comes from a clock that has been set back, and counts as an empty one.
    """
    debt = min(full_at - now, rate.window) if full_at > now else 0.0  # also for a NaN, from a damaged file
    wanted = debt + rate.interval
    if wanted > rate.window * (1 + 1e-9):
        return Verdict(False, 0, debt, max(wanted - rate.window, 0.0)), now + debt
    return Verdict(True, int((rate.window - wanted) / rate.interval + 1e-6), wanted), now + wanted
