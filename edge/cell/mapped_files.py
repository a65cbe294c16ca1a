"""Files that are mapped into a process: V8's library, Python's."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

_MADV_POPULATE_READ = 22


class Mapping(NamedTuple):
    """Part of a file in memory that nobody can write."""

    start: int
    size: int


def mappings(maps: str) -> list[Mapping]:
    """The readable, read-only file mappings in the text of /proc/PID/maps (proc_pid_maps(5))."""
    found = []
    for line in maps.splitlines():
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[5].startswith("/") and fields[1].startswith("r-"):
            start, end = (int(part, 16) for part in fields[0].split("-"))
            found.append(Mapping(start, end - start))
    return found


def load(maps: str) -> None:
    """Touch them all, so that clones share their pages with us instead of being the only ones that have them.

    See madvise(2); older kernels refuse it, and nothing is lost.
    """
    libc = ctypes.CDLL(None)
    for mapping in mappings(maps):
        libc.madvise(ctypes.c_void_p(mapping.start), ctypes.c_size_t(mapping.size), _MADV_POPULATE_READ)
