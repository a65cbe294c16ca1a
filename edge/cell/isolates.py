"""The isolates of one cell, all of one function: given numbers, rewound or disposed of, as the gateway commands.

One after the other, invocations have the *home* isolate, which the main thread runs and rewinds (`seat.py`, `home.py`).
When it is held for so long that others should not wait for it (`patience.py`), those get isolates of their own, which
have threads (`hosting.py`, `hosted.py`).  Rewinding sets all memory of V8 back, so it is over with that: the cell is
*crowded* from then on.  Whoever has the home isolate then is its last user, everybody else is hosted.  The cell says so
with its results, and is replaced.

Where there is no home isolate, all are hosted from the beginning.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from edge.cell import allocator, own_memory
from edge.cell.hosted import HostedIsolate, Recipe
from edge.cell.hosting import Hosting
from edge.engine import bundles, v8_driver
from edge.engine.snapshot import Blob
from edge.errors import InternalError
from edge.wire.cell import Answer, Assign, Assigned, Command, Drop, Measure, Measured, Result, Run, Terminate

if TYPE_CHECKING:
    from edge.cell.home import HomeIsolate
    from edge.cell.link import Link
    from edge.cell.seat import Imaging, Seat
    from edge.wire.cell import Hindrance

GONE = 256
"""Invocations that may be measured when they have gone: more than there are at a time."""


class Isolates:
    """Obeys the gateway's commands, one at a time: on the main thread, or on the one that receives in its place."""

    def __init__(self, link: Link, imaging: Imaging | None = None) -> None:
        self._link = link
        self._imaging = imaging
        self._recipe: Recipe | None = None
        self._spare = 0
        self._lock = threading.Lock()  # for what follows
        self._seat: Seat | None = None  # of the home isolate
        self._abandoned: HomeIsolate | None = None  # to be disposed of on the main thread
        self._hosting = Hosting(self._lock, link.send)
        self._gone: dict[int, float] = {}  # seconds of CPU of the last ones that went before they were dropped

    @property
    def born(self) -> bool:
        """Whether the cell was born with an isolate."""
        return self._imaging is not None and self._imaging.making.base is not None

    @property
    def hindrance(self) -> Hindrance:
        """Why no isolate can be rewound here, whatever the function; "" when one can."""
        if self._imaging is not None:
            return ""
        return "library" if own_memory.known() is None or v8_driver.driver() is None else "image"

    def obey(self, command: Command) -> None:
        """Carry out a command; never waits for user code.  Unknown numbers are of isolates that are gone already."""
        match command:
            case Run():
                self._run(command)
            case Answer():
                if isolate := self._find(command.isolate):
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
        runtime = self._imaging.runtime if self._imaging is not None else None
        blob = Blob(assign.blob) if assign.blob else runtime
        source = "" if blob else bundles.script("runtime")
        recipe = self._recipe = Recipe(blob, source, assign.preamble, assign.memory, assign.ops, assign.evaluated)
        self._spare = assign.spare
        if self._imaging is not None:
            self._seat = self._imaging.seat(recipe, self._link.send, wanted=assign.rewind, born=not assign.blob)
        if self._seat is not None:
            self._link.send(Assigned())
            if assign.blob:
                allocator.trim()
            return
        hindrance: Hindrance = "snapshot" if blob is None else self.hindrance or "image"
        with self._lock:
            self._hosting.start(recipe, assign.spare, hindrance=hindrance if assign.rewind else "off")

    def _run(self, order: Run) -> None:
        with self._lock:
            seat = self._seat
            if seat is not None and seat.user == order.isolate:
                seat.order = order
            elif self._hosting.started:
                self._hosting.run(order)
            elif seat is not None:
                seat.join(order)
                self._admit_if_held_up(seat)
            else:
                raise InternalError("a cell has no isolates before it belongs to a function")

    def _terminate(self, number: int) -> None:
        with self._lock:
            isolate = self._find(number)
            if isolate is not None and not isinstance(isolate, HostedIsolate):
                isolate.terminate()  # its user may go without being told: the next one is not to be stopped
            waited = isolate is None and self._withdraw(number)
        if isinstance(isolate, HostedIsolate):
            isolate.terminate()
        elif waited:
            self._link.send(Result(number, [], "engine"))

    def _withdraw(self, number: int) -> bool:
        """Let one that waits go without an isolate; whether it waited."""
        seat = self._seat
        waited = self._hosting.withdraw(number) or (seat is not None and seat.withdraw(number))
        if waited:
            self._went(number, 0.0)
        return waited

    def _went(self, number: int, used: float) -> None:
        """It has no isolate any more, and may still be measured."""
        self._gone[number] = used
        if len(self._gone) > GONE:
            del self._gone[next(iter(self._gone))]

    def _measure(self, number: int) -> None:
        with self._lock:
            isolate, seat = self._find(number), self._seat
            waits = self._hosting.waits(number) or (seat is not None and seat.waits(number))
            used = self._gone.get(number, 0.0) if isolate is None else isolate.cpu_time()
            known = isolate is not None or waits or number in self._gone
        if known:
            self._link.send(Measured(number, used))

    def _drop(self, number: int) -> None:
        with self._lock:
            seat = self._seat
            if seat is not None and seat.user == number:
                if seat.leave():
                    self._vacate(seat)
                return
        self._terminate(number)
        with self._lock:
            self._hosting.drop(number)

    def _find(self, number: int) -> HomeIsolate | HostedIsolate | None:
        """The isolate that a number has."""
        seat = self._seat
        return seat.home if seat is not None and seat.user == number else self._hosting.get(number)

    # -- the home isolate

    @property
    def home_runs(self) -> tuple[int, bool]:
        """How many runs it has begun, and whether one is under way.  To be looked at after the next two."""
        seat = self._seat
        return (0, False) if seat is None else (seat.begun, seat.busy)

    @property
    def home_has_run(self) -> bool:
        """Whether there is something to do for the main thread: a run of it, or its end."""
        seat = self._seat
        return self._abandoned is not None or (seat is not None and seat.order is not None)

    @property
    def home_has_line(self) -> bool:
        """Whether somebody waits for it."""
        seat = self._seat
        return seat is not None and seat.has_line

    def run_home(self) -> bool:
        """On the main thread: the run that the home isolate has to begin, or its end, if there is one of both."""
        if self._abandoned is not None:
            self._dispose_of_home(self._abandoned)
        with self._lock:
            seat = self._seat
            order = seat.take_order() if seat is not None else None
        if seat is None or order is None:
            return False
        home = seat.home
        home.run(order.events, single=order.single)
        with self._lock:
            if home.gone:
                self._went(home.number, home.cpu_time())
            if seat.ran():
                self._vacate(seat)
        return True

    def settle_home(self) -> bool:
        """On the main thread: prepare the home isolate for who comes, when nobody has it; whether there was need."""
        seat = self._seat
        if seat is None or not seat.home.unsettled:
            return False
        with self._lock:
            return seat.settle()

    @property
    def untidy(self) -> bool:
        """Whether isolates could be made to hold less, should nothing come for a while."""
        return self._home_is_untidy() or self._hosting.untidy

    def tidy(self) -> None:
        """On the main thread, which has nothing to run (15 ms)."""
        with self._lock:
            seat = self._seat if self._home_is_untidy() else None
            self._hosting.tidy()
        if seat is not None:
            seat.home.tidy()

    def _home_is_untidy(self) -> bool:
        seat = self._seat
        return seat is not None and seat.user > 0 and seat.home.untidy

    def admit_late(self) -> None:
        """To be called every few milliseconds: when one has the home isolate for long, the others get their own."""
        if self.home_has_line:
            with self._lock:
                if self._seat is not None:
                    self._admit_if_held_up(self._seat)

    def _admit_if_held_up(self, seat: Seat) -> None:
        if seat.is_held_up():
            self._hosting.home = "stays"
            self._crowd(seat)

    def _vacate(self, seat: Seat) -> None:
        """Nobody has it any more."""
        if seat.vacate():
            return
        self._seat, self._abandoned = None, seat.home
        self._hosting.home = "leaves"
        if not self._hosting.started:  # there is no way back to its image
            self._crowd(seat)

    def _dispose_of_home(self, home: HomeIsolate) -> None:
        """Others shall have the memory that its last user has filled."""
        home.dispose()
        with self._lock:
            self._abandoned = None
            self._hosting.home = "none"
            self._hosting.settle()

    def _crowd(self, seat: Seat) -> None:
        """Those in line, and all who come, get isolates of their own."""
        assert self._recipe is not None  # there is a seat
        self._hosting.start(self._recipe, self._spare)
        for order in seat.close():
            self._hosting.run(order)
