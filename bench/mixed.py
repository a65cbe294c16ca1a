"""A long run over many functions, some with kept isolates and some without: what grows in its second half."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import trio

from bench import procfs, tree
from bench.gateway import Gateway, serving, write_config
from bench.http import own_load
from bench.samples import COUNTER, HELLO_EXPRESS, HELLO_WEB, write_function
from edge.errors import InternalError
from edge.units import MIB

if TYPE_CHECKING:
    from pathlib import Path

FUNCTIONS = 50
FRESH = 5
CONNECTIONS = 8
_REST_SECONDS = 4.0
_LIMIT_SECONDS = 900.0
_PARTS = 4


class Mixed(NamedTuple):
    """Growth as a share; what else is counted: (name, at the middle, at the end, how much more is no leak)."""

    growth: float
    errors: int
    counts: list[tuple[str, int, int, int]]
    detail: str


class _Sample(NamedTuple):
    memory: int
    counts: tree.Counts


async def measure(requests: int, folder: Path) -> Mixed:
    """Warm-up, then four parts with a rest after each.  Raises InternalError."""
    names = [f"f{number}" for number in range(FUNCTIONS)]
    for number, name in enumerate(names):
        source, module = [(HELLO_EXPRESS, False), (HELLO_WEB, True), (COUNTER, False)][number % 3]
        write_function(folder / "functions", name, f"// {name}\n{source}", module=module)
    config = write_config(folder, names, reused=names[FRESH:], pool=(5, FUNCTIONS + 10))
    errors, rates, samples = 0, [], []
    async with serving(config) as gateway:
        for _ in range(_PARTS):
            load = await own_load(gateway, names, CONNECTIONS, _LIMIT_SECONDS, requests // _PARTS, 10)
            if load.requests < requests // _PARTS:
                raise InternalError(f"only {load.requests} of {requests // _PARTS} requests in {_LIMIT_SECONDS:g} s")
            errors += load.errors
            rates.append(load.requests / load.seconds)
            await trio.sleep(_REST_SECONDS)
            samples.append(_sample(gateway))
    return judged(samples[_PARTS // 2 - 1], samples[-1], errors, rates)


def judged(middle: _Sample, end: _Sample, errors: int, rates: list[float]) -> Mixed:
    """What two samples say, one at the middle and one at the end."""
    growth = end.memory / middle.memory - 1
    held = f"{middle.memory / MIB:,.0f} to {end.memory / MIB:,.0f} MiB"
    counts = [
        ("processes", middle.counts.children, end.counts.children, 2),
        ("threads of the gateway", middle.counts.threads, end.counts.threads, 2),
        ("descriptors of the gateway", middle.counts.descriptors, end.counts.descriptors, 8),
        ("zombies", middle.counts.zombies, end.counts.zombies, 0),
    ]
    return Mixed(growth, errors, counts, f"{held} of all processes; {min(rates):,.0f} to {max(rates):,.0f} requests/s")


def _sample(gateway: Gateway) -> _Sample:
    processes = [gateway.pid, *(process.pid for process in tree.alive(gateway.pid))]
    return _Sample(sum(procfs.proportional(pid) for pid in processes), tree.counts(gateway.pid))
