"""What a cell may say at a moment.  Pure: commands and reports go in, a ViolationError comes out, or nothing.

    command     what it entitles the cell to
    (birth)     one Ready
    Assign      one Assigned
    Run         one Result of that isolate; until then any number of Asks, one after the other
    Answer      the next Ask, and the Result
    Terminate   the Result, also when no Answer has come
    Measure     one Measured of that isolate
    Drop        nothing; comes only when no Result is due
    (always)    Broken, after which nothing counts

Everything else breaks the protocol, and only code that took over a cell can do that.
"""

from __future__ import annotations

import math
from typing import Literal

from edge.engine.mailbox import MAX_REQUEST
from edge.errors import InternalError, OutsideError
from edge.wire.cell import Ask, Assigned, Broken, Measured, Ready, Report, Result

MAX_ASKS = 100_000
"""Synchronous operations that an isolate may ask of the gateway in its life."""

Stage = Literal["starting", "blank", "assigning", "belonging", "broken"]


class ViolationError(OutsideError):
    """A cell said what it was not entitled to say."""


class _Isolate:
    __slots__ = ("asking", "asks", "dropped", "measures", "running", "single", "terminated")

    def __init__(self) -> None:
        self.running = self.asking = self.terminated = self.dropped = self.single = False
        self.asks = self.measures = 0


class Lockstep:
    """The table of one cell."""

    def __init__(self) -> None:
        self.stage: Stage = "starting"
        self.busy = 0  # isolates that owe a Result
        self._isolates: dict[int, _Isolate] = {}

    # -- what the gateway commands; wrong ones are bugs of ours and raise InternalError

    def assign(self) -> None:
        """Assign was sent."""
        _must(self.stage == "blank", "only a blank cell can be assigned")
        self.stage = "assigning"

    def run(self, number: int, *, single: bool = False) -> None:
        """Run was sent."""
        _must(self.stage == "belonging", "only a cell with a function runs anything")
        isolate = self._isolates.setdefault(number, _Isolate())
        isolate.single = single
        _must(not isolate.running and not isolate.dropped, f"isolate {number} cannot run now")
        isolate.running = True
        self.busy += 1

    def terminate(self, number: int) -> None:
        """Terminate was sent."""
        self._isolates[number].terminated = True

    def measure(self, number: int) -> None:
        """Measure was sent."""
        self._isolates[number].measures += 1

    def answer(self, number: int) -> bool:
        """Whether Answer is to be sent: it is not when a terminated isolate has not waited for it."""
        isolate = self._isolates.get(number)
        wanted = isolate is not None and isolate.asking
        if isolate is not None:
            isolate.asking = False
        return wanted

    def drop(self, number: int) -> bool:
        """Whether Drop is to be sent: it is not for an isolate that the cell has never heard of."""
        isolate = self._isolates.get(number)
        if isolate is None:
            return False
        _must(not isolate.running, f"isolate {number} owes a result")
        isolate.dropped = True
        self._forget(number)
        return True

    def excuse(self, number: int) -> None:
        """The last Ask does not count."""
        self._isolates[number].asks -= 1

    # -- what the gateway wants to know

    def running(self, number: int) -> bool:
        """Whether the isolate owes a Result."""
        isolate = self._isolates.get(number)
        return isolate is not None and isolate.running

    def asked(self, number: int) -> int:
        """How often the isolate has asked; 0 when it is forgotten."""
        isolate = self._isolates.get(number)
        return 0 if isolate is None else isolate.asks

    # -- what the cell reports

    def take(self, report: Report) -> None:
        """Strike a report off the table.  Raises ViolationError."""
        match report:
            case Result():
                self._take_result(report)
            case Ask():
                self._take_ask(report)
            case Measured():
                self._take_measured(report)
            case Ready():
                self._advance("starting", "blank", report)
            case Assigned():
                self._advance("assigning", "belonging", report)
            case Broken():
                self.stage = "broken"

    def _advance(self, due: Stage, then: Stage, report: Report) -> None:
        if self.stage != due:
            raise ViolationError(f"said {type(report).__name__} while {self.stage}")
        self.stage = then

    def _take_result(self, report: Result) -> None:
        isolate = self._known(report)
        if not isolate.running:
            raise ViolationError(f"gave a result of isolate {report.isolate}, which does not run")
        if isolate.asking and not isolate.terminated:
            raise ViolationError(f"gave a result of isolate {report.isolate}, which waits for an answer")
        _check_time(report.cpu)
        if report.heap < 0 or report.external < 0:
            raise ViolationError("reported a heap of less than nothing")
        isolate.running = isolate.asking = False
        self.busy -= 1
        if report.dropped:
            if not isolate.single:
                raise ViolationError(f"gave up isolate {report.isolate}, which may have more to do")
            isolate.dropped = True
            self._forget(report.isolate)

    def _take_measured(self, report: Measured) -> None:
        isolate = self._known(report)
        if not isolate.measures:
            raise ViolationError(f"measured isolate {report.isolate} unasked")
        _check_time(report.cpu)
        isolate.measures -= 1
        self._forget(report.isolate)

    def _take_ask(self, report: Ask) -> None:
        isolate = self._known(report)
        if not isolate.running or isolate.asking:
            raise ViolationError(f"asked for isolate {report.isolate}, which may not ask now")
        size = len(report.head) + len(report.data)
        if size > MAX_REQUEST:
            raise ViolationError(f"asked with {size} bytes, at most {MAX_REQUEST} are allowed")
        isolate.asking = True
        isolate.asks += 1

    def _known(self, report: Result | Measured | Ask) -> _Isolate:
        isolate = self._isolates.get(report.isolate)
        if isolate is None or self.stage != "belonging":
            raise ViolationError(f"said {type(report).__name__} of isolate {report.isolate}, which it does not have")
        return isolate

    def _forget(self, number: int) -> None:
        isolate = self._isolates[number]
        if isolate.dropped and not isolate.measures:
            del self._isolates[number]


def _check_time(seconds: float) -> None:
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ViolationError(f"reported {seconds} seconds of CPU time")


def _must(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like an assertion
    if not holds:
        raise InternalError(otherwise)
