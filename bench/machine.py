"""The machine that measured, without which numbers mean nothing."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from edge import __version__
from edge.engine import dll
from edge.units import GIB


class Machine(msgspec.Struct, frozen=True):
    """`load` is the one-minute load average at the start: above 0 something else used the machine too."""

    date: str
    edge: str
    processor: str
    cores: int
    memory: str
    system: str
    python: str
    mini_racer: str
    v8: str
    load: float

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"Measured on {self.date} with edge {self.edge}",
            f"Processor: {self.processor}, {self.cores} cores, {self.memory}; load before the start {self.load:.2f}",
            f"Software: {self.system}, Python {self.python}, mini-racer {self.mini_racer}, V8 {self.v8}",
        ]


def describe() -> Machine:
    """This machine, now."""
    versions = dll.versions()
    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        edge=__version__,
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory=f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIB:.1f} GiB",
        system=f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}",
        python=platform.python_version(),
        mini_racer=versions.mini_racer,
        v8=versions.v8,
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        return platform.processor() or "unknown"
    found = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return found[0] if found else platform.machine()
