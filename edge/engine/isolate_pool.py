"""Prewarmed isolates, and the limit on how many live at once.

A slot is a right to have an isolate; there are `maximum` of them.  An isolate is warm (made, never used),
active, or on its way out (without a slot).  Isolates are made and disposed of in threads, because both
block; a disposal that hangs (code that ignores termination) costs a thread but no slot.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from edge.engine.isolate import Isolate, Result
    from edge.engine.template import Template

MAKERS = 2
SHUTDOWN_SECONDS = 30.0
DISPOSAL_GRACE = 1.0


class PoolStatistics(msgspec.Struct, frozen=True):
    """Counts: `total` = `available` + `active`; `corrupted` isolates did not end when told to."""

    total: int
    available: int
    active: int
    corrupted: int
    created: int
    destroyed: int


def _ignore(_: Result) -> None:
    """A warm isolate has nothing to say."""


class IsolatePool:
    """Use within `open`.  `base` isolates are kept warm, `maximum` may live, idle ones go after `idle_timeout` s."""

    def __init__(self, base: int, maximum: int, idle_timeout: float, nursery: trio.Nursery) -> None:
        self._base = base
        self._maximum = maximum
        self._idle_timeout = idle_timeout
        self._nursery = nursery
        self._warm: OrderedDict[str, deque[Isolate]] = OrderedDict()  # by template, least recently used first
        self._templates: dict[str, Template] = {}
        self._making: dict[str, int] = {}
        self._waiting: deque[trio.Event] = deque()
        self._makers = trio.CapacityLimiter(MAKERS)
        self._slots = 0
        self._active = 0
        self._created = self._destroyed = self._corrupted = self._disposing = 0
        self._disposed = trio.Event()
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(cls, base: int, maximum: int, idle_timeout: float) -> AsyncIterator[IsolatePool]:
        """A pool; at the end every isolate is disposed of, within 30 s."""
        async with trio.open_nursery() as nursery:
            pool = cls(base, max(maximum, 1), idle_timeout, nursery)
            nursery.start_soon(pool._sweep)
            try:
                yield pool
            finally:
                pool._close()
                with trio.move_on_after(SHUTDOWN_SECONDS, shield=True):
                    await pool._all_disposed()
                nursery.cancel_scope.cancel()

    # -- what callers do

    async def acquire(self, template: Template) -> Isolate:
        """A fresh isolate; waits for a slot, first come first served.  Raises EngineCrashError."""
        self._templates[template.key] = template
        warm = self._warm.get(template.key)
        if warm:
            isolate = warm.popleft()
            self._warm.move_to_end(template.key)
        else:
            await self._reserve(template.key)
            isolate = await self._make(template)
        self._active += 1
        self._refill(template)
        return isolate

    def release(self, isolate: Isolate, template: Template, *, keep: bool) -> None:
        """Give an isolate back: kept for the next use of the same template, or disposed of."""
        isolate.on_result = _ignore
        self._active -= 1
        if keep and not self._closed and template.key in self._templates and not self._waiting:
            self._warm.setdefault(template.key, deque()).appendleft(isolate)
            return
        self._free_slot()
        self._discard(isolate)
        self._refill(template)

    def warm_up(self, template: Template) -> None:
        """Begin to keep isolates of this template ready, as far as the base allows."""
        self._templates[template.key] = template
        if self._available() + sum(self._making.values()) < self._base:
            self._start_making(template)

    def configure(self, base: int, maximum: int, idle_timeout: float) -> None:
        """Other limits from now on; isolates beyond a lower maximum go when they are given back."""
        self._base, self._maximum, self._idle_timeout = base, max(maximum, 1), idle_timeout

    def retire(self, key: str) -> None:
        """Forget a template: its warm isolates go."""
        self._templates.pop(key, None)
        for isolate in self._warm.pop(key, ()):
            self._free_slot()
            self._discard(isolate)

    def statistics(self) -> PoolStatistics:
        """Counts as of now."""
        available = self._available()
        return PoolStatistics(
            available + self._active, available, self._active, self._corrupted, self._created, self._destroyed
        )

    # -- slots

    def _available(self) -> int:
        return sum(len(warm) for warm in self._warm.values())

    async def _reserve(self, key: str) -> None:
        """Take a slot: a free one, that of an idle isolate of another template, or the next that is freed."""
        if self._slots < self._maximum:
            self._slots += 1
            return
        if self._evict(key):
            return
        event = trio.Event()
        self._waiting.append(event)
        try:
            await event.wait()
        except trio.Cancelled:
            if event.is_set():
                self._free_slot()
            else:
                self._waiting.remove(event)
            raise

    def _free_slot(self) -> None:
        """Pass a slot on to whoever waits longest."""
        if self._waiting and self._slots <= self._maximum:
            self._waiting.popleft().set()
        else:
            self._slots -= 1

    def _evict(self, key: str) -> bool:
        for other, warm in self._warm.items():
            if warm and other != key:
                self._discard(warm.pop())
                return True
        return False

    # -- making and disposing

    async def _make(self, template: Template) -> Isolate:
        """Make an isolate for a slot that is taken already."""
        try:
            isolate = await trio.to_thread.run_sync(template.make, _ignore, limiter=self._makers)
        except BaseException:
            self._free_slot()
            raise
        self._created += 1
        return isolate

    def _refill(self, template: Template) -> None:
        warm = len(self._warm.get(template.key, ())) + self._making.get(template.key, 0)
        if warm < self._base and not self._waiting and template.key in self._templates:
            self._start_making(template)

    def _start_making(self, template: Template) -> None:
        if self._closed or self._slots >= self._maximum:
            return
        self._slots += 1
        self._making[template.key] = self._making.get(template.key, 0) + 1
        self._nursery.start_soon(self._make_warm, template)

    async def _make_warm(self, template: Template) -> None:
        try:
            isolate = await self._make(template)
        except Exception:  # noqa: BLE001 - nobody waits for this one; whoever needs an isolate gets the error
            return
        finally:
            self._making[template.key] -= 1
            if not self._making[template.key]:
                del self._making[template.key]
        if self._closed or template.key not in self._templates or self._waiting:
            self._free_slot()
            self._discard(isolate)
            return
        self._warm.setdefault(template.key, deque()).append(isolate)

    def _discard(self, isolate: Isolate) -> None:
        self._disposing += 1
        isolate.terminate()
        self._nursery.start_soon(self._dispose, isolate)

    async def _dispose(self, isolate: Isolate) -> None:
        """An isolate whose code ignores termination is left alone with its thread, and counted."""
        with trio.move_on_after(DISPOSAL_GRACE, shield=True) as scope:
            await trio.to_thread.run_sync(isolate.dispose, abandon_on_cancel=True, limiter=trio.CapacityLimiter(1))
            self._destroyed += 1
        self._corrupted += scope.cancelled_caught
        self._disposing -= 1
        self._disposed.set()

    async def _all_disposed(self) -> None:
        while self._disposing:
            self._disposed = trio.Event()
            await self._disposed.wait()

    # -- upkeep

    async def _sweep(self) -> None:
        while True:
            await trio.sleep(max(self._idle_timeout / 4, 0.05))
            self._drop_idle()

    def _drop_idle(self) -> None:
        limit = time.monotonic() - self._idle_timeout
        surplus = self._available() - self._base
        for warm in self._warm.values():
            while warm and surplus > 0 and warm[-1].created < limit:
                self._free_slot()
                self._discard(warm.pop())
                surplus -= 1
        for key in [key for key, warm in self._warm.items() if not warm]:
            del self._warm[key]

    def _close(self) -> None:
        self._closed = True
        for key in list(self._warm):
            self.retire(key)
