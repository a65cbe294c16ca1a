"""How libc's allocator gives memory back: an idle cell is to hold little that is its own."""

from __future__ import annotations

import ctypes

from edge.units import KIB

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 128 * KIB

_libc = ctypes.CDLL(None)


def keep_little() -> None:
    """One arena for all threads, and mappings of their own for large blocks, so that these go when they are freed.

    Without the fixed threshold glibc raises it to the size of whatever is freed.  Other C libraries have no such
    settings.  See mallopt(3).
    """
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        for setting, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, _LARGE)):
            mallopt(setting, value)


def trim() -> None:
    """Give free memory back to the system now; takes about 0.1 ms.  See malloc_trim(3)."""
    malloc_trim = getattr(_libc, "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
