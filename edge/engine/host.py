"""The host of functions: admits invocations, gives each an isolate, alone or shared, and takes it back.

Where isolates live is the pool's business: in this process (edge.engine.isolate_pool) or in cells
(edge.supervisor.pool).
"""

from __future__ import annotations

import math
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec
import trio

from edge.engine.account import Account, Waits, ended
from edge.engine.admission import Admission
from edge.engine.invocation_task import InvocationTask
from edge.engine.lineage import Family, Lineage, refusal
from edge.engine.session import Session
from edge.engine.settlement import FAILED
from edge.engine.sharing import MAX_SHARED, is_light, least_loaded
from edge.engine.socket_phase import SocketRoom
from edge.engine.tape import DEMANDED, Recorded, without_key
from edge.errors import EdgeError, OverloadedError
from edge.invocation import Outcome
from edge.tracing.context import read_context, with_context
from edge.tracing.invocation import InvocationTrace
from edge.tracing.switch import TracingSwitch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.engine.account import LogSink
    from edge.engine.alarm_clock import AlarmClock
    from edge.engine.runner import Runner
    from edge.engine.tape import Recorder
    from edge.engine.template import Template
    from edge.function import Function
    from edge.invocation import Exchange, Receipt
    from edge.services.api import Grants
    from edge.tracing.span import Attributes
    from edge.wire.messages import Request

    GrantsOf = Callable[[Lineage], Grants]

MAX_USES = 10_000
MAX_AGE = 3600.0
"""A reused isolate is replaced after so many invocations or seconds (or for its heap, see Session)."""

RECENT = 60.0
"""Seconds for which a function counts as in use after an invocation."""
READY_SECONDS = 2.0
"""How long a reload waits for isolates of the functions that it changes."""


IsolateT = TypeVar("IsolateT", bound="Runner")


class Pool(Protocol[IsolateT]):
    """Where isolates come from."""

    def take(self, template: Template) -> IsolateT | None:
        """An isolate for one use, if there is one at hand and nobody waits for it.  Raises EngineCrashError."""

    async def acquire(self, template: Template) -> IsolateT:
        """The same; waits for room, fairly."""

    def release(self, isolate: IsolateT, template: Template, *, keep: bool) -> None:
        """Give it back: kept for the next use of the same template, or disposed of."""

    def warm_up(self, template: Template) -> None:
        """The template will be used soon."""

    def retire(self, key: str) -> None:
        """The template of this key will not be used any more."""


def _shares(function: Function, request: Request) -> bool:
    """Whether an invocation shares its isolate: as the function says, and where it may become a WebSocket."""
    return function.reuse or request.upgrade


def _described(function: Function) -> Attributes:
    """A function in the words of https://opentelemetry.io/docs/specs/semconv/resource/faas/."""
    version = {"faas.version": function.version} if function.version else {}
    return {"faas.name": function.name, "faas.max_memory": function.limits.memory, **version}


class _Prepared:
    """A function that can be invoked."""

    def __init__(self, function: Function, template: Template) -> None:
        self.function = function
        self.template = template
        self.admission = Admission(function.name, function.limits)
        self.used = -math.inf  # when it was invoked last
        self.sessions: list[Session] = []  # in use and to be shared: with `reuse`, and those of WebSockets
        self.usual_cpu: float | None = None  # seconds, of an invocation, as of the last session
        self.opening = 0
        self.opened = trio.Event()  # or not: the next opening has come to an end

    def shared(self, now: float) -> Session | None:
        """A session to share; None when another one should be opened."""
        for session in self.sessions:
            if is_light(session, now) and not session.lost and not worn(session):
                return session
        usable = [session for session in self.sessions if not session.lost and not worn(session)]
        return least_loaded(usable, self.opening)


def worn(session: Session) -> bool:
    """Whether a reused isolate has served for long enough."""
    runner = session.runner
    return runner.uses >= MAX_USES or time.monotonic() - runner.created > MAX_AGE or session.heap_is_full


