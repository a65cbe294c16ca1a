"""Running deferred invocations when several processes share a queue."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from edge.config.model import Config
from edge.function import Function
from edge.gateway import deferred_runner as module
from edge.gateway.deferred_runner import DeferredRunner, RunnerSettings
from edge.gateway.generation import Generation, GenerationHolder, LoadedFunction
from edge.gateway.metrics import Metrics
from edge.invocation import Exchange, Outcome, Receipt
from edge.services.queue.records import State, Wanted
from edge.services.queue.store import Queue
from edge.services.queue.table import Bounds
from edge.wire.messages import Request

NAME = "00000000000000000000000000000001"


class Endless:
    """An invoker whose function never answers."""

    def __init__(self) -> None:
        self.began = trio.Event()
        self.stopped = trio.Event()

    async def invoke(self, function: Function, request: Request, request_id: str, exchange: Exchange) -> Receipt:
        self.began.set()
        try:
            await trio.sleep_forever()
        finally:
            self.stopped.set()
        return Receipt(Outcome.OK)


def holder() -> GenerationHolder:
    """Of one function."""
    found = GenerationHolder()
    found.swap(Generation(Config(), {"f": LoadedFunction("f", Function("id", "f", "sha256:0"))}, [], ""))
    return found


async def test_what_one_process_cancels_another_one_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it has no room for more."""
    monkeypatch.setattr(module, "POLL", 0.05)
    invoker, stop = Endless(), trio.Event()
    async with Queue(tmp_path) as queue, Queue(tmp_path) as other, trio.open_nursery() as nursery:
        runner = DeferredRunner(queue, holder(), invoker, Metrics(), lambda: RunnerSettings(1, 1000))
        nursery.start_soon(runner.run, stop, 0)
        await queue.add(Wanted(NAME, "f", Request("POST", "http://localhost/", "/")), Bounds(10, 1 << 30))
        with trio.fail_after(60):
            await invoker.began.wait()
            await other.cancel(NAME)
            await invoker.stopped.wait()
        assert (await queue.get(NAME)).state is State.CANCELED
        stop.set()
