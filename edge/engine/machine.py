"""The life of an invocation as a pure state machine: what the runtime says goes in, what to do comes out.

No clock, no threads, no sockets.  The driver (`session.py`) gives it the text of each
turn and carries out the actions it returns, in order.

Rules
    1. An invocation answers at most once: one head, chunks after it, one end.  Anything else is the
       function's fault (it holds the runtime's side of the border, so it can say anything).
    2. Numbers of host calls are new each time; a reply belongs to a call that waits.
    3. When nothing is pending, no timer is set and no task is ready, nothing can happen any more: an
       invocation that has not answered then never will.
    4. Work that was given to waitUntil outlives the answer, a failure, and the client: the invocation is over when
       the runtime says `done`, or whoever drives it has enough.
"""

from __future__ import annotations

import msgspec

from edge.errors import (
    BadFunctionError,
    BadResponseError,
    EdgeError,
    FunctionError,
    MemoryLimitError,
    TimeoutLimitError,
)
from edge.units import MIB
from edge.wire.messages import Background, Call, Chunk, Done, Effect, End, Fail, Head, Header, Log, Reply, Turn, Upgrade

MAX_PENDING = 1200
MAX_PENDING_DATA = 160 * MIB
"""Bytes of them: the runtime refuses before it comes to that.  One call alone may have more."""
MAX_UNSENT = 100_000
"""Chunks of a body that may wait for a client: a function that writes a row at a time in a loop needs many."""

_decoder = msgspec.json.Decoder(Turn)
_NOTHING = Turn([], busy=True)
_NO_MEMORY = ("Array buffer allocation failed", "could not allocate memory")
"""Ends of V8's messages when memory outside the heap is refused: uncaught, they are what the function failed of."""
_FAULTS = {"exception": FunctionError, "bad_function": BadFunctionError, "bad_response": BadResponseError}


def decode_turn(text: bytes) -> Turn:
    """The result of one turn; b"" is a turn that ran something and said nothing.

    Raises FunctionError: only a function that broke its own realm makes the runtime say what is no turn.
    """
    if not text:
        return _NOTHING
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FunctionError(
            "the function broke the runtime it runs in (it changed builtins such as JSON or Object.prototype)"
        ) from None


class Respond(msgspec.Struct, frozen=True):
    """Send the head of the response, and all of the body when `end`."""

    status: int
    headers: list[Header]
    body: bytes
    end: bool


class Write(msgspec.Struct, frozen=True):
    """Send a part of the body; reply to call `ack` when it has left."""

    data: bytes
    ack: int | None


class Close(msgspec.Struct, frozen=True):
    """Finish the response."""


class Switch(msgspec.Struct, frozen=True):
    """Answer with a WebSocket."""

    headers: list[Header]
    protocol: str


class Settled(msgspec.Struct, frozen=True):
    """The function has answered, and nobody is there to take it."""

    status: int


class GiveUp(msgspec.Struct, frozen=True):
    """Answer for a function that failed, whose background work goes on."""

    error: EdgeError


class Perform(msgspec.Struct, frozen=True):
    """Carry out a host call and reply to it."""

    call: Call


class Note(msgspec.Struct, frozen=True):
    """Keep a log line."""

    log: Log


Action = Respond | Write | Close | Switch | Settled | GiveUp | Perform | Note


