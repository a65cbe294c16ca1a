"""Blocking work in threads of our own: a job costs one wake-up of Trio's thread, and no task."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

import outcome
import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = tuple[Callable[[], Any], Callable[[outcome.Outcome[Any]], None]]


class Worker:
    """Threads that take jobs from one queue.  `submit` and the callbacks belong to Trio's thread.

    Threads are daemons: one that hangs in a job does not keep the process from ending.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._token = trio.lowlevel.current_trio_token()
        self._threads = 0
        for _ in range(threads):
            self.add_thread()

    def add_thread(self) -> None:
        """One more, in the place of one that hangs."""
        self._threads += 1
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def submit(self, job: Callable[[], Any], done: Callable[[outcome.Outcome[Any]], None]) -> None:
        """Run `job` in a thread, then `done` with its outcome in Trio's."""
        self._jobs.put((job, done))

    def close(self) -> None:
        """Let the threads end once the queue is empty."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _run(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, done = item
            result = outcome.capture(job)
            try:
                self._token.run_sync_soon(done, result)
            except trio.RunFinishedError:
                return
