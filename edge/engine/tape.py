"""What goes into an isolate and comes out of it, kept while it lives: references, no copies.

See edge.recording.recording for why that is enough, and runtime/bootstrap/tape.js for what the isolate adds.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from edge.recording.recording import Asked, Run
from edge.wire.messages import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.engine.asks import CallNow
    from edge.engine.runner import Result
    from edge.engine.template import Template
    from edge.errors import HostCallError
    from edge.function import Function
    from edge.invocation import Receipt
    from edge.wire.messages import Request

_SEED = struct.Struct("<4i")
_ASKED = 96  # bytes of an Asked beside its parts
DEMANDED = "demand"
"""Why something is recorded that somebody has asked for."""


def opening(late: Sequence[str]) -> bytes:
    """The event that starts a tape; `late` are the builtins of the package that read V8's clock themselves."""
    event: dict[str, object] = {"t": "tape", "seed": _SEED.unpack(os.urandom(_SEED.size))}
    return msgspec.json.encode(event | {"late": late} if late else event)


def without_key(request: Request) -> Request:
    """The request without the key by which it may have asked for its recording."""
    headers = [pair for pair in request.headers if pair[0] != "edge-record"]
    return msgspec.structs.replace(request, headers=headers)


class _Entry:
    __slots__ = ("asked", "at", "events", "result", "took")

    def __init__(self, at: float, events: Sequence[bytes]) -> None:
        self.at = at
        self.events = events
        self.result: Result | None = None
        self.took = 0.0
        self.asked: list[Asked] = []


class Tape:
    """The tape of one isolate; `torn` says why it is of no use any more."""

    def __init__(self, first: bytes, limit: int, clock: Callable[[], float]) -> None:
        """`first` is the event that the isolate gets before all others; beyond `limit` bytes nothing is kept."""
        self.first = first
        self.torn = ""
        self.size = 0
        self._limit = limit
        self._clock = clock
        self._entries: list[_Entry] = []

    def began(self, events: Sequence[bytes]) -> None:
        """A run begins."""
        if not self.torn:
            self._entries.append(_Entry(self._clock(), events))
            self._count(events)

    def answered(
        self,
        call: CallNow,
        value: msgspec.Raw | None = None,
        data: bytes | None = None,
        error: HostCallError | None = None,
    ) -> None:
        """A host call in the middle of the run that is out; with neither value nor error it has to wait."""
        if self.torn or not self._entries:
            return
        asked = Asked(
            *(call.id, call.op, call.args),
            value=None if value is None else [value],
            data=data,
            error=None if error is None else Failure(error.js_class, error.message, error.js_code),
        )
        self._entries[-1].asked.append(asked)
        self.size += _ASKED
        self._count((call.args, value or b"", data or b""))

    def ended(self, result: Result) -> None:
        """It has come back."""
        if self.torn or not self._entries:
            return
        entry = self._entries[-1]
        entry.result, entry.took = result, self._clock() - entry.at
        self._count(result.texts)

    def runs(self) -> list[Run]:
        """What there is of it now."""
        begin = self._entries[0].at if self._entries else 0.0
        return [_run(entry, begin) for entry in self._entries]

    def _count(self, parts: Sequence[bytes]) -> None:
        for part in parts:
            self.size += len(part)
        if self.size > self._limit:
            self._entries.clear()
            self.torn = f"it was larger than a recording may be ({self._limit} bytes, recordings.max_size)"


def _run(entry: _Entry, begin: float) -> Run:
    result = entry.result
    asked = [msgspec.json.encode(each) for each in entry.asked]
    if result is None:
        return Run(entry.at - begin, list(entry.events), asked=asked)
    texts = [] if result.fault else result.texts  # nobody has heard what a lost isolate said last
    return Run(entry.at - begin, list(entry.events), texts, entry.took, result.fault, returned=True, asked=asked)


class Recorded(NamedTuple):
    """An invocation that has ended and is to be kept; `reason` as in edge.recording.recording.Summary."""

    function: Function
    template: Template
    request: Request
    invocation: int
    receipt: Receipt
    status: int
    reason: str


class Recorder(Protocol):
    """Who decides what is recorded, and keeps it."""

    def tape(self, function: Function, late: Sequence[str]) -> Tape:
        """A tape for a new isolate."""

    def wants(self, function: Function, request: Request) -> str | None:
        """Why this invocation is to be kept: "" when it fails, None: never."""

    def keep(self, recorded: Recorded, tape: Tape) -> None:
        """It has ended."""
