"""What the kernel knows about another process (Linux): see proc(5)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from edge.units import KIB

_TICKS = os.sysconf("SC_CLK_TCK")
_SCHEDULED = 2  # CPUCLOCK_SCHED of the kernel: user and system, in nanoseconds
_CUTIME, _CSTIME = 13, 14  # fields of /proc/PID/stat, counted from the state, which follows the name in brackets


class Memory(msgspec.Struct, frozen=True):
    """Bytes: `resident` with what is shared with other processes, `private` (USS) without, `dirty` of it written to."""

    resident: int
    private: int
    dirty: int

    def less(self, other: Memory) -> Memory:
        """How much more this is."""
        return Memory(self.resident - other.resident, self.private - other.private, self.dirty - other.dirty)


def cpu_seconds(pid: int) -> float:
    """CPU that a process used, exactly, and that its children that have ended used, to 10 ms.

    The clock of another process is addressed as the C library's clock_getcpuclockid(3) does it.
    """
    own = time.clock_gettime(~pid << 3 | _SCHEDULED)
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return own + (int(fields[_CUTIME]) + int(fields[_CSTIME])) / _TICKS


def proportional(pid: int) -> int:
    """Bytes that a process holds now, each page divided among those that share it (PSS); 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) * KIB


def memory(pid: int) -> Memory:
    """What a process holds now, without its children."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace").splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) * KIB for line in lines}
    dirty = sizes["Private_Dirty"]
    return Memory(sizes["Rss"], sizes["Private_Clean"] + dirty, dirty)
