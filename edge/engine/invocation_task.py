"""One invocation from start to end: carries out what its function asks for, and holds it to its limits.

The limits (invocation_clock.py) are checked whenever the task wakes, and it wakes no later than either could be used
up.  Host calls run beside it: host_calls.py.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import trio

from edge.engine.call_ledger import CallLedger
from edge.engine.hidden import hide
from edge.engine.host_calls import GONE, HostCalls
from edge.engine.invocation_clock import InvocationClock
from edge.engine.machine import Action, Close, GiveUp, Machine, Note, Perform, Respond, Switch, Write
from edge.engine.server_timing import server_timing
from edge.engine.settlement import settle
from edge.engine.socket_phase import SocketPhase, SocketRoom
from edge.engine.start_event import start_event
from edge.engine.writer import ResponseWriter
from edge.errors import CallerError, EdgeError, HostCallError
from edge.function import ALWAYS
from edge.invocation import BackgroundOutcome, Outcome, Receipt, outcome_of
from edge.services.redaction import credentials
from edge.wire.messages import Call, Cancel, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.lineage import Lineage
    from edge.engine.session import Session
    from edge.engine.template import Template
    from edge.invocation import Exchange, Upgraded
    from edge.services.api import Answer, Grants
    from edge.wire.messages import Header, Request

    LogSink = Callable[[Lineage, str, str], object]
    """Takes the invocation, level and text; False when it did not keep the line."""

STOP_GRACE = 0.1
"""Seconds that it has when the invocation is cancelled; host calls are not carried out any more."""
TURN_GRACE = 0.25
"""Seconds in which its run may come to an end when its time without a client is up: to stop one costs a cell."""
AT_ONCE = 500
"""Actions that are carried out before others get a turn; a function can leave tens of thousands."""
PROMPT = 32
"""Host calls of a run that are answered where its result came in."""
CLOSE_GRACE = 5.0
"""Seconds for closing what an invocation left open."""


class Waits(NamedTuple):
    """When an invocation came (Unix time), and the seconds that it waited for a place and for an isolate."""

    at: float
    queued: float
    start: float


def ended(error: EdgeError | None) -> Outcome:
    """The outcome of an invocation; what the client did wrong meanwhile is nothing that the function did."""
    if error is None:
        return Outcome.OK
    return outcome_of(error) or (Outcome.CANCELED if isinstance(error, CallerError) else Outcome.EXCEPTION)


class InvocationTask:
    """A member of a session (see edge.engine.session); `run` is awaited once."""

    def __init__(
        self,
        lineage: Lineage,
        template: Template,
        session: Session,
        grants: Grants,
        log: LogSink,
        exchange: Exchange,
        room: SocketRoom,
        upgraded: Callable[[], None],
    ) -> None:
        """`upgraded` is called when it answers with a WebSocket, for which there is `room`."""
        self._lineage = lineage
        self._waits = Waits(0.0, 0.0, 0.0)
        self._function = lineage.function
        self._template = template
        self._session = session
        self._grants = grants
        self._log = log
        self._exchange = exchange
        self._request_id = lineage.request_id
        session.runner.uses += 1
        self.machine = Machine(session.runner.uses)
        self._clock = InvocationClock(lineage, self.machine, trio.current_time())
        ledger = CallLedger(self._clock.started, self._function.secrets.values())
        self._calls = HostCalls(
            *(self.machine, session, grants, exchange, ledger),
            changed=self._poke,
            client_left=self._client_left,
        )
        self._room = room
        self._upgraded = upgraded
        self._sockets = contextlib.ExitStack()  # the place of its socket
        self._writer = ResponseWriter(exchange, self._poke)
        self._actions: deque[Action] = deque()
        self._lost: EdgeError | None = None
        self._closed = False
        self._was_cut = False  # the time after the response, or the client, was used up
        self._cpu_seen = 0.0
        self._uses = session.runner.uses
        self._age = time.monotonic() - session.runner.created
        self._bytes_in = self._bytes_out = 0
        self._lines = self._dropped = 0
        self._wake = trio.Event()
        self._nursery: trio.Nursery | None = None  # once it has something to do beside the invocation

    async def run(self, request: Request, waits: Waits) -> Receipt:
        """To the end, whichever it is."""
        self._waits = waits
        error: EdgeError | None = None
        complete = False
        self.machine.upgradable = request.upgrade
        self._bytes_in = len(request.body or b"")
        try:
            self._session.join(self, self._start(request))
            self._exchange.watch(self._client_left)
            if not await self._loop():
                await self._loop_with_tasks()
            error, complete = self._hidden(self.machine.error or self.machine.failure), True
        except* EdgeError as group:
            error, complete = self._hidden(_first(group)), True
        finally:
            if not complete:
                await self._stop()
            self._closed = True
            if self._was_cut:
                await self._run_ends()
            cpu = max(self._session.cpu_charged(self.machine.id), self._cpu_seen)
            memory = self._session.memory_seen(self.machine.id)
            background = self._background(error)
            self._sockets.close()
            self._leave()
            if self._grants.open:
                with trio.move_on_after(CLOSE_GRACE, shield=True):
                    await self._grants.aclose()
        return self._receipt(error, cpu, memory, background)

    def _receipt(
        self, error: EdgeError | None, cpu: float, memory: int, background: BackgroundOutcome | None
    ) -> Receipt:
        now = trio.current_time()
        outcome = Outcome.CANCELED if self._clock.gone_at is not None and error is None else ended(error)
        if outcome is Outcome.MEMORY:
            memory = max(memory, self._function.limits.memory)
        function, waits = self._function, self._waits
        host_calls, more_calls = self._calls.ledger.close(now)
        return Receipt(
            *(outcome, error),
            queued=waits.queued,
            wall=now - self._clock.started,
            cpu=cpu,
            calls=self.machine.calls,
            level=self._template.level,
            background=background,
            background_wall=now - self._clock.since(now) if background else 0.0,
            id=self._lineage.id,
            caller=self._lineage.caller,
            function=function.name,
            version=function.version,
            at=waits.at,
            start=waits.start,
            isolate_age=self._age,
            isolate_uses=self._uses,
            memory=memory,
            bytes_in=self._bytes_in + self._calls.read,
            bytes_out=self._bytes_out,
            sent=self._calls.ledger.sent,
            received=self._calls.ledger.received,
            log_lines=self._lines,
            log_dropped=self._dropped,
            limits=function.limits,
            host_calls=host_calls,
            more_calls=more_calls,
        )

    def _start(self, request: Request) -> bytes:
        return start_event(
            *(self.machine.id, self._function, request, self._request_id),
            deadline=time.time() + self._clock.deadline - trio.current_time(),
            reuse=self._session.shared,
            kinds=self._grants.kinds,
            prompt=self._grants.prompt,
        )

    # -- what the session calls

    @property
    def takes_more(self) -> bool:
        """What the last run left has been carried out, and the client keeps up."""
        if self._closed:
            return False
        return self._clock.gone_at is not None or (not self._actions and not self._writer.full)

    def deliver(self, actions: list[Action]) -> None:
        """See Member."""
        if self._clock.socket is not None:
            self._clock.socket.came_back()
        elif not self._actions and self._answered_at_once(actions):
            return
        self._actions += actions
        self._poke()

    def _answered_at_once(self, actions: list[Action]) -> bool:
        """Whether all they ask for has been answered here: the isolate goes on, and the task need not wake."""
        if self._closed or self._clock.gone_at is not None or self._grants.transaction is not None:
            return False
        replies = []
        for action in actions[:PROMPT]:
            reply = self._calls.answer_now(action.call) if isinstance(action, Perform) else None
            if reply is None:
                break
            replies.append(reply)
        del actions[: len(replies)]
        went_on = self._calls.post(replies) and self._session.runs_for(self.machine.id)
        return went_on and not actions and not self.machine.over

    def call_now(self, op: str, args: msgspec.Raw) -> Answer | None:
        """See Member."""
        if self._closed or self._actions or not self._grants.prompt or self._clock.gone_at is not None:
            return None
        try:
            answer = self._calls.at_hand(Call(self.machine.id, 0, op, args))
        except HostCallError:
            self.machine.calls += 1
            raise
        self.machine.calls += answer is not None
        return answer

    def lose(self, error: EdgeError) -> None:
        """See Member."""
        self._lost = error
        self._poke()

    def _poke(self) -> None:
        self._wake.set()

    # -- the loop

    async def _loop_with_tasks(self) -> None:
        async with trio.open_nursery() as self._nursery:
            try:
                await self._loop()
            finally:
                self._nursery.cancel_scope.cancel()

    async def _loop(self) -> bool:
        """To the end; False when what is to be done next needs a nursery, and there is none.

        Most invocations need none: they answer in one piece, and ask for nothing that has to be waited for.
        """
        while True:
            if not await self._perform_all():
                return False
            if self._lost is not None:
                raise self._lost
            self._note_progress()
            if self._is_finished():
                return True
            await self._check_limits()
            self._session.pump()
            if self._clock.socket is not None:
                self._clock.socket.turn(running=self._session.runs_for(self.machine.id), now=trio.current_time())
            if not self._wake.is_set():
                await self._sleep()
            if self._wake.is_set():
                self._wake = trio.Event()

    async def _perform_all(self) -> bool:
        """Whether all is done; otherwise the next action needs a nursery."""
        done = 0
        while self._actions:
            if self._nursery is None and _needs_tasks(self._actions[0]):
                return False
            await self._perform(self._actions[0])
            self._actions.popleft()
            done += 1
            if done % AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        return True

    def _note_progress(self) -> None:
        if self._clock.socket is not None:
            if not self._clock.socket.socket.is_open:
                self._sockets.close()
                self._clock.closed(trio.current_time())
        elif self._writer.broken:
            self._client_left()
        elif self._writer.sent:
            self._clock.answered(trio.current_time())

    def _is_finished(self) -> bool:
        if self.machine.error is not None and not (self.machine.ended and self._writer.sending):
            return True  # the response of one that failed is left unfinished, so that the client can tell
        clock = self._clock
        if clock.gone_at is None and clock.answered_at is None:
            return self.machine.over and not self._writer.sending
        if trio.current_time() >= clock.until:
            self._was_cut = not self.machine.over
            return True
        if clock.gone_at is None:
            return self.machine.over
        return not self._calls.late and (self.machine.over or self._rests)

    @property
    def _rests(self) -> bool:
        """Nothing more will come of it before its time is up."""
        timer = self._session.timer_at
        machine = self.machine
        active = self._session.busy_with(machine.id) or machine.pending or machine.background
        return not active and (timer is None or timer > self._clock.until)

    async def _sleep(self) -> None:
        """Until something arrives or is due."""
        until = min(self._clock.until, self._clock.cpu_check)
        timer = self._session.timer_at
        if timer is not None and not self._session.running:
            until = min(until, timer)
        with trio.move_on_at(until):
            await self._wake.wait()

    async def _check_limits(self) -> None:
        """Raises the limit that is used up; also while results keep coming, as they do from timers without end."""
        now = trio.current_time()
        if now >= min(self._clock.until, self._clock.cpu_check):
            self._cpu_seen = await self._session.cpu_used(self.machine.id)
            self._clock.check_wall(now)
            if now >= self._clock.cpu_check:
                self._clock.check_cpu(self._cpu_seen, now)

    # -- after the response, and without a client

    def _client_left(self) -> None:
        """Abort the request's signal; see "gone"."""
        if self._closed or not self._clock.answering:
            return  # of a socket its own end is told
        self._clock.client_left(trio.current_time())
        self.machine.leave()
        self._writer.abandon()
        self._tell_gone()
        self._poke()

    def _tell_gone(self) -> None:
        if self.machine.over or self._lost is not None:
            return
        self._session.post(self.machine.id, msgspec.json.encode(Cancel(self.machine.id, GONE)))

    def _background(self, error: EdgeError | None) -> BackgroundOutcome | None:
        """What became of the work after the response; says so when it was stopped."""
        machine = self.machine
        if self._was_cut and (machine.background or self._clock.gone_at is None):
            limit = self._function.limits.wait_until
            self._say(f"waitUntil: what went on after the response was stopped after {limit:g} s (wait_until)")
            return BackgroundOutcome.TIMEOUT
        if not machine.had_background:
            return None
        if machine.background and not machine.done:
            if error is not None:
                return BackgroundOutcome.FAILED
            self._say("waitUntil: what went on was stopped, because the gateway shuts down")
            return BackgroundOutcome.CANCELED
        return BackgroundOutcome.REJECTED if machine.rejected else BackgroundOutcome.OK

    def _say(self, text: str) -> None:
        self._write_line("warn", text)

    def _write_line(self, level: str, text: str) -> None:
        self._lines += 1
        if self._log(self._lineage, level, text) is False:
            self._dropped += 1

    # -- the end

    def _leave(self) -> None:
        """Give the isolate up: what still runs for this invocation is stopped, and takes the isolate with it."""
        if self._session.runs_for(self.machine.id) and not self.machine.finished:
            self._session.terminate()
        self._session.leave(self.machine.id)

    async def _stop(self) -> None:
        """The invocation was cancelled: abort the request's signal.

        What listens to it may run for a moment, and log; host calls are not carried out any more.
        """
        self._clock.gone_at = self._clock.gone_at or trio.current_time()
        with trio.move_on_after(STOP_GRACE, shield=True):
            self._tell_gone()
            while not self.machine.over and self._lost is None:
                self._note_rest()
                self._session.pump()
                if not self._session.runs_for(self.machine.id):
                    return
                self._wake = trio.Event()
                await self._wake.wait()

    async def _run_ends(self) -> None:
        """What is running may come to its own end, and log; it gets no other run."""
        with trio.move_on_after(TURN_GRACE, shield=True):
            while self._lost is None and self._session.runs_for(self.machine.id):
                self._wake = trio.Event()
                await self._wake.wait()
        self._note_rest()

    def _note_rest(self) -> None:
        while self._actions:
            action = self._actions.popleft()
            if isinstance(action, Note):
                self._note(action)

    # -- actions

    async def _perform(self, action: Action) -> None:
        if self._grants.transaction is not None:
            await settle(self._grants, action, self._calls, self._clock.until, self._say)
        match action:
            case Respond() if self._clock.gone_at is None:
                await self._respond(action)
            case Perform() if self._nursery is not None:
                self._calls.begin(action.call, self._nursery, late=self._clock.gone_at is not None)
            case Note():
                self._note(action)
            case _ if self._clock.gone_at is not None:
                return
            case Switch() if self._nursery is not None:
                await self._switch(action, self._nursery)
            case Write():
                self._bytes_out += len(action.data)
                self._writer.write(action, self._written)
            case Close():
                self._writer.end()
            case GiveUp():
                await self._give_up(action.error)

    def _hidden(self, error: EdgeError | None) -> EdgeError | None:
        if error is not None:
            hide(error, (*self._function.secrets.values(), *credentials(self._lineage.headers)))
        return error

    async def _give_up(self, error: EdgeError) -> None:
        """Answer now for a function that failed; its background work goes on."""
        self._hidden(error)
        with contextlib.suppress(trio.BrokenResourceError), trio.move_on_at(self._clock.deadline):
            await self._exchange.fail(error)
        self._clock.answered(trio.current_time())
        self._writer.abandon()

    async def _switch(self, switch: Switch, nursery: trio.Nursery) -> None:
        """Answer with a WebSocket.  Raises OverloadedError, BadResponseError."""
        self._sockets.enter_context(self._room.socket(self._function.name, self._session))
        try:
            socket = await self._exchange.upgrade(switch.headers, switch.protocol)
        except trio.BrokenResourceError:
            self._client_left()
            return
        phase = SocketPhase(
            socket, self._function.limits, self._session.cpu_charged(self.machine.id), trio.current_time()
        )
        self._clock.opened(phase)
        self._calls.socket = phase
        self._upgraded()
        nursery.start_soon(self._tell_closed, socket)

    async def _tell_closed(self, socket: Upgraded) -> None:
        await socket.wait_closed()
        self._poke()

    def _note(self, note: Note) -> None:
        self._write_line(note.log.level, note.log.text)

    async def _respond(self, respond: Respond) -> None:
        self._bytes_out += len(respond.body)
        if self._function.server_timing == ALWAYS and not self._lineage.caller:
            respond = msgspec.structs.replace(respond, headers=[*respond.headers, self._timing()])
        await self._writer.head(respond, self._nursery, self._clock.deadline)

    def _timing(self) -> Header:
        ledger, waits = self._calls.ledger, self._waits
        return server_timing(
            queued=waits.queued,
            start=waits.start,
            run=trio.current_time() - self._clock.started,
            cpu=self._session.cpu_charged(self.machine.id),
            calls=ledger.ended,
            calls_took=ledger.took,
        )

    def _written(self, ack: int | None) -> None:
        if ack is not None:
            self._calls.reply(Reply(ack))
        else:
            self._poke()


def _needs_tasks(action: Action) -> bool:
    """Whether it leaves something to do beside the invocation."""
    return isinstance(action, Perform | Switch) or (isinstance(action, Respond) and not action.end)


def _first(group: BaseExceptionGroup[EdgeError]) -> EdgeError:
    """The error to report when several tasks of an invocation failed at once."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, EdgeError)  # the group holds nothing else
    return error
