"""The embedded host: runs invocations in isolates of this process.

One task per invocation.  Results of turns arrive from the isolate's thread through the Trio token; replies
of host calls from tasks of the invocation's nursery.  The clock is here: the wall deadline and the CPU
budget are checked whenever the task wakes, and it wakes no later than either could be used up.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine.admission import Admission
from edge.engine.machine import Action, Close, Machine, Note, Perform, Respond, Write
from edge.engine.template import Template, payload
from edge.engine.writer import ResponseWriter
from edge.errors import (
    BodyTooLargeError,
    CallerError,
    CpuLimitError,
    EdgeError,
    EngineCrashError,
    HostCallError,
    MemoryLimitError,
    TimeoutLimitError,
)
from edge.invocation import Outcome, Receipt, outcome_of
from edge.services.api import Answer, Grants
from edge.units import format_size
from edge.wire.messages import Call, Cancel, Failure, Reply, Start

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.isolate import Isolate, Result
    from edge.engine.isolate_pool import IsolatePool
    from edge.function import Function
    from edge.invocation import Exchange
    from edge.wire.messages import Request

    GrantsOf = Callable[[Function, str], Grants]
    LogSink = Callable[[Function, str, str, str], None]

MAX_USES = 1000
"""Invocations that a reused isolate serves before it is replaced."""

GONE_GRACE = 0.1
"""Seconds that a function has, once its client has gone, to notice."""
CLOSE_GRACE = 5.0
"""Seconds for closing what an invocation left open."""

_TICK = b'{"t":"tick"}'


def _ended(error: EdgeError | None) -> Outcome:
    """The outcome of an invocation; what the client did wrong meanwhile is nothing that the function did."""
    if error is None:
        return Outcome.OK
    return outcome_of(error) or (Outcome.CANCELED if isinstance(error, CallerError) else Outcome.EXCEPTION)


def _header(request: Request, name: str) -> str:
    """All values of a request's header, joined as RFC 9110 joins them."""
    return ", ".join(value for key, value in request.headers if key == name)


class _Prepared:
    """A function that can be invoked."""

    def __init__(self, function: Function, template: Template) -> None:
        self.function = function
        # Fresh isolates of a package are all alike; used ones hold what their function left in them.
        self.template = template.of(function.id) if function.reuse else template
        self.admission = Admission(function.name, function.limits)


class EmbeddedHost:
    """An Invoker (see edge.invocation).  `prepare` comes before the first `invoke` of a function."""

    def __init__(self, pool: IsolatePool, grants: GrantsOf, log: LogSink) -> None:
        self._pool = pool
        self._grants = grants
        self._log = log
        self._prepared: dict[str, _Prepared] = {}

    def prepare(self, function: Function, template: Template) -> None:
        """Make a function known and begin to keep isolates of it."""
        prepared = self._prepared[function.id] = _Prepared(function, template)
        self._pool.warm_up(prepared.template)

    def retire(self, function: Function) -> None:
        """Forget a function whose last invocation has ended."""
        prepared = self._prepared.pop(function.id, None)
        if prepared and all(other.template is not prepared.template for other in self._prepared.values()):
            self._pool.retire(prepared.template.key)

    async def invoke(self, function: Function, request: Request, request_id: str, exchange: Exchange) -> Receipt:
        """See edge.invocation.Invoker."""
        arrived = trio.current_time()
        prepared = self._prepared[function.id]
        try:
            async with prepared.admission.slot():
                return await self._admitted(prepared, request, request_id, exchange, arrived)
        except EdgeError as error:
            return Receipt(_ended(error), error, queued=trio.current_time() - arrived)

    async def _admitted(
        self, prepared: _Prepared, request: Request, request_id: str, exchange: Exchange, arrived: float
    ) -> Receipt:
        grants = self._grants(prepared.function, _header(request, "cdn-loop"))
        isolate = await self._pool.acquire(prepared.template)
        queued = trio.current_time() - arrived
        run = _Run(prepared, isolate, grants, self._log, exchange, request_id)
        try:
            receipt = await run.run(request, first=isolate.uses == 1)
        finally:
            keep = prepared.function.reuse and run.clean and isolate.uses < MAX_USES
            self._pool.release(isolate, prepared.template, keep=keep)
        return msgspec.structs.replace(receipt, queued=queued)


