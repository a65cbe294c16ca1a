"""The neighbour: a small function of somebody else, asked all the time by a process of its own."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.corpus.gateway_process import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

RATE = 20.0
"""Requests per second."""
MAX_RATIO = 3.0
"""How much slower its p99 may become."""


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One request: when it was due, seconds to its answer, what was wrong with it."""

    due: float
    seconds: float
    wrong: str


class Figures(msgspec.Struct, frozen=True):
    """Of the neighbour's requests in one phase; percentiles in seconds."""

    requests: int
    lost: int
    p50: float
    p99: float
    worst: float


class Neighbour:
    """Its requests so far."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._marks = [time.monotonic()]

    def mark(self) -> None:
        """Begin another phase."""
        self._marks.append(time.monotonic())

    def phase(self, number: int) -> Figures:
        """Figures of the phase before the first mark (0), or after a mark (1 and so on)."""
        begin = self._marks[number]
        end = self._marks[number + 1] if number + 1 < len(self._marks) else math.inf
        return figures([sample for sample in self.samples if begin <= sample.due < end])

    def worst(self, began: Sequence[float]) -> list[float]:
        """Seconds of its slowest request that was due after each of these moments and before the next one."""
        ends = [*began[1:], math.inf]
        return [
            max((sample.seconds for sample in self.samples if begin <= sample.due < end), default=0.0)
            for begin, end in zip(began, ends, strict=True)
        ]

    def lost(self) -> list[Sample]:
        """Requests without a good answer."""
        return [sample for sample in self.samples if sample.wrong]

    @classmethod
    @asynccontextmanager
    async def open(cls, host: str, port: int, path: str) -> AsyncIterator[Neighbour]:
        """Ask all the time while the context lasts; all answers are there once it is left."""
        neighbour = cls()
        command = [sys.executable, "-m", f"{__package__}.neighbour_load", host, str(port), path, str(RATE)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        async with trio.open_nursery() as nursery:
            process = await trio.lowlevel.open_process(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment
            )
            nursery.start_soon(neighbour._read, process)
            try:
                yield neighbour
                if process.poll() is not None:
                    raise RuntimeError("the neighbour's load ended before its time")
            finally:
                await _end(process)

    async def _read(self, process: trio.Process) -> None:
        rest = b""
        assert process.stdout is not None  # asked for
        async for data in process.stdout:
            *lines, rest = (rest + data).split(b"\n")
            self.samples += [msgspec.convert(json.loads(line), Sample) for line in lines]


async def _end(process: trio.Process) -> None:
    """Let it have its last answers."""
    assert process.stdin is not None  # asked for
    with trio.move_on_after(15, shield=True) as scope:
        await process.stdin.aclose()
        await process.wait()
    if scope.cancelled_caught:
        process.kill()


def figures(samples: Sequence[Sample]) -> Figures:
    """Count, losses and percentiles."""
    times = sorted(sample.seconds for sample in samples) or [math.inf]
    return Figures(
        requests=len(samples),
        lost=sum(1 for sample in samples if sample.wrong),
        p50=percentile(times, 0.50),
        p99=percentile(times, 0.99),
        worst=times[-1],
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of them that `share` of them do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
