"""Limits that a process of functions sets for itself, before any function runs in it."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

from edge.cell.kernel import PR_SET_THP_DISABLE, checked, libc, prctl
from edge.errors import SandboxError
from edge.units import KIB, MIB

CODE_RANGE = 16 * MIB
"""Machine code that V8 can have at once in a process, in bytes."""

THREAD_STACK = 1536 * KIB  # V8 uses 984 KiB of it
DESCRIPTORS = 16
MAIN_STACK = 8 * MIB  # not charged to RLIMIT_DATA
THREADS = 512

_LIMITS = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_MEMLOCK: 0,
    resource.RLIMIT_MSGQUEUE: 0,
    resource.RLIMIT_NICE: 0,
    resource.RLIMIT_RTPRIO: 0,
    resource.RLIMIT_SIGPENDING: 64,
    resource.RLIMIT_NOFILE: DESCRIPTORS,
    resource.RLIMIT_STACK: MAIN_STACK,
}
_ATTRIBUTES_SIZE = 256  # of a pthread_attr_t, at most
_OOM_FIRST = 1000


def set_limits(*, own_users: bool) -> None:
    """Lower all limits but CPU and memory, for good.

    Threads are counted per user, so they are limited only where users are counted apart (`own_users`: in a user
    namespace of this process alone).
    """
    for limit, value in _LIMITS.items():
        _lower(limit, value)
    if own_users:
        _lower(resource.RLIMIT_NPROC, THREADS)


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(limit, (value, value))


def limit_cpu(seconds: int) -> None:
    """End the process when all its threads together have used this much CPU time since its start."""
    _lower(resource.RLIMIT_CPU, seconds)


def set_thread_stack(size: int = THREAD_STACK) -> None:
    """Bytes of stack of threads made from now on, V8's among them.  Raises OSError."""
    attributes = ctypes.create_string_buffer(_ATTRIBUTES_SIZE)
    steps = (
        ("pthread_attr_init", libc.pthread_attr_init(attributes)),
        ("pthread_attr_setstacksize", libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(size))),
        ("pthread_setattr_default_np", libc.pthread_setattr_default_np(attributes)),
    )
    for name, error in steps:
        if error:
            raise OSError(error, f"{name} failed")


def forbid_huge_pages() -> None:
    """Memory in pages of 4 KiB alone: with huge ones a process holds more than it asked for.  Raises OSError."""
    prctl(PR_SET_THP_DISABLE, 1)


def be_killed_first() -> None:
    """When the machine runs out of memory, the kernel takes this process, and its children, before others."""
    Path("/proc/self/oom_score_adj").write_text(str(_OOM_FIRST), "utf-8")


def trim_code_range(keep: int = CODE_RANGE) -> int:
    """Give back all but the first `keep` bytes of V8's code range; the bytes given back (0 when there is none).

    V8 reserves 512 MiB writable, which count as data from the start: code in them would be free of charge.  It fills
    them from the low end; code beyond ends the process.  To be called when the first isolate has been made, which
    reserves the range, and before `seal`.  Raises SandboxError when it is unclear which mapping it is, or OSError.
    """
    ranges = code_ranges(Path("/proc/self/maps").read_text("utf-8", "replace"))
    if len(ranges) > 1:
        raise SandboxError(f"V8 has {len(ranges)} code ranges, and one was expected")
    if not ranges:
        return 0
    low, high = ranges[0]
    beyond = max(high - low - keep, 0)
    if beyond:
        checked(libc.mprotect(low + keep, beyond, 0), "mprotect of the code range")
    return beyond


def code_ranges(maps: str) -> list[tuple[int, int]]:
    """Start and end of the mappings of /proc/PID/maps that can only be V8's code range: huge and `rwxp`."""
    found = []
    for line in maps.splitlines():
        place, access = line.split(None, 2)[:2]
        low, high = (int(part, 16) for part in place.split("-"))
        if access == "rwxp" and high - low >= 256 * MIB:
            found.append((low, high))
    return found
