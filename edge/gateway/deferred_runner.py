"""Runs deferred invocations: takes them from the queue, function by function in turn, and decides what follows.

Every attempt is an invocation like any other, of the generation that serves when it begins: it has the function's
limits, and shares its concurrency with requests.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.errors import EdgeError, NotFoundError
from edge.function import Retries
from edge.gateway.deferred_call import INVOCATION_TYPE
from edge.gateway.deferred_view import letter
from edge.gateway.request_id import request_id
from edge.gateway.scheduled_run import CollectingExchange
from edge.invocation import Outcome, Receipt, outcome_of
from edge.services.queue.records import (
    FINISHED,
    Attempt,
    Deferred,
    Result,
    State,
    Wanted,
)
from edge.services.queue.retry import LOST, REMOVED, choose, judge, too_old
from edge.tracing.span import Attributes, Kind
from edge.tracing.switch import TracingSwitch
from edge.wire.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.function import Function
    from edge.gateway.generation import GenerationHolder
    from edge.gateway.metrics import Metrics
    from edge.invocation import Invoker
    from edge.services.queue.store import Queue

POLL = 5.0
"""Seconds after which the queue is looked at without a reason: for what other processes left, and odd clocks."""
PAUSE = 1.0
"""Seconds before a queue that could not be used is tried again."""
LAST_WRITES = 5.0
"""Seconds that a shutdown gives to writing down what became of attempts."""

log = structlog.get_logger()


class RunnerSettings(msgspec.Struct, frozen=True):
    """Attempts at once, and bytes kept of an answer."""

    concurrency: int
    max_result: int


class DeferredRunner:
    """`settings` is asked whenever they are needed: they may change under it."""

    def __init__(
        self,
        queue: Queue,
        holder: GenerationHolder,
        invoker: Invoker,
        metrics: Metrics,
        settings: Callable[[], RunnerSettings],
    ) -> None:
        self._queue = queue
        self._holder = holder
        self._invoker = invoker
        self._metrics = metrics
        self._settings = settings
        self.tracing = TracingSwitch()
        self._running: dict[str, tuple[str, trio.CancelScope]] = {}
        self._wake = trio.Event()
        self._last = ""
        self._recover_at = 0.0
        self._stopping = False

    async def run(self, stop: trio.Event, grace: float) -> None:
        """Until `stop`, then until what runs has ended, `grace` seconds at most; the rest goes back to the queue."""
        self._queue.watch(self._poke)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._heed, stop)
            while not stop.is_set():
                self._wake = trio.Event()
                pause = await self._round(nursery)
                with trio.move_on_after(pause):
                    await self._wake.wait()
            self._stopping = True
            with trio.move_on_after(grace):
                while self._running:
                    self._wake = trio.Event()
                    await self._wake.wait()
            nursery.cancel_scope.cancel()

    def cancel(self, name: str) -> None:
        """Stop the attempt that runs of an invocation that has been canceled."""
        if name in self._running:
            self._running[name][1].cancel()

    def _poke(self) -> None:
        self._wake.set()

    async def _heed(self, stop: trio.Event) -> None:
        await stop.wait()
        self._poke()

    # -- taking

    async def _round(self, nursery: trio.Nursery) -> float:
        """Take what there is room for; the seconds until there may be more."""
        try:
            if trio.current_time() >= self._recover_at:
                await self._heed_others()
                await self._recover()
                self._recover_at = trio.current_time() + POLL
            if self._free() <= 0:
                return POLL
            await self._take(nursery)
            due = await self._queue.next_due()
        except EdgeError as error:
            log.error("queue_unavailable", error=str(error))  # noqa: TRY400 -- not our bug
            return PAUSE
        except Exception:
            log.exception("internal_error", where="the queue of deferred invocations")
            return POLL
        return POLL if due is None else min(POLL, max(0.0, (due - self._queue.clock()) / 1000))

    async def _take(self, nursery: trio.Nursery) -> None:
        while names := self._plan(await self._queue.ready()):
            with trio.CancelScope(shield=True):  # what was taken must be run
                claimed = await self._queue.claim(names)
                for record, request in claimed:
                    scope = trio.CancelScope()
                    self._last = record.function
                    self._running[record.id] = (record.function, scope)
                    nursery.start_soon(self._attempt, record, request, scope)
            if not claimed or self._free() <= 0:
                return

    def _plan(self, ready: list[str]) -> list[str]:
        """Whose invocations to take, one name for each; there may be fewer."""
        room, last, names = self._room(ready), self._last, list[str]()
        while len(names) < self._free() and (name := choose(ready, room, last)) is not None:
            names.append(name)
            room[name] -= 1
            last = name
        return names

    def _free(self) -> int:
        return self._settings().concurrency - len(self._running)

    def _room(self, functions: list[str]) -> dict[str, int]:
        """How many more may run of each; what is not there any more needs no room."""
        busy = Counter(name for name, _ in self._running.values())
        room = {}
        for name in functions:
            loaded = self._holder.current().functions.get(name)
            function = loaded.function if loaded is not None else None
            room[name] = self._free() if function is None else function.limits.concurrency - busy[name]
        return room

    async def _heed_others(self) -> None:
        """Stop what is not ours to run any more: another process, asked by its admin listener, has canceled it."""
        ours = await self._queue.ours()
        for name in self._running.keys() - ours:
            self.cancel(name)

    async def _recover(self) -> None:
        """What a process took with it when it ended has failed in this attempt."""
        for owner, record in await self._queue.orphans():
            attempt = Attempt(
                len(record.attempts) + 1, record.changed, LOST, error="the gateway ended during the attempt"
            )
            log.warning("deferred_lost", function=record.function, request_id=record.id)
            await self._conclude(record, attempt, None, self._retries(record.function), owner)

    def _retries(self, name: str) -> Retries:
        loaded = self._holder.current().functions.get(name)
        return loaded.function.deferred if loaded is not None and loaded.function is not None else Retries()

    # -- one attempt

    async def _attempt(self, record: Deferred, request: Request, scope: trio.CancelScope) -> None:
        number, started = len(record.attempts) + 1, self._queue.clock()
        attempt = Attempt(number, started, Outcome.CANCELED, error="the gateway shut down")
        result: Result | None = None
        retries = self._retries(record.function)
        try:
            with scope:
                attempt, result, retries = await self._run(record, request, number, started)
        finally:
            # Cancelled by DELETE: the queue knows.  Cancelled by a shutdown: it waits again.
            if not scope.cancelled_caught:
                with trio.CancelScope(shield=True):
                    await self._conclude_surely(record, attempt, result, retries)
            if self._running[record.id][1] is scope:  # it may have been canceled, and begun anew
                del self._running[record.id]
            self._poke()

    async def _run(
        self, record: Deferred, request: Request, number: int, started: int
    ) -> tuple[Attempt, Result | None, Retries]:
        with self._holder.pin() as generation:
            try:
                function = generation.function(record.function)
            except NotFoundError:
                reason = f"function {record.function} is not in the config any more"
                return Attempt(number, started, REMOVED, error=reason), None, Retries()
            except EdgeError as error:
                outcome = outcome_of(error) or Outcome.EXCEPTION
                return Attempt(number, started, outcome, error=str(error)), None, self._retries(record.function)
            retries = function.deferred
            if (started - record.created) / 1000 > retries.max_age:
                return Attempt(number, started, REMOVED, error=f"it waited too long: {too_old(retries)}"), None, retries
            try:
                attempt, result = await self._invoke(function, record, request, number, started)
            except Exception:
                log.exception("internal_error", where=f"deferred invocation {record.id} of {record.function}")
                return Attempt(number, started, Outcome.CRASH, error="the invoker failed"), None, retries
            return attempt, result, retries

    async def _invoke(
        self, function: Function, record: Deferred, request: Request, number: int, started: int
    ) -> tuple[Attempt, Result | None]:
        exchange = CollectingExchange(self._settings().max_result)
        told = [
            *request.headers,
            (INVOCATION_TYPE, "Event"),
            ("edge-invocation-id", record.id),
            ("edge-attempt", str(number)),
        ]
        request = msgspec.structs.replace(request, headers=told)
        about: Attributes = {"faas.trigger": "pubsub", "faas.name": function.name, "edge.deferred.attempt": number}
        with self.tracing.root(request, f"deferred {function.name}", Kind.CONSUMER, about) as root:
            receipt = await self._invoker.invoke(function, root.request, record.id, exchange)
            root.ended(receipt, exchange.status)
        self._metrics.attempted(function.name, receipt)
        attempt = _attempt_of(number, started, receipt, exchange.status)
        result = (
            Result(exchange.status, exchange.headers, exchange.body, exchange.truncated) if exchange.status else None
        )
        return attempt, result

    # -- what follows

    async def _conclude_surely(
        self, record: Deferred, attempt: Attempt, result: Result | None, retries: Retries
    ) -> None:
        """Write it down; while that is impossible the attempt keeps its place, so that nothing new is taken."""
        tries_left = LAST_WRITES
        while True:
            try:
                await self._conclude(record, attempt, result, retries)
                return
            except EdgeError as error:
                log.error("queue_unavailable", error=str(error), request_id=record.id)  # noqa: TRY400 -- not our bug
                tries_left -= PAUSE if self._stopping else 0
                if tries_left <= 0:
                    return  # the next process finds it without an owner
                await trio.sleep(PAUSE)

    async def _conclude(
        self, record: Deferred, attempt: Attempt, result: Result | None, retries: Retries, owner: str = ""
    ) -> None:
        now = self._queue.clock()
        verdict = judge(retries, record.tries, (now - record.created) / 1000, attempt)
        postponed = verdict.state is State.QUEUED and not verdict.delay
        changed = msgspec.structs.replace(
            record,
            state=verdict.state,
            due=0 if postponed else now + round(verdict.delay * 1000),
            tries=record.tries + verdict.counts,
            reason=verdict.reason,
            attempts=[*record.attempts, attempt],
            result=result,
            changed=now,
        )
        wanted = await self._letter(changed, retries) if verdict.state is State.FAILED else None
        if await self._queue.settle(changed, wanted, owner):
            self._tell(changed, attempt)

    async def _letter(self, record: Deferred, retries: Retries) -> Wanted | None:
        """For the function that gets what has failed for good; what fails there stays there."""
        if not retries.dead_letter or record.origin:
            return None
        with suppress(NotFoundError):
            body = msgspec.json.encode(letter(record, await self._queue.request(record.id)))
            headers = [("host", "localhost"), ("content-type", "application/json")]
            path = "/dead-letter"
            request = Request("POST", f"http://localhost{path}", path, headers=headers, body=body)
            return Wanted(request_id(None, None), retries.dead_letter, request, origin=record.id)
        return None

    def _tell(self, record: Deferred, attempt: Attempt) -> None:
        fields = {"function": record.function, "request_id": record.id, "attempt": attempt.number}
        ended = {key: value for key, value in msgspec.to_builtins(attempt).items() if key not in {"number", "started"}}
        fine = record.state is State.SUCCEEDED
        (log.info if fine else log.warning)("deferred_attempt", **fields, **ended, state=record.state)
        if record.state in FINISHED:
            self._metrics.deferred(record.function, record.state)


def _attempt_of(number: int, started: int, receipt: Receipt, status: int) -> Attempt:
    return Attempt(
        *(number, started, receipt.outcome, status if receipt.error is None else receipt.error.status),
        wall=round(receipt.wall, 6),
        cpu=round(receipt.cpu, 6),
        error=str(receipt.error) if receipt.error is not None else "",
    )
