"""What wakes the task of an invocation."""

from __future__ import annotations

from typing import Any

import trio


class Bell:
    """Wakes the one task that waits for it; who comes after it has rung need not wait.

    In the place of an event for each wait: there is a wait in each turn of each invocation.
    """

    __slots__ = ("_sleeper", "rung")

    def __init__(self) -> None:
        self.rung = False
        self._sleeper: trio.lowlevel.Task | None = None

    def ring(self) -> None:
        """Wake who waits, or who will."""
        self.rung = True
        if self._sleeper is not None:
            sleeper, self._sleeper = self._sleeper, None
            trio.lowlevel.reschedule(sleeper)

    async def wait(self) -> None:
        """Until it rings, or at once when it has rung since the last time."""
        if not self.rung:
            self._sleeper = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._give_up)
        self.rung = False

    def _give_up(self, _: Any) -> trio.lowlevel.Abort:
        self._sleeper = None
        return trio.lowlevel.Abort.SUCCEEDED
