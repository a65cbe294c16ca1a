"""What the kernel tells a gateway process: to stop, to hurry, to read its config again."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Signals:
    """SIGTERM and SIGINT, the first and any later one."""

    def __init__(self) -> None:
        self.stop = trio.Event()
        self.hurry = trio.Event()

    async def cancel_on_hurry(self, scope: trio.CancelScope) -> None:
        """A second signal ends what still drains."""
        await self.hurry.wait()
        scope.cancel()

    async def listen(
        self, reload: Callable[[], Awaitable[None]], nursery: trio.Nursery, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Never returns.  SIGHUP starts a `reload` in the nursery."""
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as received:
            task_status.started()
            async for number in received:
                if number == signal.SIGHUP:
                    nursery.start_soon(reload)
                elif self.stop.is_set():
                    self.hurry.set()
                else:
                    self.stop.set()
