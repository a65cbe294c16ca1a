"""The parent of a gateway's workers: starts them, keeps their number, passes on signals and questions.

It runs no code of functions, serves no request and reads no config, so that there is little that could end it.
When it ends all the same, the kernel ends the workers.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.errors import OutsideError
from edge.fleet import tally
from edge.fleet.loads import new_loads
from edge.fleet.messages import (
    NOBODY,
    Begin,
    Draining,
    Leave,
    PeerAnswer,
    PeerRequest,
    Question,
    Ready,
    Replies,
    Reply,
    Serving,
    Shout,
    Team,
)
from edge.fleet.worker import Worker
from edge.supervisor.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.fleet.messages import FromWorker

    Announce = Callable[[list[str], str], Awaitable[None]]

FREE_RESTARTS = 2  # within STEADY seconds; further ones wait
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""A worker that has lived so long does not count as failing."""
LAST_SECONDS = 15.0
"""For a worker to end after its grace, or after a second signal; then it is killed."""
RELOAD_SECONDS = 300.0
LOOK_SECONDS = 10.0
SILENCE_SECONDS = 60.0
"""A worker that answers nothing for so long hangs, and is replaced."""
ALIVE = PeerRequest("GET", "/live", patience=SILENCE_SECONDS)
RELOAD = PeerRequest("POST", "/config/reload", patience=RELOAD_SECONDS)

log = structlog.get_logger()


class WorkersFailedError(OutsideError):
    """A worker could not start; it has said why."""


