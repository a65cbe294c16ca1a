"""What one request costs, and what a gateway holds, with more and more routes and functions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from bench import procfs
from bench.compare import HELLO_SOURCE
from bench.gateway import Gateway, serving
from bench.http import own_load
from bench.samples import write_function
from bench.table import Column, Table
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [
    Column("config"),
    Column("functions"),
    Column("routes"),
    Column("CPU each", "us"),
    Column("CPU / with one", "", 2),
    Column("p50", "ms", 2),
    Column("gateway RSS", "MiB", 1),
    Column("start", "s", 1),
    Column("reload, nothing changed", "ms"),
]
NOTES = [
    "Hello with kept isolates, 16 connections, which ask for the first, the middle and the last route in turn.",
    "All functions have the same package, which is built once: what is left is what functions and routes cost.",
    "CPU of all processes. Routes are /rN/:name, each with a parameter.",
]
_WARM_UP = 0.5


class _Shape(NamedTuple):
    label: str
    functions: int
    routes: int


async def scaling(scale: Scale, folder: Path) -> Table:
    """More routes to one function, then as many functions, each with a route of its own."""
    table = Table("scaling", "Cost against the number of routes and functions", COLUMNS, notes=NOTES)
    write_function(folder / "functions", "hello", HELLO_SOURCE)
    base = 0.0
    for shape in shapes(scale.most):
        began = time.perf_counter()
        async with serving(_config(folder, shape)) as gateway:
            started = time.perf_counter() - began
            cpu, p50 = await _asked(gateway, shape, scale.load_seconds)
            resident = procfs.memory(gateway.pid).resident / MIB
            began = time.perf_counter()
            await gateway.reload()
            reloaded = time.perf_counter() - began
        base = base or cpu
        figures = (cpu * 1e6, cpu / base, p50 * 1e3, resident, started, reloaded * 1e3)
        table.add(shape.label, shape.functions, shape.routes, *figures)
    return table


def shapes(most: int) -> Iterator[_Shape]:
    """1, then powers of ten up to `most`."""
    yield _Shape("one of each", 1, 1)
    for label, functions in (("more routes", False), ("more functions", True)):
        count = 10
        while count <= most:
            yield _Shape(label, count if functions else 1, count)
            count *= 10


def _config(folder: Path, shape: _Shape) -> Path:
    path = folder / "edge.toml"
    with path.open("w", encoding="utf-8") as file:
        file.write('[packages]\nroot = "functions"\n')
        for number in range(shape.functions):
            file.write(f'[functions.f{number}]\npackage = "hello"\nreuse = true\n')
        for number in range(shape.routes):
            file.write(f'[[routes]]\npath = "/r{number}/:name"\nfunction = "f{number % shape.functions}"\n')
    return path


async def _asked(gateway: Gateway, shape: _Shape, seconds: float) -> tuple[float, float]:
    """Seconds of CPU for each request, and the median of waiting."""
    paths = [f"r{number}/x" for number in sorted({0, shape.routes // 2, shape.routes - 1})]
    await own_load(gateway, paths, 16, _WARM_UP)
    before = gateway.tree_cpu_seconds()
    load = await own_load(gateway, paths, 16, seconds)
    return (gateway.tree_cpu_seconds() - before) / load.requests, load.p50
