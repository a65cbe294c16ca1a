"""Whether a new version has failed so often that it is taken back.  Pure: values in, values out.

It is compared with a threshold, and with the versions beside it: what fails everywhere is no reason to go back.  The
ratio that counts is not the one that was seen, but the lowest that it may have been drawn from (Wilson's interval,
one-sided, at 99 %), so that a few failures among a few requests weigh as much as they prove.

Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
"""

from __future__ import annotations

import math

import msgspec

CONFIDENCE = 2.326
"""Standard deviations: 99 %, one-sided."""


class Rule(msgspec.Struct, frozen=True):
    """Ratios from 0 to 1, of all requests of the version; `minimum` requests before any verdict; `bake` in seconds.

    Timeouts are failures, too; their own ratio may be held lower.
    """

    errors: float = 0.05
    timeouts: float = 0.05
    minimum: int = 5
    bake: float = 600.0


class Tally(msgspec.Struct):
    """What became of the requests of a version; `failures` has the timeouts in it."""

    requests: int = 0
    failures: int = 0
    timeouts: int = 0

    def add(self, *, failed: bool, timed_out: bool) -> None:
        """One more request."""
        self.requests += 1
        self.failures += failed
        self.timeouts += timed_out


def verdict(rule: Rule, new: Tally, old: Tally, age: float) -> str:
    """Why the new version is to be taken back; "" to let it go on.  `age`: seconds since it got traffic."""
    if age > rule.bake or new.requests < rule.minimum:
        return ""
    for what, count, others, limit in (
        ("timeouts", new.timeouts, old.timeouts, rule.timeouts),
        ("failures", new.failures, old.failures, rule.errors),
    ):
        least = lowest(count, new.requests)
        usual = others / old.requests if old.requests >= rule.minimum else 0.0
        if least > limit and least > usual:
            compared = f", of the others {others} of {old.requests}" if old.requests else ""
            return f"{count} of {new.requests} requests were {what} (at most {limit:.2%}){compared}"
    return ""


def lowest(count: int, total: int) -> float:
    """The lowest ratio that `count` of `total` can reasonably be a sample of."""
    if not count:
        return 0.0
    ratio, square = count / total, CONFIDENCE**2
    spread = CONFIDENCE * math.sqrt(ratio * (1 - ratio) / total + square / (4 * total**2))
    return max(0.0, (ratio + square / (2 * total) - spread) / (1 + square / total))
