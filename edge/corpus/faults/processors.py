"""How much of the machine's processors something else has used: figures of a neighbour mean little beside that."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from edge.corpus.faults.memory import children

_TICK = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)  # fields of /proc/stat: idle and waiting for a disk
_GUEST = 8  # from here on they are counted twice


class ProcessorMeter:
    """Seconds of processor time since it was made: all of the machine's, and those of this check and `gateway`."""

    def __init__(self, gateway: int) -> None:
        self._began = time.monotonic()
        self._gateway = gateway
        self._busy, self._ours = _busy(), _of_us(gateway)

    def others(self) -> float:
        """The share of all processors that others used, 0 to 1; what a hypervisor took away is among it."""
        passed = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        others = (_busy() - self._busy) - (_of_us(self._gateway) - self._ours)
        return min(1.0, max(0.0, others / passed))


def _busy() -> float:
    fields = [int(field) for field in Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()[1:]]
    return (sum(fields[:_GUEST]) - sum(fields[number] for number in _IDLE)) / _TICK


def _of_us(gateway: int) -> float:
    """This process, the gateway, and their children, those that have died among them."""
    here = os.getpid()
    return sum(map(_used, {here, gateway, *children(here), *children(gateway)}))


def _used(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICK
    return 0.0