class Host:
    """An Invoker (see edge.invocation).  `prepare` comes before the first `invoke` of a function.

    `exclusive`: an isolate's process holds nothing but one function's isolates, so templates are per function.
    """

    def __init__(
        self,
        pool: Pool[Any],
        grants: GrantsOf,
        log: LogSink,
        alarms: AlarmClock,
        *,
        exclusive: bool = False,
        tracing: TracingSwitch | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._recorder = recorder
        self._pool = pool
        self._grants = grants
        self._log = log
        self._alarms = alarms
        self._exclusive = exclusive
        self.sockets = SocketRoom()
        self.tracing = tracing or TracingSwitch()
        self._prepared: dict[str, _Prepared] = {}
        self._templates: Counter[str] = Counter()

    def prepare(self, function: Function, template: Template) -> None:
        """Make a function known and begin to keep isolates of it."""
        # Fresh isolates of a package are all alike; used ones hold what their function left in them.
        if self._exclusive:
            template = template.of(function.name)
        elif function.reuse:
            template = template.of(function.id)
        prepared = self._prepared[function.id] = _Prepared(function, template)
        self._templates[template.key] += 1
        self._pool.warm_up(prepared.template)

    async def get_ready(self, function: Function, before: Iterable[Function]) -> None:
        """Have an isolate of a function before its first request comes, when one of those `before` it is in use.

        Returns after READY_SECONDS at the latest, whether there is one or not.
        """
        prepared = self._prepared[function.id]
        earlier = [self._prepared[one.id].used for one in before if one.id in self._prepared]
        prepared.used = max(earlier, default=prepared.used)
        if trio.current_time() - prepared.used > RECENT:
            return
        template = prepared.template
        with trio.move_on_after(READY_SECONDS), suppress(EdgeError):
            self._pool.release(await self._pool.acquire(template), template, keep=False)

    def retire(self, function: Function) -> None:
        """Forget a function whose last invocation has ended."""
        prepared = self._prepared.pop(function.id, None)
        if prepared is None:
            return
        self._templates[prepared.template.key] -= 1
        if not self._templates[prepared.template.key]:
            del self._templates[prepared.template.key]
            self._pool.retire(prepared.template.key)

    async def invoke(self, function: Function, request: Request, request_id: str, exchange: Exchange) -> Receipt:
        """See edge.invocation.Invoker."""
        family = Family(self._invoke)
        lineage = Lineage(family, function, request_id, ip=request.ip, headers=request.headers)
        lineage.socket = request.realtime.socket if request.realtime is not None else ""
        if not function.services:
            invoke = self._run if self.tracing.tracer is None else self._invoke
            return await invoke(lineage, request, exchange)
        async with trio.open_nursery() as family.nursery:
            return await self._invoke(lineage, request, exchange)

    async def _invoke(self, lineage: Lineage, request: Request, exchange: Exchange) -> Receipt:
        tracer = self.tracing.tracer
        parent = read_context(request.headers) if tracer is not None else None
        if tracer is None or parent is None:
            return await self._run(lineage, request, exchange)
        trace = lineage.trace = InvocationTrace(tracer, parent, lineage.function.secrets.values())
        told = with_context(request.headers, trace.context)
        request = msgspec.structs.replace(request, headers=told, traced=tracer.destinations.anyone)
        receipt = await self._run(lineage, request, exchange)
        trace.ended(receipt, _described(lineage.function))
        return receipt

    async def _run(self, lineage: Lineage, request: Request, exchange: Exchange) -> Receipt:
        arrived, at = trio.current_time(), time.time()
        now = arrived
        admitted: float | None = None
        prepared = self._prepared[lineage.function.id]
        prepared.used = arrived
        lineage.headers = request.headers
        reason = self._reason(prepared.function, request)
        if reason == DEMANDED:
            request = without_key(request)
        place = prepared.admission.place()
        session: Session | None = None
        try:
            if not place.take_now():
                await place.take(0.0 if lineage.waits_for_itself else lineage.patience)
                now = trio.current_time()
            admitted = now
            shared = _shares(prepared.function, request)
            session = self._at_hand(prepared, shared=shared, taped=reason is not None)
            if session is None:
                seconds = min(lineage.patience, prepared.function.limits.timeout)
                session = await self._obtain(prepared, seconds, shared=shared, taped=reason is not None)
                now = trio.current_time()
            session.users += 1  # it has to `_part` with it
            waits = Waits(at, admitted - arrived, now - admitted, now)
            account = Account(lineage, prepared.template, session.runner, self._log, waits)
            task = InvocationTask(
                *(lineage, session, self._grants(lineage), exchange, account),
                *(self._alarms, self.sockets, place.give_up),
            )
            receipt = await task.run(request)
            if reason is not None:
                self._record(reason, prepared, request, task, session, receipt)
            return receipt
        except EdgeError as error:
            now = trio.current_time()
            queued, start = (now - arrived, 0.0) if admitted is None else (admitted - arrived, now - admitted)
            return refusal(lineage, ended(error), error, at=at, queued=queued, start=start)
        finally:
            if session is not None:
                self._part(prepared, session)
            place.give_up()

    def _reason(self, function: Function, request: Request) -> str | None:
        """Why an invocation is recorded (see Recorder.wants)."""
        if self._recorder is None or function.record is None:
            return None
        return self._recorder.wants(function, request)

    def _record(
        self,
        reason: str,
        prepared: _Prepared,
        request: Request,
        task: InvocationTask,
        session: Session,
        receipt: Receipt,
    ) -> None:
        machine = task.machine
        failed = receipt.outcome not in {Outcome.OK, Outcome.CANCELED} or machine.status >= FAILED
        if self._recorder is None or session.tape is None or not (reason or failed):
            return
        recorded = Recorded(
            function=prepared.function,
            template=prepared.template,
            request=request,
            invocation=machine.id,
            receipt=receipt,
            status=machine.status,
            reason=reason or "failure",
        )
        self._recorder.keep(recorded, session.tape)

    def _at_hand(self, prepared: _Prepared, *, shared: bool, taped: bool) -> Session | None:
        """The session for one invocation, if there is one without a wait."""
        if shared:
            return prepared.shared(trio.current_time())
        runner = self._pool.take(prepared.template)
        return None if runner is None else self._open(prepared, runner, shared=False, taped=taped)

    def _part(self, prepared: _Prepared, session: Session) -> None:
        """An invocation is over; the isolate goes back when nobody uses it any more."""
        session.users -= 1
        if not session.users:
            self._close(prepared, session)

    async def _obtain(self, prepared: _Prepared, seconds: float, *, shared: bool, taped: bool) -> Session:
        """Raises OverloadedError when no isolate comes free in time."""
        function = prepared.function
        try:
            with trio.fail_after(seconds):
                session = await self._shared(prepared) if shared else None
                return session or await self._acquire(prepared, shared=shared, taped=taped)
        except trio.TooSlowError:
            raise OverloadedError(
                f"function {function.name}: no isolate was free within {seconds:g} s (engine.max_pool_size)"
            ) from None

    async def _shared(self, prepared: _Prepared) -> Session | None:
        """A session to share, also one that is being opened; None when another one should be opened."""
        while (session := prepared.shared(trio.current_time())) is None and prepared.opening >= MAX_SHARED:
            await prepared.opened.wait()
        return session

    async def _acquire(self, prepared: _Prepared, *, shared: bool, taped: bool) -> Session:
        prepared.opening += 1
        try:
            runner = await self._pool.acquire(prepared.template)
        finally:
            prepared.opening -= 1
            prepared.opened.set()
            prepared.opened = trio.Event()
        return self._open(prepared, runner, shared=shared, taped=taped)

    def _open(self, prepared: _Prepared, runner: Runner, *, shared: bool, taped: bool) -> Session:
        if taped and not runner.uses and self._recorder is not None:
            runner.tape = self._recorder.tape(prepared.function, prepared.template.late)
        session = Session(runner, prepared.function, trio.current_time, shared=shared, tape=runner.tape)
        session.usual_cpu = prepared.usual_cpu
        if shared:
            prepared.sessions.append(session)
        return session

    def _close(self, prepared: _Prepared, session: Session) -> None:
        if session in prepared.sessions:
            prepared.sessions.remove(session)
        prepared.usual_cpu = session.usual_cpu
        unusable = session.lost or session.stale or session.running or worn(session)
        if session.running and not session.lost:
            session.terminate()
        self._pool.release(session.runner, prepared.template, keep=prepared.function.reuse and not unusable)
