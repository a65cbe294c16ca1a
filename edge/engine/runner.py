"""An isolate as an invocation sees it, wherever it lives, and the loop that runs its turns there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from edge.services.api import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.engine.isolate import Isolate
    from edge.engine.isolate import Result as TurnResult
    from edge.engine.tape import Tape

BATCH_BYTES = 64 * 1024
BATCH_TURNS = 64
"""What one run may leave before it is reported; the rest comes with the next run."""

_BUSY = b',"busy":true}'

OnCall = Callable[[msgspec.Raw, bytes], Answer]

Fault = Literal["", "memory", "engine", "crash"]
"""Why an isolate can give no more: over its heap, given up by the engine, or gone with its process."""


class Result(msgspec.Struct, frozen=True):
    """What one run left behind (see wire.cell.Result); `detail` explains a fault."""

    texts: list[bytes]
    fault: Fault = ""
    cpu: float = 0.0
    heap: int = 0
    external: int = 0
    detail: str = ""


class Runner(Protocol):
    """Runs are strictly one after the other: each `run` is followed by one call of `on_result`, on Trio's thread.

    When the isolate is lost, `on_result` is called once with a fault, also without a run.
    """

    uses: int
    single: bool  # one invocation runs in it, and no other
    created: float  # time.monotonic()
    charged: float  # seconds of its CPU that are on the account of invocations
    on_result: Callable[[Result], None]
    tape: Tape | None  # of an isolate that was recorded from the beginning
    on_call: OnCall
    """Answers a host call that code makes in the middle of a run, on Trio's thread.  Raises HostCallError."""

    def run(self, events: Sequence[bytes]) -> None:
        """Give it events (JSON each), or just another turn."""

    def terminate(self) -> None:
        """Stop whatever runs; the isolate can only be given back after that."""

    async def cpu_time(self) -> float:
        """Seconds of CPU that it has used since it was made."""


def refuse_call(_args: msgspec.Raw, _data: bytes) -> Answer:
    """Nothing is at hand."""
    return Answer(False)


def payload(events: Sequence[bytes]) -> bytes:
    """What a turn gets: `{"events": [...]}` of events that are JSON already."""
    return b'{"events":[' + b",".join(events) + b"]}"


def wants_more(text: bytes) -> bool:
    """Whether the runtime asks for another turn at once.  A hint: engine/machine.py decides what counts."""
    return not text or text.endswith(_BUSY)


class TurnLoop:
    """Runs turns of one isolate, on the isolate's own thread, until it rests or has left enough.

    `emit` is called on that thread, once per run.
    """

    def __init__(self, isolate: Isolate, emit: Callable[[Result], None], preamble: bytes = b"") -> None:
        self._isolate = isolate
        self._emit = emit
        self._preamble = preamble
        self._texts: list[bytes] = []
        self._bytes = 0
        self._waiting = 0  # turns that were queued and have not come back
        self._cpu_before = isolate.cpu_time()
        isolate.on_result = self._turned

    def cpu_time(self) -> float:
        """Seconds of CPU that the isolate's thread has used since it was made."""
        return max(self._isolate.cpu_time() - self._cpu_before, 0.0)

    def run(self, events: Sequence[bytes]) -> None:
        """Begin a run; the one before has been reported."""
        self._texts, self._bytes = [], 0
        if self._preamble:
            events, self._preamble = [self._preamble, *events], b""
        if events:
            self._waiting = 2
            self._isolate.turn(payload(events))
            self._isolate.turn(b"")
        else:
            self._waiting = 1
            self._isolate.turn(b"")

    def _turned(self, result: TurnResult) -> None:
        self._waiting -= 1
        self._texts.append(result.text)
        self._bytes += len(result.text)
        if result.failed or self._isolate.out_of_memory:
            if self._waiting == 0:
                self._report("memory" if self._isolate.out_of_memory else "engine")
            return
        if self._waiting:
            return
        if wants_more(result.text) and self._bytes < BATCH_BYTES and len(self._texts) < BATCH_TURNS:
            self._waiting = 1
            self._isolate.turn(b"")
            return
        self._report("")

    def _report(self, fault: Fault) -> None:
        isolate = self._isolate
        self._emit(Result(self._texts, fault, self.cpu_time(), *isolate.memory_used()))
