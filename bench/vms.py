"""VMs of `edge.vm`, many, one after the other: what each costs, and what grows."""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import trio

from bench import procfs
from bench.table import Column, Table
from edge.errors import InternalError
from edge.units import MIB
from edge.vm import VM, IpcRxLibrary, TimingLibrary

if TYPE_CHECKING:
    from bench.scale import Scale
    from edge.vm.arguments import Mode

COLUMNS = [
    Column("mode"),
    Column("VMs"),
    Column("each", "ms", 1),
    Column("RSS", "MiB", 1),
    Column("threads"),
    Column("descriptors"),
]
TITLE = "VMs of edge.vm: made, run, called and disposed of, two at a time"
NOTES = ["Each has a timer that is still running when it is disposed of. A VM in a cell is a process of its own."]
MODES: tuple[Mode, ...] = ("embedded", "cells")
PARTS = 4
WARM_UP = 200
GROWTH = 0.1
SLACK = 8 * MIB
"""By how much memory may grow after the warm-up."""
IDLE_THREADS = 4
"""Of Trio, which wait for more work for ten seconds."""


class _Held(NamedTuple):
    """Of this process."""

    resident: int
    threads: int
    descriptors: int


async def vms(scale: Scale, _folder: Path) -> Table:
    """A row at the beginning and after each part.  Raises InternalError when something grows."""
    table = Table("vms", TITLE, COLUMNS, notes=NOTES)
    for mode in MODES:
        await _make(mode, WARM_UP)
        before = _note(table, mode, 0, None)
        share = scale.vms // PARTS
        after = before
        for part in range(1, PARTS + 1):
            began = time.monotonic()
            await _make(mode, share)
            after = _note(table, mode, part * share, (time.monotonic() - began) / share)
        _compare(before, after)
    return table


def _note(table: Table, mode: Mode, count: int, seconds: float | None) -> _Held:
    gc.collect()
    held = _Held(
        procfs.memory(os.getpid()).resident, threading.active_count(), sum(1 for _ in Path("/proc/self/fd").iterdir())
    )
    each = None if seconds is None else 1000 * seconds
    table.add(mode, count, each, held.resident / MIB, held.threads, held.descriptors)
    return held


def _compare(before: _Held, after: _Held) -> None:
    if after.resident > before.resident * (1 + GROWTH) + SLACK:
        raise InternalError(f"memory grew from {before.resident} to {after.resident} bytes")
    if after.threads > before.threads + IDLE_THREADS or after.descriptors > before.descriptors:
        raise InternalError(f"threads or descriptors grew: {before}, {after}")


async def _make(mode: Mode, count: int) -> None:
    async def some(share: int) -> None:
        for _ in range(share):
            async with VM([TimingLibrary(), IpcRxLibrary({"f": trio.lowlevel.checkpoint})], mode=mode) as vm:
                await vm.run("setInterval(() => {}, 1000); await f(); return { g: () => 1 }")
                await vm.call("g")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(some, count // 2)
        nursery.start_soon(some, count - count // 2)
