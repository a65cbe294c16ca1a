"""Whether a cell sets its isolate back after each use, how often it has, and why it does not.

What a cell says of itself is for operators alone: nothing is decided by it but when a crowded cell is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections import Counter

    from edge.wire.cell import Hindrance

State = Literal["", "yes", "crowded", "off", "library", "snapshot", "image"]
"""`yes`; `crowded`: no more, since it had to run several at once; else what hinders it.  "" for a blank cell."""

REWOUND, CROWDED, UNABLE = "rewound", "crowded", "unable"
"""Counts, beside those of how cells ended: rewindings by cells that are gone, cells that got crowded, and warnings."""

REASONS: dict[Hindrance, tuple[str, str]] = {
    "library": (
        "V8 cannot be driven directly here, or has no memory of its own",
        "it takes Linux on x86_64 with glibc, and mini-racer from its wheel for that",
    ),
    "image": (
        "the kernel gives cells no file in memory, or V8 has more memory than an image holds",
        "allow memfd_create, and /proc/self/maps to be read",
    ),
}
"""Why no cell of this machine rewinds, and what to do about it."""

COST = "each request has an isolate made for it, which takes about ten times the CPU"


class Rewinding:
    """That of one cell; `counts` are those of all."""

    def __init__(self, counts: Counter[str]) -> None:
        self.state: State = ""
        self._counts = counts
        self._before = 0  # rewindings, up to when it got crowded

    def begin(self, hindrance: Hindrance) -> None:
        """It has its function."""
        self.state = hindrance or "yes"

    def crowd(self, used: int) -> None:
        """It had to run several at once; so many isolates had been given back before."""
        if self.state == "yes":
            self.state, self._before = "crowded", used
            self._counts[CROWDED] += 1

    def times(self, used: int) -> int:
        """How often it has rewound its isolate: once for each that was given back, as long as it did."""
        return used if self.state == "yes" else self._before

    def end(self, used: int) -> None:
        """It is gone: what it did is counted with all others."""
        if times := self.times(used):
            self._counts[REWOUND] += times
        self.state, self._before = "", 0
