"""The home isolate of a cell: driven by the cell's main thread, and rewound after each use instead of made anew.

It serves one number at a time, like the isolates of `hosted.py`, and reports the same.  Between two numbers V8's memory
is set back to an image that was taken when the isolate had been made and rehearsed (`image.py`).  What it was stays
unknown to what it becomes: only the state of V8's random numbers differs.

It is made from the package's snapshot, or it is the one that the cell was born with (`base.py`), in which the package's
top level runs when the cell gets its function, if a build has shown that this comes to the same.  The first user has it
as it is then; after that the top level runs once more, and an image is made of what it has left.
"""

from __future__ import annotations

import os
import queue
import re
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

import msgspec

from edge.cell.base import REHEARSAL_TURNS
from edge.cell.blank import keeping_no_pages
from edge.cell.hosted import LARGE_HEAP, WORTH_TIDYING, out_of_memory_handler
from edge.cell.image import Image, ImageError
from edge.engine.asks import CALL_NOW, Asks, beginnings
from edge.engine.direct_isolate import DirectIsolate
from edge.engine.runner import BATCH_BYTES, BATCH_TURNS, payload, wants_more
from edge.engine.runtime_ops import CHUNK, RUNTIME_OPS, chunk_name, load_chunk
from edge.engine.snapshot import compiling_ahead
from edge.engine.v8_driver import RANDOM_BYTES
from edge.errors import EngineCrashError
from edge.units import KIB
from edge.wire import cell as wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.cell.base import Base
    from edge.cell.hosted import Recipe
    from edge.cell.own_memory import OwnMemory
    from edge.cell.paper import Paper, Witness
    from edge.engine.isolate import Result as TurnResult
    from edge.engine.mailbox import Passing, SyncOps
    from edge.services.api import Answer

    Fault = Literal["", "memory", "engine"]
    Replies = queue.SimpleQueue[tuple[bytes, bytes] | None]
    """Answers to what it asks; None ends the asking."""


MOST_AHEAD = 512 * KIB
"""Bytes of the runtime's chunks, a fourth of them all, that all users have because the first one wanted them."""

SMALL = 64 * KIB
"""Bytes of a package's modules whose functions are all compiled before an image is made; of larger ones most may be for
nobody."""

_WEIGHT = 0.2  # of one user among all

_OVER = re.compile(rb'[\[,]\{"t":"done","id":\d+\}\](,"clock":\[[\d,-]*\])?\}\Z')
_OVER_SIZE = 256
"""Bytes at the end of a text that says so.  There it cannot be part of what a function says: readings of the clock are
numbers, and what closes last is the text itself.  When there are many of them, or more was drawn, it is not seen."""


class Making(NamedTuple):
    """What an image of an isolate is made with; `base` is what the cell was born with, if it was."""

    paper: Paper
    witness: Witness
    memory: OwnMemory
    base: Base | None


