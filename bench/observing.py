"""What it costs to see: the same load on a gateway as it is by default, and on one that logs and keeps nothing."""

from __future__ import annotations

from contextlib import AsyncExitStack
from statistics import median
from typing import TYPE_CHECKING

from bench.gateway import Gateway, serving, write_config
from bench.http import own_load
from bench.modes import MODES
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scale import Scale
    from edge.compose.engine import Mode

COLUMNS = [
    Column("function"),
    Column("mode"),
    Column("CPU each, all off", "us"),
    Column("by default", "us"),
    Column("cost", "%", 1),
]
TALKATIVE = """module.exports = async (req, res) => {
  console.log('visit', await kv.incr('visits'));
  res.send('hello');
};
"""
FUNCTIONS = {"hello": HELLO_EXPRESS, "talkative": TALKATIVE}
LABELS = {"hello": "hello", "talkative": "a line of log, a host call"}
OFF = '[log]\nlevel = "error"\njournal = false\n'


async def observing(scale: Scale, folder: Path) -> Table:
    """CPU of all processes for each request, the two gateways in turn; the median of the rounds."""
    notes = ['Off: `log.level = "error"`, `log.journal = false`. Receipts and metrics are always there.']
    table = Table("observing", "What logs and the journal cost", COLUMNS, notes=notes)
    for mode in MODES:
        async with AsyncExitStack() as stack:
            off = await stack.enter_async_context(serving(_config(folder / mode / "off", mode, OFF)))
            on = await stack.enter_async_context(serving(_config(folder / mode / "on", mode, "")))
            for name in FUNCTIONS:
                costs = [(await _cost(off, name, scale), await _cost(on, name, scale)) for _ in _rounds(scale)]
                before, after = (median(cost[place] for cost in costs) for place in (0, 1))
                table.add(LABELS[name], mode, before * 1e6, after * 1e6, (after / before - 1) * 100)
    return table


def _rounds(scale: Scale) -> range:
    return range(2 * scale.load_rounds)


def _config(folder: Path, mode: Mode, more: str) -> Path:
    for name, source in FUNCTIONS.items():
        write_function(folder / "functions", name, source)
    path = write_config(folder, list(FUNCTIONS), mode=mode)
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    return path


async def _cost(gateway: Gateway, name: str, scale: Scale) -> float:
    """Seconds of CPU for each request, of all processes."""
    before = gateway.tree_cpu_seconds()
    load = await own_load(gateway, [name], 1, scale.load_seconds / 2)
    return (gateway.tree_cpu_seconds() - before) / load.requests
