"""Many functions deployed, few of them hot: what grows in a gateway that serves for long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import trio

from bench import procfs, tree
from bench.gateway import Gateway, serving, write_config
from bench.http import own_load
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from edge.errors import InternalError
from edge.units import MIB

if TYPE_CHECKING:
    from pathlib import Path

    from bench.load import Load
    from bench.scale import Scale

COLUMNS = [
    Column("after"),
    Column("invocations"),
    Column("1/s"),
    Column("errors"),
    Column("gateway RSS", "MiB", 1),
    Column("private (USS)", "MiB", 1),
    Column("zygote private", "MiB", 1),
    Column("all cells private", "MiB", 1),
    Column("descriptors"),
    Column("threads"),
    Column("child processes"),
    Column("zombies"),
]
HOT = 20
BURST = 25
CONNECTIONS = 4
WARM_UP = 0.1  # of all invocations
PARTS = 4
GOAL = 0.10
_LIMIT_SECONDS = 400.0


class _Long:
    """One gateway under observation."""

    def __init__(self, table: Table, gateway: Gateway, hot: list[str]) -> None:
        self.requests = 0
        self._table = table
        self._gateway = gateway
        self._hot = hot

    async def ask(self, requests: int) -> Load:
        """So many invocations of the hot functions, in turn.  Raises InternalError when they take too long."""
        load = await own_load(self._gateway, self._hot, CONNECTIONS, _LIMIT_SECONDS, requests, BURST)
        if load.requests < requests:
            raise InternalError(f"only {load.requests} of {requests} requests in {_LIMIT_SECONDS:g} s")
        self.requests += load.requests
        return load

    def note(self, label: str, load: Load | None = None) -> int:
        """A row; the gateway's resident bytes."""
        pid = self._gateway.pid
        held, counts = procfs.memory(pid), tree.counts(pid)
        cells = sum(procfs.memory(process.pid).private for process in tree.cells(pid))
        sizes = (held.resident, held.private, procfs.memory(tree.zygote(pid).pid).private, cells)
        self._table.add(
            label,
            self.requests,
            load.requests / load.seconds if load else None,
            load.errors if load else None,
            *(size / MIB for size in sizes),
            counts.descriptors,
            counts.threads,
            counts.children,
            counts.zombies,
        )
        return held.resident


async def soak(scale: Scale, folder: Path) -> Table:
    """20 functions hot in turn: 25 requests each, over and over, through 4 connections."""
    table = Table("soak", f"A long run: {scale.soak} functions deployed, {HOT} of them hot in turn", COLUMNS)
    names = [f"f{number}" for number in range(scale.soak)]
    for name in names:
        write_function(folder / "functions", name, f"// {name}\n{HELLO_EXPRESS}")
    began = time.perf_counter()
    async with serving(write_config(folder, names)) as gateway:
        started = time.perf_counter() - began
        long = _Long(table, gateway, names[:: max(scale.soak // HOT, 1)][:HOT])
        warm, end = await _run(long, scale.soak_requests, scale.rest)
    growth = (end - warm) / warm
    table.notes += [
        f"Mode cells. The gateway's RSS grew by {growth:.1%} after the warm-up (goal: at most {GOAL:.0%}).",
        f"Each row after a rest of {scale.rest:g} s. Nothing should grow once the pool has its 20 cells.",
        f"To build and deploy {scale.soak} functions for the first time took {started:.1f} s.",
    ]
    return table


async def _run(long: _Long, requests: int, rest: float) -> tuple[int, int]:
    """Resident bytes of the gateway after the warm-up and at the end, both at rest."""
    await trio.sleep(rest)
    long.note("start")
    warm_up = int(requests * WARM_UP)
    load = await long.ask(warm_up)
    await trio.sleep(rest)
    warm = end = long.note("warm-up", load)
    for part in range(PARTS):
        load = await long.ask((requests - warm_up) // PARTS)
        await trio.sleep(rest)
        end = long.note(f"part {part + 1} of {PARTS}", load)
    return warm, end
