"""When a cell is to be replaced although nothing is wrong with it.  Pure; sizes in bytes, times in seconds."""

from __future__ import annotations

from edge.units import HOURS, MIB, MINUTES

MAX_AGE = 1 * HOURS
JITTER = 10 * MINUTES
"""A cell lives for MAX_AGE and up to JITTER more, so that those that began together do not end together."""

MAX_SERVED = 10_000
"""Uses that a cell is good for."""

MAX_CPU = 3000.0
"""Seconds of CPU after which a cell is replaced: before its own limit ends it (edge.cell.main)."""

WEIGH_EVERY = 100
"""Its memory is looked at when it rests and has served so many times since the last look."""
FIRST_WEIGHED = 10
"""What it holds after so many uses is what it needs."""
GROWTH = 2.0
SLACK = 16 * MIB
"""It may grow to GROWTH times what it needs, and SLACK more."""


class Wear:
    """What a cell has been through.  `expires` is on the caller's clock."""

    def __init__(self, expires: float) -> None:
        self.expires = expires
        self.served = 0
        self._needs = 0
        self._weigh_at = FIRST_WEIGHED

    def serve(self) -> None:
        """It was used once more."""
        self.served += 1

    def reason(self, now: float) -> str:
        """Why it should go, or ""; continues the sentence "the cell was ended: it ..."."""
        if self.served >= MAX_SERVED:
            return f"has served {self.served} times"
        return "is old" if now >= self.expires else ""

    @property
    def wants_weighing(self) -> bool:
        """Whether its memory should be measured when it rests."""
        return self.served >= self._weigh_at

    def weigh(self, memory: int) -> str:
        """Take note of its memory at rest: why it should go, or ""."""
        self._weigh_at = self.served + WEIGH_EVERY
        if not self._needs:
            self._needs = memory
        elif memory > GROWTH * self._needs + SLACK:
            return f"has grown from {self._needs // MIB} MiB to {memory // MIB} MiB"
        return ""
