"""Metrics of what is logged: read when they are asked for, so that a line costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from edge.services.journal.journal import JournalStatistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.metrics_core import Metric

    from edge.services.function_logs import LogStatistics


class LogMetrics(Collector):
    """Asks `functions` and `journal`; `label` bounds the names of functions."""

    def __init__(self, label: Callable[[str], str]) -> None:
        self.functions: Callable[[], Mapping[str, LogStatistics]] = dict
        self.journal: Callable[[], JournalStatistics] = JournalStatistics
        self._label = label

    def collect(self) -> Iterable[Metric]:
        """See Collector."""
        lines = CounterMetricFamily(
            "edge_function_log_lines",
            "Lines that functions wrote, by what became of them.",
            labels=["function", "result"],
        )
        totals: dict[tuple[str, str], int] = {}
        for name, statistics in self.functions().items():
            for result, count in (("written", statistics.written), ("dropped", statistics.dropped)):
                key = (self._label(name), result)
                totals[key] = totals.get(key, 0) + count
        for labels, count in totals.items():
            lines.add_metric(list(labels), count)
        yield lines
        journal = self.journal()
        yield CounterMetricFamily("edge_journal_entries", "Entries written to the journal.", value=journal.written)
        yield CounterMetricFamily("edge_journal_lost", "Entries that the journal could not take.", value=journal.lost)
