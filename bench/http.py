"""Requests over HTTP to real gateways, one in each mode."""

from __future__ import annotations

import shutil
import sys
from contextlib import AsyncExitStack
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import trio

from bench.gateway import ROOT, Gateway, serving, write_config
from bench.load import MAX_REQUESTS, Load
from bench.modes import MODES, NOTE, RATIOS, ratios
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from bench.wrk import wrk_command, wrk_result
from edge.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.scale import Scale
    from edge.compose.engine import Mode

COLUMNS = [
    Column("function"),
    Column("mode"),
    Column("connections"),
    Column("requests", "1/s"),
    Column("p50", "ms", 2),
    Column("p99", "ms", 2),
    Column("CPU each", "us"),
    Column("of it gateway", "us"),
    Column("errors"),
    *RATIOS,
]
CONNECTIONS = (1, 16)
LABELS = {"fresh": "hello, fresh isolates", "reused": "hello, reused isolates"}


class _Round(NamedTuple):
    """What the load found, and seconds of CPU for each request: of all processes, and of the gateway."""

    load: Load
    cpu: float
    gateway: float

    @property
    def rate(self) -> float:
        return self.load.requests / self.load.seconds


async def http(scale: Scale, folder: Path) -> Table:
    """Hello, fresh and reused, with one connection and with 16."""
    generator = "wrk" if shutil.which("wrk") else "the load generator of bench/load.py"
    notes = [
        f"Load comes from {generator}, in a process of its own on the same machine. The gateway's log is on.",
        NOTE,
    ]
    table = Table("http", "Requests over HTTP", COLUMNS, notes=notes)
    async with AsyncExitStack() as stack:
        gateways = {mode: await stack.enter_async_context(serving(_config(folder / mode, mode))) for mode in MODES}
        for name in LABELS:
            for connections in CONNECTIONS:
                await _add(table, gateways, name, connections, scale)
    return table


def _config(folder: Path, mode: Mode) -> Path:
    for name in LABELS:
        write_function(folder / "functions", name, HELLO_EXPRESS)
    return write_config(folder, list(LABELS), mode=mode, reused=["reused"])


async def _add(table: Table, gateways: Mapping[Mode, Gateway], name: str, connections: int, scale: Scale) -> None:
    for gateway in gateways.values():
        await _load(gateway, name, connections, scale.load_seconds / 3)
    found: dict[Mode, list[_Round]] = {mode: [] for mode in MODES}
    for _ in range(scale.load_rounds):
        for mode, gateway in gateways.items():
            found[mode].append(await _round(gateway, name, connections, scale.load_seconds))
    pairs = [
        ((own.rate, own.cpu), (other.rate, other.cpu))
        for own, other in zip(found["cells"], found["embedded"], strict=True)
    ]
    for mode in MODES:
        _add_row(table, (LABELS[name], mode, connections), found[mode], ratios(mode, pairs))


def _add_row(
    table: Table, what: tuple[str, str, int], rounds: Sequence[_Round], beside: tuple[float | str | None, ...]
) -> None:
    rate = median(found.rate for found in rounds)
    p50, p99 = median(found.load.p50 for found in rounds), median(found.load.p99 for found in rounds)
    cpu, gateway = median(found.cpu for found in rounds), median(found.gateway for found in rounds)
    errors = sum(found.load.errors for found in rounds)
    table.add(*what, rate, p50 * 1e3, p99 * 1e3, cpu * 1e6, gateway * 1e6, errors, *beside)


async def _round(gateway: Gateway, name: str, connections: int, seconds: float) -> _Round:
    whole, own = gateway.tree_cpu_seconds(), gateway.cpu_seconds()
    load = await _load(gateway, name, connections, seconds)
    whole, own = gateway.tree_cpu_seconds() - whole, gateway.cpu_seconds() - own
    return _Round(load, whole / load.requests, own / load.requests)


async def _load(gateway: Gateway, name: str, connections: int, seconds: float) -> Load:
    wrk = wrk_command(f"{gateway.url}/{name}", connections, seconds)
    if wrk is None:
        return await own_load(gateway, [name], connections, seconds)
    return wrk_result(await _output(wrk))


async def own_load(
    gateway: Gateway, names: Sequence[str], connections: int, seconds: float, *limits: int, body: int = 0
) -> Load:
    """Load by bench/load.py; `limits`: requests, and how often a function is asked before the next one.

    With `body` so many bytes are sent with each.
    Raises InternalError when the load generator fails.
    """
    paths = ",".join(f"/{name}" for name in names)
    more = (*limits, *(MAX_REQUESTS, 1)[len(limits) :], body) if body else limits
    numbers = [str(number) for number in (connections, seconds, *more)]
    output = await _output([sys.executable, "-m", "bench.load", str(gateway.port), paths, *numbers])
    return msgspec.json.decode(output, type=Load)


async def _output(command: list[str]) -> str:
    done = await trio.run_process(command, cwd=ROOT, capture_stdout=True, capture_stderr=True, check=False)
    if done.returncode:
        raise InternalError(f"the load generator failed: {done.stderr.decode('utf-8', 'replace')[-500:]}")
    return done.stdout.decode()
