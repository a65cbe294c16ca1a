"""One isolate of a cell: unused at first, then the one that the gateway knows by a number."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from edge.engine import dll
from edge.engine.asks import CALL_NOW, Asks, beginnings
from edge.engine.isolate import Isolate
from edge.engine.runner import Result, TurnLoop
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.units import MIB
from edge.wire import cell as wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.engine.isolate import Result as TurnResult
    from edge.engine.snapshot import Blob

OUT_OF_MEMORY = 86
"""Exit status of a process whose V8, or Python, has run out of memory."""


def _out_of_memory(_place: bytes, _details: int) -> None:
    """On the thread that found no memory: V8 would end the process by a trap, which could mean anything."""
    os._exit(OUT_OF_MEMORY)


out_of_memory_handler = dll.oom_handler_type(_out_of_memory)


LARGE_HEAP = 8 * MIB

WORTH_TIDYING = 0.2
"""Seconds of CPU between two collections of all garbage: more than ten times what they take."""


def _ignore(_: object) -> None:
    """An isolate that nobody uses has nothing to say."""


class Recipe(NamedTuple):
    """What the isolates of a function are made of: see wire.cell.Assign.  `source` is for want of a blob."""

    blob: Blob | None
    source: str
    preamble: bytes
    memory: int
    ops: list[str]
    evaluated: bool = False


class HostedIsolate:
    """Answers each run with exactly one report of a `Result`, also when it is disposed of meanwhile."""

    def __init__(
        self, recipe: Recipe, send: Callable[[wire.Report], None], rested: Callable[[], None], *, crowded: bool = False
    ) -> None:
        """Makes the isolate: blocks for 1 to 3 ms.  `rested` is called after each result.  Raises EngineCrashError.

        `crowded`: it is made because several were needed at once.
        """
        self._crowded = crowded
        self.number = 0
        self.running = False
        self._send = send
        self._rested = rested
        self.large = False  # its heap was, after a run
        self._ended = False
        self._untidied = 0.0  # seconds of CPU since it was tidied
        self._asks = Asks(beginnings([*recipe.ops, CALL_NOW]), self._ask)
        ops = {**RUNTIME_OPS, **self._asks.ops}
        self._isolate = Isolate(recipe.blob, ops, _ignore, source=recipe.source, memory=recipe.memory)
        self._isolate.pass_on(self._asks.pass_on)
        self._isolate.on_out_of_memory(out_of_memory_handler)
        self._loop = TurnLoop(self._isolate, self._report, recipe.preamble)
        self._next = self._isolate.on_result
        self._isolate.on_result = self._turned

    def run(self, number: int, events: Sequence[bytes]) -> None:
        """Begin a run; the first one gives the isolate its number for good."""
        if not self.number:
            self.number = number
        self.running = True
        self._loop.run(events)

    def answer(self, head: bytes, data: bytes) -> None:
        """The answer to what the isolate asked."""
        self._asks.answer(head, data)

    def cpu_time(self) -> float:
        """Seconds of CPU that the isolate's thread has used since it was made."""
        return self._loop.cpu_time()

    @property
    def untidy(self) -> bool:
        """Whether it has worked enough since the last time for what `tidy` costs."""
        return self._untidied >= WORTH_TIDYING and not self._ended

    def tidy(self) -> None:
        """At rest: have it hold no more than it needs, on its thread, before it runs again."""
        self._untidied = 0.0
        self._isolate.collect_garbage()

    def terminate(self) -> None:
        """Stop whatever runs, and whatever was to run after it."""
        self._ended = True
        self._asks.end()
        self._isolate.terminate()

    def dispose(self) -> None:
        """Free everything.  Blocks for as long as running code ignores termination (see Isolate.dispose)."""
        self.terminate()
        self._isolate.dispose()
        self._isolate.on_result = self._next = _ignore
        if self.running:
            self._report(Result([], "engine"))
        del self._loop, self._asks  # they refer to us, and hold what was sent last

    # -- on the isolate's thread

    def _turned(self, result: TurnResult) -> None:
        """A turn has come back.  What ended stays ended: the turns that are queued still are not for running."""
        if self._ended or self._isolate.out_of_memory:
            self._isolate.terminate()
        self._next(result)

    def _report(self, result: Result) -> None:
        self._untidied += result.cpu
        self.running = False
        fault: Literal["", "memory", "engine"] = "memory" if result.fault == "memory" else ""
        if not fault and (result.fault or self._ended):
            fault = "engine"
        self.large = self.large or result.heap > LARGE_HEAP
        heap, external = result.heap, result.external
        report = wire.Result(self.number, result.texts, fault, result.cpu, heap, external, crowded=self._crowded)
        self._send(report)
        self._rested()

    def _ask(self, head: bytes, data: bytes) -> None:
        self._send(wire.Ask(self.number, head, data))
