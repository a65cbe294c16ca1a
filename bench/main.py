"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from bench.cold import cold
from bench.compare import compare
from bench.deploy import deploy
from bench.fetch import fetch
from bench.http import http
from bench.invocations import invocations
from bench.isolate import isolate
from bench.machine import describe
from bench.macro import macro
from bench.memory import memory_table
from bench.must_hold import PARTS, table_of, verdicts
from bench.observing import observing
from bench.recovery import recovery
from bench.reload import reload
from bench.report import Report, write_page
from bench.roundtrip import roundtrip
from bench.scale import FULL, QUICK
from bench.scaling import scaling
from bench.soak import soak
from bench.vm_calls import vm_calls
from bench.vms import vms
from edge.services.logs import configure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bench.must_hold import Verdict
    from bench.scale import Scale
    from bench.table import Table

BENCHMARKS: dict[str, Callable[[Scale, Path], Awaitable[Table]]] = {
    "isolate": isolate,
    "deploy": deploy,
    "cold": cold,
    "roundtrip": roundtrip,
    "invocations": invocations,
    "http": http,
    "macro": macro,
    "peers": compare,
    "scaling": scaling,
    "fetch": fetch,
    "observing": observing,
    "memory": memory_table,
    "reload": reload,
    "recovery": recovery,
    "soak": soak,
    "vm-calls": vm_calls,
    "vms": vms,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write what the options ask for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.quick or options.must_hold is not None):
        parser.error("--write wants all tables at full size: leave out --only, --quick and --must-hold")
    if options.must_hold is not None and options.only:
        parser.error("--must-hold takes the names of its own parts; leave out --only")
    configure("console", "error")
    names = options.only or list(BENCHMARKS)
    report = Report(describe(), "quick" if options.quick else "full")
    _say("\n".join(report.machine.lines()))
    if options.must_hold is not None:
        return _judge(report, options)
    for name in names:
        began = time.monotonic()
        table = measure(name, QUICK if options.quick else FULL)
        report.tables.append(table)
        _say(f"\n{table.text()}\n({name} took {time.monotonic() - began:.0f} s)")
    if options.json is not None:
        options.json.write_bytes(report.json())
    if options.write:
        _say(f"\nwrote {write_page(report)}")
    return 0


def _judge(report: Report, options: argparse.Namespace) -> int:
    """0 when all holds."""
    found: list[Verdict] = []
    for name in options.must_hold or list(PARTS):
        began = time.monotonic()
        some = verdicts(name, QUICK if options.quick else FULL)
        for one in some:
            _say(f"{'holds' if one.holds else 'FAILS'}  {one.claim}: {one.figure} ({one.limit})  {one.detail}")
        _say(f"       ({name} took {time.monotonic() - began:.0f} s)")
        found += some
    report.tables.append(table_of(found))
    if options.json is not None:
        options.json.write_bytes(report.json())
    failed = sum(not one.holds for one in found)
    _say(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed else 0


def measure(name: str, scale: Scale) -> Table:
    """One table, measured in a folder of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="edge-bench-") as folder:
        return trio.run(BENCHMARKS[name], scale, Path(folder).resolve())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures what edge costs and prints one table per subject.",
        epilog="Example: scripts/bench --only isolate --only reload --json results.json",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(BENCHMARKS),
        metavar="NAME",
        help=f"this table alone; may be repeated: {', '.join(BENCHMARKS)}",
    )
    parser.add_argument(
        "--must-hold",
        nargs="*",
        choices=list(PARTS),
        metavar="PART",
        help=f"measure what is promised instead, with a verdict for each; all parts, or some: {', '.join(PARTS)}",
    )
    parser.add_argument("--quick", action="store_true", help="about a minute in all: to see that it works")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything to this file as JSON")
    parser.add_argument(
        "--write", action="store_true", help="write docs/reference/benchmarks.md; of all tables, at full size"
    )
    return parser


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program that talks to a terminal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
