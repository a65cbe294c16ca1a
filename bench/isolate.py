"""Making and disposing of isolates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from bench.cost import Cost, StopWatch, middle
from bench.engine import Rig, open_rig
from bench.samples import CLOCK_EXPRESS, CLOCK_WEB, HELLO_EXPRESS, HELLO_WEB, write_function
from bench.subjects import MEMORY, BareIsolate, PackageIsolate, RuntimeIsolate, Subject
from bench.table import Column, Table
from edge.engine import base_snapshots, snapshot
from edge.engine.build import Level
from edge.engine.package_modules import PackageModules
from edge.engine.template import Template
from edge.engine.transform import Transformer
from edge.errors import InternalError
from edge.runtime.ops import OPS
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.scale import Scale
    from edge.engine.snapshot import Blob

FUNCTIONS = {
    "express": {Level.INITIALISED: HELLO_EXPRESS, Level.COMPILED: CLOCK_EXPRESS, Level.SOURCE: HELLO_EXPRESS},
    "web": {Level.INITIALISED: HELLO_WEB, Level.COMPILED: CLOCK_WEB, Level.SOURCE: HELLO_WEB},
}
COLUMNS = [
    Column("Isolate"),
    Column("snapshot", "KiB"),
    *(Column(f"{part} {kind}", "us") for part in ("make", "first request", "dispose") for kind in ("CPU", "wall")),
    Column("in all CPU", "us"),
]
GOAL = "Goal: a fresh isolate with the whole runtime in it costs under 2,500 us of CPU."

_Laps = tuple[Cost, Cost, Cost]


async def isolate(scale: Scale, folder: Path) -> Table:
    """One row for each thing an isolate can be made from."""
    table = Table("isolate", "Isolates: creation, first request, disposal", COLUMNS, notes=[GOAL])
    _write(folder / "functions")
    async with open_rig(folder / "with") as rig, open_rig(folder / "without", snapshots=False) as plain:
        subjects = [BareIsolate(), *await _subjects(rig, folder / "with"), *await _subjects(plain, None)]
        rounds = [[await trio.to_thread.run_sync(_round, subject, scale.repeats) for subject in subjects] for _ in range(scale.rounds + 1)]
    for index, subject in enumerate(subjects):
        table.add(subject.label, subject.size and subject.size / KIB, *_cells(subject, [found[index] for found in rounds[1:]]))
    return table
