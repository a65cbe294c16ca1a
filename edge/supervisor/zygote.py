"""The gateway's side of the zygote: there is always one, and it makes cells and builds one after the other.

Children of a zygote do not depend on it, so it can be replaced at any time: when it dies, when it does not answer,
and now and then, because all its children have the same memory layout.
"""

from __future__ import annotations

import os
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog
import trio

from edge.errors import EngineCrashError
from edge.supervisor.backoff import Backoff
from edge.supervisor.grandchild import Grandchild
from edge.supervisor.process import ChildProcess
from edge.supervisor.zygote_process import Layers, ZygoteLostError, ZygoteProcess

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from edge.supervisor.zygote_process import Kind

MAX_FORKS = 2000
MAX_AGE = 6 * 3600.0
"""A zygote is replaced after so many children or seconds."""

_ATTEMPTS = 2
_LONG = 60.0
"""Seconds: a process that has lived for so long was no failure; a renewal that failed is tried again after it."""

_T = TypeVar("_T")

log = structlog.get_logger()


class Child(Protocol):
    """A process that the zygote has made."""

    def kill(self) -> None:
        """SIGKILL, unless it has ended."""

    async def wait(self) -> object:
        """Until it has ended and nothing is left of it."""


def adopt(pid: int) -> Child:
    """Take charge of a build's process.  Raises EngineCrashError."""
    return ChildProcess(pid) if hasattr(os, "pidfd_open") else Grandchild(pid)


class Zygote:
    """See `open`.  `restarts` counts processes that were lost, `renewals` those that had served long enough."""

    def __init__(self, *, sandboxed: bool) -> None:
        self.restarts = 0
        self.renewals = 0
        self._sandboxed = sandboxed
        self._nursery: trio.Nursery | None = None
        self._lock = trio.Lock()
        self._files: list[int] = []
        self._worn = trio.Event()
        self._backoff = Backoff(2, 0.1, 10.0)
        self._process = ZygoteProcess(sandboxed=sandboxed)

    @classmethod
    @asynccontextmanager
    async def open(cls, *, sandboxed: bool = True) -> AsyncIterator[Zygote]:
        """Starts the process, without waiting for it; it ends with the block.

        Without `sandboxed`, and on systems other than Linux, its children are plain processes.  Raises
        EngineCrashError when no process can be started.
        """
        zygote = cls(sandboxed=sandboxed)
        try:
            async with trio.open_nursery() as zygote._nursery:
                zygote._nursery.start_soon(zygote._watch, zygote._process)
                zygote._nursery.start_soon(zygote._renew_often)
                try:
                    yield zygote
                finally:
                    zygote._nursery.cancel_scope.cancel()
        finally:
            zygote._close()

    async def layers(self) -> Layers:
        """What confines its children, and what does not.  Raises EngineCrashError when it does not come up."""
        return await self._ask(ZygoteProcess.layers)

    async def prime(self, runtime: Path, transform: Path) -> None:
        """Give it the snapshots that builds start from, before the first build; files that may go afterwards.

        Raises OSError, EngineCrashError.
        """
        files = [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in (runtime, transform)]
        self._close_files()
        self._files = files
        await self._ask(self._prime)

    async def spawn(self, kind: Kind) -> tuple[int, socket.socket]:
        """A new process, and our end of its socket: both are the caller's to look after, before anything else.

        The process is a child of this one (Linux).  Raises EngineCrashError.
        """

        async def order(process: ZygoteProcess) -> tuple[int, socket.socket]:
            if kind == "build" and not process.primed:
                await self._prime(process)
            elif not process.primed and self._files:
                with suppress(EngineCrashError):  # cells can do without
                    await self._prime(process)
            return await process.spawn(kind)

        child = await self._ask(order)
        if self._process.forks >= MAX_FORKS:
            self._worn.set()
        return child

    # -- the process

    async def _ask(self, order: Callable[[ZygoteProcess], Awaitable[_T]]) -> _T:
        """One order after the other.  A process that is lost meanwhile is replaced, and asked once more."""
        async with self._lock:
            for _ in range(_ATTEMPTS):
                process = self._process
                try:
                    return await order(process)
                except ZygoteLostError as error:
                    self._restart(process, error.message)
        raise EngineCrashError("no process can be made: the zygote does not start", hint="see standard error")

    async def _prime(self, process: ZygoteProcess) -> None:
        if not self._files:
            raise EngineCrashError("nothing can be built before the zygote is primed")
        await process.prime(self._files)

    def _restart(self, lost: ZygoteProcess, reason: str) -> None:
        """Replace a process that is of no use any more, unless somebody has."""
        if lost is not self._process:
            return
        fresh = ZygoteProcess(sandboxed=self._sandboxed)
        self.restarts += 1
        log.warning("zygote_lost", pid=lost.pid, reason=reason, children=lost.forks)
        self._replace(fresh)

    def _replace(self, fresh: ZygoteProcess) -> None:
        assert self._nursery is not None  # set by open
        old, self._process = self._process, fresh
        self._nursery.start_soon(old.bury)
        self._nursery.start_soon(self._watch, fresh)

    async def _watch(self, process: ZygoteProcess) -> None:
        """Replace it when it dies, so that nobody has to wait for the next one; later, when that happens often."""
        await process.ended()
        if time.monotonic() - process.started > _LONG:
            self._backoff.succeed()
        while process is self._process:
            self._backoff.fail(trio.current_time())
            await trio.sleep_until(max(self._backoff.until, trio.current_time()))
            async with self._lock:
                try:
                    self._restart(process, "it ended")
                except EngineCrashError as error:
                    log.warning("zygote_not_started", reason=error.message)

    async def _renew_often(self) -> None:
        while True:
            with trio.move_on_after(max(self._process.started + MAX_AGE - time.monotonic(), 0)):
                await self._worn.wait()
            self._worn = trio.Event()
            if not await self._renew():
                await trio.sleep(_LONG)

    async def _renew(self) -> bool:
        """Let another process take over once it is up, between two orders; whether it has."""
        try:
            fresh = ZygoteProcess(sandboxed=self._sandboxed)
            try:
                await fresh.layers()
                if self._files:
                    with suppress(EngineCrashError):
                        await self._prime(fresh)
                async with self._lock:
                    self._replace(fresh)
            finally:
                if fresh is not self._process:
                    fresh.close()
        except (EngineCrashError, ZygoteLostError) as error:
            log.warning("zygote_not_renewed", reason=error.message)
            return False
        self.renewals += 1
        return True

    # -- its end

    def _close(self) -> None:
        self._process.close()
        self._close_files()

    def _close_files(self) -> None:
        for file in self._files:
            os.close(file)
        self._files = []
