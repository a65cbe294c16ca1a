"""Calls as tasks of Trio, in the process of a binding."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class TrioLoop:
    """See worker.Loop."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._token = trio.lowlevel.current_trio_token()
        self._scopes: dict[int, trio.CancelScope] = {}
        self._closed = trio.Event()

    def soon(self, function: Callable[..., object], *args: object) -> None:
        """From any thread."""
        self._token.run_sync_soon(function, *args)

    def start(self, number: int, task: Callable[[], Awaitable[None]]) -> None:
        self._nursery.start_soon(self._run, number, task)

    async def _run(self, number: int, task: Callable[[], Awaitable[None]]) -> None:
        with trio.CancelScope() as self._scopes[number]:
            await task()
        del self._scopes[number]

    def cancel(self, number: int) -> None:
        if number in self._scopes:
            self._scopes[number].cancel()

    async def in_thread(self, function: Callable[[], object]) -> object:
        return await trio.to_thread.run_sync(function)

    def close(self) -> None:
        self._closed.set()

    async def closed(self) -> None:
        await self._closed.wait()


async def _main(serve: Callable[[TrioLoop, AsyncExitStack], Awaitable[Any]]) -> None:
    async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
        await serve(TrioLoop(nursery), stack)
        nursery.cancel_scope.cancel()


def run(serve: Callable[[TrioLoop, AsyncExitStack], Awaitable[Any]]) -> None:
    """Until `serve` returns."""
    trio.run(_main, serve)
