"""Takes spans that have ended, and sends them to a collector in batches, in a task of its own.

Nobody waits for it: what does not fit into the queue is dropped and counted.
"""

from __future__ import annotations

import gzip
import importlib
import random
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.services.telemetry.delivery import Fate, delay, judge
from edge.tracing.span import Span, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.services.telemetry.collector import Answer, Collector
    from edge.services.telemetry.otlp import Batch

PIECE = 16
"""Spans that are encoded before others get a turn; each takes some ten microseconds."""
FAREWELL = 1.0
"""Seconds that the last spans have, when the collector has taken those before."""

_OTLP = "edge.services.telemetry.otlp"

log = structlog.get_logger(component="gateway")


class ExportSettings(msgspec.Struct, frozen=True):
    """How spans are sent; `interval` in seconds, `resource` is who sends them."""

    resource: dict[str, Value] = {}
    interval: float = 5.0
    max_queue: int = 2048
    max_batch: int = 512
    compress: bool = False


class SpanExporter:
    """`count` is told what became of spans: exported, failed or dropped, and of how many."""

    def __init__(self, settings: ExportSettings, collector: Collector, count: Callable[[str, int], None]) -> None:
        self._settings = settings
        self._collector = collector
        self._count = count
        self._waiting: deque[Span] = deque()
        self._wake = trio.Event()
        self._stop = trio.Event()
        self._healthy = True  # the collector has taken the last batch, or was not asked yet
        self._told = False

    def put(self, span: Span) -> None:
        """Take a span; never waits."""
        if self._stop.is_set() or len(self._waiting) >= self._settings.max_queue:
            self._count("dropped", 1)
            return
        self._waiting.append(span)
        if len(self._waiting) >= self._settings.max_batch:
            self._wake.set()

    def stop(self) -> None:
        """Send what there is, and end."""
        self._stop.set()
        self._wake.set()

    async def run(self) -> None:
        """Until it is stopped; then for FAREWELL seconds at most, or not at all when the collector does not answer."""
        try:
            async with self._collector, trio.open_nursery() as nursery:
                nursery.start_soon(self._end_in_time, nursery.cancel_scope)
                await self._serve()
                nursery.cancel_scope.cancel()
        finally:
            self._stop.set()
            if self._waiting:
                self._count("dropped", len(self._waiting))
                self._waiting.clear()

    async def _end_in_time(self, scope: trio.CancelScope) -> None:
        await self._stop.wait()
        scope.deadline = trio.current_time() + (FAREWELL if self._healthy else 0.0)

    async def _serve(self) -> None:
        while self._waiting or not self._stop.is_set():
            if not self._stop.is_set() and len(self._waiting) < self._settings.max_batch:
                self._wake = trio.Event()
                with trio.move_on_after(self._settings.interval):
                    await self._wake.wait()
            if self._waiting:
                await self._send_batch()

    async def _send_batch(self) -> None:
        count = min(len(self._waiting), self._settings.max_batch)
        spans = [self._waiting.popleft() for _ in range(count)]
        taken = False
        try:
            taken = await self._deliver(await self._encode(spans), count)
        except Exception:
            log.exception("internal_error", where="sending spans")  # it costs these spans, and nobody else anything
        finally:
            if not taken:
                self._count("failed", count)

    async def _encode(self, spans: list[Span]) -> bytes:
        batch = await _new_batch(self._settings.resource)
        for number, span in enumerate(spans, 1):
            batch.add(span)
            if number % PIECE == 0:
                await trio.lowlevel.checkpoint()
        body = batch.encoded()
        return gzip.compress(body, 1, mtime=0) if self._settings.compress else body

    async def _deliver(self, body: bytes, count: int) -> bool:
        """Whether a collector took the batch; tries again while that may help."""
        attempt = 1
        while True:
            answer = await self._collector.post(body, compressed=self._settings.compress)
            fate = judge(answer.status)
            if fate is Fate.TAKEN:
                self._taken(answer, count)
                return True
            self._failed(answer)
            again = delay(attempt, answer.headers, time.time(), random.random())  # noqa: S311 - keeps no secret
            if fate is Fate.LOST or again is None or self._stop.is_set():
                return False
            with trio.move_on_after(again):
                await self._stop.wait()
            attempt += 1

    def _taken(self, answer: Answer, count: int) -> None:
        from edge.services.telemetry.otlp import rejected  # noqa: PLC0415 - see there

        missing, why = rejected(answer.body)
        missing = min(max(missing, 0), count)
        self._count("exported", count - missing)
        if missing:
            self._count("failed", missing)
            log.warning("spans_rejected", count=missing, reason=why[:200])
        if not self._healthy:
            log.info("collector_available")
        self._healthy, self._told = True, False

    def _failed(self, answer: Answer) -> None:
        self._healthy = False
        if not self._told:
            why = answer.error[:200] or f"it answered with the status {answer.status}"
            hint = "spans are kept while there is room, then dropped; telemetry.otlp_endpoint names it"
            log.warning("collector_unavailable", error=why, hint=hint)
            self._told = True


async def _new_batch(resource: dict[str, Value]) -> Batch:
    if _OTLP not in sys.modules:
        await trio.to_thread.run_sync(importlib.import_module, _OTLP)
    from edge.services.telemetry.otlp import Batch  # noqa: PLC0415 - see there

    return Batch(resource)
