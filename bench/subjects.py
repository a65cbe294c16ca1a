"""What the isolate table makes and disposes of."""

from __future__ import annotations

import queue
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import msgspec

from bench.engine import get
from edge.engine import dll, snapshot
from edge.engine.isolate import Isolate
from edge.engine.machine import Machine
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.units import MIB
from edge.wire.messages import Start

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.isolate import Result
    from edge.engine.snapshot import Blob
    from edge.engine.template import Template

MEMORY = 128 * MIB
_ANSWER_SECONDS = 10.0


class Subject(ABC):
    """One kind of isolate: `make` it, let it `answer` its first request if it can, `dispose` of it.

    `size` is that of what it is made from, in bytes.
    """

    label: str
    size: int | None = None
    answers: bool = False

    @abstractmethod
    def make(self) -> None: ...

    @abstractmethod
    def answer(self) -> None:
        """Raises EdgeError when the function fails."""

    @abstractmethod
    def dispose(self) -> None: ...


class BareIsolate(Subject):
    """V8 alone, without any of edge."""

    label = "bare V8"

    def __init__(self) -> None:
        self._library = dll.library()

    def make(self) -> None:
        with snapshot.starting_from(None):
            self._context = self._library.mr_init_context(_drop)

    def answer(self) -> None:
        """There is nothing to ask."""

    def dispose(self) -> None:
        self._library.mr_free_context(self._context)


class RuntimeIsolate(Subject):
    """The runtime's snapshot, with no package."""

    label = "runtime alone"

    def __init__(self, blob: Blob) -> None:
        self.size = blob.size
        self._blob = blob

    def make(self) -> None:
        self._isolate = Isolate(self._blob, RUNTIME_OPS, _drop_result, memory=MEMORY)

    def answer(self) -> None:
        """There is nothing to ask."""

    def dispose(self) -> None:
        self._isolate.dispose()


class PackageIsolate(Subject):
    """An isolate of a compiled package, driven as the host drives it but without Trio."""

    answers = True

    def __init__(self, label: str, template: Template) -> None:
        self.label = label
        self.size = template.size
        self._template = template
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()

    def make(self) -> None:
        self._isolate = self._template.make(self._results.put)

    def answer(self) -> None:
        start = Start(1, get(), "bench", "v1", "bench", "", "", (time.time() + _ANSWER_SECONDS) * 1000, MEMORY, {})
        drive(self._isolate.turn, self._results, self._template.batch([msgspec.json.encode(start)]))

    def dispose(self) -> None:
        self._isolate.dispose()


def drive(turn: Callable[[bytes], None], results: queue.SimpleQueue[Result], first: bytes) -> None:
    """Give turns, two at a time as the host does, until the invocation is over; what it asks for it does not get."""
    machine = Machine(1)
    turn(first)
    turn(b"")
    waiting = 2
    while not machine.over:
        machine.turn(results.get(timeout=_ANSWER_SECONDS).text)
        waiting -= 1
        if waiting == 0 and not machine.over:
            machine.settle()
            turn(b"")
            waiting = 1
    while waiting:
        results.get(timeout=_ANSWER_SECONDS)
        waiting -= 1
    if machine.error is not None:
        raise machine.error


@dll.callback_type
def _drop(callback_id: int, raw_val_handle: dll.RawValue) -> None:
    """A bare isolate is not asked anything."""


def _drop_result(_result: Result) -> None:
    """An isolate without a package is not asked anything."""
