"""A thread that does blocking work in order, for tasks of one Trio run.

Cheaper than a pool: one queue in, and one wake-up of the Trio thread for a whole group of results.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import outcome
import trio

from edge.errors import InternalError
from edge.services.kv.failures import KVUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Q = TypeVar("Q")
A = TypeVar("A")


class _Job(Generic[Q, A]):
    """A request and the task that waits for its outcome; no task once the caller is gone."""

    __slots__ = ("outcome", "request", "task")

    def __init__(self, request: Q, task: trio.lowlevel.Task) -> None:
        self.request = request
        self.task: trio.lowlevel.Task | None = task
        self.outcome: outcome.Outcome[A] | None = None

    def finish(self) -> None:
        """Wake the caller, in the Trio thread."""
        if self.task is not None and self.outcome is not None:
            trio.lowlevel.reschedule(self.task, cast("outcome.Outcome[object]", self.outcome))
            self.task = None


class Worker(Generic[Q, A]):
    """Runs groups of requests in a thread of its own, in the order in which they came.

    `run` gets one request up to a group (what had queued up, until `weigh` adds up to `max_weight`) and
    answers one outcome each.  `tick` is called between groups when it is due and answers the seconds until it is
    due again.  Make it and call it in the Trio thread only.  Neither function may raise; when one does,
    that is a bug: everybody waiting gets InternalError and the worker is closed.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Sequence[Q]], Sequence[outcome.Outcome[A]]],
        *,
        weigh: Callable[[Q], int] = lambda _: 1,
        max_weight: int = 1,
        tick: Callable[[], float] = lambda: threading.TIMEOUT_MAX,
    ) -> None:
        self._run = run
        self._weigh = weigh
        self._max_weight = max_weight
        self._tick = tick
        self._queue: queue.SimpleQueue[_Job[Q, A] | None] = queue.SimpleQueue()
        self._token = trio.lowlevel.current_trio_token()
        self._closed = False
        self._stopped = trio.Event()
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        self._thread.start()

    async def call(self, request: Q) -> A:
        """The outcome of one request.  When cancelled, the request may still be run; its outcome is dropped."""
        if self._closed:
            await trio.lowlevel.checkpoint()
            raise KVUnavailableError("the KV store is closed")
        await trio.lowlevel.checkpoint_if_cancelled()
        job: _Job[Q, A] = _Job(request, trio.lowlevel.current_task())

        def leave(_: object) -> trio.lowlevel.Abort:
            job.task = None
            return trio.lowlevel.Abort.SUCCEEDED

        self._queue.put(job)
        answer: A = await trio.lowlevel.wait_task_rescheduled(leave)
        return answer

    async def aclose(self) -> None:
        """Run what was taken, then end the thread.  Not cancellable: the wait is as long as the work."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        with trio.CancelScope(shield=True):
            await self._stopped.wait()

    # -- in the thread

    def _main(self) -> None:
        taken: list[_Job[Q, A]] = []
        try:
            self._loop(taken)
        except BaseException as error:  # noqa: BLE001 -- a dead thread must not leave tasks waiting for ever
            self._to_trio(self._end, tuple(taken), error)
        else:
            self._to_trio(self._end, (), None)

    def _loop(self, taken: list[_Job[Q, A]]) -> None:
        last, due = False, time.monotonic() + self._tick()
        while not last:
            last = self._take(taken, due)
            if taken:
                for job, result in zip(taken, self._run([job.request for job in taken]), strict=True):
                    job.outcome = result
                self._to_trio(self._deliver, tuple(taken))
                taken.clear()
            if not last and time.monotonic() >= due:
                due = time.monotonic() + self._tick()

    def _take(self, taken: list[_Job[Q, A]], due: float) -> bool:
        """Fill `taken` with what is queued, waiting for the first until `due`; True when the end has come."""
        weight = 0
        try:
            job = self._queue.get(timeout=min(max(due - time.monotonic(), 0), threading.TIMEOUT_MAX))
            while job is not None:
                taken.append(job)
                weight += self._weigh(job.request)
                if weight >= self._max_weight:
                    return False
                job = self._queue.get_nowait()
        except queue.Empty:
            return False
        return True

    def _to_trio(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._token.run_sync_soon(function, *arguments)
        except trio.RunFinishedError:
            return  # nobody is left to tell

    # -- in the Trio thread again

    @staticmethod
    def _deliver(jobs: tuple[_Job[Q, A], ...]) -> None:
        for job in jobs:
            job.finish()

    def _end(self, taken: tuple[_Job[Q, A], ...], error: BaseException | None) -> None:
        """The thread is over.  From here on nothing is queued, so nothing that was can be forgotten."""
        self._closed = True
        self._stopped.set()
        left = list(taken)
        while not self._queue.empty():
            left.extend([job for job in [self._queue.get_nowait()] if job])
        for job in left:
            failure = InternalError("the KV thread died", hint="this is a bug of edge")
            failure.__cause__ = error
            job.outcome = outcome.Error(failure)
            job.finish()