class Machine:
    """One invocation `id`; see the module's rules.  `upgradable`: its client asks for a WebSocket."""

    def __init__(self, invocation: int) -> None:
        self.id = invocation
        self.upgradable = False
        self.upgraded = False
        self.error: EdgeError | None = None
        self.done = False
        self.finished = False  # as the runtime sees it
        self.answered = False
        self.ended = False
        self.gone = False  # nobody is there to take an answer
        self.failure: EdgeError | None = None  # of a function whose background work goes on
        self.background = False  # such work is under way
        self.had_background = False
        self.rejected = 0  # how much of it failed
        self.calls = 0
        self.status = 0  # of its answer
        self.timer: float | None = None
        self._ready = True
        self._pending: set[int] = set()
        self._sizes: dict[int, int] = {}  # of the data of those that have some
        self._unsent: set[int] = set()

    @property
    def over(self) -> bool:
        """Nothing more is to come: finished or failed."""
        return self.done or self.error is not None

    @property
    def ready(self) -> bool:
        """The runtime has more to do at once: give it another turn."""
        return self._ready and not self.over

    @property
    def pending(self) -> int:
        """Host calls that have not been answered."""
        return len(self._pending)

    @property
    def idle(self) -> bool:
        """No host call and no write of this invocation waits."""
        return not self._pending and not self._unsent

    def turn(self, text: bytes) -> list[Action]:
        """Take in the result of one turn.  b"" is a turn that ran something and said nothing."""
        try:
            turn = decode_turn(text)
        except FunctionError as error:
            self.error = error
            return []
        self._ready = turn.busy
        if text:
            self.timer = None if turn.timer is None else turn.timer / 1000
        return self.take(turn.effects)

    def take(self, effects: list[Effect]) -> list[Action]:
        """Take in effects, those of other invocations among them."""
        actions: list[Action] = []
        for effect in effects:
            if self.over and not isinstance(effect, Log):
                break
            action = self._effect(effect)
            if action is not None:
                actions.append(action)
        return actions

    def reply(self, reply: Reply) -> bool:
        """Whether the reply is still wanted; its call is settled then."""
        if reply.call not in self._pending and reply.call not in self._unsent:
            return False
        self._pending.discard(reply.call)
        self._sizes.pop(reply.call, None)
        self._unsent.discard(reply.call)
        return not self.over

    def leave(self) -> None:
        """The client has gone: what the function still answers is of no interest, and has no effect."""
        self.gone = True
        self._unsent.clear()

    def settle(self) -> None:
        """Tell the machine that nothing is on its way in either direction (rule 3)."""
        if not self._ready and self.timer is None and self.idle:
            self.conclude()

    def conclude(self) -> None:
        """Nothing can happen any more (rule 3)."""
        if self.over:
            return
        if self.ended or self.gone:
            self.done = True  # only background work that can never settle is left
        else:
            self.error = TimeoutLimitError(
                "the function never answered: nothing is pending any more that could make it "
                "(a promise that never settles?)"
            )

    # -- effects

    def _effect(self, effect: Effect) -> Action | None:
        if effect.id != self.id:
            return None  # of an invocation that this isolate served before
        match effect:
            case Head():
                return self._head(effect)
            case Chunk():
                return self._chunk(effect)
            case End():
                return self._end()
            case Upgrade():
                return self._upgrade(effect)
            case Call():
                return self._call(effect)
            case Log():
                return Note(effect)
            case Background():
                self._note_background(effect)
            case Fail() | Done():
                return self._conclude(effect)
        return None

    def _head(self, head: Head) -> Action | None:
        if self.gone:
            settled, self.answered = self.answered, True
            return None if settled else Settled(head.status)
        if self.answered:
            self.error = BadResponseError("the function answered twice")
            return None
        if not 200 <= head.status <= 599:
            self.error = BadResponseError(f"the function answered with status {head.status} (200 to 599 are allowed)")
            return None
        self.answered = True
        self.status = head.status
        self.ended = head.end
        return Respond(head.status, head.headers, _body(head), head.end)

    def _chunk(self, chunk: Chunk) -> Action | None:
        if self.gone:
            return None
        if not self.answered or self.ended:
            self.error = BadResponseError("the function wrote a body before its head or after its end")
            return None
        if chunk.ack is not None:
            self._expect(chunk.ack, self._unsent, MAX_UNSENT)
        return Write(_body(chunk), chunk.ack)

    def _end(self) -> Action | None:
        if self.gone:
            return None
        if not self.answered:
            self.error = BadResponseError("the function ended a response that it had not begun")
            return None
        if self.ended:
            return None
        self.ended = True
        return Close()

    def _upgrade(self, upgrade: Upgrade) -> Action | None:
        """The socket is all of the answer: from here on it is used by host calls."""
        if self.gone:
            return None
        if self.answered:
            self.error = BadResponseError("the function answered twice")
            return None
        if not self.upgradable:
            self.error = BadResponseError("the function answered with a WebSocket, but the request did not ask for one")
            return None
        self.answered = self.ended = self.upgraded = True
        return Switch(upgrade.headers, upgrade.protocol)

    def _call(self, call: Call) -> Action | None:
        self._expect(call.call, self._pending, MAX_PENDING)
        self._keep(call.call, len(call.data or b""))
        self.calls += 1
        return None if self.over else Perform(call)

    def _keep(self, call: int, size: int) -> None:
        """What is sent stays in the gateway until it is answered."""
        if size and self._sizes and sum(self._sizes.values()) + size > MAX_PENDING_DATA:
            self.error = FunctionError(
                f"the function broke a rule of host calls (at most {MAX_PENDING_DATA} bytes of data at once)"
            )
        elif size:
            self._sizes[call] = size

    def _expect(self, call: int, waiting: set[int], most: int) -> None:
        if call in self._pending or call in self._unsent or len(waiting) >= most:
            what = "writes that the client has not taken" if waiting is self._unsent else "host calls"
            self.error = FunctionError(
                f"the function broke a rule of {what} (at most {most} at once, each with a number of its own)"
            )
        waiting.add(call)

    def _note_background(self, effect: Background) -> None:
        self.background = effect.pending
        self.had_background = True
        self.rejected += max(effect.rejected, 0)

    def _conclude(self, effect: Fail | Done) -> Action | None:
        if isinstance(effect, Fail) and not self.gone:
            return self._fail(effect)
        self.finished = True
        self.done = self.ended or self.gone
        if not self.done:
            self.error = BadResponseError("the function finished without an answer")
        return None

    def _fail(self, fail: Fail) -> Action | None:
        error = _fault(fail)
        if fail.pending and self.background and self.failure is None:
            self.failure = error
            unanswered = (not self.ended and not self.gone) or self.upgraded
            self.ended = True
            return GiveUp(error) if unanswered else None
        self.finished = True
        self.error = error
        return None


def _fault(fail: Fail) -> EdgeError:
    if fail.name == "RangeError" and fail.message.endswith(_NO_MEMORY):
        return MemoryLimitError(
            f"the function got no more memory ({fail.message})",
            hint="raise its `memory`, or keep less in memory at once",
        )
    text = f"{fail.name}: {fail.message}" if fail.name and fail.kind == "exception" else fail.message
    return _FAULTS[fail.kind](text, stack=fail.stack)


def _body(part: Head | Chunk) -> bytes:
    if part.text is not None:
        return part.text.encode("utf-8", "surrogatepass")
    return part.data or b""
