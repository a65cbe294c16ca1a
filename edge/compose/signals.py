"""What the kernel tells a gateway process: to stop, to hurry, to read its config again, to make way for another."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)


class Signals:
    """SIGTERM and SIGINT, the first and any later one; `handed_over` when another process serves in our place."""

    def __init__(self) -> None:
        self.stop = trio.Event()
        self.hurry = trio.Event()
        self.handed_over = False

    def leave(self) -> None:
        """Another process accepts connections on our sockets from now on."""
        self.handed_over = True
        self.stop.set()

    async def unless_stopped(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether `work` came to its end; it is cancelled when there is to be no start any more."""
        async with trio.open_nursery() as nursery:

            async def watch() -> None:
                await self.stop.wait()
                nursery.cancel_scope.cancel()

            nursery.start_soon(watch)
            await work()
            nursery.cancel_scope.cancel()
        return not self.stop.is_set()

    async def cancel_on_hurry(self, scope: trio.CancelScope) -> None:
        """A second signal ends what still drains."""
        await self.hurry.wait()
        scope.cancel()

    async def listen(
        self,
        reload: Callable[[], Awaitable[None]],
        upgrade: Callable[[], Awaitable[None]],
        nursery: trio.Nursery,
        *,
        task_status: trio.TaskStatus[None],
    ) -> None:
        """Never returns.  SIGHUP starts a `reload` in the nursery, SIGUSR2 an `upgrade`."""
        with trio.open_signal_receiver(*HEEDED) as received:
            task_status.started()
            async for number in received:
                if number == signal.SIGHUP:
                    nursery.start_soon(reload)
                elif number == signal.SIGUSR2:
                    nursery.start_soon(upgrade)
                elif self.stop.is_set():
                    self.hurry.set()
                else:
                    self.stop.set()