class Parent:
    """`begin` is what every worker is told, with an index of its own.

    `announce` is called when all are ready, `close` when none accepts connections any more.
    """

    def __init__(self, begin: Begin, announce: Announce, close: Callable[[], None]) -> None:
        self._announce = announce
        self._close = close
        self._loads = new_loads(begin.count)
        self._begin = msgspec.structs.replace(begin, loads=self._loads.descriptor)
        self._workers: dict[int, Worker] = {}
        self._first = trio.Event()
        self._stopping = trio.Event()
        self._announced = False
        self._patience = LAST_SECONDS
        self._clean = True
        self._restarts = 0
        self._departed = b""  # what workers had counted that are gone
        self._nursery: trio.Nursery

    @property
    def ready(self) -> int:
        """How many workers serve."""
        return sum(worker.ready and not worker.left for worker in self._workers.values())

    async def run(self) -> None:
        """Until `stop` and the end of all workers.  Raises WorkersFailedError when one cannot start, or not end."""
        try:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._enforce_end)
                async with trio.open_nursery() as kept:
                    kept.start_soon(self._keep, 0)
                    await self._first.wait()  # it compiles the packages for all, and tells of a mistake once
                    for index in range(1, self._begin.count):
                        kept.start_soon(self._keep, index)
                self._nursery.cancel_scope.cancel()
        finally:
            for worker in self._workers.values():
                worker.bury()
            self._loads.close()
        if not self._clean:
            raise WorkersFailedError("a worker did not end cleanly")

    async def _enforce_end(self) -> None:
        """Workers end by themselves after their grace; this is for those that cannot."""
        await self._stopping.wait()
        await trio.sleep(self._patience + LAST_SECONDS)
        self._kill("it did not end in time")

    # -- one worker

    async def _keep(self, index: int) -> None:
        """A worker of this index, again and again."""
        backoff = Backoff(FREE_RESTARTS, FIRST_PAUSE, LONGEST_PAUSE)
        while not self._stopping.is_set():
            if backoff.blocked(time.monotonic()):
                with trio.move_on_after(backoff.until - time.monotonic()):
                    await self._stopping.wait()
                continue
            lived = await self._live(index)
            if lived > STEADY:
                backoff.succeed()
            backoff.fail(time.monotonic())

    async def _live(self, index: int) -> float:
        """The life of one process; how many seconds it was ready."""
        try:
            descriptors = [each.descriptor for each in self._begin.sockets]
            worker = Worker(index, [*descriptors, self._begin.loads])
        except OSError as error:
            self._lost(index, f"it cannot be started: {error.strerror}")
            return 0.0
        self._workers[index] = worker
        try:
            if self._stopping.is_set():
                worker.stop()
            self._nursery.start_soon(self._hear, worker)
            await worker.tell(msgspec.structs.replace(self._begin, index=index))
            code = await worker.ended()
        finally:
            worker.bury()
            del self._workers[index]
            self._loads.leave(index)
            self._departed = tally.merged([self._departed, tally.counts(worker.metrics)])
        if worker.left:
            self._clean = self._clean and (code == 0 or not worker.ready)
        else:
            self._lost(index, f"it was ended by signal {-code}" if code < 0 else f"it ended with code {code}")
        self._nursery.start_soon(self._tell_team)
        return time.monotonic() - worker.started if worker.ready else 0.0

    def _lost(self, index: int, reason: str) -> None:
        if not self._announced and not self._stopping.is_set():
            raise WorkersFailedError(f"worker {index} could not start: {reason}")
        self._restarts += 1
        log.error("worker_ended", worker=index, reason=reason, left=self.ready)

    async def _hear(self, worker: Worker) -> None:
        async for message in worker.channel:
            await self._take(worker, message)

    async def _take(self, worker: Worker, message: FromWorker) -> None:
        match message:
            case Ready():
                worker.ready = True
                self._first.set()
                self._nursery.start_soon(self._watch, worker)
                log.info("worker_ready", worker=worker.index, pid=worker.pid, seconds=round(_age(worker), 3))
                await self._tell_team()
                if not self._announced and self.ready == self._begin.count:
                    self._announced = True
                    await self._announce(message.listen, message.admin)
            case Serving():
                self._begin = msgspec.structs.replace(self._begin, serving=message.content)
                self._patience = message.patience
            case Draining():
                worker.draining = True
                if all(each.draining for each in self._workers.values()):
                    self._close()  # what waits in their queues would wait in vain
            case Question():
                self._nursery.start_soon(self._relay, worker, message)
            case Shout():
                for each in [each for each in self._workers.values() if each is not worker and each.ready]:
                    await each.tell(message)  # in the order in which they were shouted
            case Reply():
                worker.replied(message)

    async def _watch(self, worker: Worker) -> None:
        while self._workers.get(worker.index) is worker and not worker.left:
            await trio.sleep(LOOK_SECONDS)
            if not (await worker.ask(ALIVE)).status and self._workers.get(worker.index) is worker and not worker.left:
                log.error("worker_hangs", worker=worker.index, seconds=SILENCE_SECONDS)
                worker.kill()

    # -- all workers

    async def _tell_team(self) -> None:
        await self.tell_all(Team(self._begin.count, self.ready, self._restarts))

    async def tell_all(self, message: msgspec.Struct) -> None:
        """Every worker that runs."""
        async with trio.open_nursery() as nursery:
            for worker in self._workers.values():
                nursery.start_soon(worker.tell, message)

    async def _relay(self, asker: Worker, question: Question) -> None:
        others = [
            worker
            for worker in self._workers.values()
            if worker is not asker and worker.ready and question.to in {-1, worker.index}
        ]
        answers = await _ask(others, question.request)
        if question.metrics:
            asker.metrics = question.metrics
            for worker, answer in zip(others, answers, strict=True):
                worker.metrics = answer.body or worker.metrics
            answers.append(PeerAnswer(NOBODY, 200, body=self._departed))
        await asker.tell(Replies(question.number, answers))

    async def reload(self) -> None:
        """One worker reads the config, then the others: a bad file costs one try.  The workers log what is wrong."""
        ready = [worker for worker in self._workers.values() if worker.ready]
        for some in (ready[:1], ready[1:]):
            answers = await _ask(some, RELOAD)
            failed = [answer.worker for answer in answers if answer.status != 200]
            if failed:
                log.error("reload_incomplete", failed=failed)
                return

    def stop(self) -> None:
        """Let all workers drain; a second time, let them hurry."""
        if self._stopping.is_set():
            self._nursery.start_soon(self._hurry)
        self._stopping.set()
        self._first.set()
        for worker in self._workers.values():
            worker.stop()

    async def leave(self) -> None:
        """Another gateway serves on the same sockets now."""
        self._stopping.set()
        self._first.set()
        for worker in self._workers.values():
            worker.left = True
        await self.tell_all(Leave())

    async def _hurry(self) -> None:
        await trio.sleep(LAST_SECONDS)
        self._kill("it did not end after a second signal")

    def _kill(self, reason: str) -> None:
        for worker in self._workers.values():
            log.error("worker_killed", worker=worker.index, reason=reason)
            worker.kill()


async def _ask(workers: list[Worker], request: PeerRequest) -> list[PeerAnswer]:
    """All at once, in the order of the workers."""
    answers: dict[int, PeerAnswer] = {}

    async def one(worker: Worker) -> None:
        answers[worker.index] = await worker.ask(request)

    async with trio.open_nursery() as nursery:
        for worker in workers:
            nursery.start_soon(one, worker)
    return [answers[worker.index] for worker in workers]


def _age(worker: Worker) -> float:
    return time.monotonic() - worker.started
