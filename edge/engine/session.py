"""An isolate in use, and the invocations in it.

A fresh isolate serves one invocation; one that is reused serves many, interleaved: each turn runs one task of
one of them, and what it leaves is told apart by the numbers of invocations.  A session gives the isolate its
next run when the last one has come back, passes effects on to the invocations they belong to, and divides the
CPU time among those whose events a run was made of.

Knows no tasks and no waiting: it is called with what happens, on Trio's thread.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Protocol

import msgspec

from edge.engine.asks import CallNow
from edge.engine.machine import decode_turn
from edge.engine.sharing import usual
from edge.errors import EdgeError, EngineCrashError, FunctionError, HostCallError, MemoryLimitError
from edge.services.api import Answer
from edge.units import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.engine.machine import Action, Machine
    from edge.engine.runner import Result, Runner
    from edge.engine.tape import Tape
    from edge.function import Function
    from edge.wire.messages import Effect

MAX_HEAP_SHARE = 0.7
_calls = msgspec.json.Decoder(CallNow)
_encoder = msgspec.json.Encoder()
_TICK = b'{"t":"tick"}'


class Member(Protocol):
    """An invocation of a session.

    `takes_more` is false while what it left waits for a slow client.
    """

    machine: Machine

    @property
    def takes_more(self) -> bool:
        """See the class."""

    def deliver(self, actions: list[Action]) -> None:
        """Carry these out, in order; none: only look at the machine again."""

    def call_now(self, op: str, args: msgspec.Raw) -> Answer | None:
        """The answer to a host call, if it is at hand; nothing has been done otherwise.  Raises HostCallError."""

    def lose(self, error: EdgeError) -> None:
        """The isolate is lost."""


class Session:
    """One isolate, and its members by the numbers of their invocations."""

    def __init__(
        self,
        runner: Runner,
        function: Function,
        clock: Callable[[], float],
        *,
        shared: bool | None = None,
        tape: Tape | None = None,
    ) -> None:
        """`shared`: other invocations may join; None as the function says.  `tape` keeps what the isolate does."""
        self.tape = tape
        self.shared = function.reuse if shared is None else shared
        self.runner = runner
        self.members: dict[int, Member] = {}
        self.users = 0  # members, and those who are about to join
        self.usual_cpu: float | None = None  # seconds that a member takes in all
        self.running_since = inf  # on `clock`
        self.lost = False
        self.stale = False  # the runtime holds on to an invocation that is over
        self.timer_at: float | None = None  # on `clock`
        self._function = function
        self._clock = clock
        self._events: list[bytes] = [tape.first] if tape is not None and not runner.uses else []
        self._owners: set[int] = set()  # whose events wait
        self._running: set[int] = set()  # whose events the run that is out was made of
        self._out = False
        self._busy = False
        self._cpu = runner.charged
        self._charged: dict[int, float] = {}
        self._memory: dict[int, int] = {}
        self._loss: EdgeError | None = None
        self.heap = 0
        runner.single = not self.shared
        runner.on_result = self._take
        runner.on_call = self._answer

    @property
    def heap_is_full(self) -> bool:
        """So much of the memory is in use after a run that the isolate should be replaced."""
        return self.heap > MAX_HEAP_SHARE * self._function.limits.memory

    @property
    def running(self) -> bool:
        """A run has not come back."""
        return self._out

    def runs_for(self, invocation: int) -> bool:
        """Whether the run that is out has to do with this invocation."""
        return self._out and invocation in self._running

    def busy_with(self, invocation: int) -> bool:
        """Whether a run has to do with this invocation, or will as soon as the isolate rests."""
        return self.runs_for(invocation) or invocation in self._owners or self._busy

    def join(self, member: Member, start: bytes) -> None:
        """Begin an invocation."""
        self.members[member.machine.id] = member
        self._charged[member.machine.id] = 0.0
        self._memory[member.machine.id] = 0
        if self._loss is not None:
            member.lose(self._loss)
        else:
            self.post(member.machine.id, start)

    def leave(self, invocation: int) -> None:
        """An invocation is over, whether the runtime knows it or not."""
        member = self.members.pop(invocation)
        self.usual_cpu = usual(self.usual_cpu, self._charged.pop(invocation))
        self._memory.pop(invocation)
        if self.timer_at is not None:
            self._wake_one()
        if member.machine.finished or self.lost:
            return
        if self.members:
            self.post(invocation, b'{"t":"forget","id":%d}' % invocation)
        else:
            self.stale = True

    def post(self, invocation: int, *events: bytes) -> None:
        """Give the isolate events of one invocation, as soon as it rests."""
        self._events += events
        self._owners.add(invocation)
        self.pump()

    def terminate(self) -> None:
        """Stop what runs; the isolate is lost by that."""
        self.lost = True
        self.runner.terminate()

    async def cpu_used(self, invocation: int) -> float:
        """Seconds of CPU of an invocation; what a run has used that is out counts for all that it was made of."""
        charged = self._charged.get(invocation, 0.0)
        if self.runs_for(invocation):
            charged += max(await self.runner.cpu_time() - self._cpu, 0.0)
        return charged

    def cpu_charged(self, invocation: int) -> float:
        """The same, as of the last run that came back."""
        return self._charged.get(invocation, 0.0)

    def memory_seen(self, invocation: int) -> int:
        """The most bytes of heap and buffers that were in use after a run for an invocation, by all that share them."""
        return self._memory.get(invocation, 0)

    def pump(self) -> None:
        """Give the isolate its next run, if there is one and the last one has come back."""
        if self._out or self.lost or not self._takes_more():
            return
        if self.timer_at is not None and self._clock() >= self.timer_at:
            self.timer_at = None
            self._events.append(_TICK)
            self._owners.update(self.members)
        if self._events:
            self._running, self._owners = self._owners, set()
            events, self._events = self._events, []
            self._run(events)
        elif self._busy:
            self._run(())
        else:
            self._settle()

    # -- inside

    def _takes_more(self) -> bool:
        """A single invocation is held back by its client; one of several must not hold back the others."""
        if len(self.members) != 1:
            return bool(self.members)
        (member,) = self.members.values()
        return member.takes_more and not member.machine.over

    def _run(self, events: Sequence[bytes]) -> None:
        self._out = True
        self.running_since = self._clock()
        if self.tape is not None:
            self.tape.began(events)
        self.runner.run(events)

    def _take(self, result: Result) -> None:
        self._out = False
        self.running_since = inf
        if self.tape is not None:
            self.tape.ended(result)
        self._charge(result.cpu, result.heap + result.external)
        self.heap = result.heap
        if result.fault:
            self._lose(result)
        elif not self.lost:
            try:
                self._pass_on(result.texts)
            except FunctionError as error:
                self._lose_all(error)
        self.pump()

    def _answer(self, args: msgspec.Raw, _data: bytes) -> Answer:
        """See CallNow.  Raises HostCallError."""
        asked = _asked_in(args)
        member = self.members.get(asked.id)
        if member is None or self.lost:
            raise HostCallError("the invocation has ended")
        try:
            answer = member.call_now(asked.op, asked.args)
        except HostCallError as error:
            if self.tape is not None:
                self.tape.answered(asked, error=error)
            raise
        value = None if answer is None else msgspec.Raw(_encoder.encode(answer.value))
        data = None if answer is None else answer.data
        if self.tape is not None:
            self.tape.answered(asked, value, data)
        return Answer(False) if value is None else Answer([value], data)

    def _charge(self, cpu: float, memory: int) -> None:
        used, self._cpu = cpu - self._cpu, max(cpu, self._cpu)
        self.runner.charged = self._cpu
        present = [owner for owner in self._running if owner in self._charged]
        for owner in present:
            self._charged[owner] += max(used, 0.0) / len(present)
            self._memory[owner] = max(self._memory[owner], memory)

    def _pass_on(self, texts: list[bytes]) -> None:
        effects: dict[int, list[Effect]] = {}
        for text in texts:
            turn = decode_turn(text)
            self._busy = turn.busy
            if text:
                self.timer_at = None if turn.timer is None else self._clock() + turn.timer / 1000
            for effect in turn.effects:
                effects.setdefault(effect.id, []).append(effect)
        waken = (self._running | effects.keys()) & self.members.keys()
        for invocation in waken:
            member = self.members[invocation]
            member.deliver(member.machine.take(effects.get(invocation, [])))
        if self.timer_at is not None and not waken:
            self._wake_one()

    def _wake_one(self) -> None:
        """Somebody has to wake when the timer is due."""
        for member in list(self.members.values())[:1]:
            member.deliver([])

    def _settle(self) -> None:
        """Nothing runs, nothing is to come: who has not answered by now never will (machine's rule 3).

        Where isolates are reused the next request may bring about what this one waits for.
        """
        if self.shared or self.timer_at is not None or not all(member.machine.idle for member in self.members.values()):
            return
        for member in list(self.members.values()):
            if not member.machine.over:
                member.machine.conclude()
                member.deliver([])

    # -- losing the isolate

    def _lose(self, result: Result) -> None:
        name = self._function.name
        if result.fault == "memory":
            limit = format_size(self._function.limits.memory)
            detail = f" ({result.detail})" if result.detail else ""
            error: EdgeError = MemoryLimitError(
                f"function {name} went over its memory limit of {limit}{detail}",
                hint="raise its `memory`, or keep less in memory at once",
            )
        else:
            error = EngineCrashError(result.detail or f"the engine gave up on function {name}")
        self._lose_all(error)

    def _lose_all(self, error: EdgeError) -> None:
        """Whose run it was gets the error; who only shared the isolate gets a crash."""
        self.lost = True
        self._loss = error
        guilty = self._running & set(self.members) or set(self.members)
        for invocation, member in list(self.members.items()):
            member.lose(error if invocation in guilty else _shared_loss(self._function.name))


def _asked_in(args: msgspec.Raw) -> CallNow:
    try:
        return _calls.decode(args)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HostCallError(f"bad arguments: {error}", js_class="TypeError") from error


def _shared_loss(name: str) -> EngineCrashError:
    return EngineCrashError(
        f"another invocation of function {name} ended the isolate that both used",
        hint="requests have an isolate of their own with `reuse = false`; WebSockets of a function share some",
    )
