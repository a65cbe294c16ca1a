"""Prewarmed isolates, and the limit on how many live at once.

A slot is a right to have an isolate; there are `maximum` of them.  An isolate is being made, warm (never
used), active, or on its way out (without a slot).  Isolates are made and disposed of in threads, because
both block; a disposal that hangs (code that ignores termination) costs a thread but no slot.

Who needs an isolate and finds none warm waits for one that is being made, or for a slot to make one in.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine.local_isolate import LocalIsolate
from edge.engine.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import outcome

    from edge.engine.template import Template

    Make = Callable[[Template, trio.lowlevel.TrioToken], LocalIsolate]

MAKERS = 2
SHUTDOWN_SECONDS = 30.0
RESTING_SECONDS = 1.0
"""A template that was not used for so long gives its warm isolates to one that is."""
DISPOSAL_GRACE = 1.0
"""Seconds after which an isolate that is being disposed of counts as corrupted."""


class PoolStatistics(msgspec.Struct, frozen=True):
    """Counts: `total` = `available` + `active`; `corrupted` isolates did not end when told to."""

    total: int
    available: int
    active: int
    corrupted: int
    created: int
    destroyed: int


class _Waiter:
    """Someone who needs an isolate; gets one, an error, or a slot to make one in."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.event = trio.Event()
        self.isolate: LocalIsolate | None = None
        self.error: BaseException | None = None

    def give(self, isolate: LocalIsolate) -> None:
        self.isolate = isolate
        self.event.set()


