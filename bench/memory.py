"""Memory of a gateway and of its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from bench import tree
from bench.gateway import Gateway, serving, write_config
from bench.procfs import Memory, memory
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from edge.errors import InternalError
from edge.units import KIB

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scale import Scale
    from edge.compose.engine import Mode

COLUMNS = [
    Column("what"),
    Column("mode"),
    Column("count"),
    Column("RSS", "KiB"),
    Column("private (USS)", "KiB"),
    Column("private dirty", "KiB"),
    Column("goal private", "KiB"),
]
NOTES = [
    "Per function and per isolate: the growth of the gateway's process divided by their number. Of cells: the median.",
    "Private is what no other process shares; a cell shares most of its RSS with the zygote, unchanged.",
]
CELL_GOAL = 8 * 1024
LIFE = (("1 request", 1, 1), ("200 requests more", 200, 1), ("200 more, 4 at once", 200, 4))
"""What happens to a cell: a label, requests, and how many of them at once."""

SETTLE_SECONDS = 0.5
REST_SECONDS = 3.0
"""A cell gives back what only a busy one needs after a rest of 2 s."""
_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.02


async def memory_table(scale: Scale, folder: Path) -> Table:
    """An empty gateway, then more functions; its cells; then isolates in a gateway without cells."""
    table = Table("memory", "Memory", COLUMNS, notes=NOTES)
    names = [f"f{number}" for number in range(scale.functions + 1)]
    for name in names:
        write_function(folder / "functions", name, f"// {name}\n{HELLO_EXPRESS}")
    for mode in ("cells", "embedded"):
        await _functions(table, names, folder, mode)
    await _cells(table, scale.lives, folder)
    await _isolates(table, scale.isolates, folder)
    return table


async def _functions(table: Table, names: list[str], folder: Path, mode: Mode) -> None:
    """Deployed by a reload into a gateway that keeps nothing ready."""
    async with serving(write_config(folder, names[:1], mode=mode, pool=(0, 20))) as gateway:
        before = await _settled(gateway)
        write_config(folder, names, mode=mode, pool=(0, 20))
        await gateway.reload()
        grown = await _settled(gateway)
    _add(table, "gateway with one function, idle", mode, 1, before)
    _add(table, "each idle function more", mode, len(names) - 1, grown.less(before), parts=len(names) - 1)


# -- cells


async def _cells(table: Table, rounds: int, folder: Path) -> None:
    """Of a zygote, of blank cells, and of one cell in the course of its life."""
    async with serving(write_config(folder, ["f0"], pool=(5, 6))) as gateway:
        await _until_available(gateway, 5)
        await trio.sleep(SETTLE_SECONDS)
        blank = [memory(process.pid) for process in tree.cells(gateway.pid)]
        _add(table, "zygote", "cells", 1, memory(tree.zygote(gateway.pid).pid))
        _add(table, "blank cell", "cells", len(blank), _middle(blank))
    lives = [await _life(folder) for _ in range(rounds)]
    for (label, _, _), found in zip(LIFE, zip(*lives, strict=True), strict=True):
        _add(table, f"cell after {label}", "cells", rounds, _middle([busy for busy, _ in found]))
        rested = _middle([rested for _, rested in found])
        _add(table, "... after its rest", "cells", rounds, rested, goal=CELL_GOAL)


async def _life(folder: Path) -> list[tuple[Memory, Memory]]:
    """A cell after each stage of LIFE: at once, and when it has rested."""
    found: list[tuple[Memory, Memory]] = []
    async with serving(write_config(folder, ["f0"], pool=(0, 1))) as gateway:
        for _, requests, connections in LIFE:
            async with trio.open_nursery() as nursery:
                for _ in range(connections):
                    nursery.start_soon(_ask, gateway, requests // connections)
            await trio.sleep(SETTLE_SECONDS)
            (cell,) = tree.cells(gateway.pid)
            busy = memory(cell.pid)
            await trio.sleep(REST_SECONDS)
            found.append((busy, memory(cell.pid)))
    return found


async def _ask(gateway: Gateway, requests: int) -> None:
    for _ in range(requests):
        await gateway.get("/f0")


def _middle(found: list[Memory]) -> Memory:
    return sorted(found, key=lambda one: one.private)[len(found) // 2]


# -- isolates


async def _isolates(table: Table, count: int, folder: Path) -> None:
    """Two gateways: one that keeps a single isolate ready, one that keeps `count` more."""
    found = [await _warmed(folder, kept) for kept in (1, count + 1)]
    _add(table, "gateway with one warm isolate", "embedded", 1, found[0])
    _add(table, "each warm isolate more", "embedded", count, found[1].less(found[0]), parts=count)


async def _warmed(folder: Path, kept: int) -> Memory:
    """As many requests for both gateways, so that they differ in nothing but isolates that are kept."""
    async with serving(write_config(folder, ["f0"], mode="embedded", pool=(kept, 50))) as gateway:
        for _ in range(30):
            await gateway.get("/f0")
        await _until_available(gateway, kept)
        return await _settled(gateway)


async def _until_available(gateway: Gateway, count: int) -> None:
    with trio.move_on_after(_WAIT_SECONDS):
        while True:
            if (await gateway.pool())["available"] >= count:
                return
            await trio.sleep(_POLL_SECONDS)
    raise InternalError(f"the pool did not grow to {count} within {_WAIT_SECONDS:g} s")


async def _settled(gateway: Gateway) -> Memory:
    """After what was under way is over: disposals, prewarming."""
    await trio.sleep(SETTLE_SECONDS)
    return memory(gateway.pid)


def _add(
    table: Table, label: str, mode: Mode, count: int, found: Memory, *, parts: int = 1, goal: float | None = None
) -> None:
    sizes = (found.resident, found.private, found.dirty)
    table.add(label, mode, count, *(size / parts / KIB for size in sizes), goal)
