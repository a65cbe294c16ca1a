"""How many cores a process may use: what it may run on, and the quota of its control group (containers)."""

from __future__ import annotations

import math
import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores() -> int:
    """At least 1."""
    try:
        usable = len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        usable = os.cpu_count() or 1
    try:
        quota = parse_quota(_QUOTA.read_text("ascii"))
    except (OSError, UnicodeDecodeError):
        quota = None
    return max(1, min(usable, quota or usable))


def parse_quota(text: str) -> int | None:
    """Cores that `cpu.max` allows, rounded up; None for no limit.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
    """
    quota, _, period = text.strip().partition(" ")
    if not quota.isdecimal() or not period.isdecimal() or not int(period):
        return None
    return max(1, math.ceil(int(quota) / int(period)))
