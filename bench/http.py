"""Requests over HTTP to a real gateway."""

from __future__ import annotations

import shutil
import sys
from statistics import median
from typing import TYPE_CHECKING

import msgspec
import trio

from bench.gateway import ROOT, Gateway, serving, write_config
from bench.load import Load
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from bench.wrk import wrk_command, wrk_result
from edge.errors import InternalError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [
    Column("function"),
    Column("connections"),
    Column("requests", "1/s"),
    Column("p50", "ms", 2),
    Column("p99", "ms", 2),
    Column("gateway CPU each", "us"),
    Column("errors"),
]
CONNECTIONS = (1, 16)
ROUNDS = 3
LABELS = {"fresh": "hello, fresh isolates", "reused": "hello, reused isolates"}


async def http(scale: Scale, folder: Path) -> Table:
    """Hello, fresh and reused, with one connection and with 16."""
    generator = "wrk" if shutil.which("wrk") else "the load generator of bench/load.py"
    notes = [f"Load comes from {generator}, in a process of its own on the same machine. The gateway's log is on."]
    table = Table("http", "Requests over HTTP", COLUMNS, notes=notes)
    for name in LABELS:
        write_function(folder / "functions", name, HELLO_EXPRESS)
    async with serving(write_config(folder, list(LABELS), reused=["reused"])) as gateway:
        for name in LABELS:
            for connections in CONNECTIONS:
                await _add(table, gateway, name, connections, scale)
    return table


async def _add(table: Table, gateway: Gateway, name: str, connections: int, scale: Scale) -> None:
    await _load(gateway, name, connections, scale.load_seconds / 3)
    rounds = [await _round(gateway, name, connections, scale.load_seconds) for _ in range(ROUNDS)]
    rate = median(load.requests / load.seconds for load, _ in rounds)
    p50, p99 = median(load.p50 for load, _ in rounds), median(load.p99 for load, _ in rounds)
    cpu = median(cpu for _, cpu in rounds)
    errors = sum(load.errors for load, _ in rounds)
    table.add(LABELS[name], connections, rate, p50 * 1e3, p99 * 1e3, cpu * 1e6, errors)


async def _round(gateway: Gateway, name: str, connections: int, seconds: float) -> tuple[Load, float]:
    """What the load found, and seconds of CPU that the gateway used for each request."""
    before = gateway.cpu_seconds()
    load = await _load(gateway, name, connections, seconds)
    return load, (gateway.cpu_seconds() - before) / load.requests


async def _load(gateway: Gateway, name: str, connections: int, seconds: float) -> Load:
    """Raises InternalError when the load generator fails."""
    wrk = wrk_command(f"{gateway.url}/{name}", connections, seconds)
    port = gateway.url.rpartition(":")[2]
    own = [sys.executable, "-m", "bench.load", port, f"/{name}", str(connections), str(seconds)]
    done = await trio.run_process(wrk or own, cwd=ROOT, capture_stdout=True, capture_stderr=True, check=False)
    if done.returncode:
        raise InternalError(f"the load generator failed: {done.stderr.decode('utf-8', 'replace')[-500:]}")
    return wrk_result(done.stdout.decode()) if wrk else msgspec.json.decode(done.stdout, type=Load)
