"""What the isolate table makes and disposes of."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Protocol

import msgspec

from bench.engine import get
from edge.engine import dll, snapshot
from edge.engine.isolate import Isolate
from edge.engine.machine import Machine
from edge.runtime.ops import OPS
from edge.units import MIB
from edge.wire.messages import Start

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.isolate import Result
    from edge.engine.snapshot import Blob
    from edge.engine.template import Template

MEMORY = 128 * MIB
_ANSWER_SECONDS = 10.0


class Subject(Protocol):
    """One kind of isolate: `make` it, let it `answer` a request if it can, `dispose` of it."""

    label: str
    size: int | None
    answers: bool

    def make(self) -> None:
        """A fresh one."""

    def answer(self) -> None:
        """Its first request."""

    def dispose(self) -> None:
        """The end of it."""


class BareIsolate:
    """V8 alone, without any of edge."""

    label = "bare V8, none of edge"
    size = None
    answers = False

    def __init__(self) -> None:
        self._library = dll.library()
        self._callback = dll.callback_type(_drop)

    def make(self) -> None:
        """See Subject."""
        with snapshot.starting_from(None):
            self._context = self._library.mr_init_context(self._callback)

    def answer(self) -> None:
        """See Subject."""

    def dispose(self) -> None:
        """See Subject."""
        self._library.mr_free_context(self._context)


class RuntimeIsolate:
    """The runtime's snapshot, with no package."""

    label = "runtime snapshot, no package"
    answers = False

    def __init__(self, blob: Blob) -> None:
        self.size = blob.size
        self._blob = blob

    def make(self) -> None:
        """See Subject."""
        self._isolate = Isolate(self._blob, OPS, _drop_result, memory=MEMORY)

    def answer(self) -> None:
        """See Subject."""

    def dispose(self) -> None:
        """See Subject."""
        self._isolate.dispose()


class PackageIsolate:
    """An isolate of a compiled package, driven as the host drives it but without Trio."""

    answers = True

    def __init__(self, label: str, template: Template) -> None:
        self.label = label
        self.size = template.size
        self._template = template
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()

    def make(self) -> None:
        """See Subject."""
        self._isolate = self._template.make(self._results.put)

    def answer(self) -> None:
        """See Subject.  Raises EdgeError when the function fails."""
        start = Start(1, get(), "bench", "v1", "bench", "", "", (time.time() + _ANSWER_SECONDS) * 1000, MEMORY, {})
        drive(self._isolate.turn, self._results, self._template.batch([msgspec.json.encode(start)]))

    def dispose(self) -> None:
        """See Subject."""
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


def _drop(_callback: int, _raw: dll.RawValue) -> None:
    """A bare isolate is not asked anything."""


def _drop_result(_result: Result) -> None:
    """An isolate without a package is not asked anything."""
