"""What issue 11 promises, measured: a figure, its limit, and whether it holds.  `scripts/bench --must-hold`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import trio

from bench import first_answer, many, mixed
from bench.compare import EDGE, EDGE_KEPT, QUESTIONS, Case, Rounds, measure, middle, ratio
from bench.gateway import ROOT
from bench.peers.catalog import ECHO, HELLO
from bench.table import Column, Table
from edge.errors import InternalError
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.scale import Scale

COLUMNS = [Column("what must hold"), Column("figure"), Column("limit"), Column("verdict"), Column("measured")]
NOTES = [
    "One run, all cores, medians of rounds in which the programs took turns. Ratios are medians of ratios within a",
    "round. A figure near its limit says nothing on a machine that does other things: look at the load at the start.",
]
FAULTS = ROOT / "tests" / "data" / "faults.json"
FRESH_16, KEPT_16 = Case(EDGE.name, HELLO, 16), Case(EDGE_KEPT.name, HELLO, 16)


class Verdict(NamedTuple):
    """`detail` is what the figure was made of."""

    claim: str
    figure: str
    limit: str
    holds: bool
    detail: str = ""


def at_least(claim: str, figure: float, limit: float, unit: str = "", detail: str = "") -> Verdict:
    """A figure that must not be below its limit."""
    return Verdict(claim, _shown(figure, unit), f"at least {_shown(limit, unit)}", figure >= limit, detail)


def at_most(claim: str, figure: float, limit: float, unit: str = "", detail: str = "") -> Verdict:
    """A figure that must not be above its limit."""
    return Verdict(claim, _shown(figure, unit), f"at most {_shown(limit, unit)}", figure <= limit, detail)


def _shown(figure: float, unit: str) -> str:
    digits = 0 if abs(figure) >= 100 else 2
    return f"{figure:,.{digits}f}{unit and ' '}{unit}"


# -- requests per second


async def rates(scale: Scale, folder: Path) -> list[Verdict]:
    """Fresh and kept isolates beside the programs that the promises name."""
    names = ("ivm-isolate-snap", "ivm-context", "workerd-new", "workerd-loader")
    return rate_verdicts(await measure(folder, names, QUESTIONS, scale.load_rounds, scale.load_seconds * 2 / 3))


def rate_verdicts(rounds: Rounds) -> list[Verdict]:
    """What those rounds say."""
    found = [
        _beside(rounds, "isolated-vm with a new isolate from a snapshot", "ivm-isolate-snap", 2),
        _beside(rounds, "isolated-vm with a new context of a pool", "ivm-context", 1),
        _beside(rounds, "workerd with a new isolate", "workerd-new", 8),
    ]
    single = middle(rounds, Case(EDGE.name, HELLO, 1)).p50 * 1e3
    found.append(at_most("fresh hello, 1 connection: p50", single, 1.5, "ms"))
    own = middle(rounds, KEPT_16)
    loader = Case("workerd-loader", HELLO, 16)
    limit = max(6000, 0.6 * middle(rounds, loader).rate)
    detail = f"{own.cpu * 1e6:,.0f} us of CPU; workerd's loader {_rate(rounds, loader)}"
    found.append(
        at_least("kept hello, 16 connections: 6,000/s or 0.6 of workerd's loader", own.rate, limit, "/s", detail)
    )
    echo = Case(EDGE_KEPT.name, ECHO, 16)
    share = ratio(rounds, "rate", echo, KEPT_16)
    found.append(
        at_least("kept echo of 1 KB / hello", share, 0.8, "", f"{_rate(rounds, echo)} / {_rate(rounds, KEPT_16)}")
    )
    errors = sum(one.errors for each in rounds for case, one in each.items() if case.program.startswith("edge"))
    found.append(at_most("answers other than 200 meanwhile", errors, 0))
    return found


def _beside(rounds: Rounds, label: str, program: str, limit: float) -> Verdict:
    other = Case(program, HELLO, 16)
    detail = (
        f"{_rate(rounds, FRESH_16)} / {_rate(rounds, other)}; CPU {ratio(rounds, 'cpu', other, FRESH_16):.2f} times"
    )
    return at_least(
        f"fresh hello, 16 connections: rate / {label}", ratio(rounds, "rate", FRESH_16, other), limit, "", detail
    )


def _rate(rounds: Rounds, case: Case) -> str:
    return f"{middle(rounds, case).rate:,.0f}/s"


# -- the others


async def first(scale: Scale, folder: Path) -> list[Verdict]:
    """A function that was never run before, beside what the others have for that."""
    found = await first_answer.measure(scale.cold, folder)
    own = median(found[EDGE.name]) * 1e3
    return [
        at_most(
            f"first answer of a function, p50: {label}", own, median(found[name]) * 1e3, "ms", f"of {len(found[name])}"
        )
        for name, label in first_answer.LABELS.items()
    ]


async def neighbour(scale: Scale, folder: Path) -> list[Verdict]:
    """p99 of a quiet function while another one runs the corpus of faults."""
    out = folder / "faults.json"
    cases = FAULTS if scale.full else _some(folder)
    command = [sys.executable, "-m", "edge.corpus", "faults", str(cases), "--json", str(out)]
    await trio.run_process(command, cwd=ROOT, capture_stdout=True, capture_stderr=True, check=False)
    if not out.exists():
        raise InternalError("the corpus of faults did not run: ./scripts/corpus faults tests/data/faults.json")
    summary = json.loads(out.read_bytes())["summary"]
    times = [f"{summary[name]['p99'] * 1e3:.1f} ms" for name in ("loaded", "quiet")]
    return [
        at_most("p99 beside the corpus of faults / quiet", summary["ratio"], 3, "", " / ".join(times)),
        at_most("requests of the neighbour that were lost", len(summary["lost"]), 0),
    ]


def _some(folder: Path) -> Path:
    """A few cases, to see that it works."""
    path = folder / "some.json"
    path.write_text(json.dumps(json.loads(FAULTS.read_bytes())[:5]), "utf-8")
    return path


async def memory(scale: Scale, folder: Path) -> list[Verdict]:
    """All processes of a gateway with many functions, few of which run."""
    found = await many.measure(scale.many, min(10, scale.many), folder)
    claim = f"{scale.many:,} functions deployed, {found.active} active: memory of all processes (PSS)"
    others = (found.whole - found.gateway) / MIB
    detail = f"gateway {found.gateway / MIB:,.0f}, others {others:,.0f}; ready in {found.ready:.0f} s"
    return [at_most(claim, found.whole / MIB, 400, "MiB", detail)]


async def soak(scale: Scale, folder: Path) -> list[Verdict]:
    """Requests over 50 functions, nine in ten of them with kept isolates."""
    found = await mixed.measure(scale.mixed_requests, folder)
    claim = f"{scale.mixed_requests:,} requests mixed over {mixed.FUNCTIONS} functions"
    rows = [
        at_most(f"{claim}: growth of memory in the second half", found.growth * 100, 5, "%", found.detail),
        at_most("answers other than 200 meanwhile", found.errors, 0),
    ]
    return rows + [
        at_most(f"{name} at its end, over those at its middle", after - before, slack, "", f"{before} to {after}")
        for name, before, after, slack in found.counts
    ]


PARTS: dict[str, Callable[[Scale, Path], Awaitable[list[Verdict]]]] = {
    "rates": rates,
    "first": first,
    "neighbour": neighbour,
    "memory": memory,
    "soak": soak,
}


def verdicts(name: str, scale: Scale) -> list[Verdict]:
    """Of one part, measured in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="edge-bench-") as folder:
        return trio.run(PARTS[name], scale, Path(folder).resolve())


def table_of(found: list[Verdict]) -> Table:
    """For people."""
    shown = Table("must-hold", "What must hold", COLUMNS, notes=NOTES)
    for one in found:
        shown.add(one.claim, one.figure, one.limit, "holds" if one.holds else "FAILS", one.detail)
    return shown
