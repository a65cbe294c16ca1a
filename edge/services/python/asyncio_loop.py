"""Calls as tasks of asyncio, in the process of a binding: for libraries that know nothing else."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class AsyncioLoop:
    """See worker.Loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closed = asyncio.Event()

    def soon(self, function: Callable[..., object], *args: object) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # the loop has been closed
            self._loop.call_soon_threadsafe(function, *args)

    def start(self, number: int, task: Callable[[], Awaitable[None]]) -> None:
        self._tasks[number] = self._loop.create_task(self._run(number, task))

    async def _run(self, number: int, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        finally:
            del self._tasks[number]

    def cancel(self, number: int) -> None:
        if number in self._tasks:
            self._tasks[number].cancel()

    async def in_thread(self, function: Callable[[], object]) -> object:
        # Shielded: a thread cannot be stopped, and the call is not over before it is.
        job = asyncio.ensure_future(asyncio.to_thread(function))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait([job])
            raise

    def close(self) -> None:
        self._closed.set()

    async def closed(self) -> None:
        await self._closed.wait()


async def _main(serve: Callable[[AsyncioLoop, AsyncExitStack], Awaitable[Any]]) -> None:
    async with AsyncExitStack() as stack:
        await serve(AsyncioLoop(), stack)


def run(serve: Callable[[AsyncioLoop, AsyncExitStack], Awaitable[Any]]) -> None:
    """Until `serve` returns."""
    asyncio.run(_main(serve))
