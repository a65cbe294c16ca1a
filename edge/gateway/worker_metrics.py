"""How many processes a gateway has, as each of them knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client.metrics_core import Metric


class WorkerCounts(NamedTuple):
    """Processes that there are to be, and that serve; how many were replaced because they ended unasked."""

    wanted: int = 1
    ready: int = 1
    restarts: int = 0


class WorkerMetrics(Collector):
    """Asks `read` whenever metrics are asked for; a process that stands alone is one of one."""

    def __init__(self) -> None:
        self.read: Callable[[], WorkerCounts] = WorkerCounts

    def collect(self) -> Iterable[Metric]:
        """See Collector."""
        counts = self.read()
        workers = GaugeMetricFamily(
            "edge_workers", "Gateway processes: those that serve, of how many.", labels=["state"]
        )
        workers.add_metric(["wanted"], counts.wanted)
        workers.add_metric(["ready"], counts.ready)
        yield workers
        text = "Gateway processes that ended unasked and were replaced."
        yield CounterMetricFamily("edge_worker_restarts", text, value=counts.restarts)
