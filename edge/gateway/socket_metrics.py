"""Metrics of WebSockets: counts of what is open are read when they are asked for, so that a message costs nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

    from edge.services.websocket.link import Link, Tally

_CODES = frozenset({1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})


class SocketMetrics(Collector):
    """Open WebSockets to clients by function, their messages, and how they ended."""

    def __init__(self) -> None:
        self._open: dict[Link, str] = {}
        self._messages: Counter[tuple[str, str]] = Counter()
        self._closed: Counter[tuple[str, str]] = Counter()

    def opened(self, function: str, link: Link) -> None:
        """One more."""
        self._open[link] = function

    def closed(self, function: str, link: Link) -> None:
        """One less."""
        if self._open.pop(link, None) is not None:
            self._messages.update(_tally(function, link.tally))
            code = link.ended.code if link.ended is not None else 0
            self._closed[function, str(code) if code in _CODES else "other"] += 1

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before somebody asks."""
        return []

    def collect(self) -> Iterable[Metric]:
        """See Collector."""
        gauge = GaugeMetricFamily("edge_websockets_open", "Open WebSockets of clients.", labels=["function"])
        messages = CounterMetricFamily(
            "edge_websocket_messages", "Messages on WebSockets of clients.", labels=["function", "direction"]
        )
        closed = CounterMetricFamily(
            "edge_websockets_closed", "WebSockets of clients that ended, by close code.", labels=["function", "code"]
        )
        totals = Counter(self._messages)
        for link, function in self._open.items():
            totals.update(_tally(function, link.tally))
        for function, count in Counter(self._open.values()).items():
            gauge.add_metric([function], count)
        for labels, count in sorted(totals.items()):
            messages.add_metric(list(labels), count)
        for labels, count in sorted(self._closed.items()):
            closed.add_metric(list(labels), count)
        return [gauge, messages, closed]


def _tally(function: str, tally: Tally) -> dict[tuple[str, str], int]:
    return {(function, "in"): tally.messages_in, (function, "out"): tally.messages_out}
