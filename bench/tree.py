"""A process and its descendants as the kernel shows them (Linux): see proc(5)."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from bench import procfs

_STATE, _PARENT, _SESSION, _THREADS = 0, 1, 3, 17  # fields of /proc/PID/stat, counted from the state
_ZOMBIE = "Z"
_BUILD = "edge-build"


class Process(msgspec.Struct, frozen=True):
    """One process; `session` is the pid of the first process of its session (setsid(2))."""

    pid: int
    name: str
    parent: int
    session: int
    state: str
    threads: int

    @property
    def is_zygote(self) -> bool:
        """Of a gateway's children: its cells and builds are in the session of the zygote that made them."""
        return self.session == self.pid


class Counts(msgspec.Struct, frozen=True):
    """What a process that leaks has more and more of: `children` are live ones, `zombies` were not reaped."""

    descriptors: int
    threads: int
    children: int
    zombies: int


def children(pid: int) -> list[Process]:
    """The children of a process, dead ones that were not reaped too."""
    return [process for process in _all() if process.parent == pid]


def alive(pid: int) -> list[Process]:
    """The live children of a process."""
    return [process for process in children(pid) if process.state != _ZOMBIE]


def cells(pid: int) -> list[Process]:
    """The live cells of a gateway, without those that build, or wait for the next build."""
    return [process for process in alive(pid) if not process.is_zygote and process.name != _BUILD]


def zygote(pid: int) -> Process:
    """The youngest live zygote of a gateway.  Raises ValueError when there is none."""
    return max((process for process in alive(pid) if process.is_zygote), key=lambda process: process.pid)


def counts(pid: int) -> Counts:
    """Of a process now."""
    own = _read(pid)
    found = children(pid)
    dead = sum(process.state == _ZOMBIE for process in found)
    open_now = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return Counts(open_now, own.threads if own else 0, len(found) - dead, dead)


def cpu_seconds(pid: int) -> float:
    """CPU that a process and all its descendants have used, those that have ended too (to 10 ms)."""
    return procfs.cpu_seconds(pid) + cpu_of_descendants(pid)


def cpu_of_descendants(pid: int) -> float:
    """CPU of the live ones, and of those that these had."""
    known: dict[int, list[int]] = {}
    for process in _all():
        known.setdefault(process.parent, []).append(process.pid)
    spent, left = 0.0, known.pop(pid, [])
    while left:
        child = left.pop()
        left += known.pop(child, [])
        spent += _cpu_if_alive(child)
    return spent


def cpu_of_others() -> float:
    """CPU of all descendants of this process, those that have ended too (to 10 ms)."""
    ended = os.times()
    return ended.children_user + ended.children_system + cpu_of_descendants(os.getpid())


def _cpu_if_alive(pid: int) -> float:
    try:
        return procfs.cpu_seconds(pid)
    except OSError:
        return 0.0


def _all() -> list[Process]:
    found = [_read(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [process for process in found if process is not None]


def _read(pid: int) -> Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return Process(pid, name, int(fields[_PARENT]), int(fields[_SESSION]), fields[_STATE], int(fields[_THREADS]))
