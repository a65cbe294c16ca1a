"""Making and disposing of isolates."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import trio

from bench.cost import Cost, StopWatch, middle
from bench.engine import Rig, open_rig
from bench.samples import CLOCK_EXPRESS, CLOCK_WEB, HELLO_EXPRESS, HELLO_WEB, write_function
from bench.subjects import MEMORY, BareIsolate, PackageIsolate, RuntimeIsolate, Subject
from bench.table import Cell, Column, Table
from edge.engine import base_snapshots
from edge.engine.build import Built, Level
from edge.engine.package_modules import PackageModules
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.snapshot import Blob
from edge.engine.template import Template
from edge.engine.transform import Transformer
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.scale import Scale
    from edge.gateway.loader import Prepared

SOURCES = {
    ("express", Level.INITIALISED): HELLO_EXPRESS,
    ("express", Level.COMPILED): CLOCK_EXPRESS,
    ("web", Level.INITIALISED): HELLO_WEB,
    ("web", Level.COMPILED): CLOCK_WEB,
}
COLUMNS = [
    Column("isolate"),
    Column("snapshot", "KiB"),
    *(Column(f"{stage} {kind}") for stage in ("make", "answer", "dispose") for kind in ("CPU", "wall")),
    Column("all CPU"),
]
NOTES = [
    "Another isolate is alive meanwhile, as in a gateway that keeps some ready, but for the first row.",
    "Goal: a fresh isolate with the whole runtime in it costs under 2,500 us of CPU.",
    "At level source the first answer loads the package; without snapshots, `make` evaluates the runtime.",
]


class _Laps(NamedTuple):
    make: Cost
    answer: Cost
    dispose: Cost


async def isolate(scale: Scale, folder: Path) -> Table:
    """One row for each thing that an isolate can be made from."""
    table = Table(
        "isolate", "Isolates, made in this process: creation, first answer, disposal (us)", COLUMNS, notes=NOTES
    )
    functions = folder / "functions"
    for (contract, level), source in SOURCES.items():
        write_function(functions, f"{contract}-{level}", source, module=contract == "web")
    async with (
        open_rig(functions, folder / "data", mode="embedded") as rig,
        open_rig(functions, folder / "plain", mode="embedded", snapshots=False) as plain,
    ):
        subjects = [
            BareIsolate(),
            _runtime(folder / "data"),
            *await _packages(rig, folder / "data"),
            await _unsnapshotted(plain),
        ]
        alone = [await trio.to_thread.run_sync(_round, subjects[:1], scale.repeats) for _ in range(scale.rounds + 1)]
        with _another_alive(folder / "data"):
            rounds = [await trio.to_thread.run_sync(_round, subjects, scale.repeats) for _ in range(scale.rounds + 1)]
    _add(table, f"{subjects[0].label}, alone in the process", subjects[0], [found[0] for found in alone[1:]])
    for index, subject in enumerate(subjects):
        _add(table, subject.label, subject, [found[index] for found in rounds[1:]])  # the first one warms up
    return table


def _add(table: Table, label: str, subject: Subject, found: list[_Laps]) -> None:
    stages = [middle(costs) for costs in zip(*found, strict=True)]
    cells: list[Cell] = []
    for number, cost in enumerate(stages):
        silent = number == 1 and not subject.answers
        cells += [None, None] if silent else [cost.cpu * 1e6, cost.wall * 1e6]
    size = None if subject.size is None else subject.size / KIB
    table.add(label, size, *cells, sum(cost.cpu for cost in stages) * 1e6)


def _round(subjects: list[Subject], repeats: int) -> list[_Laps]:
    """The mean of some repeats of each; in turns, so that a disturbance does not fall on one alone."""
    return [_mean([_once(subject) for _ in range(repeats)]) for subject in subjects]


def _once(subject: Subject) -> _Laps:
    watch = StopWatch()
    subject.make()
    make = watch.lap()
    subject.answer()
    answer = watch.lap()
    subject.dispose()
    return _Laps(make, answer, watch.lap())


def _mean(found: list[_Laps]) -> _Laps:
    return _Laps(
        *(
            Cost(sum(cost.cpu for cost in stage), sum(cost.wall for cost in stage)).per(len(found))
            for stage in zip(*found, strict=True)
        )
    )


# -- subjects


@contextmanager
def _another_alive(data: Path) -> Iterator[None]:
    """As in a gateway, which keeps isolates ready: V8 gives up what isolates share when the last one goes."""
    other = _runtime(data)
    other.make()
    try:
        yield
    finally:
        other.dispose()


def _runtime(data: Path) -> Subject:
    return RuntimeIsolate(Blob(base_snapshots.read(base_snapshots.ensure(data / "snapshots", "runtime"))))


async def _packages(rig: Rig, data: Path) -> list[Subject]:
    """Each contract at each level."""
    subjects: list[Subject] = []
    for contract in ("express", "web"):
        for level in (Level.INITIALISED, Level.COMPILED):
            prepared = rig.prepare(f"{contract}-{level}")
            subjects.append(await _compiled(rig, prepared, f"{contract} hello"))
        subjects.append(_from_source(rig.prepare(f"{contract}-{Level.INITIALISED}"), data, f"{contract} hello"))
    return subjects


async def _compiled(rig: Rig, prepared: Prepared, label: str) -> Subject:
    """The template outlives its place in the cache, which nothing else uses here."""
    async with rig.engine.compiler.template(prepared.function, prepared.bundle) as template:
        return PackageIsolate(f"{label}, {template.level}", template)


def _from_source(prepared: Prepared, data: Path, label: str) -> Subject:
    """What is left of a package whose build failed: its modules, on top of the runtime's snapshot."""
    modules = PackageModules(prepared.bundle)
    records = Transformer(None).transform(modules.raws())
    blob = Blob(base_snapshots.read(base_snapshots.ensure(data / "snapshots", "runtime")))
    ops = {**RUNTIME_OPS, **modules.ops(records)}
    template = Template(label, modules.main, Built(Level.SOURCE, b""), blob, records, ops, memory=MEMORY)
    return PackageIsolate(f"{label}, {Level.SOURCE}", template)


async def _unsnapshotted(rig: Rig) -> Subject:
    return await _compiled(rig, rig.prepare(f"express-{Level.INITIALISED}"), "express hello without snapshots")
