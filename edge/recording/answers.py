"""Answers to the host calls of code that is replayed, found among those that were recorded.

A call is answered as the first recorded one that is like it and has not been used: the same operation with the same
arguments; or else with the same target (a key, a URL, a stream), whose answer is then that to something a little
different.  What code calls its streams and sockets is its own affair: they are told apart by the calls that opened
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from edge.recording.recording import Run
from edge.recording.story import asked_of, event_of, turn_of, waited
from edge.wire.messages import Call, Failure, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

HANDLES = {"fetch": "stream", "socket": "socket", "websocket": "socket", "service": "stream"}
OPENING = frozenset({"fetch.start", "socket.connect", "websocket.open", "service.start"})
_TARGETS = {
    "fetch.start": ("method", "url"),
    "kv.set": ("key",),
    "kv.delete": ("key",),
    "kv.incr": ("key",),
    "service.start": ("service", "method", "url"),
}

How = Literal["same", "changed", "missing"]


class Known(msgspec.Struct):
    """A recorded call and its answer; `reply` is None when none came.  `took` is in seconds."""

    number: int
    op: str
    args: Any
    data: bytes | None
    at: float
    reply: dict[str, Any] | None = None
    took: float = 0.0
    used: bool = False
    asked: bytes = b""

    @property
    def handle(self) -> object:
        """The stream or socket that it is about."""
        return handle_of(self.op, self.args)


class Answers:
    """Of one recording."""

    def __init__(self, runs: list[Run], invocation: int) -> None:
        self.known = known_calls(runs, invocation)
        self._handles: dict[tuple[str, object], object] = {}  # what the code calls them -> what the recording does

    def take(self, call: Call) -> tuple[Known | None, How]:
        """The recorded call that answers this one."""
        args = msgspec.json.decode(call.args)
        wanted = _plain(call.op, args)
        handle = self._recorded_handle(call.op, args)
        waiting = [one for one in self.known if not one.used and one.op == call.op]
        if call.op not in OPENING:
            waiting = [one for one in waiting if one.handle == handle]
        same = [one for one in waiting if _plain(one.op, one.args) == wanted and one.data == call.data]
        best = next((one for one in same if one.number == call.call), same[0] if same else None)
        how: How = "same"
        if best is None:
            best, how = next((one for one in waiting if _alike(one, call.op, args)), None), "changed"
        if best is None:
            return None, "missing"
        self._use(best, args)
        return best, how

    def use(self, number: int) -> None:
        """Of a call that is answered just as it was."""
        for one in self.known:
            if one.number == number:
                self._use(one, one.args)

    def use_now(self, asked: bytes) -> None:
        """Of one that is answered in the middle of a turn just as it was."""
        for one in self.known:
            if one.number < 0 and one.asked == asked and not one.used:
                one.used = True
                return

    def _use(self, known: Known, args: Any) -> None:
        known.used = True
        if known.op in OPENING:
            family = known.op.partition(".")[0]
            self._handles[family, handle_of(known.op, args)] = known.handle

    def _recorded_handle(self, op: str, args: Any) -> object:
        handle = handle_of(op, args)
        return self._handles.get((op.partition(".")[0], handle), handle)


def known_calls(runs: list[Run], invocation: int) -> list[Known]:
    """The host calls of an invocation, with their answers."""
    found: dict[int, Known] = {}
    order: list[Known] = []
    for run in runs:
        for text in run.events:
            event = event_of(text)
            if event.get("t") == "reply" and event.get("call") in found:
                known = found.pop(event["call"])
                known.reply, known.took = event, max(run.at - known.at, 0.0)
        for text in run.asked:
            if (known_now := _known_now(text, invocation, -1 - len(order), run.at)) is not None:
                order.append(known_now)
        for text in run.texts:
            for effect in turn_of(text).effects:
                if isinstance(effect, Call) and effect.id == invocation:
                    args = msgspec.json.decode(effect.args)
                    known = Known(effect.call, effect.op, args, effect.data, run.at + run.took)
                    found[effect.call] = known
                    order.append(known)
    return order


def _known_now(text: bytes, invocation: int, number: int, at: float) -> Known | None:
    """Of a call that was answered in the middle of a turn; such calls have numbers below 0."""
    asked = asked_of(text)
    if asked is None or asked.id != invocation or waited(asked):
        return None
    read = msgspec.json.decode(text)
    reply = {"t": "reply", **{key: read[key] for key in ("data", "error") if key in read}}
    if asked.value is not None:
        reply["value"] = read["value"][0] if read["value"] else None
    return Known(number, asked.op, msgspec.json.decode(asked.args), None, at, reply, asked=text)


def asked_like(call: Call, reply: Mapping[str, Any]) -> bytes:
    """A call in the middle of a turn with the recorded answer to one that is like it, as text of Asked."""
    answer: dict[str, Any] = {key: reply[key] for key in ("data", "error") if key in reply}
    if "error" not in reply:
        answer["value"] = [reply.get("value")]
    return msgspec.json.encode({"id": call.id, "op": call.op, "args": call.args, **answer})


def reply_to(call: Call, known: Known) -> bytes:
    """The recorded answer as an event for a call; its stream is what the code calls it."""
    assert known.reply is not None  # the caller has looked
    reply = {**known.reply, "call": call.call}
    value = reply.get("value")
    if call.op in OPENING and isinstance(value, dict) and value.get("stream") is not None:
        handle = handle_of(call.op, msgspec.json.decode(call.args))
        reply["value"] = {**value, "stream": handle}
    return msgspec.json.encode(reply)


def refusal(call: Call) -> bytes:
    """The answer to a call that nothing was recorded for: writes to the KV store are taken, and go nowhere."""
    if call.op == "kv.set":
        return msgspec.json.encode(Reply(call.call))
    if call.op == "kv.delete":
        return msgspec.json.encode(Reply(call.call, msgspec.Raw(b"true")))
    what = f"edge replay: {call.op} was not called in the recording, or not in this way"
    return msgspec.json.encode(Reply(call.call, error=Failure("Error", what, "ERR_NOT_RECORDED")))


def handle_of(op: str, args: Any) -> object:
    """The number that code has given to what a call is about; None when there is none."""
    field = HANDLES.get(op.partition(".")[0])
    return args.get(field) if field is not None and isinstance(args, dict) else None


def _plain(op: str, args: Any) -> Any:
    """Arguments without the number of a stream."""
    field = HANDLES.get(op.partition(".")[0])
    if field is None or not isinstance(args, dict):
        return args
    return {key: value for key, value in args.items() if key != field}


def _alike(known: Known, op: str, args: Any) -> bool:
    """The same target: of operations about a stream, that stream, which the caller has compared."""
    fields = _TARGETS.get(op)
    if fields is None:
        return op not in OPENING and op.partition(".")[0] in HANDLES
    return isinstance(args, dict) and all(args.get(field) == known.args.get(field) for field in fields)
