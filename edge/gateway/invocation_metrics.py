"""Histograms of what invocations took, by function.

In the place of prometheus_client's, because there are many of them: with 1,000 functions that one takes a second of the
gateway's only thread for each scrape, this one some hundredths.

https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.metrics_core import Metric

    from edge.invocation import Receipt

_LONG: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_WAITS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 30.0)
_CPU: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0)


class _Kind(NamedTuple):
    name: str
    text: str
    bounds: tuple[float, ...]


KINDS: Final = (
    _Kind("edge_invocation_seconds", "Wall time of invocations, without what they waited before.", _LONG),
    _Kind("edge_invocation_queue_seconds", "How long invocations waited for a place of their function.", _WAITS),
    _Kind("edge_invocation_start_seconds", "How long invocations waited for an isolate after that.", _WAITS),
    _Kind("edge_invocation_cpu_seconds", "CPU time of invocations.", _CPU),
)


class _Counts:
    """How many fell into each bucket, the last of which has no bound, and their sum."""

    __slots__ = ("buckets", "sum")

    def __init__(self, bounds: int) -> None:
        self.buckets = [0] * (bounds + 1)
        self.sum = 0.0


class InvocationMetrics(Collector):
    """All of one gateway process; whoever calls it bounds the labels.

    `collect` describes them, `text` has their values.
    """

    def __init__(self) -> None:
        self._of: dict[str, tuple[_Counts, ...]] = {}

    def observe(self, label: str, receipt: Receipt) -> None:
        """An invocation is over."""
        found = self._of.get(label)
        if found is None:
            found = self._of[label] = tuple(_Counts(len(kind.bounds)) for kind in KINDS)
        values = (receipt.wall, receipt.queued, receipt.start, max(receipt.cpu, 0.0))
        for kind, counts, value in zip(KINDS, found, values, strict=True):
            counts.buckets[bisect_left(kind.bounds, value)] += 1
            counts.sum += value

    def collect(self) -> Iterable[Metric]:
        """See Collector."""
        for kind in KINDS:
            yield HistogramMetricFamily(kind.name, kind.text, labels=["function"])

    def text(self) -> bytes:
        """Prometheus text format."""
        return "".join(line for place in range(len(KINDS)) for line in self._lines(place)).encode()

    def _lines(self, place: int) -> Iterator[str]:
        kind = KINDS[place]
        yield f"# HELP {kind.name} {kind.text}\n# TYPE {kind.name} histogram\n"
        marks = [*map(repr, kind.bounds), "+Inf"]
        for function, found in self._of.items():
            counts, label, total = found[place], f'function="{_escaped(function)}"', 0
            for mark, count in zip(marks, counts.buckets, strict=True):
                total += count
                yield f'{kind.name}_bucket{{{label},le="{mark}"}} {total}.0\n'
            yield f"{kind.name}_count{{{label}}} {total}.0\n{kind.name}_sum{{{label}}} {counts.sum!r}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
