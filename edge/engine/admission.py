"""How many invocations of one function may run and wait."""

from __future__ import annotations

from collections import deque
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

import trio

from edge.errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from edge.function import Limits


class Admission:
    """First come, first served; refuses at once when the queue is full."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self.running = 0
        self._waiting: deque[trio.Event] = deque()

    @property
    def waiting(self) -> int:
        """Invocations in the queue."""
        return len(self._waiting)

    @asynccontextmanager
    async def slot(self, patience: float = inf) -> AsyncIterator[Callable[[], None]]:
        """Hold one of the function's places; waits for `patience` seconds, or its timeout.  Raises OverloadedError.

        Gives what ends that before the context does.
        """
        if self.running < self._limits.concurrency:
            self.running += 1
        else:
            await self._queue(min(patience, self._limits.timeout))
        held = True

        def give_up() -> None:
            nonlocal held
            if held:
                held = False
                self._pass_on()

        try:
            yield give_up
        finally:
            give_up()

    async def _queue(self, seconds: float) -> None:
        if len(self._waiting) >= self._limits.max_queue:
            raise OverloadedError(
                f"function {self._name} is at its limits: {self._limits.concurrency} running (concurrency), "
                f"{self._limits.max_queue} waiting (engine.max_queue)"
            )
        event = trio.Event()
        self._waiting.append(event)
        with trio.move_on_after(seconds):
            try:
                await event.wait()
                return
            except trio.Cancelled:
                self._leave(event)
                raise
        raise OverloadedError(
            f"function {self._name}: no place was free within {seconds:g} s (concurrency {self._limits.concurrency})"
        )

    def _leave(self, event: trio.Event) -> None:
        if event.is_set():
            self._pass_on()
        else:
            self._waiting.remove(event)

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self.running -= 1
