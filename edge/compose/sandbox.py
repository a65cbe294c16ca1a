"""What confines cells on this machine, found out by making one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.supervisor.cell import Cell

if TYPE_CHECKING:
    from edge.supervisor.zygote import Zygote


class Sandbox(msgspec.Struct, frozen=True):
    """Layers of a cell's sandbox that are active, and why others are not; what the cell cost."""

    layers: list[str]
    missing: dict[str, str]
    ready_ms: float
    resident: int


async def probe(zygote: Zygote) -> Sandbox:
    """Make a cell and end it.  Raises EngineCrashError, which says why none could be made."""
    found = await zygote.layers()
    started = time.monotonic()
    async with trio.open_nursery() as nursery:
        cell = await Cell.start(zygote, nursery, log=structlog.get_logger())
        ready = (time.monotonic() - started) * 1000
        resident = cell.memory()
        cell.kill("was only a probe")
        await cell.gone.wait()
    layers = sorted({*found.names, *cell.layers})
    missing = {name: reason for name, reason in found.missing.items() if name not in layers}
    return Sandbox(layers, missing, round(ready, 1), resident)
