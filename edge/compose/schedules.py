"""Schedules of a running gateway: the clock that runs functions, and what operators see of it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
import trio

from edge.gateway.scheduled_run import ScheduledRun, run_scheduled
from edge.gateway.scheduler import Entry
from edge.schedule.expression import ticks, written
from edge.services.clock import wall_ms

if TYPE_CHECKING:
    from edge.gateway.generation import GenerationHolder
    from edge.gateway.metrics import Metrics
    from edge.gateway.schedule_store import ScheduleStore
    from edge.gateway.scheduler import Scheduler
    from edge.invocation import Invoker
    from edge.schedule.schedule import Schedule
    from edge.schedule.state import State
    from edge.tracing.context import SpanContext
    from edge.tracing.switch import TracingSwitch
    from edge.wire.messages import Scheduled

MOST_SHOWN = 100
"""Ticks to come that are shown of one schedule."""

log = structlog.get_logger()


class ScheduledFunctions:
    """The functions that serve now, as schedules see them."""

    def __init__(self, holder: GenerationHolder, invoker: Invoker, metrics: Metrics, tracing: TracingSwitch) -> None:
        self._holder = holder
        self._invoker = invoker
        self._tracing = tracing
        self._metrics = metrics

    def entries(self) -> list[Entry]:
        """All schedules that are in force."""
        functions = self._holder.current().functions
        return [Entry(name, schedule) for name, loaded in functions.items() for schedule in loaded.schedules]

    async def invoke(
        self, name: str, scheduled: Scheduled, request_id: str, origin: SpanContext | None = None
    ) -> ScheduledRun:
        """Run one; it is kept as it is until the run has ended.  Raises NotFoundError, FunctionError."""
        with self._holder.pin() as generation:
            function = generation.function(name)
            run = await run_scheduled(self._invoker, function, scheduled, request_id, self._tracing, origin)
        self._metrics.scheduled(run)
        return run


async def show(entries: list[Entry], store: ScheduleStore, count: int) -> list[dict[str, Any]]:
    """Schedules with their next `count` ticks and their latest runs.  Raises what the store raises."""
    return [_shown(entry, (await store.read(*entry))[0], count) for entry in entries]


def _shown(entry: Entry, state: State | None, count: int) -> dict[str, Any]:
    schedule = entry.schedule
    known = {"running": state.running, "waiting": state.waiting, "runs": state.ended[::-1]} if state else {}
    return {
        "function": entry.function,
        "cron": schedule.expression,
        "timezone": schedule.zone,
        "overlap": schedule.overlap,
        "retries": schedule.retries,
        "backoff": schedule.backoff,
        "missed": schedule.missed,
        "next": preview(schedule, state.last if state else wall_ms(), count),
        **{name: [_plain(each, schedule.zone) for each in runs] for name, runs in known.items()},
    }


def _plain(run: Any, zone: str) -> dict[str, Any]:
    """Times as people read them."""
    fields = msgspec.to_builtins(run)
    times = {name: written(fields[name], zone) for name in ("tick", "started", "ended", "at") if name in fields}
    return {name: value for name, value in (fields | times).items() if name not in {"until", "holder"}}


def preview(schedule: Schedule, after: int, count: int) -> list[str]:
    """The next ticks, in the time zone of the schedule."""
    found = islice(ticks(schedule.expression, schedule.zone, after), min(count, MOST_SHOWN))
    return [written(tick, schedule.zone) for tick in found]


async def run_until(scheduler: Scheduler, stop: trio.Event, grace: float) -> None:
    """Run schedules until `stop`, and what runs then for `grace` seconds more."""
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:

            async def end() -> None:
                await stop.wait()
                scheduler.stop()
                scope.deadline = trio.current_time() + grace

            nursery.start_soon(end)
            await scheduler.run()
            nursery.cancel_scope.cancel()
    if scope.cancelled_caught:
        log.warning("schedules_cut", grace=grace)
