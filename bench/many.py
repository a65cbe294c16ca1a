"""A gateway with very many functions, few of which run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import trio

from bench import procfs, tree
from bench.compare import HELLO_SOURCE
from bench.gateway import serving, write_config
from bench.samples import write_function

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = 20
_REST_SECONDS = 4.0
"""Cells give back what only a busy one needs after 2 s."""


class Many(NamedTuple):
    """Bytes of the gateway's process and of all (each page divided among those that share it), seconds until ready."""

    active: int
    gateway: int
    whole: int
    ready: float


async def measure(deployed: int, active: int, folder: Path) -> Many:
    """Each with a package of its own.  Raises InternalError, httpx.HTTPError."""
    names = [f"f{number}" for number in range(deployed)]
    for name in names:
        write_function(folder / "functions", name, f"// {name}\n{HELLO_SOURCE}")
    began = time.perf_counter()
    async with serving(write_config(folder, names)) as gateway:
        ready = time.perf_counter() - began
        for name in names[:: deployed // active][:active]:
            for _ in range(REQUESTS):
                await gateway.get(f"/{name}")
        await trio.sleep(_REST_SECONDS)
        own = procfs.proportional(gateway.pid)
        others = sum(procfs.proportional(process.pid) for process in tree.alive(gateway.pid))
    return Many(active, own, own + others, ready)
