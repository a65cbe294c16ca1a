"""Logs of the gateway and of functions, through structlog, as JSON lines or for people.

Whatever is logged, one call makes one line that cannot be forged and that drives no terminal: in JSON everything but
printable text is escaped within its string, for people it is shown as an escape and further lines are indented.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

import msgspec
import structlog
from structlog.contextvars import get_contextvars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

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
JOURNAL_FAILED = "journal_failed"
_KEPT_ELSEWHERE = frozenset({"request", "function_log", "function_call", JOURNAL_FAILED})
_INDENT = "\n    | "


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
    text = line or (json_line if format == "json" else console_line)
    sink = _Sink(stream or sys.stderr)
    _often.configure(LEVELS[level], text, sink)
    # The base class keeps the standard library's names, of which "warning" is one.
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _keep_event,
            text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", sink)),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_FromLogging()], level=max(LEVELS[level], logging.WARNING), force=True)


def log_often(level: str, event: str, fields: Mapping[str, Any]) -> None:
    """The line that structlog would write of it, for what each request logs: a third of the time.

    `level` is one of LEVELS; for events that are kept elsewhere.
    """
    _often.log(level, event, fields)


_keep: list[Callable[[str, str, Mapping[str, Any]], None]] = []


@contextmanager
def keeping(keep: Callable[[str, str, Mapping[str, Any]], None]) -> Iterator[None]:
    """Meanwhile `keep` gets level, event and fields of what is logged, except by requests and functions."""
    _keep.append(keep)
    try:
        yield
    finally:
        _keep.remove(keep)


def _keep_event(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if _keep and fields.get("event") not in _KEPT_ELSEWHERE:
        rest = {key: value for key, value in fields.items() if key not in ("timestamp", "level", "event")}
        for keep in _keep:
            keep(str(fields.get("level", "info")), str(fields.get("event", "")), rest)
    return fields


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


class _Often:
    """What `log_often` writes; nothing before `configure`."""

    def __init__(self) -> None:
        self._least = logging.CRITICAL + 1
        self._text: Processor = json_line
        self._sink = _Sink(io.StringIO())
        self._second = -1
        self._clock = ""

    def configure(self, least: int, text: Processor, sink: _Sink) -> None:
        """See the function of this name."""
        self._least, self._text, self._sink = least, text, sink

    def log(self, level: str, event: str, fields: Mapping[str, Any]) -> None:
        if LEVELS[level] < self._least:
            return
        line = {"timestamp": self._now(), "level": level, "event": event, **fields}
        for name, value in get_contextvars().items():
            line.setdefault(name, value)
        try:
            text = _quick_json(line) if self._text is json_line else str(self._text(None, level, line))
        except structlog.DropEvent:
            return
        self._sink.write(f"{text}\n")
        self._sink.flush()

    def _now(self) -> str:
        """ISO 8601, as structlog's TimeStamper writes it; what is above the second is made once a second."""
        now = time.time_ns() // 1000
        second, micros = divmod(now, 1_000_000)
        if second != self._second:
            self._second, self._clock = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._clock}.{micros:06d}Z"


class _FromLogging(logging.Handler):
    """Records of the standard library as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        extra = {"exc_info": record.exc_info} if record.exc_info else {}
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        structlog.get_logger().log(level, record.getMessage(), logger=record.name, **extra)


# -- lines


def json_line(_: object, __: str, fields: MutableMapping[str, object]) -> str:
    """One JSON object: timestamp, level, event, then the other fields.  Loses nothing, never raises."""
    return _json({key: fields[key] for key in ("timestamp", "level", "event") if key in fields} | dict(fields))


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=repr).encode


def _json(fields: Mapping[str, object]) -> str:
    try:
        text = _encode(fields)
    except (ValueError, TypeError, RecursionError):
        text = json.dumps({str(key): repr(value) for key, value in fields.items()}, ensure_ascii=False)
    return _safe(text)


_quick = msgspec.json.Encoder().encode


def _quick_json(fields: Mapping[str, object]) -> str:
    """The same text, for values that JSON has, in a third of the time."""
    try:
        text = msgspec.json.format(_quick(fields), indent=0).decode()
    except (TypeError, ValueError, msgspec.MsgspecError, RecursionError):
        return _json(fields)
    return _safe(text)


def _safe(text: str) -> str:
    if text.isascii() and "\x7f" not in text:
        return text
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


_often = _Often()
