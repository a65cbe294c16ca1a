"""Logs of the gateway and of functions, through structlog, as JSON lines or for people.

Whatever is logged, one call makes one line that cannot be forged and that drives no terminal: in JSON everything but
printable text is escaped within its string, for people it is shown as an escape and further lines are indented.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

import structlog

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
    # The base class keeps the standard library's names, of which "warning" is one.
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _keep_event,
            line or (json_line if format == "json" else console_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Sink(stream or sys.stderr))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_FromLogging()], level=max(LEVELS[level], logging.WARNING), force=True)


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
