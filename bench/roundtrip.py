"""A run of an isolate, there and back, without an invocation around it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

from bench import tree
from bench.cost import StopWatch, quantile
from bench.engine import Rig, open_rig
from bench.modes import MODES
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from edge.engine.isolate_pool import IsolatePool
from edge.errors import InternalError
from edge.supervisor.pool import CellPool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.scale import Scale
    from edge.engine.host import Pool
    from edge.engine.runner import Result, Runner
    from edge.engine.template import Template

COLUMNS = [
    Column("what"),
    Column("mode"),
    Column("wall p50", "us"),
    Column("wall p99", "us"),
    Column("CPU", "us"),
]
NOTES = [
    "Run: one event that does nothing, to an isolate that rests, and its result; in mode cells through the socket.",
    "First run: of an isolate that was ready. CPU is that of all processes, making and disposing of it included.",
]
_TICK = b'{"t":"tick"}'
_RUN_SECONDS = 10.0
_REST_SECONDS = 0.02


class _Found(NamedTuple):
    """Of one round, in seconds."""

    p50: float
    p99: float
    cpu: float


async def roundtrip(scale: Scale, folder: Path) -> Table:
    """Runs of one isolate, and first runs of many, in both modes."""
    table = Table("roundtrip", "One run of an isolate", COLUMNS, notes=NOTES)
    write_function(folder / "functions", "hello", HELLO_EXPRESS)
    for mode in MODES:
        async with (
            open_rig(folder / "functions", folder / mode, mode=mode) as rig,
            _template(rig) as template,
        ):
            pool = rig.engine.pool
            assert isinstance(pool, CellPool | IsolatePool)
            for label, measure in (("run", _runs), ("first run", _first_runs)):
                await measure(pool, template, scale.repeats)
                rounds = [await measure(pool, template, scale.repeats) for _ in range(scale.rounds)]
                p50, p99, cpu = (median(values) * 1e6 for values in zip(*rounds, strict=True))
                table.add(label, mode, p50, p99, cpu)
    return table


@asynccontextmanager
async def _template(rig: Rig) -> AsyncIterator[Template]:
    prepared = rig.prepare("hello")
    async with rig.engine.compiler.template(prepared.function, prepared.bundle) as template:
        yield template


async def _runs(pool: Pool[Any], template: Template, repeats: int) -> _Found:
    """One isolate, run after run."""
    runner = await pool.acquire(template)
    try:
        await _run(runner)
        watch = StopWatch(tree.cpu_of_others)
        waits = sorted([await _run(runner) for _ in range(20 * repeats)])
        cpu = watch.lap().cpu / len(waits)
    finally:
        pool.release(runner, template, keep=False)
    return _Found(quantile(waits, 0.5), quantile(waits, 0.99), cpu)


async def _first_runs(pool: Pool[Any], template: Template, repeats: int) -> _Found:
    """As many isolates, one after the other, with a rest in which the next one is made: its CPU counts."""
    watch = StopWatch(tree.cpu_of_others)
    waits = sorted([await _first_run(pool, template) for _ in range(repeats)])
    return _Found(quantile(waits, 0.5), quantile(waits, 0.99), watch.lap().cpu / repeats)


async def _first_run(pool: Pool[Any], template: Template) -> float:
    runner = await pool.acquire(template)
    try:
        return await _run(runner)
    finally:
        pool.release(runner, template, keep=False)
        await trio.sleep(_REST_SECONDS)


async def _run(runner: Runner) -> float:
    """Seconds until the result of one event.  Raises InternalError when the isolate is lost."""
    results: list[Result] = []
    done = trio.Event()

    def take(result: Result) -> None:
        results.append(result)
        done.set()

    runner.on_result = take
    began = trio.current_time()
    runner.run([_TICK])
    with trio.fail_after(_RUN_SECONDS):
        await done.wait()
    if results[0].fault:
        raise InternalError(f"the isolate was lost: {results[0].fault}")
    return trio.current_time() - began
