"""The home isolate of a cell: driven by the cell's main thread, and rewound after each use instead of made anew.

It serves one number at a time, like the isolates of `hosted.py`, and reports the same.  Between two numbers V8's memory
is set back to an image that was taken when the isolate had been made and rehearsed (`image.py`).  What it was stays
unknown to what it becomes: only the state of V8's random numbers differs.
"""

from __future__ import annotations

import os
import queue
import re
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal

from edge.cell.blank import keeping_no_pages
from edge.cell.hosted import LARGE_HEAP, out_of_memory_handler
from edge.cell.image import Image, ImageError
from edge.engine.asks import CALL_NOW, Asks, beginnings
from edge.engine.direct_isolate import DirectIsolate
from edge.engine.runner import BATCH_BYTES, BATCH_TURNS, payload, wants_more
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.v8_driver import RANDOM_BYTES
from edge.wire import cell as wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.cell.hosted import Recipe
    from edge.cell.image import Paper
    from edge.cell.own_memory import OwnMemory
    from edge.engine.isolate import Result as TurnResult
    from edge.engine.mailbox import Passing, SyncOps

    Fault = Literal["", "memory", "engine"]
    Replies = queue.SimpleQueue[tuple[bytes, bytes] | None]
    """Answers to what it asks; None ends the asking."""


_WEIGHT = 0.2  # of one user among all

_OVER = re.compile(rb'[\[,]\{"t":"done","id":\d+\}\](,"clock":\[[\d,-]*\])?\}\Z')
_OVER_SIZE = 256
"""Bytes at the end of a text that says so.  There it cannot be part of what a function says: readings of the clock are
numbers, and what closes last is the text itself.  When there are many of them, or more was drawn, it is not seen."""

_REHEARSAL_TURNS = 3
"""In which the rehearsed invocation ends.  One is enough: after more of them, V8 counts the runtime's functions as hot,
and optimises them in each invocation anew."""


