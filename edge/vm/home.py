"""Where the isolate of a VM lives: in a sandboxed process of its own (a cell), or in this process.

A home gives a Runner (edge.engine.runner), passes on what the isolate asks synchronously, and ends it all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import structlog
import trio

from edge.engine.asks import Asks, beginnings
from edge.engine.local_isolate import LocalIsolate
from edge.engine.scripts import CACHED
from edge.errors import EngineCrashError, InternalError
from edge.supervisor.cell import Cell
from edge.vm.protocol import ANSWER_HEAD, OPERATION
from edge.vm.template import VMTemplate, blob
from edge.wire.cell import Answer

if TYPE_CHECKING:
    from edge.engine.mailbox import SyncOps
    from edge.engine.runner import Runner
    from edge.supervisor.cell import Spawner
    from edge.wire.cell import Ask


OnAsk = Callable[[bytes, bytes], None]

STOP_INTERVAL = 0.01
"""Seconds between two attempts to stop code: V8 forgets a termination that meets a microtask, and runs the next one."""

DISPOSAL_SECONDS = 5.0
"""How long the end of a VM waits for code that does not stop; then it is left to a thread (mode `embedded`)."""

log = structlog.wrap_logger(
    logging.getLogger("edge.vm"),
    processors=[structlog.stdlib.render_to_log_kwargs],
    wrapper_class=structlog.stdlib.BoundLogger,
)


class Home(Protocol):
    """See the head of this file."""

    runner: Runner

    @property
    def pid(self) -> int | None:
        """The process, where it is not this one."""

    def answer(self, data: bytes) -> None:
        """The reply to what the isolate asks; only once for each question."""

    async def aclose(self, *, running: bool) -> None:
        """Stop what runs, if something does, and free everything.  It has a deadline of its own."""


class LocalHome:
    """In this process."""

    pid = None

    def __init__(self, isolate: LocalIsolate, asks: Asks) -> None:
        self.runner: Runner = isolate
        self._isolate = isolate
        self._asks = asks

    @classmethod
    async def open(cls, memory: int, on_ask: OnAsk) -> LocalHome:
        """Raises EngineCrashError."""
        token = trio.lowlevel.current_trio_token()

        def send(head: bytes, data: bytes) -> None:
            try:
                token.run_sync_soon(on_ask, head, data)
            except trio.RunFinishedError:
                asks.end()

        asks = Asks(beginnings([OPERATION, CACHED]), send)

        def make() -> LocalIsolate:
            return LocalIsolate(VMTemplate(memory, asks.ops), token)

        return cls(await trio.to_thread.run_sync(make), asks)

    def answer(self, data: bytes) -> None:
        """See Home."""
        self._asks.answer(ANSWER_HEAD, data)

    async def aclose(self, *, running: bool) -> None:
        """See Home."""
        self._asks.end()
        rested = trio.Event()
        self.runner.on_result = lambda _: rested.set()
        with trio.move_on_after(DISPOSAL_SECONDS, shield=True):
            while running and not rested.is_set():
                self._isolate.terminate()
                with trio.move_on_after(STOP_INTERVAL):
                    await rested.wait()
            await trio.to_thread.run_sync(self._isolate.dispose, abandon_on_cancel=True)
            return
        threading.Thread(target=self._isolate.dispose, name="edge.vm disposal", daemon=True).start()
        log.warning("the code of a VM does not stop, and goes on in this process: mode='cells' would have ended it")


class CellHome:
    """In a process of its own, which is killed with it."""

    def __init__(self, cell: Cell, asks: _CellAsks) -> None:
        self._cell = cell
        self._asks = asks
        self.runner: Runner = cell.open()

    @classmethod
    async def open(cls, memory: int, on_ask: OnAsk, zygote: Spawner, nursery: trio.Nursery) -> CellHome:
        """Raises EngineCrashError."""
        await trio.to_thread.run_sync(blob)
        cell = await _started(zygote, nursery)
        asks = _CellAsks(cell, on_ask)
        try:
            await cell.assign(VMTemplate(memory, _NAMES), 0, lambda _: asks)
        except BaseException:
            cell.kill("was not needed any more")
            raise
        return cls(cell, asks)

    @property
    def pid(self) -> int | None:
        """See Home."""
        return self._cell.process.pid

    def answer(self, data: bytes) -> None:
        """See Home."""
        self._asks.answer(data)

    async def aclose(self, *, running: bool) -> None:
        """See Home."""
        self._cell.kill("was disposed of")
        with trio.CancelScope(shield=True):
            await self._cell.gone.wait()


async def _started(zygote: Spawner, nursery: trio.Nursery) -> Cell:
    """A cell that is up.  One that was not in time, on a machine that is very busy, gets a second chance."""
    try:
        return await Cell.start(zygote, nursery, log=log)
    except EngineCrashError:
        return await Cell.start(zygote, nursery, log=log)


class _CellAsks:
    """One isolate has one question at a time."""

    def __init__(self, cell: Cell, on_ask: OnAsk) -> None:
        self._cell = cell
        self._on_ask = on_ask
        self._isolate = 0

    def take(self, ask: Ask) -> None:
        self._isolate = ask.isolate
        self._on_ask(ask.head, ask.data)

    def answer(self, data: bytes) -> None:
        if self._cell.lockstep.answer(self._isolate):
            self._cell.send(Answer(self._isolate, ANSWER_HEAD, data))


def _elsewhere(*_: object) -> None:
    raise InternalError("a cell asks the gateway for it: see _CellAsks")


_NAMES: SyncOps = {OPERATION: _elsewhere, CACHED: _elsewhere}  # type: ignore[dict-item]
