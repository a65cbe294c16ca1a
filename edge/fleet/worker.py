"""A worker, as its parent sees it."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import trio

from edge.fleet.channel import Channel
from edge.fleet.launch import WorkerProcess
from edge.fleet.messages import FromWorker, PeerAnswer, PeerRequest, Question, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    import msgspec

REAP_SECONDS = 5.0


class Worker:
    """One process; when it ends, another takes its `index`.  To be made on the main thread.  Raises OSError."""

    def __init__(self, index: int, descriptors: Sequence[int]) -> None:
        self.index = index
        self.started = time.monotonic()
        self.ready = False
        self.left = False  # it was told to stop
        self.draining = False
        self.metrics = b""  # as it told them last
        self._process = WorkerProcess(descriptors)
        self.channel: Channel[FromWorker] = Channel(self._process.channel, FromWorker)
        self._asked: dict[int, _Waiting] = {}
        self._number = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    async def tell(self, message: msgspec.Struct) -> None:
        """One that does not listen is ended: it will not serve either."""
        try:
            await self.channel.send(message)
        except trio.BrokenResourceError:
            self.kill()

    async def ask(self, request: PeerRequest) -> PeerAnswer:
        """Status 0 when it does not answer within the request's patience."""
        self._number += 1
        number, waiting = self._number, _Waiting()
        self._asked[number] = waiting
        try:
            with trio.move_on_after(request.patience):
                await self.tell(Question(number, request))
                await waiting.arrived.wait()
        finally:
            del self._asked[number]
        return waiting.answer or PeerAnswer(self.index, 0)

    def replied(self, reply: Reply) -> None:
        """It answered a question."""
        waiting = self._asked.get(reply.number)
        if waiting is not None:
            waiting.answer = reply.answer
            waiting.arrived.set()

    def stop(self) -> None:
        """Let it drain; a second time, let it hurry."""
        self.left = True
        self._process.signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.signal(signal.SIGKILL)

    async def ended(self) -> int:
        """Its exit code, once it has ended; negative for a signal."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except (OSError, AttributeError):  # no descriptor to be had; not Linux
            descriptor = -1
        try:
            while (code := self._process.code) is None:
                if descriptor >= 0:
                    await trio.lowlevel.wait_readable(descriptor)
                else:
                    await trio.sleep(0.1)
        finally:
            if descriptor >= 0:
                os.close(descriptor)
            for waiting in self._asked.values():
                waiting.arrived.set()
        return code

    def bury(self) -> None:
        """End it, whatever it does, and let go of its channel."""
        self.kill()
        self._process.wait(REAP_SECONDS)
        self.channel.close()


class _Waiting:
    def __init__(self) -> None:
        self.arrived = trio.Event()
        self.answer: PeerAnswer | None = None
