"""Prometheus metrics.  Labels are bounded: functions by the config, all others by closed lists.

https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from edge import __version__
from edge.gateway.activity import Activity
from edge.gateway.engine_metrics import CacheStats, CellStats, EngineMetrics, PoolStats
from edge.gateway.invocation_metrics import InvocationMetrics
from edge.gateway.log_metrics import LogMetrics
from edge.gateway.observer import ServerObserver
from edge.gateway.socket_metrics import SocketMetrics
from edge.gateway.worker_metrics import WorkerMetrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.errors import EdgeError
    from edge.gateway.access_log import AccessEntry
    from edge.gateway.scheduled_run import ScheduledRun
    from edge.invocation import Receipt
    from edge.services.bindings.service import CallEntry
    from edge.services.egress.verdict import Verdict
    from edge.services.python.service import BindingCall
    from edge.services.websocket.link import Link

CONTENT_TYPE = CONTENT_TYPE_LATEST
_MAX_FUNCTIONS = 2000


DEFERRED_STATES = ("queued", "running", "succeeded", "failed", "canceled")


class Metrics(ServerObserver):
    """All metrics of one gateway, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "edge_requests", "Requests answered.", ["function", "outcome", "status_class"], registry=registry
        )
        self.invocations = InvocationMetrics()
        self._background = Counter(
            "edge_background_work",
            "Invocations with work after the response (waitUntil), by how it ended.",
            ["function", "background"],
            registry=registry,
        )
        self._calls = Counter(
            "edge_function_calls",
            "Calls from function to function, by the function that was called.",
            ["function", "outcome"],
            registry=registry,
        )
        self._bound = Counter(
            "edge_binding_calls",
            "Calls of the operator's Python, by the function that called and how they ended.",
            ["function", "binding", "outcome"],
            registry=registry,
        )
        self._bound_seconds = Counter(
            "edge_binding_call_seconds", "Time of such calls.", ["function", "binding"], registry=registry
        )
        self._dropped = Counter(
            "edge_scheduled_dropped",
            "Ticks of schedules that came to nothing.",
            ["function", "result"],
            registry=registry,
        )
        self._realtime = Counter(
            "edge_realtime_events",
            "Events of clients that RealtimeNamespaces handled.",
            ["function", "outcome"],
            registry=registry,
        )
        self._scheduled = Counter(
            "edge_scheduled_runs", "Scheduled runs that ended.", ["function", "outcome"], registry=registry
        )
        self._verdicts = Counter(
            "edge_egress_verdicts",
            "Decisions of the egress policy, by what it was refused for (stage).",
            ["function", "verdict", "stage"],
            registry=registry,
        )
        self._recordings = Counter(
            "edge_recordings",
            "Invocations that were to be recorded, by what became of that: kept, limited, dropped, too_large, failed.",
            ["function", "result"],
            registry=registry,
        )
        self._outgoing = Gauge("edge_egress_connections", "Open outgoing connections.", registry=registry)
        self._attempts = Counter(
            "edge_deferred_attempts", "Attempts of deferred invocations.", ["function", "outcome"], registry=registry
        )
        self._deferred = Counter(
            "edge_deferred_ended", "Deferred invocations that are over.", ["function", "state"], registry=registry
        )
        self._queued = Gauge("edge_deferred", "Deferred invocations in the queue.", ["state"], registry=registry)
        self._cached = Counter(
            "edge_cache_requests",
            "Requests of routes with a cache, by what it did with them.",
            ["function", "result"],
            registry=registry,
        )
        self._kept = Gauge("edge_cache_bytes", "What the cache of answers holds.", registry=registry)
        self._spans = Counter(
            "edge_trace_spans",
            "Spans of traces, by what became of them (exported, failed, dropped).",
            ["result"],
            registry=registry,
        )
        for result in ("exported", "failed", "dropped"):
            self._spans.labels(result)
        self._in_flight = Gauge("edge_requests_in_flight", "Requests being answered.", registry=registry)
        self._limited = Counter(
            "edge_rate_limited",
            "Requests turned away with 429, by their function and what they were too many for (rate, in_flight).",
            ["function", "reason"],
            registry=registry,
        )
        self._counted_alone = Counter(
            "edge_rate_limit_fallbacks",
            "Requests that this gateway counted by itself, because the server that counts for all did not answer.",
            registry=registry,
        )
        self._reloads = Counter("edge_reloads", "Reloads of the config.", ["result"], registry=registry)
        self._last_reload = Gauge(
            "edge_last_reload_successful", "1 when the last reload of the config succeeded.", registry=registry
        )
        self._generation = Gauge(
            "edge_generation_info", "1 for the generation that serves.", ["generation"], registry=registry
        )
        self._store_failures = Gauge(
            "edge_package_store_failures",
            "Times that the package store could not be asked what other gateways have deployed.",
            registry=registry,
        )
        self._stuck = Gauge(
            "edge_versions_stuck",
            "Functions that serve another version than the one that is active, which cannot be built here.",
            registry=registry,
        )
        self._taken_back = Counter(
            "edge_versions_taken_back",
            "Versions that lost their share of requests because they failed too often.",
            ["function"],
            registry=registry,
        )
        self._draining = Gauge(
            "edge_generations_draining", "Earlier generations that requests still use.", registry=registry
        )
        self._tasks = Gauge("edge_tasks", "Tasks of the gateway process.", registry=registry)
        self._connections = Gauge(
            "edge_connections", "Open connections of clients, not of operators.", registry=registry
        )
        self._turned_away = Counter(
            "edge_connections_refused", "Connections closed at once.", ["reason"], registry=registry
        )
        self._handshakes = Counter(
            "edge_tls_handshakes_failed", "TLS handshakes that came to nothing.", ["reason"], registry=registry
        )
        self._refused = Counter("edge_bad_requests", "Input that was no request.", ["code"], registry=registry)
        self._crashes = Counter("edge_internal_errors", "Bugs that ended a request or connection.", registry=registry)
        self._verdict_children: dict[tuple[str, str], Counter] = {}
        self._children: dict[tuple[str, str, int], Counter] = {}
        self._functions: dict[str, str] = {}  # labels by name
        self._engine: EngineMetrics | None = None
        self._sockets = SocketMetrics()
        registry.register(self._sockets)
        self.logs = LogMetrics(self._label)
        registry.register(self.logs)
        self.workers = WorkerMetrics()
        registry.register(self.workers)
        _describe_process(registry)
        self._last_reload.set(1)
        self.activity = Activity()
        self._in_flight.set_function(lambda: self.activity.in_flight)

    # the data path

    def began(self) -> None:
        """A request came in."""
        self.activity.in_flight += 1

    def ended(self, entry: AccessEntry) -> None:
        """A request is over."""
        self.activity.in_flight -= 1
        key = (entry.function, entry.outcome, entry.status // 100)
        child = self._children.get(key)
        if child is None:
            labels = (self._label(entry.function), entry.outcome or "none", f"{entry.status // 100}xx")
            child = self._children[key] = self._requests.labels(*labels)
        child.inc()
        self.activity.request(entry.outcome, entry.status, None if entry.socket else entry.duration)
        if entry.cache:
            self._cached.labels(self._label(entry.function), entry.cache).inc()
        if entry.receipt is not None and entry.function:
            self._invoked(entry.function, entry.receipt)

    def cache_holds(self, size: int) -> None:
        """What the cache of answers holds, in bytes."""
        self._kept.set(size)

    def socket_opened(self, function: str, link: Link) -> None:
        """A request was answered with a WebSocket."""
        self._sockets.opened(self._label(function), link)

    def socket_closed(self, function: str, link: Link) -> None:
        """It has ended."""
        self._sockets.closed(self._label(function), link)

    def realtime(self, function: str, receipt: Receipt) -> None:
        """An event of a RealtimeNamespace is over."""
        self._realtime.labels(self._label(function), receipt.outcome).inc()
        self._invoked(function, receipt)

    def called(self, entry: CallEntry) -> None:
        """A call from function to function is over."""
        self._calls.labels(self._label(entry.function), entry.receipt.outcome).inc()
        self._invoked(entry.function, entry.receipt)

    def bound(self, call: BindingCall) -> None:
        """A call of a binding is over."""
        function = self._label(call.function)
        self._bound.labels(function, call.binding, call.outcome).inc()
        self._bound_seconds.labels(function, call.binding).inc(call.duration)

    def tick_dropped(self, function: str, result: str) -> None:
        """A tick came to nothing: it was skipped, or the gateway that ran it is gone."""
        self._dropped.labels(function, result).inc()

    def scheduled(self, run: ScheduledRun) -> None:
        """A scheduled run is over."""
        self._scheduled.labels(
            self._label(run.function), run.outcome if run.ok or run.outcome != "ok" else "exception"
        ).inc()

    def egress(self, function: str, verdict: Verdict) -> None:
        """The egress policy decided."""
        stage = "" if verdict.allowed else verdict.stage or "other"
        child = self._verdict_children.get((function, stage))
        if child is None:
            label = self._label(function)
            child = self._verdicts.labels(label, "allowed" if verdict.allowed else "denied", stage or "none")
            self._verdict_children[function, stage] = child
        child.inc()

    def watch_connections(self, count: Callable[[], int]) -> None:
        """Where the number of open outgoing connections is to be read."""
        self._outgoing.set_function(count)

    def recorded(self, function: str, result: str) -> None:
        """What became of an invocation that was to be kept: kept, limited, dropped, too_large or failed."""
        self._recordings.labels(self._label(function), result).inc()

    def attempted(self, function: str, receipt: Receipt) -> None:
        """An attempt of a deferred invocation is over."""
        self._attempts.labels(self._label(function), receipt.outcome).inc()
        self._invoked(function, receipt)

    def deferred(self, function: str, state: str) -> None:
        """A deferred invocation is over."""
        self._deferred.labels(self._label(function), state).inc()

    def queued(self, counts: dict[str, int]) -> None:
        """How many deferred invocations there are, by state."""
        for state in DEFERRED_STATES:
            self._queued.labels(state).set(counts.get(state, 0))

    def invoked(self, receipt: Receipt) -> None:
        """An invocation is over that is none of the others: one by a schedule."""
        self._invoked(receipt.function, receipt)

    def _invoked(self, function: str, receipt: Receipt) -> None:
        label = self._functions.get(function)
        if label is None:
            label = self._functions[function] = self._label(function)
        self.invocations.observe(label, receipt)
        self.activity.invoked(function, receipt.outcome, receipt.wall)
        if receipt.background is not None:
            self._background.labels(self._label(function), receipt.background).inc()

    def _label(self, function: str) -> str:
        """Functions come from config, but come and go for ever under hot reload."""
        if not function:
            return "none"
        return function if function in self._functions or len(self._functions) < _MAX_FUNCTIONS else "other"

    # everything else

    def limited(self, function: str, reason: str) -> None:
        """A request was one too many: `rate`, or `in_flight`."""
        self._limited.labels(self._label(function), reason).inc()

    def spans(self, result: str, count: int) -> None:
        """Spans were `exported`; the collector did not take them (`failed`); there was no room for them (`dropped`)."""
        self._spans.labels(result).inc(count)

    def counted_alone(self) -> None:
        """A request was counted without those that other gateways have had."""
        self._counted_alone.inc()

    def reloaded(self, *, ok: bool) -> None:
        """A reload ended."""
        self._reloads.labels("ok" if ok else "failed").inc()
        self._last_reload.set(1 if ok else 0)

    def taken_back(self, version: str) -> None:
        """A version got no more requests because it had failed too often; versions come from config and uploads."""
        self._taken_back.labels(self._label(version)).inc()

    def generation(self, mark: str) -> None:
        """Another generation serves; `mark` is its hash."""
        self._generation.clear()
        self._generation.labels(mark).set(1)

    def watch_deploys(self, failures: Callable[[], int], stuck: Callable[[], int]) -> None:
        """Where the numbers are to be read."""
        self._store_failures.set_function(failures)
        self._stuck.set_function(stuck)

    def watch_draining(self, count: Callable[[], int]) -> None:
        """Where the number of earlier generations that are in use is to be read."""
        self._draining.set_function(count)

    def watch(
        self,
        isolates: Callable[[], PoolStats],
        cache: Callable[[], CacheStats],
        cells: Callable[[], CellStats] = CellStats,
    ) -> None:
        """Read these whenever metrics are asked for, in the place of what was watched before."""
        if self._engine is not None:
            self.registry.unregister(self._engine)
        self._engine = EngineMetrics(isolates, cache, cells)
        self.registry.register(self._engine)

    def watch_tasks(self, count: Callable[[], int]) -> None:
        """Where the number of tasks is to be read."""
        self._tasks.set_function(count)

    def text(self) -> bytes:
        """Prometheus text format; its type is CONTENT_TYPE."""
        return generate_latest(self.registry) + self.invocations.text()

    # ServerObserver

    def connected(self, open_connections: int) -> None:
        self._connections.set(open_connections)

    def disconnected(self, open_connections: int) -> None:
        self._connections.set(open_connections)

    def turned_away(self, reason: str) -> None:
        self._turned_away.labels(reason).inc()

    def distrusted(self, why: str, peer: str) -> None:
        self._turned_away.labels("proxy_protocol").inc()

    def handshake_failed(self, reason: str) -> None:
        self._handshakes.labels(reason).inc()

    def refused(self, error: EdgeError, request_id: str, client: str) -> None:
        self._refused.labels(error.code).inc()

    def crashed(self, error: BaseException, where: str) -> None:
        self._crashes.inc()


def _describe_process(registry: CollectorRegistry) -> None:
    ProcessCollector(registry=registry)
    build = Gauge("edge_build_info", "1 for the version that runs.", ["version"], registry=registry)
    build.labels(__version__).set(1)
