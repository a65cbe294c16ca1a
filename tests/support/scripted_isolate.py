"""An isolate that evaluates what each turn brings, without the runtime: for tests of the engine alone."""

from __future__ import annotations

import queue
from typing import Self

from edge.engine.isolate import DEFAULT_HEAP, Isolate, Result

SCRIPT = """
globalThis.__edge = function () {
  'use strict';
  if (typeof this === 'function') return new SharedArrayBuffer(65536);
  return String((0, eval)(String(this)));
};
"""
DEADLINE = 20.0


class ScriptedIsolate:
    """Use as a context manager.  Each turn's payload is source, its result is what that evaluates to."""

    def __init__(self, source: str = SCRIPT, memory: int = DEFAULT_HEAP) -> None:
        self.results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self.isolate = Isolate(None, {}, self.results.put, source=source, memory=memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.isolate.terminate()
        self.isolate.dispose()

    def start(self, source: str) -> None:
        """Begin a turn."""
        self.isolate.turn(source.encode())

    def result(self) -> Result:
        """The next result.  Raises queue.Empty when none comes."""
        return self.results.get(timeout=DEADLINE)

    def run(self, source: str) -> Result:
        """One turn."""
        self.start(source)
        return self.result()
