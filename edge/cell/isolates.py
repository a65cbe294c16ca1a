"""The isolates of one cell, all of one function: given numbers, rewound or disposed of.

One after the other, invocations have the *home* isolate, which the main thread runs and rewinds (`home.py`).  Those
that would wait for it for long, because another one waits for something, get isolates of their own, which are made on
one thread and disposed of on others, because both block (`hosted.py`).  Rewinding sets all memory of V8 back, so a
cell in which others were made does not rewind any more.

Such a cell is *crowded*: it goes on as if there had been no home isolate, says so with its results, and is replaced.

Where there is no home isolate, the others are made ahead of need.  The isolates that have a number are the gateway's
business, the spare ones are this file's.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from edge.cell import allocator, own_memory
from edge.cell.allocator import has_room
from edge.cell.blank import returning_pages
from edge.cell.disposer import Disposer
from edge.cell.home import HomeIsolate
from edge.cell.hosted import HostedIsolate, Recipe
from edge.cell.image import ImageError
from edge.engine import bundles
from edge.engine.snapshot import Blob
from edge.errors import EdgeError, InternalError
from edge.units import KIB, MIB
from edge.wire.cell import Answer, Assign, Assigned, Broken, Command, Drop, Measure, Measured, Result, Run, Terminate

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.cell.home import Replies
    from edge.cell.image import Paper
    from edge.cell.link import Link
    from edge.cell.own_memory import OwnMemory

IDLE_SECONDS = 2.0
"""A cell that has had no new invocation for so long holds on to less."""

ROOM = 8 * MIB
"""More than making an isolate takes."""

DISPOSAL_SECONDS = 0.25
"""How long a new isolate waits for the memory of one that is on its way out."""

CROWDED = 1.0
"""Seconds for which isolates are kept ready beside the home isolate after one was needed."""

PATIENCE = 0.05
"""Seconds that one invocation can have the home isolate while others wait for it: it works (seconds of CPU, as more
isolates would not help a machine that has no time), or waits in the middle of a run."""

IDLE_PATIENCE = 0.05
"""The same when it rests between two runs, because it waits for something itself."""

LONG_REST = 0.01
"""Seconds of rest that invocations of this function usually take, above which others do not wait for it at all: an
isolate of their own costs 4 ms of CPU, so for less than that they are better off in line."""

MOST_PATIENCE = 0.5
"""The same whatever it does: also when it always does a little."""

LAST_PATIENCE = 0.1
"""The same when the one before is over, and the gateway only has to say so."""

GONE = 256
"""Invocations that may be measured when they have gone: more than there are at a time."""

_STACK = 512 * KIB  # of the threads here; isolates bring their own


class Imaging(NamedTuple):
    """What it takes to have a home isolate: `close` is called when its image is there, before any function runs."""

    paper: Paper
    memory: OwnMemory
    wait: Callable[[Replies], tuple[bytes, bytes] | None]
    close: Callable[[], None]
    wake: Callable[[], None]
    """Called on any thread when the home isolate has a run to begin."""


def _nobody() -> None:
    """There is no home isolate."""


class Isolates:
    """Obeys the gateway's commands."""

    def __init__(self, link: Link, imaging: Imaging | None = None) -> None:
        self._link = link
        self._imaging = imaging
        self._home: HomeIsolate | None = None
        self._rewound = False  # it has had one
        self._shared = False  # others were made
        self._home_orders: deque[Run] = deque()  # the one that waits for the main thread
        self._gone: dict[int, float] = {}  # seconds of CPU of the last ones that went before they were dropped
        self._wake = imaging.wake if imaging is not None else _nobody
        self._crowded = 0.0  # when another isolate than the home isolate was needed last
        self._waits_since = 0.0  # when somebody began to wait for the others to go
        self._recipe: Recipe | None = None
        self._spare = 0
        self._assigned = False
        self._orders: queue.SimpleQueue[Recipe] = queue.SimpleQueue()
        self._disposer = Disposer(self._disposed)
        self._lock = threading.Lock()  # for what follows
        self._numbered: dict[int, HostedIsolate | HomeIsolate] = {}
        self._ready: deque[HostedIsolate] = deque()
        self._waiting: dict[int, Run] = {}  # runs for which an isolate is being made, first come first
        self._making = 0

    def start(self) -> None:
        """Start the threads."""
        before = threading.stack_size(_STACK)
        threading.Thread(target=self._make, name="make", daemon=True).start()
        self._disposer.start()
        threading.stack_size(before)

    def obey(self, command: Command) -> None:
        """Carry out a command; never waits for user code.  Unknown numbers are of isolates that are gone already."""
        match command:
            case Run():
                self._run(command)
            case Answer():
                if isolate := self._numbered.get(command.isolate):
                    isolate.answer(command.head, command.data)
            case Terminate():
                self._terminate(command.isolate)
            case Drop():
                self._drop(command.isolate)
            case Measure():
                self._measure(command.isolate)
            case Assign():
                self._assign(command)

    # -- commands

    def _assign(self, assign: Assign) -> None:
        if self._recipe is not None:
            raise InternalError("a cell belongs to one function for ever")
        blob = Blob(assign.blob) if assign.blob else None
        source = "" if blob else bundles.script("runtime")
        self._recipe = Recipe(blob, source, assign.preamble, assign.memory, assign.ops)
        self._spare = assign.spare
        self._home = self._made_home(self._recipe, wanted=assign.rewind)
        self._rewound = self._home is not None
        if self._home is not None:
            self._assigned = True
            allocator.trim()
            self._link.send(Assigned())
            return
        with self._lock:
            self._order(max(self._spare, 1))

    def _run(self, order: Run) -> None:
        with self._lock:
            isolate = self._numbered.get(order.isolate)
            if isolate is None:
                self._waiting[order.isolate] = order
                self._seat()
                return
            if isinstance(isolate, HomeIsolate):
                self._home_orders.append(order)
                return
        isolate.run(order.isolate, order.events)

    def _terminate(self, number: int) -> None:
        with self._lock:
            isolate = self._numbered.get(number)
            waited = self._waiting.pop(number, None) is not None
            if waited:
                self._went(number, 0.0)
            if isinstance(isolate, HomeIsolate):
                isolate.terminate()  # its user may go without being told: the next one is not to be stopped
        if isinstance(isolate, HostedIsolate):
            isolate.terminate()
        elif waited:
            self._link.send(Result(number, [], "engine"))

    def _went(self, number: int, used: float) -> None:
        """It has no isolate any more, and may still be measured; the lock is held."""
        self._gone[number] = used
        if len(self._gone) > GONE:
            del self._gone[next(iter(self._gone))]

    def _measure(self, number: int) -> None:
        with self._lock:
            isolate = self._numbered.get(number)
            used = self._gone.get(number, 0.0) if isolate is None else isolate.cpu_time()
            known = isolate is not None or number in self._waiting or number in self._gone
        if known:
            self._link.send(Measured(number, used))

    def _drop(self, number: int) -> None:
        with self._lock:
            isolate = self._numbered.get(number)
            if isinstance(isolate, HomeIsolate):
                del self._numbered[number]
                if self._home_orders or isolate.running:
                    isolate.terminate()
                else:
                    self._leave_home(isolate)
                return
        self._terminate(number)
        with self._lock:
            isolate = self._numbered.pop(number, None)
            if isolate is not None and time.monotonic() - isolate.since > PATIENCE:
                self._crowded = time.monotonic()  # others would have waited for it
            if isinstance(isolate, HostedIsolate):
                self._disposer.submit(isolate)  # with the lock: without a number, and not there, it would be overlooked
            self._calm_down()

    # -- the home isolate

    @property
    def home_runs(self) -> tuple[int, bool]:
        """How many runs it has begun, and whether one is under way."""
        return (0, False) if self._home is None else (self._home.runs, self._home.running)

    @property
    def home_waits(self) -> bool:
        """Whether it has a run to begin."""
        return bool(self._home_orders)

    @property
    def home_comes(self) -> bool:
        """Whether nobody has it, and another thread than the main one may give it a run as soon as it is rewound."""
        home = self._home
        return home is not None and not home.free and not home.number

    @property
    def crowd_waits(self) -> bool:
        """Whether somebody waits for an isolate."""
        return bool(self._waiting)

    def run_home(self) -> bool:
        """On the main thread: the run that the home isolate has to begin, if there is one."""
        with self._lock:
            order = self._home_orders.popleft() if self._home_orders else None
        home = self._home
        if order is None or home is None:
            return False
        home.run(order.events, single=order.single)
        with self._lock:
            if home.gone:
                self._numbered.pop(home.number, None)
                self._went(home.number, home.cpu_time())
            if home.number not in self._numbered:
                self._leave_home(home)
        return True

    def admit_late(self) -> None:
        """To be called every few milliseconds: when one has the home isolate for long, the others get their own."""
        if not self._waiting or self._home is None:
            return
        with self._lock:
            self._admit_if_held_up()

    def _made_home(self, recipe: Recipe, *, wanted: bool) -> HomeIsolate | None:
        """On the main thread, before any function runs here."""
        imaging = self._imaging
        if imaging is None:
            return None
        home = None
        if wanted and recipe.blob is not None:
            try:
                home = HomeIsolate(recipe, imaging.paper, imaging.memory, self._link.send, imaging.wait)
            except (EdgeError, ImageError):
                home = None
        if home is None:
            imaging.paper.discard()
            imaging.memory.ignore()
        imaging.close()
        return home

    def _seat(self) -> None:
        """Somebody waits more; the lock is held."""
        home = self._home
        if home is not None and home.free:
            self._welcome(home)
        elif home is None or self._is_crowded():
            self._admit()
        else:
            if len(self._waiting) == 1:
                self._waits_since = time.monotonic()
            self._calm_down()
            self._go_home()
            self._admit_if_held_up()

    def _admit_if_held_up(self) -> None:
        """The lock is held."""
        home = self._home
        if not self._waiting or home is None or home.free or self._is_crowded():
            return
        if self._is_held_up(home):
            self._crowded = time.monotonic()
            self._admit()

    def _is_held_up(self, home: HomeIsolate) -> bool:
        """Whether the one who is there for the longest time, or is being disposed of, is so for too long."""
        now = time.monotonic()
        oldest = next(iter(self._numbered.values()), None)
        if oldest is not home:
            return now - (self._waits_since if oldest is None else oldest.since) > PATIENCE
        patience = PATIENCE
        if not home.running:
            if home.usual_rest > LONG_REST and not home.over:
                return True
            patience = LAST_PATIENCE if home.over else IDLE_PATIENCE
        return home.held > patience or now - home.since > MOST_PATIENCE

    def _welcome(self, home: HomeIsolate) -> None:
        """The one who waits longest gets the home isolate; the lock is held."""
        number = next(iter(self._waiting))
        home.take(number)
        self._numbered[number] = home
        self._home_orders.append(self._waiting.pop(number))
        self._wake()

    def _leave_home(self, home: HomeIsolate) -> None:
        """Its user is gone; the lock is held."""
        home.number = 0
        self._calm_down()
        self._go_home()

    def _go_home(self) -> None:
        """Rewind the home isolate when nobody has it, and give it to who waits; the lock is held.

        Not when there have been others: threads of theirs may still be about to end, in V8's code and in its memory.
        Then the cell makes isolates as if there had been no home isolate, until it is replaced.
        """
        home = self._home
        if home is None or home.number:
            return
        if self._shared or (not home.free and not home.rewind()):
            self._home = None
            if self._imaging is not None:
                self._imaging.memory.ignore()
            self._order(max(self._spare, len(self._waiting)))
        elif self._waiting:
            self._welcome(home)

    def _is_crowded(self) -> bool:
        return time.monotonic() - self._crowded < CROWDED

    def _calm_down(self) -> None:
        """When others than the home isolate are not needed any more, the spare ones go; the lock is held."""
        if self._home is None or not self._ready or self._numbered or self._is_crowded():
            return
        spare, self._ready = self._ready, deque()
        self._waits_since = time.monotonic()
        for isolate in spare:
            self._disposer.submit(isolate)

    # -- admitting

    def _admit(self) -> None:
        """Start the runs that wait, as far as there are isolates and memory for them; the lock is held."""
        while self._waiting and self._ready and self._has_memory():
            number = next(iter(self._waiting))
            isolate = self._numbered[number] = self._ready.popleft()
            isolate.run(number, self._waiting.pop(number).events)
        self._order(len(self._waiting) - len(self._ready) - self._making)

    def _has_memory(self) -> bool:
        """Whether a new run can have what it may use; when not, and an isolate is on its way out, it waits for that."""
        return self._recipe is None or not self._disposer.busy or has_room(self._recipe.memory)

    def _disposed(self) -> None:
        """Another isolate, and its memory, is gone."""
        with self._lock:
            self._calm_down()
            self._go_home()
            if self._home is None or self._is_crowded():
                self._admit()
        self._refill()

    # -- making

    def _order(self, count: int) -> None:
        """Have isolates made; the lock is held."""
        if self._recipe is None:
            raise InternalError("a cell has no isolates before it belongs to a function")
        for _ in range(count):
            self._shared = True
            self._making += 1
            self._orders.put(self._recipe)

    def _refill(self) -> None:
        """Make up for the spare ones that were taken, once nothing runs: a request that is served comes first.

        Not while memory is short: V8 would end the process.  When it comes to that, it is tried again after the
        next disposal.
        """
        with self._lock:
            if self._home is not None and not self._is_crowded():
                return
            missing = self._spare + len(self._waiting) - len(self._ready) - self._making
            if missing > 0 and not any(isolate.running for isolate in self._numbered.values()) and has_room(ROOM):
                self._order(missing)

    def _make(self) -> None:
        """The maker's thread."""
        own_memory.enter_thread()
        patience = None  # how long to wait for work before resting; after a rest, for ever
        while True:
            try:
                recipe = self._orders.get(timeout=patience)
            except queue.Empty:
                patience = None if self._rest() else IDLE_SECONDS
            else:
                patience = IDLE_SECONDS
                self._make_one(recipe)

    def _make_one(self, recipe: Recipe) -> None:
        while not has_room(ROOM) and self._disposer.wait(DISPOSAL_SECONDS):
            pass
        try:
            isolate = HostedIsolate(recipe, self._link.send, self._refill, crowded=self._rewound)
        except EdgeError as error:
            self._failed(error.message)
        else:
            self._made(isolate)

    def _rest(self) -> bool:
        """Give back the memory that only a busy cell needs; whether that could be done.

        One spare isolate is made anew, because they were made in the pages of others; the rest with the next run.
        """
        with self._lock:
            if self._numbered or self._waiting or self._recipe is None:
                return False
            if self._home is not None:
                return self._rest_at_home(self._home)
            spare, self._ready = self._ready, deque()
            self._making += 1
        with returning_pages():
            for isolate in spare:
                isolate.dispose()
        self._make_one(self._recipe)
        allocator.trim()
        return True

    def _rest_at_home(self, home: HomeIsolate) -> bool:
        """The lock is held."""
        self._calm_down()
        self._go_home()
        if not home.free:
            return False
        home.rest()
        allocator.trim()
        return True

    def _made(self, isolate: HostedIsolate) -> None:
        with self._lock:
            self._making -= 1
            self._ready.append(isolate)
            self._admit()
            self._calm_down()
        if not self._assigned:
            self._assigned = True
            self._link.send(Assigned())
            allocator.trim()  # the snapshot came in pieces

    def _failed(self, reason: str) -> None:
        """None could be made: the end when one is needed now, otherwise tried again later."""
        with self._lock:
            self._making -= 1
            needed = bool(self._waiting) or not self._assigned
            self._go_home()
        if needed:
            self._link.send(Broken(reason))