class IsolatePool:
    """Use within `open`.  `base` isolates are kept warm, `maximum` may live, idle ones go after `idle_timeout` s."""

    def __init__(self, base: int, maximum: int, idle_timeout: float, make: Make = LocalIsolate) -> None:
        self._base = base
        self._maximum = max(maximum, 1)
        self._idle_timeout = idle_timeout
        self._warm: OrderedDict[str, deque[LocalIsolate]] = OrderedDict()  # by template, least recently used first
        self._templates: dict[str, Template] = {}
        self._used: dict[str, float] = {}  # when an isolate of each was asked for last
        self._making: dict[str, int] = {}
        self._expecting: dict[str, deque[_Waiter]] = {}  # those who wait for what is being made, by template
        self._waiting: deque[_Waiter] = deque()  # those who wait for a slot
        self._make = make
        self._token = trio.lowlevel.current_trio_token()
        self._makers = Worker("edge-make", MAKERS)
        self._disposers = Worker("edge-dispose", 1)
        self._slots = self._active = 0
        self._created = self._destroyed = self._corrupted = 0
        self._disposing: OrderedDict[LocalIsolate, float] = OrderedDict()  # since when each is on its way out
        self._bell = trio.Event()
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls, base: int, maximum: int, idle_timeout: float, make: Make = LocalIsolate
    ) -> AsyncIterator[IsolatePool]:
        """A pool; at the end every isolate is disposed of, within 30 s."""
        pool = cls(base, maximum, idle_timeout, make)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pool._sweep)
            nursery.start_soon(pool._watch_disposals)
            try:
                yield pool
            finally:
                pool._close()
                with trio.move_on_after(SHUTDOWN_SECONDS, shield=True):
                    await pool._all_disposed()
                nursery.cancel_scope.cancel()
        pool._makers.close()
        pool._disposers.close()

    # -- what callers do

    def take(self, template: Template) -> LocalIsolate | None:
        """A fresh isolate, if one is ready."""
        self._templates[template.key] = template
        self._used[template.key] = time.monotonic()
        warm = self._warm.get(template.key)
        if not warm:
            return None
        isolate = warm.popleft()
        self._warm.move_to_end(template.key)
        return self._lend(isolate, template)

    async def acquire(self, template: Template) -> LocalIsolate:
        """The same; waits for a slot, first come first served.  Raises EngineCrashError."""
        isolate = self.take(template)
        return isolate if isolate is not None else self._lend(await self._obtain(template), template)

    def _lend(self, isolate: LocalIsolate, template: Template) -> LocalIsolate:
        self._active += 1
        self._refill(template)
        return isolate

    def release(self, isolate: LocalIsolate, template: Template, *, keep: bool) -> None:
        """Give an isolate back: kept for the next use of the same template, or disposed of."""
        isolate.rest()
        self._active -= 1
        if keep and not self._closed and template.key in self._templates and self._pass_on(isolate, template.key):
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
        self._used.pop(key, None)
        for isolate in self._warm.pop(key, ()):
            self._free_slot()
            self._discard(isolate)

    def statistics(self) -> PoolStatistics:
        """Counts as of now."""
        available = self._available()
        return PoolStatistics(
            available + self._active, available, self._active, self._corrupted, self._created, self._destroyed
        )

    # -- waiting

    async def _obtain(self, template: Template) -> LocalIsolate:
        """An isolate that is being made and that nobody expects, or one made for the caller."""
        expecting = self._expecting.setdefault(template.key, deque())
        if self._making.get(template.key, 0) <= len(expecting):
            if not self._take_slot(template.key):
                waiter = await self._wait(self._waiting, template.key)
                if waiter.isolate is not None:
                    return waiter.isolate
            self._submit(template)
        waiter = await self._wait(expecting, template.key)
        if waiter.isolate is None:
            assert waiter.error is not None  # one of both is set
            raise waiter.error
        return waiter.isolate

    async def _wait(self, queue: deque[_Waiter], key: str) -> _Waiter:
        waiter = _Waiter(key)
        queue.append(waiter)
        try:
            await waiter.event.wait()
        except trio.Cancelled:
            if not waiter.event.is_set():
                queue.remove(waiter)
            elif waiter.isolate is not None:
                self._shelve(waiter.isolate, key)
            elif waiter.error is None:
                self._free_slot()
            raise
        return waiter

    def _shelve(self, isolate: LocalIsolate, key: str) -> None:
        """An unused isolate that nobody has: to whoever needs one of its kind, on the shelf, or away."""
        surplus = not self._expecting.get(key) and len(self._warm.get(key, ())) >= self._base
        if self._closed or key not in self._templates or surplus or not self._pass_on(isolate, key):
            self._free_slot()
            self._discard(isolate)

    def _pass_on(self, isolate: LocalIsolate, key: str) -> bool:
        """Keep an isolate, unless its slot is needed for another template."""
        if self._expecting.get(key):
            self._expecting[key].popleft().give(isolate)
        elif not self._waiting:
            self._warm.setdefault(key, deque()).appendleft(isolate)
        elif self._waiting[0].key == key:
            self._waiting.popleft().give(isolate)
        else:
            return False
        return True

    # -- slots

    def _available(self) -> int:
        return sum(len(warm) for warm in self._warm.values())

    def _take_slot(self, key: str) -> bool:
        """A free slot, or that of an idle isolate of another template."""
        if self._slots < self._maximum:
            self._slots += 1
            return True
        return self._evict(key)

    def _free_slot(self) -> None:
        """Pass a slot on to whoever waits longest."""
        if self._waiting and self._slots <= self._maximum:
            self._waiting.popleft().event.set()
        else:
            self._slots -= 1

    def _evict(self, key: str, unused_since: float = math.inf) -> bool:
        """Dispose of a warm isolate of another template, and keep its slot."""
        for other, warm in self._warm.items():
            if warm and other != key and self._used.get(other, 0.0) < unused_since:
                self._discard(warm.pop())
                return True
        return False

    # -- making

    def _refill(self, template: Template) -> None:
        """Keep the base ready, for the templates used last: one that rests gives way."""
        own = len(self._warm.get(template.key, ())) + self._making.get(template.key, 0)
        if own >= self._base or self._waiting or template.key not in self._templates:
            return
        if self._available() + sum(self._making.values()) >= self._base:
            if not self._evict(template.key, time.monotonic() - RESTING_SECONDS):
                return
            self._slots -= 1
        self._start_making(template)

    def _start_making(self, template: Template) -> None:
        if not self._closed and self._slots < self._maximum:
            self._slots += 1
            self._submit(template)

    def _submit(self, template: Template) -> None:
        """Make an isolate in a slot that is taken already."""
        self._making[template.key] = self._making.get(template.key, 0) + 1
        self._makers.submit(partial(self._make, template, self._token), partial(self._made, template.key))

    def _made(self, key: str, result: outcome.Outcome[LocalIsolate]) -> None:
        self._making[key] -= 1
        if not self._making[key]:
            del self._making[key]
        try:
            isolate = result.unwrap()
        except Exception as error:  # noqa: BLE001 - it belongs to whoever expects the isolate
            self._failed(key, error)
        else:
            self._created += 1
            self._shelve(isolate, key)
        self._ring()

    def _failed(self, key: str, error: Exception) -> None:
        self._free_slot()
        if self._expecting.get(key):
            waiter = self._expecting[key].popleft()
            waiter.error = error
            waiter.event.set()

    # -- disposing

    def _discard(self, isolate: LocalIsolate) -> None:
        isolate.terminate()
        self._disposing[isolate] = time.monotonic()
        self._disposers.submit(isolate.dispose, partial(self._ended, isolate))
        self._ring()

    def _ended(self, isolate: LocalIsolate, _: outcome.Outcome[None]) -> None:
        if self._disposing.pop(isolate, None) is not None:
            self._destroyed += 1
        self._ring()

    async def _watch_disposals(self) -> None:
        """An isolate whose code ignores termination is left alone with its thread, and counted."""
        while True:
            while not self._disposing:
                await self._next_change()
            isolate, since = next(iter(self._disposing.items()))
            await trio.sleep(max(since + DISPOSAL_GRACE - time.monotonic(), 0))
            if isolate in self._disposing:
                del self._disposing[isolate]
                self._corrupted += 1
                self._disposers.add_thread()
                for other in self._disposing:
                    self._disposing[other] = time.monotonic()  # it waited behind the one that hangs
                self._ring()

    def _ring(self) -> None:
        self._bell.set()

    async def _next_change(self) -> None:
        if self._bell.is_set():
            self._bell = trio.Event()
        await self._bell.wait()

    async def _all_disposed(self) -> None:
        while self._disposing or self._making:
            await self._next_change()

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
        for key in [key for key, waiters in self._expecting.items() if not waiters]:
            del self._expecting[key]

    def _close(self) -> None:
        self._closed = True
        for key in list(self._warm):
            self.retire(key)
