"""What a run has found, as lines and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from edge.corpus.faults.case import Case
from edge.corpus.faults.neighbour import MAX_RATIO
from edge.corpus.faults.neighbour import Figures as Requests
from edge.corpus.faults.verdict import Figures, Observed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_NAMED = 5


class Result(msgspec.Struct, frozen=True):
    """One case, what became of it, and why that is wrong if it is.  `began` is on the monotonic clock."""

    case: Case
    observed: Observed
    figures: Figures
    problems: list[str]
    began: float = 0.0


class Summary(msgspec.Struct, frozen=True):
    """Figures of a run: sizes in bytes, durations in seconds.

    `quiet` and `loaded` are the neighbour's, `lost` is what it missed, `beside` its slowest request beside each case;
    `others` is the share of all processors that processes of no concern used meanwhile.
    """

    embedded: bool
    starts: int
    base: int
    cap: int
    gateway_before: int
    gateway_after: int
    quiet: Requests
    loaded: Requests
    lost: list[str]
    beside: list[float]
    others: float

    @property
    def ratio(self) -> float:
        """How much slower the neighbour's p99 was beside the cases."""
        return self.loaded.p99 / self.quiet.p99

    @property
    def problems(self) -> list[str]:
        """What is wrong with the run, whatever became of its cases."""
        if self.embedded:
            return []
        found = []
        if not self.base:
            found.append("no cell was seen, so no memory was measured")
        if self.lost:
            found.append(f"the neighbour lost {len(self.lost)} requests")
        if self.ratio > MAX_RATIO:
            found.append(f"the neighbour became {self.ratio:.1f} times slower (at most {MAX_RATIO:g})")
        return found


def failure_line(result: Result) -> str:
    """The line of a failed case."""
    figures = result.figures
    detail = f" ({result.observed.detail})" if result.observed.detail else ""
    return (
        f"FAIL {result.case.name}: {result.observed.name}{detail}; {'; '.join(result.problems)}; "
        f"{figures.seconds:.2f} s, peak {_mib(figures.peak)}"
    )


def summary_lines(results: Sequence[Result], summary: Summary) -> Iterator[str]:
    """Figures, one line each, and last `N passed, N failed`; what is wrong with the run counts as one failure each."""
    yield from _figures(results, summary)
    if summary.embedded:
        yield "embedded: functions share the gateway's process, so memory and neighbour are shown and not judged"
    yield from (f"LOST {lost}" for lost in summary.lost[:_NAMED])
    yield from (f"FAIL {problem}" for problem in summary.problems)
    failed = sum(1 for result in results if result.problems)
    yield f"{len(results) - failed} passed, {failed + len(summary.problems)} failed"


def _figures(results: Sequence[Result], summary: Summary) -> Iterator[str]:
    highest = max(results, key=lambda result: result.figures.peak)
    slowest = max(results, key=lambda result: result.figures.seconds)
    over = sum(1 for result in results if result.figures.peak > summary.base + summary.cap)
    yield (
        f"memory: base {_mib(summary.base)}, cap {_mib(summary.cap)}, highest {_mib(highest.figures.peak)} "
        f"({highest.case.name}), {over} cases over base + cap"
    )
    before, after = _mib(summary.gateway_before), _mib(summary.gateway_after)
    yield f"gateway: {before} before, {after} after; {summary.starts} starts"
    yield f"slowest: {slowest.figures.seconds:.2f} s ({slowest.case.name})"
    yield f"machine: {summary.others:.0%} of its processors' time went to other processes"
    yield f"neighbour, quiet: {_requests(summary.quiet)}"
    yield f"neighbour, beside the cases: {_requests(summary.loaded)}; p99 ratio {summary.ratio:.2f}"
    yield f"neighbour, slowest beside: {', '.join(_slowest(results, summary))}"


def _slowest(results: Sequence[Result], summary: Summary) -> Iterator[str]:
    """The cases beside which the neighbour was slowest."""
    ordered = sorted(zip(summary.beside, results, strict=True), key=lambda pair: pair[0], reverse=True)
    for seconds, result in ordered[:_NAMED]:
        yield f"{result.case.name} ({seconds * 1000:.0f} ms)"


def write_json(path: Path, results: Sequence[Result], summary: Summary) -> None:
    """Everything, for programs.  Raises OSError."""
    content = {
        "cases": [
            {**_flat(result), "neighbour": round(seconds, 4)}
            for result, seconds in zip(results, summary.beside, strict=True)
        ],
        "summary": {**msgspec.to_builtins(summary), "ratio": summary.ratio, "problems": summary.problems},
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _flat(result: Result) -> dict[str, object]:
    case, figures = result.case, result.figures
    return {
        "name": case.name,
        "group": case.group,
        "expect": case.expect,
        "observed": result.observed.name,
        "words": sorted(result.observed.words),
        "detail": result.observed.detail,
        "seconds": round(figures.seconds, 4),
        "peak": figures.peak,
        "problems": result.problems,
    }


def _requests(figures: Requests) -> str:
    return (
        f"{figures.requests} requests, {figures.lost} lost, p50 {figures.p50 * 1000:.1f} ms, "
        f"p99 {figures.p99 * 1000:.1f} ms, worst {figures.worst * 1000:.0f} ms"
    )


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB"
