"""What an invocation's answer takes: a response, or a WebSocket, or an error."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine.hidden import conceal
from edge.engine.machine import Action, Close, GiveUp, Perform, Respond, Switch, Write
from edge.engine.server_timing import server_timing
from edge.engine.socket_phase import SocketPhase, SocketRoom
from edge.function import ALWAYS
from edge.wire.messages import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.engine.account import Account
    from edge.engine.course import Course
    from edge.engine.lineage import Lineage
    from edge.engine.session import Session
    from edge.errors import EdgeError
    from edge.invocation import Exchange, Upgraded
    from edge.wire.messages import Header


_WITH_TASKS = (Perform, Switch)


def needs_tasks(action: Action) -> bool:
    """Whether it leaves something to do beside the invocation."""
    if isinstance(action, Respond):
        return not action.end
    return isinstance(action, _WITH_TASKS)


class Answering:
    """Of one invocation.  `upgraded` is called when it answers with a WebSocket, for which there is `room`."""

    def __init__(
        self,
        course: Course,
        lineage: Lineage,
        session: Session,
        exchange: Exchange,
        account: Account,
        room: SocketRoom,
        upgraded: Callable[[], None],
    ) -> None:
        self._course = course
        self._lineage = lineage
        self._session = session
        self._exchange = exchange
        self._account = account
        self._room = room
        self._upgraded = upgraded
        self._place: contextlib.ExitStack | None = None  # of its socket

    def perform(self, action: Action, nursery: trio.Nursery | None) -> Awaitable[None] | None:
        """Carry one out; `nursery` is there for those that need tasks.  What is still to be awaited, if anything.

        Both raise OverloadedError, BadResponseError, TimeoutLimitError.
        """
        match action:
            case Respond():
                return self._respond(action, nursery)
            case Write():
                self._account.bytes_out += len(action.data)
                self._course.writer.write(action, self._written)
            case Close():
                self._course.writer.end()
            case Switch() if nursery is not None:
                return self._switch(action, nursery)
            case GiveUp():
                return self._give_up(action.error)
        return None

    def close_socket(self) -> None:
        """Its place is free for another one."""
        if self._place is not None:
            self._place.close()

    def _respond(self, respond: Respond, nursery: trio.Nursery | None) -> Awaitable[None] | None:
        self._account.bytes_out += len(respond.body)
        if self._lineage.function.server_timing == ALWAYS and not self._lineage.caller:
            respond = msgspec.structs.replace(respond, headers=[*respond.headers, self._timing()])
        writer, deadline = self._course.writer, self._course.clock.deadline
        if respond.end:
            return writer.whole(respond, deadline)
        assert nursery is not None  # see needs_tasks
        return writer.head(respond, nursery, deadline)

    def _timing(self) -> Header:
        ledger, waits = self._course.calls.ledger, self._account.waits
        return server_timing(
            queued=waits.queued,
            start=waits.start,
            run=trio.current_time() - self._course.clock.started,
            cpu=self._session.cpu_charged(self._course.machine.id),
            calls=ledger.ended,
            calls_took=ledger.took,
        )

    def _written(self, ack: int | None) -> None:
        if ack is not None:
            self._course.calls.reply(Reply(ack))
        else:
            self._course.bell.ring()

    async def _switch(self, switch: Switch, nursery: trio.Nursery) -> None:
        """Answer with a WebSocket.  Raises OverloadedError, BadResponseError."""
        course, limits = self._course, self._lineage.function.limits
        self._place = contextlib.ExitStack()
        self._place.enter_context(self._room.socket(self._lineage.function.name, self._session))
        try:
            socket = await self._exchange.upgrade(switch.headers, switch.protocol)
        except trio.BrokenResourceError:
            course.client_left()
            return
        phase = SocketPhase(socket, limits, self._session.cpu_charged(course.machine.id), trio.current_time())
        course.clock.opened(phase)
        course.calls.socket = phase
        self._upgraded()
        nursery.start_soon(self._tell_closed, socket)

    async def _tell_closed(self, socket: Upgraded) -> None:
        await socket.wait_closed()
        self._course.bell.ring()

    async def _give_up(self, error: EdgeError) -> None:
        """Answer now for a function that failed; its background work goes on."""
        clock = self._course.clock
        conceal(error, self._lineage)
        with contextlib.suppress(trio.BrokenResourceError), trio.move_on_at(clock.deadline):
            await self._exchange.fail(error)
        clock.answered(trio.current_time())
        self._course.writer.abandon()
