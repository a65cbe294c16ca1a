"""How long to wait after repeated failures.  Pure: times are given, in seconds of any one clock."""

from __future__ import annotations

import math


class Backoff:
    """Failure `limit` in a row blocks for `first` seconds, each one after it for twice as long, up to `longest`."""

    def __init__(self, limit: int, first: float, longest: float) -> None:
        self._limit = limit
        self._first = first
        self._longest = longest
        self.failures = 0
        self.last = -math.inf  # when the last failure was
        self.until = -math.inf

    def fail(self, now: float) -> None:
        """One more failure."""
        self.failures += 1
        self.last = now
        beyond = self.failures - self._limit
        if beyond >= 0:
            self.until = now + min(self._first * 2 ** min(beyond, 30), self._longest)

    def succeed(self) -> None:
        """Failures so far do not count any more."""
        self.failures = 0
        self.until = -math.inf

    def blocked(self, now: float) -> bool:
        """Whether it is too early for another attempt."""
        return now < self.until
