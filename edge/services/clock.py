"""Wall-clock time for services, injectable so that tests move it by hand."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""A function that answers milliseconds since the Unix epoch."""


def wall_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
