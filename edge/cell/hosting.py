"""Isolates with threads of their own: made ahead of need, given numbers, and disposed of.

Making and disposing block, so threads are there for it (`maker.py`, `disposer.py`).  The isolates that have a number
are the gateway's business, the spare ones are this file's.

Until `start` there are neither isolates nor threads: as long as a cell rewinds its home isolate, none may call V8.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

from edge.cell import allocator
from edge.cell.allocator import has_room
from edge.cell.blank import returning_pages
from edge.cell.disposer import Disposer
from edge.cell.hosted import HostedIsolate
from edge.cell.maker import Maker
from edge.errors import EdgeError
from edge.units import MIB
from edge.wire.cell import Assigned, Broken

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from edge.cell.hosted import Recipe
    from edge.wire.cell import Hindrance, Report, Run

ROOM = 8 * MIB
"""More than making an isolate takes."""

DISPOSAL_SECONDS = 0.25
"""How long a new isolate waits for the memory of one that is on its way out."""


class Hosting:
    """The cell's lock is held for all that is called here; its own threads take it.

    `home`: whether somebody has the home isolate still, around whom nothing is tidied up, or it is about to go.
    """

    def __init__(self, lock: threading.Lock, send: Callable[[Report], None]) -> None:
        self.started = False
        self.home: Literal["stays", "leaves", "none"] = "none"
        self._lock = lock
        self._send = send
        self._recipe: Recipe
        self._spare = 0
        self._hindrance: Hindrance = ""
        self._crowded = self._assigned = False
        self._maker = Maker(self._make_one, self._rest)
        self._disposer = Disposer(self._disposed)
        self._numbered: dict[int, HostedIsolate] = {}
        self._ready: deque[HostedIsolate] = deque()
        self._waiting: dict[int, Run] = {}  # runs for which an isolate is being made, first come first
        self._making = 0

    def start(self, recipe: Recipe, spare: int, *, hindrance: Hindrance = "") -> None:
        """Make isolates from now on, because the home isolate is not enough, or could not be rewound.

        Where there is none (`hindrance`) the first ones are made at once, and the gateway is told when one stands.
        """
        self._recipe, self._spare, self._hindrance = recipe, spare, hindrance
        self._assigned = self._crowded = not hindrance
        self._maker.start()
        self._disposer.start()
        self.started = True
        if hindrance:
            self._order(max(spare, 1))

    # -- what the gateway wants

    def get(self, number: int) -> HostedIsolate | None:
        """The one with that number."""
        return self._numbered.get(number)

    def waits(self, number: int) -> bool:
        """Whether one is still being made for that number."""
        return number in self._waiting

    def run(self, order: Run) -> None:
        """In the isolate of that number, or in a new one, for which it may have to wait."""
        isolate = self._numbered.get(order.isolate)
        if isolate is not None:
            isolate.run(order.isolate, order.events)
            return
        self._waiting[order.isolate] = order
        self._admit()

    def withdraw(self, number: int) -> bool:
        """Have it wait no longer; whether it did."""
        return self._waiting.pop(number, None) is not None

    def drop(self, number: int) -> None:
        """Dispose of the one with that number, if there is one."""
        isolate = self._numbered.pop(number, None)
        if isolate is not None:
            self._disposer.submit(isolate)

    @property
    def untidy(self) -> bool:
        """Whether one of them could hold less, now or after its run.  The lock need not be held."""
        return any(isolate.running or isolate.untidy for isolate in list(self._numbered.values()))

    def tidy(self) -> None:
        """Have those that rest hold less."""
        for isolate in self._numbered.values():
            if isolate.untidy and not isolate.running:
                isolate.tidy()

    def replenish(self) -> None:
        """Make up for the spare ones that were taken, once nothing runs: a request that is served comes first.

        Not while memory is short: V8 would end the process.  When it comes to that, it is tried again after the
        next disposal.
        """
        missing = self._spare + len(self._waiting) - len(self._ready) - self._making
        if missing > 0 and not any(isolate.running for isolate in self._numbered.values()) and has_room(ROOM):
            self._order(missing)

    def settle(self) -> None:
        """There is more memory."""
        self._admit()
        self.replenish()

    # -- admitting

    def _admit(self) -> None:
        """Start the runs that wait, as far as there are isolates and memory for them."""
        while self._waiting and self._ready and self._has_memory():
            number = next(iter(self._waiting))
            isolate = self._numbered[number] = self._ready.popleft()
            isolate.run(number, self._waiting.pop(number).events)
        self._order(len(self._waiting) - len(self._ready) - self._making)

    def _has_memory(self) -> bool:
        """Whether a new run can have what it may use; when not, and an isolate is on its way out, it waits for that."""
        leaving = self._disposer.busy or self.home == "leaves"
        return not leaving or has_room(self._recipe.memory)

    def _order(self, count: int) -> None:
        for _ in range(count):
            self._making += 1
            self._maker.order()

    # -- on other threads, without the lock

    def _rested(self) -> None:
        """A result has been reported."""
        with self._lock:
            self.replenish()

    def _disposed(self) -> None:
        """Another isolate, and its memory, is gone."""
        with self._lock:
            self.settle()

    def _make_one(self) -> None:
        while not has_room(ROOM) and self._disposer.wait(DISPOSAL_SECONDS):
            pass
        try:
            isolate = HostedIsolate(self._recipe, self._send, self._rested, crowded=self._crowded)
        except EdgeError as error:
            self._failed(error.message)
        else:
            self._made(isolate)

    def _made(self, isolate: HostedIsolate) -> None:
        with self._lock:
            self._making -= 1
            self._ready.append(isolate)
            self._admit()
        if not self._assigned:
            self._assigned = True
            self._send(Assigned(self._hindrance))
            allocator.trim()  # the snapshot came in pieces

    def _failed(self, reason: str) -> None:
        """None could be made: the end when one is needed now, otherwise tried again later."""
        with self._lock:
            self._making -= 1
            needed = bool(self._waiting) or not self._assigned
        if needed:
            self._send(Broken(reason))

    def _rest(self) -> bool:
        """Give back the memory that only a busy cell needs; whether that could be done.

        One spare isolate is made anew, because they were made in the pages of others; the rest with the next run.
        """
        with self._lock:
            if self._numbered or self._waiting or self.home != "none":
                return False
            spare, self._ready = self._ready, deque()
            self._making += 1
        with returning_pages():
            for isolate in spare:
                isolate.dispose()
        self._make_one()
        allocator.trim()
        return True
