"""Stale answers are made anew in the background (RFC 5861 section 3): one at a time of each, and not too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
import trio

from edge.errors import EdgeError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.gateway.generations import Generation
    from edge.invocation import Receipt, Upgraded
    from edge.wire.messages import Header

    Job = Callable[[], Awaitable[Receipt]]

MOST = 32
"""Refreshes at the same time; a stale answer beyond is given without one."""

log = structlog.get_logger(component="cache")


class Nobody:
    """The client's side of an invocation without a client (edge.invocation.Exchange)."""

    def watch(self, left: Callable[[], None]) -> None:
        """Nobody leaves."""

    async def read(self) -> bytes:
        """There is no body."""
        return b""

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """Nobody sees it."""

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None]:
        """See Exchange."""
        return self.head(status, headers, body, end=True)

    async def write(self, data: bytes) -> None:
        """Nobody sees it."""

    async def end(self) -> None:
        """Nobody sees it."""

    async def upgrade(self, headers: list[Header], protocol: str) -> Upgraded:
        """Raises UnsupportedError."""
        raise UnsupportedError("there is no client")

    async def fail(self, error: EdgeError) -> None:
        """Nobody sees it."""


class Refresher:
    """Runs refreshes for as long as `run` runs; without it, and when there are too many, there are none."""

    def __init__(self) -> None:
        self._nursery: trio.Nursery | None = None
        self._running: set[int] = set()

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until it is cancelled."""
        try:
            async with trio.open_nursery() as self._nursery:
                task_status.started()
                await trio.sleep_forever()
        finally:
            self._nursery = None

    def start(self, entry: int, generation: Generation, function: str, job: Job) -> None:
        """Begin one, unless it is being done or there is no room; the generation is kept until it has ended."""
        if self._nursery is None or entry in self._running or len(self._running) >= MOST:
            return
        self._running.add(entry)
        generation.hold()
        self._nursery.start_soon(self._run, entry, generation, function, job)

    async def _run(self, entry: int, generation: Generation, function: str, job: Job) -> None:
        try:
            receipt = await job()
            if receipt.error is not None:
                log.warning("cache_refresh_failed", function=function, error=str(receipt.error))
        except EdgeError as error:
            log.warning("cache_refresh_failed", function=function, error=str(error))
        except Exception as error:
            log.exception("cache_refresh_crashed", function=function, error=str(error))
        finally:
            generation.release()
            self._running.discard(entry)
