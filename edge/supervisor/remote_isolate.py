"""An isolate in a cell, as an invocation sees it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import trio

from edge.engine.runner import Result, refuse_call
from edge.wire.cell import Drop, Measure, Run, Terminate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.engine.runner import Fault, OnCall
    from edge.engine.tape import Tape
    from edge.supervisor.lockstep import Lockstep
    from edge.supervisor.process import ChildProcess
    from edge.wire import cell as wire

MEASURE_DEADLINE = 0.1  # seconds


class Home(Protocol):
    """The cell that an isolate lives in, as far as the isolate needs it."""

    process: ChildProcess
    lockstep: Lockstep

    def send(self, command: wire.Command) -> None:
        """To the cell's process; into nothing when it has gone."""

    def began(self, isolate: RemoteIsolate) -> None:
        """A run begins."""

    def stopping(self, isolate: RemoteIsolate) -> None:
        """Running code was told to stop."""


def _ignore(_: Result) -> None:
    pass


class RemoteIsolate:
    """A Runner (see edge.engine.runner).  The cell's process hears of it with its first run."""

    def __init__(self, home: Home, number: int) -> None:
        self.uses = 0
        self.single = False
        self.charged = 0.0
        self.created = time.monotonic()
        self.on_result: Callable[[Result], None] = _ignore
        self.tape: Tape | None = None
        self.on_call: OnCall = refuse_call
        self.number = number
        self.closed = False
        self.terminated = False
        self.alone = False  # nothing else has run in the cell since the run began
        self._home = home
        self._cpu = 0.0  # as reported
        self._mark = 0.0  # what the process had used when the run began
        self._loss: Result | None = None
        self._news: trio.Event | None = None  # while somebody waits for a measurement

    @property
    def running(self) -> bool:
        """A result is due, and can still come."""
        return self._loss is None and self._home.lockstep.running(self.number)

    def run(self, events: Sequence[bytes]) -> None:
        """See Runner.  Of a lost isolate the result is the loss."""
        if self._loss is not None:
            trio.lowlevel.current_trio_token().run_sync_soon(self._deliver, self._loss)
            return
        self._mark = self._home.process.cpu_time()
        self._home.began(self)
        self._home.send(Run(self.number, list(events), self.single))

    def terminate(self) -> None:
        """See Runner.  Nothing has to be stopped in an isolate that rests."""
        if self.terminated or not self.running:
            return
        self.terminated = True
        self._home.lockstep.terminate(self.number)
        self._home.send(Terminate(self.number))
        self._home.stopping(self)

    async def cpu_time(self) -> float:
        """See Runner.  While it runs alone in its cell this is measured from outside, whatever the cell says."""
        if not self.running:
            return self._cpu
        if not self.alone:
            self._home.lockstep.measure(self.number)
            self._home.send(Measure(self.number))
            self._news = trio.Event() if self._news is None else self._news
            with trio.move_on_after(MEASURE_DEADLINE):
                await self._news.wait()
                return self._cpu
        return self.cpu_bound()

    def cpu_bound(self) -> float:
        """As much as it can have used by now, without asking the cell."""
        used = self._home.process.cpu_time() - self._mark if self.running else 0.0
        return self._cpu + max(used, 0.0)

    # -- what the cell calls

    def drop(self) -> None:
        """Have the cell dispose of it, if the cell knows it."""
        if self._loss is None and self._home.lockstep.drop(self.number):
            self._home.send(Drop(self.number))

    def close(self) -> None:
        """Nobody listens any more."""
        self.closed = True
        self.on_result = _ignore
        self.on_call = refuse_call

    def took(self, report: wire.Result) -> None:
        """The result that was due."""
        self._learn(report.cpu)
        detail = "the engine gave up" if report.fault == "engine" else ""
        self._deliver(Result(report.texts, report.fault, self._cpu, report.heap, report.external, detail))

    def measured(self, cpu: float) -> None:
        """The answer to `Measure`."""
        self._mark = self._home.process.cpu_time()
        self._learn(cpu)

    def lose(self, fault: Fault, detail: str) -> None:
        """Its cell has ended."""
        self._learn(self.cpu_bound())
        self._loss = Result([], fault, self._cpu, detail=detail)
        self._deliver(self._loss)

    def _learn(self, cpu: float) -> None:
        self._cpu = max(cpu, self._cpu)
        if self._news is not None:
            self._news.set()
            self._news = None

    def _deliver(self, result: Result) -> None:
        self.on_result(result)
