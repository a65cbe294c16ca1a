"""How much memory a cell may have.  Pure; all sizes in bytes."""

from __future__ import annotations

from edge.units import MIB

ISOLATE = 9 * MIB // 2
"""What an isolate takes before it has run anything, most of it the reserved stack of its thread."""

SLACK = 9 * MIB
"""What V8 needs beside what a function holds, for each isolate in use."""


def base_with_blob(reserved: int, blob: int) -> int:
    """What a cell holds for itself once it has its function: `reserved` is its VmData before, `blob` its snapshot.

    The snapshot counts twice: it is held as the bytes of its message until it has been copied to where V8 reads it,
    and a large allocation that is freed goes back to the kernel.
    """
    return reserved + 2 * blob


def heap_limit(memory: int) -> int:
    """V8's own limit for the heap of an isolate: so that a heap that grows ends an invocation, not the process."""
    return memory + memory // 64


def garbage(memory: int) -> int:
    """What V8 may need beside what is held: young objects and what it has not collected yet; 10 MiB are enough."""
    return min(memory // 16, 10 * MIB)


def data_limit(base: int, memory: int, isolates: int, spare: int = 1) -> int:
    """RLIMIT_DATA of a cell with so many isolates in use and `spare` unused ones.

    The kernel counts private writable memory from the moment it is reserved as writable, whether it is touched or
    not, and refuses more with ENOMEM.  It counts, in this order:

    - `base`: see `base_with_blob`.  It is measured, as half of it is what libraries and the code range of V8
      reserve, which differs between machines.
    - `memory` for each isolate in use: what the function was promised.  One that rests in an invocation still
      holds its memory, so those are counted, not those that run.  None in use counts as one: a cell at rest is
      ready for the next.
    - ISOLATE for each of them, and for each spare one but the one that takes its place.
    - SLACK and `garbage`: what V8 has not given back, young objects, its tables.  Measured: an array of 1 MiB takes
      1.25, so that 85 % of 256 MiB filled with them want 272; buffers fill what is reserved to the last page.
    """
    used = max(isolates, 1)
    return base + used * (memory + garbage(memory)) + (used + spare - 1) * ISOLATE + SLACK


def may_retain(memory: int) -> int:
    """What a cell may hold at rest beyond its base: more of it would be missing in the next invocation.

    V8 and libc keep memory of isolates that are gone, and not all of it fits what is asked for next.
    """
    return 2 * ISOLATE + SLACK + garbage(memory)


HIDDEN = 40 * MIB
"""By how much resident memory may exceed the allowance: what is reserved in the base, code above all, fills late."""


def may_be_resident(anonymous: int, base: int, limit: int) -> int:
    """Private resident memory above which a cell is killed.

    RLIMIT_DATA does not count what native code hides from it by making written pages inaccessible; being resident it
    is seen.  `anonymous` was resident of `base` when the cell got its function, `limit` is its RLIMIT_DATA.
    """
    return anonymous + limit - base + HIDDEN
