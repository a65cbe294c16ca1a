"""What functions write to their console: within limits, and without what is secret."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import structlog

from edge.function import Function, mask
from edge.services.logs import LEVELS
from edge.services.redaction import credentials
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from edge.wire.messages import Header

_REPORT_INTERVAL = 1.0


class Speaker(Protocol):
    """An invocation: `id` is its own, `headers` are those of its request.  `masked` is for FunctionLogs."""

    function: Function
    request_id: str
    id: str
    headers: list[Header]
    masked: tuple[str, ...] | None


class LogLimits(msgspec.Struct, frozen=True):
    """Per function: `lines` and `bytes` per second, with as much again at once; `line` in characters."""

    lines: int = 1000
    bytes: int = MIB
    line: int = 10_000


class LogStatistics(msgspec.Struct, frozen=True):
    """Lines of one function since the start."""

    written: int = 0
    dropped: int = 0


class _Budget:
    """Tokens for lines and bytes of one function, and what it has cost so far."""

    __slots__ = ("at", "bytes", "dropped", "lines", "next_report", "unreported", "written")

    def __init__(self, limits: LogLimits, now: float) -> None:
        self.at = now
        self.lines = 2.0 * limits.lines
        self.bytes = 2.0 * limits.bytes
        self.next_report = now
        self.written = self.dropped = self.unreported = 0

    def take(self, limits: LogLimits, now: float, size: int) -> bool:
        passed, self.at = max(now - self.at, 0.0), now
        self.lines = min(self.lines + passed * limits.lines, 2.0 * limits.lines)
        self.bytes = min(self.bytes + passed * limits.bytes, 2.0 * limits.bytes)
        if self.lines < 1 or self.bytes < size:
            self.dropped += 1
            self.unreported += 1
            return False
        self.lines -= 1
        self.bytes -= size
        self.written += 1
        return True


class FunctionLogs:
    """What functions write to their console, within limits; `write` is the log sink of an engine.

    A function that writes faster than its limits loses lines, never time, and takes no one else's share.  The
    loss is reported when it begins and then once a second at most, with the next line or by `report`.
    """

    def __init__(
        self,
        limits: LogLimits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        keep: Callable[[str, str, Mapping[str, Any]], None] = lambda *_: None,
    ) -> None:
        """`keep` gets level, event and fields of each line that is written, for a journal."""
        self._limits = limits or LogLimits()
        self._keep = keep
        self._secret_headers: frozenset[str] = frozenset()
        self._clock = clock
        self._budgets: dict[str, _Budget] = {}
        self._log = structlog.get_logger()

    def configure(self, limits: LogLimits, secret_headers: Iterable[str] = ()) -> None:
        """Other limits from now on; `secret_headers` are names, besides the usual ones, whose values are masked."""
        self._limits = limits
        self._secret_headers = frozenset(name.lower() for name in secret_headers)

    def write(self, speaker: Speaker, level: str, text: str) -> bool:
        """One line of a function; `level` is debug, info, warn or error.

        Values of its secrets are masked, and credentials of the request that it answers.  False when the line was one
        too many, and is lost.
        """
        function, now = speaker.function, self._clock()
        if speaker.masked is None:
            secrets = function.secrets.values()
            speaker.masked = (*secrets, *credentials(speaker.headers, self._secret_headers))
        budget = self._budget(function.name, now)
        line = self._shortened(mask(text, speaker.masked) if speaker.masked else text)
        accepted = budget.take(self._limits, now, len(line.encode("utf-8", "surrogatepass")))
        if budget.unreported and now >= budget.next_report:
            self._report(function.name, budget, now)
        if accepted:
            fields = {"function": function.name, "version": function.version, "request_id": speaker.request_id}
            if speaker.id != speaker.request_id:
                fields["id"] = speaker.id
            fields["text"] = line
            self._log.log(LEVELS.get(level, logging.INFO), "function_log", **fields)
            self._keep("warning" if level == "warn" else level, "function_log", fields)
        return accepted

    def report(self) -> None:
        """Write how many lines were dropped and not yet reported.  To be called now and then, and at the end."""
        now = self._clock()
        for name, budget in self._budgets.items():
            if budget.unreported:
                self._report(name, budget, now)

    def statistics(self) -> Mapping[str, LogStatistics]:
        """Counts by function name."""
        return {name: LogStatistics(budget.written, budget.dropped) for name, budget in self._budgets.items()}

    def _budget(self, name: str, now: float) -> _Budget:
        budget = self._budgets.get(name)
        if budget is None:
            budget = self._budgets[name] = _Budget(self._limits, now)
        return budget

    def _report(self, name: str, budget: _Budget, now: float) -> None:
        limits = f"{self._limits.lines} lines and {self._limits.bytes} bytes per second"
        log = self._log.bind(function=name, dropped=budget.unreported, total=budget.dropped, limits=limits)
        log.warning("function_logs_dropped")
        budget.unreported = 0
        budget.next_report = now + _REPORT_INTERVAL

    def _shortened(self, text: str) -> str:
        left_out = len(text) - self._limits.line
        return f"{text[: self._limits.line]}... {left_out} more characters" if left_out > 0 else text