class HomeIsolate:
    """`number` is that of its user, 0 for none; `free` tells whether it can have one.

    `usual_rest`: seconds for which its last users did nothing, waiting for something; the latest count most.

    Everything but `terminate`, `answer` and `cpu_time` is for the main thread, or for one that knows that it is idle.
    """

    def __init__(
        self,
        recipe: Recipe,
        paper: Paper,
        memory: OwnMemory,
        send: Callable[[wire.Report], None],
        wait: Callable[[Replies], tuple[bytes, bytes] | None],
    ) -> None:
        """Makes the isolate and its image: blocks for some 10 ms.  Raises EngineCrashError, ImageError."""
        assert recipe.blob is not None  # without a snapshot there is none
        self.number = 0
        self.free = True
        self.running = False
        self.since = 0.0  # when its user got it
        self._rested = 0.0  # since when it does not run, or waits for an answer in the middle of a run
        self._asking = False
        self._rests = 0.0  # of its user, in all
        self.usual_rest = 0.0
        self._used = False
        self.large = False
        self.gone = False  # its user is, and the gateway has been told
        self.over = False  # by the look of it, its user has nothing more to do
        self._recipe = recipe
        self._send = send
        self._wait = wait
        self._ended = False
        self._cpu = self._began = 0.0
        self._preamble = recipe.preamble
        self._asks: Asks | None = None
        self._asked = beginnings([*recipe.ops, CALL_NOW])
        self._isolate = DirectIsolate(recipe.blob, memory=recipe.memory)
        self._isolate.on_out_of_memory(out_of_memory_handler)
        self._rehearse()
        self._image = Image.take(paper, memory)
        self._fresh()

    def take(self, number: int) -> None:
        """It belongs to this number until it is rewound."""
        self.number, self.free, self._rested = number, False, time.monotonic()
        self.since = self._rested

    def run(self, events: Sequence[bytes], *, single: bool) -> None:
        """Run turns until it rests or has left enough, and report.

        The user of a `single` isolate that has nothing more to do is `gone` with that.
        """
        if self._used:
            self._rests += time.monotonic() - self._rested
        self.running = True
        if self._preamble:
            events, self._preamble = [self._preamble, *events], b""
        self._began = self._isolate.cpu_clock()
        texts, failed = ([], 0) if self._ended else self._turns(events)
        heap, external = self._isolate.memory_used()
        spent = self._isolate.cpu_clock() - self._began
        self.running = False  # first: who measures on another thread shall rather miss this run than have it twice
        self._cpu += spent
        self.large = self.large or heap > LARGE_HEAP
        self._rested = time.monotonic()
        self.over = bool(texts) and _is_over(texts[-1])
        fault = self._fault(failed)
        self.gone = single and self.over and not fault
        self._send(wire.Result(self.number, texts, fault, self._cpu, heap, external, self.gone))

    @property
    def held(self) -> float:
        """Seconds for which it does not get on: of CPU when it works, else of rest."""
        return self.cpu_time() if self.running and not self._asking else time.monotonic() - self._rested

    def answer(self, head: bytes, data: bytes) -> None:
        """The answer to what the isolate asked."""
        if self._asks is not None:
            self._asks.answer(head, data)

    def cpu_time(self) -> float:
        """Seconds of CPU that its user's runs have taken."""
        return self._cpu + (max(self._isolate.cpu_clock() - self._began, 0.0) if self.running else 0.0)

    def terminate(self) -> None:
        """Stop whatever runs, and whatever was to run after it."""
        self._ended = True
        if self._asks is not None:
            self._asks.end()
        self._isolate.terminate()

    def rewind(self) -> bool:
        """Be as if it had never been used (0.1 ms); False when there is no way back: then it serves nobody any more.

        Raises OSError when it is neither: V8 cannot be used any more.
        """
        with self._isolate.guard:
            try:
                self._image.restore()
                if self.large:
                    self._image.shrink()
            except ImageError:
                return False
            self._isolate.rewound(_entropy())
        self._fresh()
        return True

    def rest(self) -> None:
        """Hold on to less, when it is free."""
        self._image.shrink()

    def dispose(self) -> None:
        """There are other isolates in its place: those shall have its memory.  On the thread that made it."""
        with keeping_no_pages() if self.large else nullcontext():
            self._isolate.dispose()

    # -- between two users

    def _fresh(self) -> None:
        self.usual_rest += (self._rests - self.usual_rest) * _WEIGHT
        self._rests = 0.0
        self.number, self.free = 0, True
        self.large = self.over = self.gone = self._ended = False
        self._used = False
        self._cpu = 0.0
        self._preamble = self._recipe.preamble
        self._asks = None
        self._isolate.begin(self._new_ops, self._passing)

    def _rehearse(self) -> None:
        """What runs once in the image need not be prepared in each invocation."""
        self._isolate.begin(lambda: RUNTIME_OPS)
        if self._isolate.command("rehearse"):
            for _ in range(_REHEARSAL_TURNS):
                self._isolate.turn(b"")
        self._isolate.forget_random()

    def _passing(self) -> Passing:
        """When the isolate asks for something for the first time."""
        self._asks = Asks(self._asked, self._ask, self._answered)
        if self._ended:
            self._asks.end()
        return self._asks.pass_on

    def _new_ops(self) -> SyncOps:
        """The names of what is asked stay known, for `script.cached`."""
        assert self._asks is not None  # it was there first
        return {**RUNTIME_OPS, **self._asks.ops}

    # -- a run

    def _turns(self, events: Sequence[bytes]) -> tuple[list[bytes], int]:
        """What the turns left, and how one failed (see dll.Kind), if one did."""
        texts: list[bytes] = []
        if self._used:
            self._isolate.run_tasks()
        self._used = True
        if events and (result := self._turn(payload(events), texts)).failed:
            return texts, result.failed
        size = 0
        while True:
            result = self._turn(b"", texts)
            size += len(result.text)
            if result.failed or size >= BATCH_BYTES or len(texts) >= BATCH_TURNS:
                return texts, result.failed
            if not wants_more(result.text):
                return texts, 0

    def _turn(self, given: bytes, texts: list[bytes]) -> TurnResult:
        result = self._isolate.turn(given)
        texts.append(result.text)
        return result

    def _fault(self, failed: int) -> Fault:
        if self._isolate.out_of_memory:
            return "memory"
        return "engine" if failed or self._ended else ""

    def _answered(self, replies: Replies) -> tuple[bytes, bytes] | None:
        self._asking, self._rested = True, time.monotonic()
        answer = self._wait(replies)
        self._asking = False
        return answer

    def _ask(self, head: bytes, data: bytes) -> None:
        self._send(wire.Ask(self.number, head, data))


def _is_over(text: bytes) -> bool:
    return _OVER.search(text, max(len(text) - _OVER_SIZE, 0)) is not None


def _entropy() -> bytes:
    """Never only zeros, from which V8's generator would not get away."""
    return os.urandom(RANDOM_BYTES - 1) + b"\x01"
