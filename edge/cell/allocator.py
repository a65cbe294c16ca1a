"""Memory of the process: how libc gives it back, and whether the kernel has more."""

from __future__ import annotations

import ctypes
import mmap

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


def has_room(size: int) -> bool:
    """Whether the limit on the process's data (RLIMIT_DATA) allows for `size` bytes more; takes about 5 us.

    A sealed process can read neither its limits nor what it uses, but it can try.
    """
    try:
        mmap.mmap(-1, size, mmap.MAP_PRIVATE).close()
    except OSError:
        return False
    return True
