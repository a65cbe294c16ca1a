"""How many invocations of one function may run and wait."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING

import trio

from edge.errors import OverloadedError

if TYPE_CHECKING:
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

    def place(self) -> Place:
        """One of the function's places, which is still to be taken."""
        return Place(self)

    def enter_now(self) -> bool:
        """Take a place, if one is free."""
        if self.running >= self._limits.concurrency:
            return False
        self.running += 1
        return True

    async def enter(self, patience: float = inf) -> None:
        """Take a place; waits for `patience` seconds, or the function's timeout.  Raises OverloadedError."""
        if not self.enter_now():
            await self._queue(min(patience, self._limits.timeout))

    def leave(self) -> None:
        """Give it to whoever has waited longest."""
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self.running -= 1

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
                self._give_up(event)
                raise
        raise OverloadedError(
            f"function {self._name}: no place was free within {seconds:g} s (concurrency {self._limits.concurrency})"
        )

    def _give_up(self, event: trio.Event) -> None:
        if event.is_set():
            self.leave()
        else:
            self._waiting.remove(event)


class Place:
    """A place of one invocation.  `give_up` may be called at any time, and as often as one likes."""

    __slots__ = ("_admission", "_held")

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._held = False

    def take_now(self) -> bool:
        """See Admission.enter_now."""
        self._held = self._admission.enter_now()
        return self._held

    async def take(self, patience: float = inf) -> None:
        """See Admission.enter."""
        await self._admission.enter(patience)
        self._held = True

    def give_up(self) -> None:
        """It is not needed any more, if it was taken at all."""
        if self._held:
            self._held = False
            self._admission.leave()
