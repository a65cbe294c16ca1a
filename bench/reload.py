"""Reload of a running gateway."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.cost import Cost, middle
from bench.gateway import Gateway, serving, write_config
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from edge.errors import InternalError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [Column("reload of 20 functions"), Column("CPU", "ms", 1), Column("wall", "ms", 1)]
NOTES = ["Asked for by POST /config/reload, one after the other. CPU is that of the gateway and of the build."]
FUNCTIONS = 20


async def reload(scale: Scale, folder: Path) -> Table:
    """With nothing changed, and with one package changed."""
    table = Table("reload", "Reload, in mode cells", COLUMNS, notes=NOTES)
    names = [f"f{number}" for number in range(FUNCTIONS)]
    for name in names:
        write_function(folder / "functions", name, f"// {name}\n{HELLO_EXPRESS}")
    async with serving(write_config(folder, names)) as gateway:
        same = [await _timed(gateway, changed=False) for _ in range(scale.rounds)]
        package = [await _changed(gateway, folder, number) for number in range(scale.rounds)]
    for label, costs in (("nothing changed", same), ("one package changed", package)):
        cost = middle(costs)
        table.add(label, cost.cpu * 1e3, cost.wall * 1e3)
    return table


async def _changed(gateway: Gateway, folder: Path, number: int) -> Cost:
    write_function(folder / "functions", "f0", f"// changed {number}\n{HELLO_EXPRESS}")
    return await _timed(gateway, changed=True)


async def _timed(gateway: Gateway, *, changed: bool) -> Cost:
    cpu, wall = gateway.cpu_seconds(), time.perf_counter()
    if await gateway.reload() is not changed:
        raise InternalError(f"a reload should have changed {'something' if changed else 'nothing'}")
    return Cost(gateway.cpu_seconds() - cpu, time.perf_counter() - wall)
