"""Events to the isolate, one run after the other, and what comes back; an eye on runs that do not end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import trio

from edge.vm.errors import LostError, VMCrashedError, VMError, VMMemoryError, VMUnresponsiveError
from edge.vm.protocol import Message, messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.runner import Result, Runner

GLANCE = 0.5
"""Seconds between two looks at a VM that runs, at most."""

INSIST = 0.01
"""Seconds between two looks at a run that nobody waits for."""


class Session:
    """`take` gets each message, in order; `lose` is called once, when the isolate is lost."""

    def __init__(self, runner: Runner, take: Callable[[Message], None], lose: Callable[[LostError], None]) -> None:
        self.heap = 0
        self.cpu = 0.0
        self.runs = 0
        self.over = False
        self._runner = runner
        self._take_message = take
        self._lose = lose
        self._events: list[bytes] = []
        self._out = False
        self._began = 0.0
        self._waits = False  # for the host, in the middle of a run
        self._woken = trio.Event()
        runner.on_result = self._take

    @property
    def running(self) -> bool:
        """Whether its code runs, or waits for the host in the middle of it."""
        return self._out

    def post(self, event: bytes) -> None:
        """Give the isolate an event, as soon as it rests."""
        self._events.append(event)
        self._pump()

    def waits(self, *, waits: bool) -> None:
        """The isolate waits for an answer of the host, which is no time of its own; or it has it."""
        self._waits = waits
        self._began = time.monotonic()

    def stop(self, reason: str) -> None:
        """What runs is not wanted any more: the isolate is lost."""
        if not self.over:
            self._runner.terminate()
            self._end(VMUnresponsiveError(reason))

    def close(self) -> None:
        """Nothing comes any more."""
        self.over = True
        self._events.clear()

    async def watch(self, limit: float | None) -> None:
        """Stop runs that take longer than `limit` seconds; for ever."""
        if limit is None:
            await trio.sleep_forever()
        while True:
            await self._woken.wait()
            before = self.runs
            await trio.sleep(min(limit / 2, GLANCE))
            if self._overdue(limit):
                self.stop(f"the VM's code did not yield within {limit:g} s")
            elif self.run_out == 0 and self.runs == before:
                self._woken = trio.Event()

    def _overdue(self, limit: float) -> bool:
        return self._out and not self._waits and time.monotonic() - self._began > limit

    async def still_running(self, seconds: float) -> bool:
        """Whether the run that is out is still out after so long."""
        run, until = self.run_out, trio.current_time() + seconds
        while run and self.run_out == run and trio.current_time() < until:  # noqa: ASYNC110 - runs have no events
            await trio.sleep(INSIST)
        return bool(run) and self.run_out == run

    @property
    def run_out(self) -> int:
        """The number of the run that is out, 0 when there is none."""
        return self.runs if self._out else 0

    def _pump(self) -> None:
        if self._out or self.over or not self._events:
            return
        events, self._events = self._events, []
        self._out = True
        self._began = time.monotonic()
        self.runs += 1
        if not self._woken.is_set():
            self._woken.set()
        self._runner.run(events)

    def _take(self, result: Result) -> None:
        self._out = False
        self.heap, self.cpu = result.heap, result.cpu
        if self.over:
            return
        try:
            for text in result.texts if not result.fault else []:
                for message in messages(text):
                    self._take_message(message)
        except VMError as error:
            self._runner.terminate()
            self._end(VMCrashedError(f"the VM broke the protocol: {error.message}"))
        if result.fault:
            self._end(_loss(result))
        self._pump()

    def _end(self, error: LostError) -> None:
        if not self.over:
            self.close()
            self._lose(error)


def _loss(result: Result) -> LostError:
    if result.fault == "memory":
        detail = f" ({result.detail})" if result.detail else ""
        return VMMemoryError(f"the VM went over its memory limit{detail}", hint="raise `memory_limit`")
    return VMCrashedError(result.detail or "the VM's engine gave up")
