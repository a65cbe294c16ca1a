"""What is known about an invocation when it is over: its lines, its bytes, its receipt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from edge.errors import CallerError
from edge.invocation import BackgroundOutcome, Outcome, Receipt, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.host_calls import HostCalls
    from edge.engine.invocation_clock import InvocationClock
    from edge.engine.lineage import Lineage
    from edge.engine.machine import Machine
    from edge.engine.runner import Runner
    from edge.engine.template import Template
    from edge.errors import EdgeError

    LogSink = Callable[[Lineage, str, str], object]
    """Takes the invocation, level and text; False when it did not keep the line."""


class Waits(NamedTuple):
    """When an invocation came (Unix time), and the seconds that it waited for a place and for an isolate.

    It had both when it had `begun`, on Trio's clock.
    """

    at: float
    queued: float
    start: float
    begun: float


class Used(NamedTuple):
    """Seconds of CPU, the most bytes of memory that were in use, and how many host calls there were."""

    cpu: float
    memory: int
    calls: int


def ended(error: EdgeError | None) -> Outcome:
    """The outcome of an invocation; what the client did wrong meanwhile is nothing that the function did."""
    if error is None:
        return Outcome.OK
    return outcome_of(error) or (Outcome.CANCELED if isinstance(error, CallerError) else Outcome.EXCEPTION)


class Account:
    """Of one invocation, from when it has its isolate; `bytes_in` and `bytes_out` count bodies."""

    __slots__ = (
        "_age",
        "_dropped",
        "_lineage",
        "_lines",
        "_log",
        "_template",
        "_uses",
        "bytes_in",
        "bytes_out",
        "waits",
    )

    def __init__(self, lineage: Lineage, template: Template, runner: Runner, log: LogSink, waits: Waits) -> None:
        self.waits = waits
        self.bytes_in = self.bytes_out = 0
        self._lineage = lineage
        self._template = template
        self._uses = runner.uses + 1  # with this one
        self._age = time.monotonic() - runner.created
        self._log = log
        self._lines = self._dropped = 0

    def write_line(self, level: str, text: str) -> None:
        """A line of the function's log."""
        self._lines += 1
        if self._log(self._lineage, level, text) is False:
            self._dropped += 1

    def warn(self, text: str) -> None:
        """A line of ours among them."""
        self.write_line("warn", text)

    def background(self, machine: Machine, error: EdgeError | None, *, cut: bool) -> BackgroundOutcome | None:
        """What became of the work after the response; says so when it was stopped, as when its time was `cut` off."""
        if cut:
            limit = self._lineage.function.limits.wait_until
            self.warn(f"waitUntil: what went on after the response was stopped after {limit:g} s (wait_until)")
            return BackgroundOutcome.TIMEOUT
        if not machine.had_background:
            return None
        if machine.background and not machine.done:
            if error is not None:
                return BackgroundOutcome.FAILED
            self.warn("waitUntil: what went on was stopped, because the gateway shuts down")
            return BackgroundOutcome.CANCELED
        return BackgroundOutcome.REJECTED if machine.rejected else BackgroundOutcome.OK

    def receipt(
        self,
        error: EdgeError | None,
        background: BackgroundOutcome | None,
        used: Used,
        clock: InvocationClock,
        calls: HostCalls,
        now: float,
    ) -> Receipt:
        """The receipt of an invocation that ended `now`."""
        ledger = calls.ledger
        outcome = Outcome.CANCELED if clock.gone_at is not None and error is None else ended(error)
        function, waits = self._lineage.function, self.waits
        host_calls, more_calls = ledger.close(now)
        return Receipt(
            *(outcome, error),
            queued=waits.queued,
            wall=now - clock.started,
            cpu=used.cpu,
            calls=used.calls,
            level=self._template.level,
            background=background,
            background_wall=now - clock.since(now) if background else 0.0,
            id=self._lineage.id,
            caller=self._lineage.caller,
            function=function.name,
            version=function.version,
            at=waits.at,
            start=waits.start,
            isolate_age=self._age,
            isolate_uses=self._uses,
            memory=max(used.memory, function.limits.memory) if outcome is Outcome.MEMORY else used.memory,
            bytes_in=self.bytes_in + calls.read,
            bytes_out=self.bytes_out,
            sent=ledger.sent,
            received=ledger.received,
            log_lines=self._lines,
            log_dropped=self._dropped,
            limits=function.limits,
            host_calls=host_calls,
            more_calls=more_calls,
        )
