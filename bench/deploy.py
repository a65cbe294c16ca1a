"""From the folder of a package to its first answer."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bench.cost import Cost, StopWatch, middle
from bench.engine import Rig, get, open_rig
from bench.samples import HELLO_EXPRESS, write_function, write_tree
from bench.table import Column, Table
from edge.engine.package_modules import PackageModules

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [Column("package"), Column("stage"), Column("CPU", "ms", 2), Column("wall", "ms", 2)]
NOTES = [
    "Goal: a package of 50 files with node_modules answers its first request within 50 ms.",
    "CPU is that of the gateway; transform, snapshot and the function run in other processes: only wall shows them.",
]
PACKAGES = {"hello": "hello, 1 file", "tree": "50 files with node_modules"}

_Stages = dict[str, Cost]


async def deploy(scale: Scale, folder: Path) -> Table:
    """For each package: deployed for the first time, again, and by a gateway that was restarted."""
    table = Table("deploy", "Deploy, in mode cells: from a folder to the first answer", COLUMNS, notes=NOTES)
    functions = folder / "functions"
    write_function(functions, "hello", HELLO_EXPRESS)
    write_tree(functions, "tree")
    write_function(functions, "first", f"// first\n{HELLO_EXPRESS}")
    rounds: list[dict[str, _Stages]] = []
    for number in range(scale.rounds + 1):
        for name in ("first", *PACKAGES):
            _change(functions / name / "index.js", number)
        rounds.append(await _round(functions, folder / "data"))
    for name, label in PACKAGES.items():
        for stage in rounds[0][name]:
            cost = middle(found[name][stage] for found in rounds[1:])  # the first one warms up
            table.add(label, stage, cost.cpu * 1e3, cost.wall * 1e3)
    return table


def _change(file: Path, number: int) -> None:
    """New content, so that no cache knows the package."""
    source = file.read_text("utf-8").partition("// round")[0]
    file.write_text(f"{source}// round {number}\n", "utf-8")


async def _round(functions: Path, data: Path) -> dict[str, _Stages]:
    found: dict[str, _Stages] = {}
    async with open_rig(functions, data) as rig:
        await _whole(rig, "first")  # the builder is still starting
        for name in PACKAGES:
            found[name] = await _stages(rig, name)
            found[name]["again, from memory"] = await _whole(rig, name)
    async with open_rig(functions, data) as rig:
        for name in PACKAGES:
            found[name]["after a restart, from disk"] = await _whole(rig, name)
    return found


async def _stages(rig: Rig, name: str) -> _Stages:
    """The first deploy, stage by stage.  The graph is part of the build and measured on its own besides."""
    watch = StopWatch()
    prepared = rig.prepare(name)
    read = watch.lap()
    PackageModules(prepared.bundle)
    graph = watch.lap()
    async with AsyncExitStack() as stack:
        function, engine = prepared.function, rig.engine
        template = await stack.enter_async_context(engine.compiler.template(function, prepared.bundle))
        build = watch.lap()
        await stack.enter_async_context(rig.services.open(function, prepared.outbound))
        services = watch.lap()
        engine.host.prepare(function, template)
        stack.callback(engine.host.retire, function)
        await rig.invoke(function, get())
        answer = watch.lap()
    whole = read.plus(build).plus(services).plus(answer)
    return {
        "read and hash": read,
        "graph, transform, snapshot": build,
        "... of which graph": graph,
        "services": services,
        "first invocation": answer,
        "in all": whole,
    }


async def _whole(rig: Rig, name: str) -> Cost:
    """A deploy without stages."""
    watch = StopWatch()
    async with rig.deployed(rig.prepare(name)) as function:
        await rig.invoke(function, get())
        return watch.lap()
