"""Calls between a VM of `edge.vm` and its host, beside isolated-vm where that is to be had.

isolated-vm is a package for Node: `npm install isolated-vm@7 --ignore-scripts` in a folder, with Node 24, and
`EDGE_ISOLATED_VM=FOLDER ./scripts/bench --only vm-calls`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from importlib import resources
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.table import Column, Table
from edge.vm import VM, InjectLibrary, IpcRxLibrary

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.scale import Scale
    from edge.vm.arguments import Mode

COLUMNS = [
    Column("call"),
    Column("in"),
    Column("wall", "us", 1),
    Column("CPU", "us", 1),
    Column("times isolated-vm", "", 1),
]
NOTES = [
    "Wall and CPU of one call; medians of the rounds. CPU is that of this process: in mode embedded of everything.",
    "A goal of the project: a call from the VM to the host and back within 150 us in this process.",
]
MODES: tuple[Mode, ...] = ("embedded", "cells")
ASYNC, PLAIN, NOW, CALL = "VM, host, VM", "the same, a plain function", "VM, host, VM, synchronous", "host, VM, host"
CODE = """
return {
  loop: async (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += await later(1); return sum },
  loopPlain: async (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += await plain(1); return sum },
  loopNow: async (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += now(1); return sum },
  nothing: async () => 1,
};
"""
CALLS = 100
_SECONDS = 300


async def vm_calls(scale: Scale, _folder: Path) -> Table:
    """One row for each kind of call and mode."""
    count = CALLS * scale.repeats
    peers = _isolated_vm(count)
    table = Table("vm-calls", "A call between a VM of edge.vm and its host", COLUMNS, notes=list(NOTES))
    for mode in MODES:
        for call, (wall, cpu) in (await _measure(mode, scale.rounds, count)).items():
            peer = peers.get(call.replace(PLAIN, ASYNC))
            table.add(call, mode, wall, cpu, wall / peer if peer else None)
    for call, wall in peers.items():
        table.add(call, "isolated-vm", wall, None, 1.0)
    return table


async def _later(value: object) -> object:
    return value


def _now(value: object) -> object:
    return value


async def _measure(mode: Mode, rounds: int, count: int) -> dict[str, tuple[float, float]]:
    libraries = [IpcRxLibrary({"later": _later, "plain": _now}), InjectLibrary({"now": _now})]
    async with VM(libraries, mode=mode, timeout=_SECONDS) as vm:
        await vm.run(CODE)

        async def call_often() -> None:
            for _ in range(count):
                await vm.call("nothing")

        return {
            ASYNC: await _timed(lambda: vm.call("loop", count), rounds, count),
            PLAIN: await _timed(lambda: vm.call("loopPlain", count), rounds, count),
            NOW: await _timed(lambda: vm.call("loopNow", count), rounds, count),
            CALL: await _timed(call_often, rounds, count),
        }


async def _timed(work: Callable[[], Awaitable[object]], rounds: int, count: int) -> tuple[float, float]:
    """Wall and CPU of one call, in microseconds."""
    found = []
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        await work()
        found.append((time.perf_counter() - began, time.process_time() - used))
    walls, cpus = zip(*found, strict=True)
    return median(walls) / count * 1e6, median(cpus) / count * 1e6


def _isolated_vm(count: int) -> dict[str, float]:
    """Microseconds by kind of call; nothing without isolated-vm."""
    folder = os.environ.get("EDGE_ISOLATED_VM")
    if not folder:
        return {}
    program = Path(folder) / "isolated_vm.cjs"
    program.write_text((resources.files("bench") / "isolated_vm.cjs").read_text("utf-8"), "utf-8")
    node = os.environ.get("EDGE_NODE") or shutil.which("node") or "node"
    done = subprocess.run([node, program, str(count)], capture_output=True, text=True, timeout=_SECONDS, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
