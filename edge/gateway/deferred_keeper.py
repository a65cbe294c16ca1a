"""Keeps the queue: forgets what ended long ago, and tells those who asked how an invocation has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.errors import EdgeError
from edge.gateway.deferred_view import detail
from edge.services.queue.records import Callback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.function import Function
    from edge.gateway.generation import GenerationHolder
    from edge.services.queue.records import Deferred
    from edge.services.queue.store import Queue

    Post = Callable[[Function, str, bytes], Awaitable[int]]

POLL = 5.0
SWEEP_EVERY = 60.0
SWEEP_BATCH = 500
AT_ONCE = 10
"""Callbacks that are under way together."""
TRIES = 5
FIRST_PAUSE = 1.0
"""Seconds before the second try of a callback; four times as long before each further one."""
TIMEOUT = 30.0

log = structlog.get_logger()


class KeeperSettings(msgspec.Struct, frozen=True):
    """Seconds for which those are kept that are over, and those that failed for good."""

    retention: float
    dead_letter_retention: float


class DeferredKeeper:
    """`post` sends a body to a URL for a function, within its egress policy, and answers the status."""

    def __init__(
        self, queue: Queue, holder: GenerationHolder, settings: Callable[[], KeeperSettings], post: Post
    ) -> None:
        self._queue = queue
        self._holder = holder
        self._settings = settings
        self._post = post
        self._wake = trio.Event()

    async def run(self, stop: trio.Event) -> None:
        """Until `stop`."""
        self._queue.watch(self._poke)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._sweep)
            nursery.start_soon(self._tell)
            await stop.wait()
            nursery.cancel_scope.cancel()

    def _poke(self) -> None:
        self._wake.set()

    async def _sweep(self) -> None:
        while True:
            settings = self._settings()
            try:
                gone = await self._queue.sweep(settings.retention, settings.dead_letter_retention, SWEEP_BATCH)
            except EdgeError as error:
                log.error("queue_unavailable", error=str(error))  # noqa: TRY400 -- not our bug
                gone = 0
            if gone < SWEEP_BATCH:
                await trio.sleep(SWEEP_EVERY)

    # -- callbacks

    async def _tell(self) -> None:
        while True:
            self._wake = trio.Event()
            try:
                found = await self._queue.untold(AT_ONCE)
                async with trio.open_nursery() as nursery:
                    for record in found:
                        nursery.start_soon(self._tell_one, record)
            except* EdgeError as group:
                log.error("queue_unavailable", error=str(group.exceptions[0]))  # noqa: TRY400 -- not our bug
                found = []
            if not found:
                with trio.move_on_after(POLL):
                    await self._wake.wait()

    async def _tell_one(self, record: Deferred) -> None:
        before = record.callback
        if before is None:
            return
        error = await self._send(record, before.url)
        tries = before.tries + 1
        state = "delivered" if not error else "failed" if tries >= TRIES else "pending"
        after = Callback(before.url, state, tries, error)
        (log.warning if error else log.info)("callback", function=record.function, request_id=record.id, state=state)
        await self._queue.told(record.id, after, FIRST_PAUSE * 4.0 ** (tries - 1))

    async def _send(self, record: Deferred, url: str) -> str:
        """What went wrong; "" when nothing did."""
        body = msgspec.json.encode(detail(record))
        with self._holder.pin() as generation:
            try:
                with trio.fail_after(TIMEOUT):
                    status = await self._post(generation.function(record.function), url, body)
            except trio.TooSlowError:
                return f"no answer within {TIMEOUT:g} s"
            except EdgeError as error:
                return str(error)
        return "" if 200 <= status < 300 else f"it answered {status}"
