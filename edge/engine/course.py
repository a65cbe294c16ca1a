"""How far an invocation has come: what its isolate, its client and its clock have done to it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine.bell import Bell
from edge.engine.call_ledger import CallLedger
from edge.engine.host_calls import GONE, HostCalls
from edge.engine.invocation_clock import InvocationClock
from edge.engine.machine import Action, Machine, Perform
from edge.engine.writer import ResponseWriter
from edge.errors import HostCallError
from edge.wire.messages import Cancel

if TYPE_CHECKING:
    from edge.engine.lineage import Lineage
    from edge.engine.session import Session
    from edge.errors import EdgeError
    from edge.invocation import Exchange
    from edge.services.api import Answer, Grants

PROMPT = 32
"""Host calls of a run that are answered where its result came in."""


def _nobody() -> None:
    """Nobody wants to know any more."""


class Course:
    """A member of a session (see edge.engine.session).

    `actions` are to be carried out, in order; `bell` rings when there is something to do or to look at.  `lost` is set
    when the isolate is gone.
    """

    def __init__(self, lineage: Lineage, session: Session, grants: Grants, exchange: Exchange, now: float) -> None:
        session.runner.uses += 1
        self.machine = Machine(session.runner.uses)
        self.clock = InvocationClock(lineage, self.machine, now)
        self.bell = Bell()
        self.writer = ResponseWriter(exchange, self.bell.ring)
        self.calls = HostCalls(
            *(self.machine, session, grants, exchange),
            CallLedger(self.clock.started, lineage.function.secrets.values()),
            changed=self.bell.ring,
            client_left=self.client_left,
        )
        self.actions: deque[Action] = deque()
        self.lost: EdgeError | None = None
        self.was_cut = False  # the time after the response, or the client, was used up
        self._closed = False
        self._session = session
        self._grants = grants
        self._exchange = exchange

    # -- what the session calls

    @property
    def takes_more(self) -> bool:
        """What the last run left has been carried out, and the client keeps up."""
        if self._closed:
            return False
        return self.clock.gone_at is not None or (not self.actions and not self.writer.full)

    def deliver(self, actions: list[Action]) -> None:
        """See Member."""
        if self.clock.socket is not None:
            self.clock.socket.came_back()
        elif not self.actions and self._answered_at_once(actions):
            return
        self.actions += actions
        self.bell.ring()

    def _answered_at_once(self, actions: list[Action]) -> bool:
        """Whether all they ask for has been answered here: the isolate goes on, and the task need not wake."""
        if not actions or not isinstance(actions[0], Perform):
            return False
        if self._closed or self.clock.gone_at is not None or self._grants.transaction is not None:
            return False
        replies = []
        for action in actions[:PROMPT]:
            reply = self.calls.answer_now(action.call) if isinstance(action, Perform) else None
            if reply is None:
                break
            replies.append(reply)
        del actions[: len(replies)]
        went_on = self.calls.post(replies) and self._session.runs_for(self.machine.id)
        return went_on and not actions and not self.machine.over

    def call_now(self, op: str, args: msgspec.Raw) -> Answer | None:
        """See Member."""
        if self._closed or self.actions or not self._grants.prompt or self.clock.gone_at is not None:
            return None
        try:
            answer = self.calls.at_hand(op, args)
        except HostCallError:
            self.machine.calls += 1
            raise
        self.machine.calls += answer is not None
        return answer

    def lose(self, error: EdgeError) -> None:
        """See Member."""
        self.lost = error
        self.bell.ring()

    # -- where it stands

    @property
    def runs(self) -> bool:
        """A run that has to do with it has not come back."""
        return self._session.runs_for(self.machine.id)

    def is_over(self) -> bool:
        """Whether nothing is left to do, or no time to do it in (then it `was_cut`)."""
        machine, clock = self.machine, self.clock
        if machine.error is not None and not (machine.ended and self.writer.sending):
            return True  # the response of one that failed is left unfinished, so that the client can tell
        if clock.gone_at is None and clock.answered_at is None:
            return machine.over and not self.writer.sending
        if trio.current_time() >= clock.until:
            self.was_cut = not machine.over
            return True
        if clock.gone_at is None:
            return machine.over
        return not self.calls.late and (machine.over or self._rests)

    @property
    def _rests(self) -> bool:
        """Nothing more will come of it before its time is up."""
        timer = self._session.timer_at
        machine = self.machine
        active = self._session.busy_with(machine.id) or machine.pending or machine.background
        return not active and (timer is None or timer > self.clock.until)

    @property
    def due(self) -> float:
        """When there is something to look at, whether the bell rings or not."""
        until = min(self.clock.until, self.clock.cpu_check)
        timer = self._session.timer_at
        return min(until, timer) if timer is not None and not self._session.running else until

    # -- its client

    def client_left(self) -> None:
        """Abort the request's signal; see "gone"."""
        if self._closed or not self.clock.answering:
            return  # of a socket its own end is told
        self.clock.client_left(trio.current_time())
        self.machine.leave()
        self.writer.abandon()
        self.tell_gone()
        self.bell.ring()

    def tell_gone(self) -> None:
        """Tell the function that nobody waits for its answer."""
        if self.machine.over or self.lost is not None:
            return
        self._session.post(self.machine.id, msgspec.json.encode(Cancel(self.machine.id, GONE)))

    # -- the end

    def close(self) -> None:
        """Nothing more of what arrives counts."""
        self._closed = True

    def leave(self) -> None:
        """Give the isolate up: what still runs for this invocation is stopped, and takes the isolate with it."""
        if self.runs and not self.machine.finished:
            self._session.terminate()
        self._session.leave(self.machine.id)
        # Who would call this object keeps it alive, and it them: that takes Python's collector to take apart.
        self._exchange.watch(_nobody)
        self.calls.client_left = _nobody
