"""What programs give to VMs, checked where it is given, so that a slip is not found by code that runs."""

from __future__ import annotations

from typing import Literal, get_args

from edge.units import MIB, parse_size

Mode = Literal["cells", "embedded"]

LEAST_MEMORY = MIB
"""Bytes.  Less is a number without its unit: 128 instead of "128MiB"."""


def memory_of(limit: object) -> int:
    """Bytes, from a number of them or text like "64MiB".  Raises ValueError, TypeError."""
    size = parse_size(limit) if isinstance(limit, str) else limit
    if not isinstance(size, int) or isinstance(size, bool):
        raise TypeError(f'a memory limit is bytes or text like "64MiB", not {limit!r:.50}')
    if size < LEAST_MEMORY:
        raise ValueError(f'a memory limit of {size} bytes is too little (write it with its unit, like "64MiB")')
    return size


def seconds_of(timeout: object) -> float | None:
    """Seconds; None: without end.  Raises ValueError, TypeError."""
    if timeout is None:
        return None
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool):
        raise TypeError(f"a timeout is seconds as a number, or None for no end, not {timeout!r:.50}")
    if not timeout >= 0:
        raise ValueError(f"a timeout is 0 seconds or more, not {timeout}")
    return timeout


def mode_of(mode: Mode) -> Mode:
    """Raises ValueError."""
    if mode not in get_args(Mode):
        raise ValueError(f'the mode is {mode!r:.50} (it may be "cells" or "embedded")')
    return mode
