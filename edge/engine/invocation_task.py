"""One invocation from start to end: carries out what its function asks for, and holds it to its limits.

The limits (invocation_clock.py) are checked whenever the task wakes, and it wakes no later than either could be used
up.  What has happened so far is in course.py, the answer in answering.py; host calls run beside it: host_calls.py.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import trio

from edge.engine.account import Used
from edge.engine.answering import Answering, needs_tasks
from edge.engine.course import Course
from edge.engine.hidden import conceal
from edge.engine.machine import Action, Note, Perform
from edge.engine.settlement import settle
from edge.engine.start_event import start_event
from edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.engine.account import Account
    from edge.engine.alarm_clock import AlarmClock
    from edge.engine.lineage import Lineage
    from edge.engine.machine import Machine
    from edge.engine.session import Session
    from edge.engine.socket_phase import SocketRoom
    from edge.invocation import BackgroundOutcome, Exchange, Receipt
    from edge.services.api import Grants
    from edge.wire.messages import Request

STOP_GRACE = 0.1
"""Seconds that it has when the invocation is cancelled; host calls are not carried out any more."""
TURN_GRACE = 0.25
"""Seconds in which its run may come to an end when its time without a client is up: to stop one costs a cell."""
AT_ONCE = 500
"""Actions that are carried out before others get a turn; a function can leave tens of thousands."""
CLOSE_GRACE = 5.0
"""Seconds for closing what an invocation left open."""


class InvocationTask:
    """`run` is awaited once."""

    def __init__(
        self,
        lineage: Lineage,
        session: Session,
        grants: Grants,
        exchange: Exchange,
        account: Account,
        alarms: AlarmClock,
        room: SocketRoom,
        upgraded: Callable[[], None],
    ) -> None:
        """`upgraded` is called when it answers with a WebSocket, for which there is `room`."""
        self._lineage = lineage
        self._function = lineage.function
        self._session = session
        self._grants = grants
        self._exchange = exchange
        self._course = Course(lineage, session, grants, exchange, account.waits.begun)
        self._account = account
        self._alarms = alarms
        self._answering = Answering(self._course, lineage, session, exchange, account, room, upgraded)
        self._cpu_seen = 0.0
        self._nursery: trio.Nursery | None = None  # once it has something to do beside the invocation

    @property
    def machine(self) -> Machine:
        """Where it stands as its function sees it."""
        return self._course.machine

    async def run(self, request: Request) -> Receipt:
        """To the end, whichever it is."""
        course = self._course
        error: EdgeError | None = None
        complete = False
        course.machine.upgradable = request.upgrade
        self._account.bytes_in = len(request.body or b"")
        try:
            self._session.join(course, self._start(request))
            self._exchange.watch(course.client_left)
            if not await self._loop():
                await self._loop_with_tasks()
            error, complete = conceal(course.machine.error or course.machine.failure, self._lineage), True
        except* EdgeError as group:
            error, complete = conceal(_first(group), self._lineage), True
        finally:
            if not complete:
                await self._stop()
            course.close()
            if course.was_cut:
                await self._run_ends()
            used, background = self._used(), self._background(error)
            self._answering.close_socket()
            course.leave()
            if self._grants.open:
                with trio.move_on_after(CLOSE_GRACE, shield=True):
                    await self._grants.aclose()
        return self._account.receipt(error, background, used, course.clock, course.calls, trio.current_time())

    def _start(self, request: Request) -> bytes:
        return start_event(
            *(self.machine.id, self._function, request, self._lineage.request_id),
            deadline=time.time() + self._course.clock.deadline - self._course.clock.started,
            reuse=self._session.shared,
            kinds=self._grants.kinds,
            prompt=self._grants.prompt,
        )

    def _used(self) -> Used:
        session, number = self._session, self.machine.id
        return Used(max(session.cpu_charged(number), self._cpu_seen), session.memory_seen(number), self.machine.calls)

    def _background(self, error: EdgeError | None) -> BackgroundOutcome | None:
        course = self._course
        cut = course.was_cut and (course.machine.background or course.clock.gone_at is None)
        return self._account.background(course.machine, error, cut=cut)

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
        course, clock = self._course, self._course.clock
        while True:
            if not await self._perform_all():
                return False
            if course.lost is not None:
                raise course.lost
            self._note_progress()
            if course.is_over():
                return True
            now = trio.current_time()
            if now >= min(clock.until, clock.cpu_check):
                await self._check_limits(now)
            self._session.pump()
            if clock.socket is not None:
                clock.socket.turn(running=course.runs, now=now)
            if not course.bell.rung:
                await self._alarms.wait(course.bell, course.due)
            course.bell.rung = False

    async def _perform_all(self) -> bool:
        """Whether all is done; otherwise the next action needs a nursery."""
        done, actions = 0, self._course.actions
        while actions:
            if self._nursery is None and needs_tasks(actions[0]):
                return False
            rest = self._perform(actions[0])
            if rest is not None:
                await rest
            actions.popleft()
            done += 1
            if done % AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        return True

    def _perform(self, action: Action) -> Awaitable[None] | None:
        """Carry it out; what is still to be awaited, if anything."""
        return self._carry_out(action) if self._grants.transaction is None else self._perform_settled(action)

    async def _perform_settled(self, action: Action) -> None:
        course = self._course
        await settle(self._grants, action, course.calls, course.clock.until, self._account.warn)
        rest = self._carry_out(action)
        if rest is not None:
            await rest

    def _carry_out(self, action: Action) -> Awaitable[None] | None:
        course = self._course
        gone = course.clock.gone_at is not None
        match action:
            case Perform() if self._nursery is not None:
                course.calls.begin(action.call, self._nursery, late=gone)
            case Note():
                self._account.write_line(action.log.level, action.log.text)
            case _ if not gone:
                return self._answering.perform(action, self._nursery)
        return None

    def _note_progress(self) -> None:
        course, clock = self._course, self._course.clock
        if clock.socket is not None:
            if not clock.socket.socket.is_open:
                self._answering.close_socket()
                clock.closed(trio.current_time())
        elif course.writer.broken:
            course.client_left()
        elif course.writer.sent and clock.answered_at is None and not course.machine.over:
            clock.answered(trio.current_time())

    async def _check_limits(self, now: float) -> None:
        """Raises the limit that is used up; also while results keep coming, as they do from timers without end."""
        clock = self._course.clock
        self._cpu_seen = await self._session.cpu_used(self.machine.id)
        clock.check_wall(now)
        if now >= clock.cpu_check:
            clock.check_cpu(self._cpu_seen, now)

    # -- the end

    async def _stop(self) -> None:
        """The invocation was cancelled: abort the request's signal.

        What listens to it may run for a moment, and log; host calls are not carried out any more.
        """
        course = self._course
        course.clock.gone_at = course.clock.gone_at or trio.current_time()
        with trio.move_on_after(STOP_GRACE, shield=True):
            course.tell_gone()
            while not course.machine.over and course.lost is None:
                self._note_rest()
                self._session.pump()
                if not course.runs:
                    return
                await course.bell.wait()

    async def _run_ends(self) -> None:
        """What is running may come to its own end, and log; it gets no other run."""
        course = self._course
        with trio.move_on_after(TURN_GRACE, shield=True):
            while course.lost is None and course.runs:
                await course.bell.wait()
        self._note_rest()

    def _note_rest(self) -> None:
        actions = self._course.actions
        while actions:
            action = actions.popleft()
            if isinstance(action, Note):
                self._account.write_line(action.log.level, action.log.text)


def _first(group: BaseExceptionGroup[EdgeError]) -> EdgeError:
    """The error to report when several tasks of an invocation failed at once."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, EdgeError)  # the group holds nothing else
    return error