class _Run:
    """One invocation in one isolate."""

    def __init__(
        self, prepared: _Prepared, isolate: Isolate, grants: Grants, log: LogSink, exchange: Exchange, request_id: str
    ) -> None:
        self._function = prepared.function
        self._template = prepared.template
        self._isolate = isolate
        self._grants = grants
        self._log = log
        self._exchange = exchange
        self._request_id = request_id
        isolate.uses += 1
        self._machine = Machine(isolate.uses)
        self._writer = ResponseWriter(exchange)
        self._results: deque[Result] = deque()
        self._events: list[bytes] = []
        self._outstanding = 0
        self._timer_at: float | None = None
        self._wake = trio.Event()
        self._token = trio.lowlevel.current_trio_token()
        self.clean = False

    async def run(self, request: Request, *, first: bool) -> Receipt:
        """To the end, whichever it is."""
        limits = self._function.limits
        started = trio.current_time()
        self._deadline = started + limits.timeout
        self._cpu_start = self._isolate.cpu_time()
        self._cpu_check = started + limits.cpu
        self._isolate.on_result = self._arrived
        self._begin(request, first=first)
        error: EdgeError | None = None
        gone = False
        try:
            async with trio.open_nursery() as nursery:
                try:
                    await self._loop(nursery)
                finally:
                    nursery.cancel_scope.cancel()
            error = self._machine.error
            self.clean = error is None and not self._outstanding
        except* trio.BrokenResourceError:
            gone = True
        except* EdgeError as group:
            error = _first(group)
        finally:
            if error is None and not self._machine.over:
                await self._tell_gone()
            with trio.move_on_after(CLOSE_GRACE, shield=True):
                await self._grants.aclose()
        return Receipt(
            Outcome.CANCELED if gone else _ended(error),
            error,
            wall=trio.current_time() - started,
            cpu=self._isolate.cpu_time() - self._cpu_start,
            calls=self._machine.calls,
            level=self._template.level,
        )

    async def _tell_gone(self) -> None:
        """The client left: abort the request's signal.

        What listens to it may run for a moment, and log; host calls are not carried out any more.
        """
        self._events.append(msgspec.json.encode(Cancel(self._machine.id, "the client has gone")))
        with trio.move_on_after(GONE_GRACE, shield=True):
            while not self._machine.over:
                while self._results:
                    self._outstanding -= 1
                    for action in self._machine.turn(self._results.popleft().text):
                        if isinstance(action, Note):
                            self._log(self._function, self._request_id, action.log.level, action.log.text)
                if self._outstanding == 0 and not self._events and not self._machine.ready:
                    return
                if self._outstanding == 0:
                    self._turn(payload(self._events) if self._events else b"")
                    self._turn(b"")
                    self._events = []
                self._wake = trio.Event()
                if not self._results:
                    await self._wake.wait()

    # -- the loop

    async def _loop(self, nursery: trio.Nursery) -> None:
        while True:
            while self._results:
                for action in self._take(self._results.popleft()):
                    await self._perform(action, nursery)
            if self._machine.over:
                await self._writer.finish(self._deadline, failed=self._machine.error is not None)
                return
            self._check_limits()
            if self._outstanding == 0:
                self._post()
            if not self._machine.over:
                await self._sleep()

    def _take(self, result: Result) -> list[Action]:
        self._outstanding -= 1
        if self._isolate.out_of_memory:
            limit = format_size(self._function.limits.memory)
            raise MemoryLimitError(
                f"function {self._function.name} went over its memory limit of {limit}",
                hint="raise its `memory`, or keep less in memory at once",
            )
        if result.failed:
            raise EngineCrashError(f"the engine gave up on function {self._function.name} (type {result.failed})")
        actions = self._machine.turn(result.text)
        timer = self._machine.timer
        self._timer_at = None if timer is None else trio.current_time() + timer
        return actions

    def _post(self) -> None:
        """Give the isolate what has arrived, or the turn it asks for."""
        if self._writer.full:
            return
        if self._timer_at is not None and trio.current_time() >= self._timer_at:
            self._timer_at = None
            self._events.append(_TICK)
        if self._events:
            events, self._events = self._events, []
            self._turn(payload(events))
            self._turn(b"")
        elif self._machine.ready:
            self._turn(b"")
        else:
            self._machine.settle()

    def _turn(self, data: bytes) -> None:
        self._outstanding += 1
        self._isolate.turn(data)

    def _begin(self, request: Request, *, first: bool) -> None:
        function = self._function
        start = Start(
            id=self._machine.id,
            request=request,
            function=function.name,
            version=function.version,
            request_id=self._request_id,
            contract=function.contract,
            handler=function.handler,
            deadline=(time.time() + function.limits.timeout) * 1000,
            memory=function.limits.memory,
            env={**function.env, **function.secrets},
            bindings={"KV": "kv", function.kv: "kv"} if function.kv else {},
        )
        events = [msgspec.json.encode(start)]
        self._turn(self._template.batch(events) if first else payload(events))
        self._turn(b"")

    # -- waking

    def _arrived(self, result: Result) -> None:
        """On the isolate's thread."""
        try:
            self._token.run_sync_soon(self._received, result)
        except trio.RunFinishedError:
            return

    def _received(self, result: Result) -> None:
        self._results.append(result)
        self._wake.set()

    async def _sleep(self) -> None:
        """Until something arrives or is due."""
        if self._results:
            return
        until = min(self._deadline, self._cpu_check)
        if self._outstanding == 0 and self._timer_at is not None:
            until = min(until, self._timer_at)
        with trio.move_on_at(until):
            await self._wake.wait()
        self._wake = trio.Event() if self._wake.is_set() else self._wake

    def _check_limits(self) -> None:
        """Raises the limit that is used up; also while results keep coming, as they do from timers without end."""
        now = trio.current_time()
        limits = self._function.limits
        if now >= self._deadline:
            self._isolate.terminate()
            raise TimeoutLimitError(
                f"Function execution timeout ({limits.timeout * 1000:.0f}ms)",
                hint=f"`timeout` of function {self._function.name}",
            )
        if now >= self._cpu_check:
            used = self._isolate.cpu_time() - self._cpu_start
            if used >= limits.cpu:
                self._isolate.terminate()
                raise CpuLimitError(
                    f"Function CPU limit: {used:.2f} s used of {limits.cpu:g} s",
                    hint=f"`cpu` of function {self._function.name}",
                )
            self._cpu_check = now + (limits.cpu - used)

    # -- actions

    async def _perform(self, action: Action, nursery: trio.Nursery) -> None:
        match action:
            case Respond():
                await self._writer.head(action, nursery, self._deadline)
            case Write():
                self._writer.write(action, self._written)
            case Close():
                self._writer.end()
            case Perform():
                nursery.start_soon(self._call, action.call)
            case Note():
                self._log(self._function, self._request_id, action.log.level, action.log.text)

    def _written(self, ack: int | None) -> None:
        if ack is not None:
            self._reply(Reply(ack))
        else:
            self._wake.set()

    async def _call(self, call: Call) -> None:
        try:
            answer = await self._answer(call)
            reply = Reply(call.call, msgspec.Raw(msgspec.json.encode(answer.value)), answer.data)
        except BodyTooLargeError:
            raise  # the client's fault, not the function's: it ends the invocation
        except HostCallError as error:
            reply = Reply(call.call, error=Failure(error.js_class, error.message, error.js_code))
        except EdgeError as error:
            reply = Reply(call.call, error=Failure("Error", error.message))
        self._reply(reply)

    async def _answer(self, call: Call) -> Answer:
        if call.op == "request.read":
            data = await self._exchange.read()
            return Answer(not data, data)
        return await self._grants.call(call.op, call.args, call.data)

    def _reply(self, reply: Reply) -> None:
        if self._machine.reply(reply):
            self._events.append(msgspec.json.encode(reply))
            self._wake.set()


def _first(group: BaseExceptionGroup[EdgeError]) -> EdgeError:
    """The error to report when several tasks of an invocation failed at once."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, EdgeError)  # the group holds nothing else
    return error
