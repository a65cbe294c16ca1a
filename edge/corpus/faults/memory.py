"""Private memory of processes, sampled from /proc in a thread of its own.

A sample is `resident - shared` of /proc/PID/statm, which counts in pages: anonymous memory, also what is still shared
with the process that this one was cloned from.  Who dies between two samples has its last peak from the kernel.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from statistics import median_high
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

INTERVAL = 0.01
_PAGE = os.sysconf("SC_PAGE_SIZE")
_NOISE = 1 << 20
"""Bytes that a process must have grown by to have had part in something."""


class MemorySampler:
    """Peaks of the processes that `follow` names, from `begin` on.  Use as a context manager."""

    def __init__(self) -> None:
        self._gateway = 0
        self._children_too = True
        self._now: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._peak: dict[int, int] = {}
        self._files: dict[int, int] = {}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def follow(self, gateway: int, *, children: bool) -> None:
        """Sample the children of the gateway with this process id, or the gateway itself."""
        self._gateway, self._children_too = gateway, children

    def begin(self) -> None:
        """Forget what was; what processes hold now counts only when it grows."""
        with self._lock:
            self._before = dict(self._now)
            self._peak = {}

    def peak(self) -> int:
        """Most bytes that one process held since `begin`, of those that grew; 0 when none did."""
        with self._lock:
            grown = [size for pid, size in self._peak.items() if size > self._before.get(pid, 0) + _NOISE]
        return max(grown, default=0)

    def died(self, pid: int, resident: int) -> None:
        """Take in what the kernel says of a process: the most bytes that were resident, pages of files among them."""
        with self._lock:
            if pid in self._files and pid in self._peak:
                self._peak[pid] = max(self._peak[pid], resident - self._files[pid])

    def idle(self) -> int:
        """Bytes that a process of those followed holds now, the middle one of them."""
        with self._lock:
            return median_high(self._now.values()) if self._now else 0

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            found = {pid: sample for pid in self._processes() if (sample := _sample(pid)) is not None}
            with self._lock:
                self._now = {pid: private for pid, (private, _) in found.items()}
                for pid, (private, files) in found.items():
                    self._peak[pid] = max(private, self._peak.get(pid, 0))
                    self._files[pid] = files

    def _processes(self) -> Iterable[int]:
        if not self._gateway:
            return ()
        return children(self._gateway) if self._children_too else (self._gateway,)


def children(parent: int) -> list[int]:
    """Process ids of the children of a process; the kernel lists them by the thread that made them."""
    found: list[int] = []
    for thread in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, thread.read_text(encoding="ascii").split())
    return found


def private_bytes(pid: int) -> int:
    """Anonymous memory of a process; 0 when it is gone."""
    sample = _sample(pid)
    return sample[0] if sample else 0


def _sample(pid: int) -> tuple[int, int] | None:
    """Anonymous memory and pages of files, in bytes; None when the process is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        resident, files = int(fields[1]), int(fields[2])
        if resident:  # a zombie has none
            return max(resident - files, 0) * _PAGE, files * _PAGE
    return None
