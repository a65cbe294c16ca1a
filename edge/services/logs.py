"""Logs of the gateway and of functions, through structlog, as JSON lines or for people.

Whatever is logged, one call makes one line that cannot be forged and that drives no terminal: in JSON everything but
printable text is escaped within its string, for people it is shown as an escape and further lines are indented.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from typing import TYPE_CHECKING, Literal, TextIO, cast

import msgspec
import structlog

from edge.function import Function, mask
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from structlog.typing import Processor


Format = Literal["json", "console"]
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
"""By the names of consoles and of the config."""

# DEL, C1 controls, marks that change the direction of text, line separators, byte order marks, lone surrogates.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
_CONTROL = re.compile(f"[\x00-\x08\x0b-\x1f]|{_UNSAFE.pattern}")
_INDENT = "\n    | "
_REPORT_INTERVAL = 1.0


def configure(
    format: Format = "json",  # noqa: A002 -- its name in [log]
    level: str = "info",
    stream: TextIO | None = None,
    line: Processor | None = None,
) -> None:
    """Send all logs from `level` (debug, info, warn, error) on to `stream`, standard error by default.

    `line` makes the text of an event, in place of what `format` stands for; it may raise structlog.DropEvent.

    Call it again to change it.  A stream that cannot be written to loses lines and never raises.  Libraries that
    use the standard `logging` come along from warnings on: httpx, say, logs every URL below that.
    """
    # The base class keeps the standard library's names, of which "warning" is one.
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            line or (json_line if format == "json" else console_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Sink(stream or sys.stderr))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_FromLogging()], level=max(LEVELS[level], logging.WARNING), force=True)


class _Sink:
    """A stream whose failures stay here: a full disk or a closed pipe must not fail requests."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except (OSError, ValueError):
            return

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return


class _FromLogging(logging.Handler):
    """Records of the standard library as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        extra = {"exc_info": record.exc_info} if record.exc_info else {}
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        structlog.get_logger().log(level, record.getMessage(), logger=record.name, **extra)


# -- lines


def json_line(_: object, __: str, fields: MutableMapping[str, object]) -> str:
    """One JSON object: timestamp, level, event, then the other fields.  Loses nothing, never raises."""
    ordered = {key: fields[key] for key in ("timestamp", "level", "event") if key in fields} | dict(fields)
    try:
        text = json.dumps(ordered, ensure_ascii=False, allow_nan=False, default=repr)
    except (ValueError, TypeError, RecursionError):
        text = json.dumps({str(key): repr(value) for key, value in ordered.items()}, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def console_line(_: object, __: str, fields: MutableMapping[str, object]) -> str:
    """One line for people; what has several lines (text of functions, tracebacks) follows indented."""
    rest = dict(fields)
    clock = str(rest.pop("timestamp", ""))[11:19]
    level, event = str(rest.pop("level", "")), str(rest.pop("event", ""))
    long = [str(rest.pop(key)) for key in ("text", "exception") if key in rest]
    short = " ".join([f"{key}={_value(value)}" for key, value in rest.items()])
    head = " ".join([part for part in (clock, f"{level:<7}", event, short) if part])
    return printable("\n".join([head, *long]) if any("\n" in part for part in long) else " ".join([head, *long]))


def _value(value: object) -> str:
    text = str(value)
    return text if text and not re.search(r"[\s\"'=]", text) else repr(text)


def printable(text: str) -> str:
    """Text that is safe on a terminal: controls as escapes, further lines indented."""
    escaped = _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)
    return escaped.replace("\n", _INDENT)


# -- logs of functions


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

    def __init__(self, limits: LogLimits | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits or LogLimits()
        self._clock = clock
        self._budgets: dict[str, _Budget] = {}
        self._log = structlog.get_logger()

    def write(self, function: Function, request_id: str, level: str, text: str) -> bool:
        """One line of a function; `level` is debug, info, warn or error.  Values of its secrets are masked.

        False when it was one too many, and is lost.
        """
        now = self._clock()
        budget = self._budget(function.name, now)
        line = self._shortened(mask(text, function.secrets.values()))
        accepted = budget.take(self._limits, now, len(line.encode("utf-8", "surrogatepass")))
        if budget.unreported and now >= budget.next_report:
            self._report(function.name, budget, now)
        if accepted:
            fields = {"function": function.name, "version": function.version, "request_id": request_id, "text": line}
            self._log.log(LEVELS.get(level, logging.INFO), "function_log", **fields)
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