class HomeIsolate:
    """`number` is that of its user, 0 for none; `free` tells whether it can have one.

    `usual_rest`: seconds for which its last users did nothing, waiting for something; the latest count most.

    Everything but `terminate`, `answer` and `cpu_time` is for the main thread, or for one that knows that it is idle.
    """

    def __init__(
        self,
        recipe: Recipe,
        isolate: DirectIsolate,
        image: Image,
        send: Callable[[wire.Report], None],
        wait: Callable[[Replies], tuple[bytes, bytes] | None],
    ) -> None:
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
        self._cpu = self._began = self._tidied = 0.0
        self._asks: Asks | None = None
        self._asked = beginnings([*recipe.ops, CALL_NOW])
        self._isolate = isolate
        self._image = image
        self._preamble = recipe.preamble  # that each of its users begins with
        self._witness: Witness | None = None  # while the image is still that of the cell's birth
        self._prepared = True  # it is as its users are to have it
        self._evaluable = True  # the top level has not failed here
        self._wanted: list[str] = []  # chunks of the runtime that its first user has asked for
        self._room_ahead = MOST_AHEAD
        self._fresh()

    @classmethod
    def made(
        cls,
        recipe: Recipe,
        making: Making,
        send: Callable[[wire.Report], None],
        wait: Callable[[Replies], tuple[bytes, bytes] | None],
    ) -> Self:
        """From the package's snapshot: blocks for some 10 ms.  Raises EngineCrashError, ImageError."""
        assert recipe.blob is not None  # without a snapshot there is none
        if making.base is not None:
            making.base.image.shrink()  # it will not be used any more
        isolate = DirectIsolate(recipe.blob, memory=recipe.memory)
        isolate.on_out_of_memory(out_of_memory_handler)
        _rehearse(isolate)
        if making.base is None:
            image = Image.take(making.paper, making.witness, making.memory)
        else:
            image = making.base.image.further(making.witness, making.paper)
        return cls(recipe, isolate, image, send, wait)

    @classmethod
    def born(
        cls,
        recipe: Recipe,
        base: Base,
        witness: Witness,
        send: Callable[[wire.Report], None],
        wait: Callable[[Replies], tuple[bytes, bytes] | None],
    ) -> Self:
        """The one that the cell was born with, once no more than a function may do can be done in this process."""
        base.isolate.inherited()
        base.isolate.rewound(_entropy())
        home = cls(recipe, base.isolate, base.image, send, wait)
        home._witness = witness
        home._prepare()
        return home

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
        else:
            self.settle()
        self.running = True
        if not self._used and self._preamble:
            events = [self._preamble, *events]
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

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop, which may come from another thread at any time."""
        return self._ended

    @property
    def unsettled(self) -> bool:
        """Whether `settle` has something to do."""
        return not self._prepared

    def settle(self) -> None:
        """On the main thread, when nobody has used it: if that has not been done, prepare it for all who come."""
        if self._prepared or self._ended or self._witness is None:
            return
        self._prepare_ahead()
        with self._isolate.guard:
            if self.stopped:
                return  # an image of an isolate that is told to stop would stop all who come
            self._isolate.forget_random()
            self._image = self._image.further(self._witness)
        self._witness.close_maps()
        self._witness = None

    @property
    def untidy(self) -> bool:
        """Whether its user, who is at rest, has worked enough for what `tidy` costs."""
        return self._cpu - self._tidied >= WORTH_TIDYING and not self._ended

    def tidy(self) -> None:
        """On the main thread, between two runs: have its user hold no more than it needs."""
        self._isolate.collect_garbage()
        self._tidied = self._cpu

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
        self._cpu = self._tidied = 0.0
        self._asks = None
        self._isolate.begin(self._new_ops, self._passing)
        self._prepared = self._witness is None

    def _prepare(self) -> None:
        """Make it the function's, and run the package's top level, if that may be; else each invocation does."""
        self._prepared = True
        self._isolate.limit_heap(self._recipe.memory)
        if not self._recipe.evaluated or not self._evaluable:
            return
        try:
            self._isolate.command("evaluate", self._recipe.preamble.decode())
        except EngineCrashError:
            self._evaluable = self._ended  # who was stopped in it has not failed
            self._preamble = self._recipe.preamble
            self._start_over()
        else:
            self._preamble = b""

    def _prepare_ahead(self) -> None:
        """The same, with what its users will need: code that is compiled, and chunks of the runtime."""
        scripts = self._isolate.count_scripts()
        self._prepare()
        if len(self._recipe.preamble) <= SMALL:
            self._isolate.compile_functions(scripts)
        if not self._recipe.evaluated or not self._evaluable:
            return
        try:
            self._load_ahead()
        except EngineCrashError:
            if not self._ended:
                self._start_over()
                self._prepare()

    def _start_over(self) -> None:
        with self._isolate.guard:
            self._image.restore()
            self._isolate.rewound(_entropy())
        self._isolate.begin(self._new_ops, self._passing)
        self._isolate.limit_heap(self._recipe.memory)

    def _load_ahead(self) -> None:
        program = msgspec.json.decode(self._recipe.preamble)
        wanted = {"main": program["main"], "records": program["records"], "chunks": self._wanted}
        with compiling_ahead():
            self._isolate.command("ahead", msgspec.json.encode(wanted).decode())

    def _chunk(self, args: msgspec.Raw, data: bytes) -> Answer:
        """Its first user tells what others will need."""
        answer = load_chunk(args, data)
        if self._witness is not None:
            self._room_ahead -= len(str(answer.value))
            if self._room_ahead >= 0:
                self._wanted.append(chunk_name(args))
        return answer

    def _passing(self) -> Passing:
        """When the isolate asks for something for the first time."""
        self._asks = Asks(self._asked, self._ask, self._answered)
        if self._ended:
            self._asks.end()
        return self._asks.pass_on

    def _new_ops(self) -> SyncOps:
        """The names of what is asked stay known, for `script.cached`."""
        assert self._asks is not None  # it was there first
        return {**RUNTIME_OPS, CHUNK: self._chunk, **self._asks.ops}

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


def _rehearse(isolate: DirectIsolate) -> None:
    """What runs once in the image need not be prepared in each invocation."""
    isolate.begin(lambda: RUNTIME_OPS)
    if isolate.command("rehearse"):
        for _ in range(REHEARSAL_TURNS):
            isolate.turn(b"")
    isolate.forget_random()


def _is_over(text: bytes) -> bool:
    return _OVER.search(text, max(len(text) - _OVER_SIZE, 0)) is not None


def _entropy() -> bytes:
    """Never only zeros, from which V8's generator would not get away."""
    return os.urandom(RANDOM_BYTES - 1) + b"\x01"
