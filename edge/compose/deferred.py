"""Deferred invocations of a running gateway: what takes them in, runs them, keeps them and shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from edge.gateway.deferred_call import Acceptance
from edge.gateway.deferred_keeper import DeferredKeeper, KeeperSettings
from edge.gateway.deferred_runner import DeferredRunner, RunnerSettings
from edge.services.queue.table import Bounds

if TYPE_CHECKING:
    from edge.config.model import QueueConfig
    from edge.gateway.deferred_keeper import Post
    from edge.gateway.generation import GenerationHolder
    from edge.gateway.metrics import Metrics
    from edge.invocation import Invoker
    from edge.services.queue.records import Deferred, Page
    from edge.services.queue.store import Queue
    from edge.tracing.switch import TracingSwitch


class Deferring:
    """Implements edge.gateway.control.Deferral; settings are those of the generation that serves."""

    def __init__(
        self,
        queue: Queue,
        holder: GenerationHolder,
        invoker: Invoker,
        metrics: Metrics,
        post: Post,
        tracing: TracingSwitch,
    ) -> None:
        self._queue = queue
        self._holder = holder
        self._metrics = metrics
        self._runner = DeferredRunner(queue, holder, invoker, metrics, self._running)
        self._runner.tracing = tracing
        self._keeper = DeferredKeeper(queue, holder, self._keeping, post)

    @property
    def _config(self) -> QueueConfig:
        return self._holder.current().config.queue

    def _running(self) -> RunnerSettings:
        return RunnerSettings(self._config.concurrency, self._config.max_result)

    def _keeping(self) -> KeeperSettings:
        return KeeperSettings(self._config.retention, self._config.dead_letter_retention)

    def acceptance(self) -> Acceptance:
        """Where deferred invocations go."""
        config = self._config
        return Acceptance(self._queue, Bounds(config.max_waiting, config.max_size), config.max_payload)

    async def run(self, stop: trio.Event, grace: float) -> None:
        """Until `stop`; see DeferredRunner.run."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keeper.run, stop)
            await self._runner.run(stop, grace)

    async def listing(self, function: str, state: str, limit: int, before: int | None) -> Page:
        """See Deferral."""
        return await self._queue.listing(function, state, limit, before)

    async def get(self, name: str) -> Deferred:
        """See Deferral."""
        return await self._queue.get(name)

    async def cancel(self, name: str) -> Deferred:
        """See Deferral."""
        record, _ = await self._queue.cancel(name)
        self._runner.cancel(name)
        self._metrics.deferred(record.function, record.state)
        return record

    async def again(self, name: str) -> Deferred:
        """See Deferral."""
        return await self._queue.again(name)

    async def counts(self) -> dict[str, int]:
        """See Deferral."""
        return await self._queue.counts()
