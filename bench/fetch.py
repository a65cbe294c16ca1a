"""What a fetch costs, beside a bare call of httpx; and whether slow servers of one function hold up another."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import httpx
import trio

from bench.gateway import ROOT, Gateway, serving, write_config
from bench.http import own_load
from bench.modes import MODES
from bench.samples import write_function
from bench.table import Column, Table
from edge.services.dial.dialer import Dialer
from edge.services.egress.policy import Policy
from edge.services.http.client import FetchClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bench.scale import Scale
    from edge.compose.engine import Mode

    Ask = Callable[[], Awaitable[object]]
    Opened = Callable[[str], AbstractAsyncContextManager[Ask]]

COLUMNS = [Column("what"), Column("mode"), Column("CPU each", "us"), Column("over httpx", "us"), Column("p50", "ms", 2)]
NOTES = [
    "GET of 5 bytes over a kept connection to a server in a process of its own, whose CPU does not count.",
    "In a function: CPU of all processes for an invocation with many fetches, less one without, for each fetch.",
    "Neighbour: latency of a function that fetches once; beside it another has 200 requests open to a slow server.",
]
FETCHES = 200
SLOW = 200
_SETTLE = 1.5  # seconds until cells have been made, and are gone
_SOURCE = """
export default { async fetch(request) {
  const count = Number(new URL(request.url).searchParams.get('n') ?? 1);
  for (let i = 0; i < count; i++) await (await fetch('http://127.0.0.1:PORT/')).text();
  return new Response('done');
} };
"""
_OPEN = """
export default { async fetch(request) {
  const signal = AbortSignal.timeout(20000);
  const open = Array.from({ length: 50 }, () => fetch('http://127.0.0.1:PORT/slow', { signal }));
  await Promise.allSettled(open);
  return new Response('done');
} };
"""


class _Found(NamedTuple):
    """Seconds of each request: CPU of all processes, and the median of the clock."""

    cpu: float
    p50: float


async def fetch(scale: Scale, folder: Path) -> Table:
    """httpx, the client behind fetch, fetch in functions, and neighbours."""
    table = Table("fetch", "Outgoing requests", COLUMNS, notes=[*NOTES])
    with origin() as port:
        url = f"http://127.0.0.1:{port}/"
        bare = await _in_process(scale, _with_httpx, url)
        table.add("httpx", "", bare * 1e6, None, None)
        client = await _in_process(scale, _with_client, url)
        table.add("the gateway's client", "", client * 1e6, (client - bare) * 1e6, None)
        for mode in MODES:
            async with serving(_config(folder / mode, mode, port)) as gateway:
                each, wall = await _in_function(scale, gateway)
                table.add("fetch in a function", mode, each * 1e6, (each - bare) * 1e6, wall * 1e3)
        for mode in MODES:
            async with serving(_config(folder / f"{mode}-slow", mode, port)) as gateway:
                alone, beside = await _neighbour(scale, gateway)
                ratio = beside.p50 / alone.p50
                table.add("neighbour, alone", mode, alone.cpu * 1e6, None, alone.p50 * 1e3)
                table.add(f"neighbour beside {SLOW} slow requests", mode, beside.cpu * 1e6, None, beside.p50 * 1e3)
                table.notes.append(
                    f"Beside slow requests, in mode {mode}, the neighbour takes {ratio:.2f} times as long."
                )
    return table


@contextmanager
def origin() -> Iterator[int]:
    """The port of a server."""
    with subprocess.Popen([sys.executable, "-m", "bench.origin"], cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _config(folder: Path, mode: Mode, port: int) -> Path:
    write_function(folder / "functions", "one", _SOURCE.replace("PORT", str(port)), module=True)
    write_function(folder / "functions", "slow", _OPEN.replace("PORT", str(port)), module=True)
    path = write_config(folder, ["one", "slow"], mode=mode, pool=(4, 12))
    with path.open("a", encoding="utf-8") as file:
        file.write(f'[egress]\nallow = ["127.0.0.1:{port}"]\n[egress.limits]\nconcurrent = 100\n')
    return path


# -- in this process


async def _in_process(
    scale: Scale, opened: Callable[[str], AbstractAsyncContextManager[Callable[[], Awaitable[object]]]], url: str
) -> float:
    """Seconds of CPU for each request."""
    async with opened(url) as ask:
        found = []
        for _ in range(scale.rounds + 1):
            began = time.process_time()
            for _ in range(FETCHES):
                await ask()
            found.append((time.process_time() - began) / FETCHES)
    return median(found[1:])


@asynccontextmanager
async def _with_httpx(url: str) -> AsyncIterator[Ask]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield lambda: client.get(url)


@asynccontextmanager
async def _with_client(url: str) -> AsyncIterator[Ask]:
    async with FetchClient(Dialer(Policy.from_config(["127.0.0.0/8"]))) as client:

        async def ask() -> None:
            response = await client.fetch("GET", url)
            while await response.body.read():
                pass
            await response.body.aclose()

        yield ask


# -- in functions


async def _in_function(scale: Scale, gateway: Gateway) -> tuple[float, float]:
    """Seconds of CPU and of wall for each fetch."""
    await gateway.get(f"/one?n={FETCHES}")
    cpu, wall = [], []
    for _ in range(scale.rounds):
        before, began = gateway.tree_cpu_seconds(), time.perf_counter()
        await gateway.get(f"/one?n={FETCHES}")
        middle, mid = gateway.tree_cpu_seconds(), time.perf_counter()
        await gateway.get("/one?n=0")
        after, end = gateway.tree_cpu_seconds(), time.perf_counter()
        cpu.append((middle - before - (after - middle)) / FETCHES)
        wall.append((mid - began - (end - mid)) / FETCHES)
    return median(cpu), median(wall)


async def _neighbour(scale: Scale, gateway: Gateway) -> tuple[_Found, _Found]:
    """A request alone and beside the slow ones, in turn: what else the machine does falls on both."""
    await own_load(gateway, ["one"], 1, scale.load_seconds / 3)
    alone, beside = [], []
    for _ in range(2 * scale.rounds):
        alone.append(await _asked(scale, gateway))
        async with _slow_requests(gateway):
            beside.append(await _asked(scale, gateway))
    return _middle(alone), _middle(beside)


async def _asked(scale: Scale, gateway: Gateway) -> _Found:
    cpu = gateway.tree_cpu_seconds()
    load = await own_load(gateway, ["one"], 1, scale.load_seconds / 4)
    return _Found((gateway.tree_cpu_seconds() - cpu) / load.requests, load.p50)


def _middle(found: list[_Found]) -> _Found:
    return _Found(median(one.cpu for one in found), median(one.p50 for one in found))


@asynccontextmanager
async def _slow_requests(gateway: Gateway) -> AsyncIterator[None]:
    """Four invocations with 50 requests each that nobody answers."""
    async with trio.open_nursery() as nursery:
        for _ in range(SLOW // 50):
            nursery.start_soon(_leave_open, gateway)
        await trio.sleep(_SETTLE)
        yield
        nursery.cancel_scope.cancel()
    await trio.sleep(_SETTLE)


async def _leave_open(gateway: Gateway) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        await client.get(f"{gateway.url}/slow")
