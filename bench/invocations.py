"""Invocations through the engine, without HTTP."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import trio

from bench import tree
from bench.cost import StopWatch, quantile
from bench.engine import Rig, get, open_rig, post
from bench.modes import MODES, NOTE, RATIOS, ratios
from bench.samples import BYTE_ECHO, COUNTER, HELLO_EVENT, HELLO_EXPRESS, HELLO_WEB, JSON_ECHO, write_function
from bench.table import Column, Table
from edge.units import KIB, MIB
from edge.wire.messages import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.scale import Scale
    from edge.compose.engine import Mode
    from edge.function import Function

COLUMNS = [
    Column("function"),
    Column("isolate"),
    Column("at once"),
    Column("mode"),
    Column("invocations", "1/s"),
    Column("CPU each", "us"),
    Column("wall p50", "us"),
    Column("wall p99", "us"),
    *RATIOS,
]
NOTES = ["Fresh: each invocation gets an isolate of its own; reused: `reuse = true`. KV is SQLite on disk.", NOTE]
CONCURRENT = (1, 16)


class Case(msgspec.Struct, frozen=True):
    """One function and the request that it gets."""

    name: str
    label: str
    source: str
    request: Request
    module: bool = False


class _Found(NamedTuple):
    """Of one round: invocations per second, seconds of CPU and of waiting for each."""

    rate: float
    cpu: float
    p50: float
    p99: float


def cases() -> list[Case]:
    """What is invoked."""
    text = json.dumps({"items": [{"id": number, "name": f"item {number}"} for number in range(34)]})
    return [
        Case("express", "hello, express", HELLO_EXPRESS, get()),
        Case("web", "hello, web", HELLO_WEB, get(), module=True),
        Case("event", "hello, event", HELLO_EVENT, get()),
        Case("counter", "KV counter", COUNTER, get()),
        Case(
            "json", "JSON echo, 1 KiB", JSON_ECHO, post(text[:-2].encode().ljust(KIB - 2) + b"]}", "application/json")
        ),
        Case("bytes", "echo, 1 MiB", BYTE_ECHO, post(bytes(MIB), "application/octet-stream"), module=True),
    ]


async def invocations(scale: Scale, folder: Path) -> Table:
    """Each function, fresh and reused, one after the other and 16 at once."""
    table = Table("invocations", "Invocations through the engine", COLUMNS, notes=NOTES)
    functions = folder / "functions"
    for case in cases():
        write_function(functions, case.name, case.source, module=case.module)
    async with AsyncExitStack() as stack:
        rigs = {mode: await stack.enter_async_context(open_rig(functions, folder / mode, mode=mode)) for mode in MODES}
        for case in cases():
            for reuse in (False, True):
                await _add(table, rigs, case, scale, reuse=reuse)
    return table


async def _add(table: Table, rigs: Mapping[Mode, Rig], case: Case, scale: Scale, *, reuse: bool) -> None:
    async with AsyncExitStack() as stack:
        subjects: dict[Mode, tuple[Rig, Function]] = {}
        for mode, rig in rigs.items():
            prepared = rig.prepare(case.name, reuse=reuse)
            subjects[mode] = (rig, await stack.enter_async_context(rig.deployed(prepared)))
        for tasks in CONCURRENT:
            found = await _rounds(subjects, case.request, tasks, scale)
            pairs = [
                ((own.rate, own.cpu), (other.rate, other.cpu))
                for own, other in zip(found["cells"], found["embedded"], strict=True)
            ]
            for mode in MODES:
                rate, cpu, p50, p99 = (median(values) for values in zip(*found[mode], strict=True))
                what = (case.label, "reused" if reuse else "fresh", tasks, mode)
                table.add(*what, rate, cpu * 1e6, p50 * 1e6, p99 * 1e6, *ratios(mode, pairs))


async def _rounds(
    subjects: Mapping[Mode, tuple[Rig, Function]], request: Request, tasks: int, scale: Scale
) -> dict[Mode, list[_Found]]:
    """Of each mode in turn."""
    found: dict[Mode, list[_Found]] = {mode: [] for mode in MODES}
    for mode in MODES:
        await _round(*subjects[mode], request, tasks, scale.seconds / 2)
    for _ in range(scale.load_rounds):
        for mode in MODES:
            found[mode].append(await _round(*subjects[mode], request, tasks, scale.seconds))
    return found


async def _round(rig: Rig, function: Function, request: Request, tasks: int, seconds: float) -> _Found:
    waits: list[float] = []
    watch = StopWatch(tree.cpu_of_others)
    until = trio.current_time() + seconds

    async def caller() -> None:
        began = trio.current_time()
        while began < until:
            await rig.invoke(function, request)
            ended = trio.current_time()
            waits.append(ended - began)
            began = ended

    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(caller)
    spent = watch.lap()
    waits.sort()
    return _Found(len(waits) / spent.wall, spent.cpu / len(waits), quantile(waits, 0.5), quantile(waits, 0.99))
