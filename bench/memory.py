"""Memory of a gateway: per idle function and per warm isolate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from bench.gateway import Gateway, serving, write_config
from bench.procfs import Memory, memory
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from edge.errors import InternalError
from edge.units import KIB

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [
    Column("what"),
    Column("count"),
    Column("RSS", "KiB"),
    Column("private (USS)", "KiB"),
    Column("private dirty", "KiB"),
]
NOTES = ["Of the gateway's process. Per function and per isolate: the growth divided by their number."]
_SETTLE_SECONDS = 0.5
_WAIT_SECONDS = 30.0


async def memory_table(scale: Scale, folder: Path) -> Table:
    """An empty gateway, then more functions, then more isolates."""
    table = Table("memory", "Memory of the gateway", COLUMNS, notes=NOTES)
    await _functions(table, scale.functions, folder)
    await _isolates(table, scale.isolates, folder)
    return table


async def _functions(table: Table, count: int, folder: Path) -> None:
    """Deployed by a reload into a gateway that keeps no isolate ready."""
    names = [f"f{number}" for number in range(count + 1)]
    for name in names:
        write_function(folder / "functions", name, f"// {name}\n{HELLO_EXPRESS}")
    async with serving(write_config(folder, names[:1], pool=(0, 20))) as gateway:
        before = await _settled(gateway)
        write_config(folder, names, pool=(0, 20))
        await gateway.reload()
        grown = await _settled(gateway)
    _add(table, "gateway with one function, no isolate", 1, before)
    _add(table, "each idle function more", count, grown.less(before), count)


async def _isolates(table: Table, count: int, folder: Path) -> None:
    """Two gateways: one that keeps a single isolate ready, one that keeps `count` more."""
    found = [await _warmed(folder, kept) for kept in (1, count + 1)]
    _add(table, "gateway with one warm isolate", 1, found[0])
    _add(table, "each warm isolate more", count, found[1].less(found[0]), count)


async def _warmed(folder: Path, kept: int) -> Memory:
    """As many requests for both gateways, so that they differ in nothing but isolates that are kept."""
    async with serving(write_config(folder, ["f0"], pool=(kept, 50))) as gateway:
        with trio.move_on_after(_WAIT_SECONDS):
            for _ in range(30):
                await gateway.get("/f0")
            while (await gateway.isolates())["available"] < kept:
                await gateway.get("/f0")
            return await _settled(gateway)
    raise InternalError(f"the pool did not grow to {kept} isolates within {_WAIT_SECONDS:g} s")


async def _settled(gateway: Gateway) -> Memory:
    """After what was under way is over: disposals, prewarming."""
    await trio.sleep(_SETTLE_SECONDS)
    return memory(gateway.pid)


def _add(table: Table, label: str, count: int, found: Memory, parts: int = 1) -> None:
    sizes = (found.resident, found.private, found.dirty)
    table.add(label, count, *(size / parts / KIB for size in sizes))
