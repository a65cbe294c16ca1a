"""Threads that dispose of isolates: disposal waits for running code, and some code ignores termination for long."""

from __future__ import annotations

import queue
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

from edge.cell.blank import keeping_no_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.cell.hosted import HostedIsolate

MAX_THREADS = 4
"""Disposals that may hang before the others wait for them.  The gateway ends a cell long before."""


class Disposer:
    """One thread, and more only while disposals take long.  `disposed` is called on them after each disposal."""

    def __init__(self, disposed: Callable[[], None]) -> None:
        self._disposed = disposed
        self._queue: queue.SimpleQueue[HostedIsolate] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._pending = 0
        self._threads = 0

    def start(self) -> None:
        """Start the first thread."""
        with self._changed:
            self._add_thread()

    def submit(self, isolate: HostedIsolate) -> None:
        """Dispose of an isolate that nobody else uses any more."""
        with self._changed:
            self._pending += 1
            self._queue.put(isolate)
            if self._threads < min(self._pending, MAX_THREADS):
                self._add_thread()

    @property
    def busy(self) -> bool:
        """Whether isolates are on their way out."""
        return self._pending > 0

    def wait(self, seconds: float) -> bool:
        """Wait until one more is disposed of; False when there is none to wait for, or it takes longer."""
        with self._changed:
            return self._pending > 0 and self._changed.wait(seconds)

    def _add_thread(self) -> None:
        self._threads += 1
        threading.Thread(target=self._work, name="dispose", daemon=True).start()

    def _work(self) -> None:
        while True:
            _dispose(self._queue.get())
            with self._changed:
                self._pending -= 1
                self._changed.notify_all()
            self._disposed()


def _dispose(isolate: HostedIsolate) -> None:
    """The pages of a small one serve the next; those of a large one would count against it."""
    with keeping_no_pages() if isolate.large else nullcontext():
        isolate.dispose()
