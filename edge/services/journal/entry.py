"""One line of the journal: a JSON object with the fields of the line in the log, and more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from edge.invocation import Receipt

SEVERITY: Final = {"debug": 10, "info": 20, "warn": 30, "warning": 30, "error": 40, "critical": 50}
MAX_LINE: Final = 256 * 1024
"""Bytes; of an entry beyond only what a filter looks at is kept."""
_HEAD: Final = ("function", "version", "request_id", "id", "outcome")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What is to be written: `at` is Unix time, `level` one of SEVERITY, `fields` have values that JSON knows."""

    at: float
    level: str
    event: str
    fields: Mapping[str, Any]
    receipt: Receipt | None = None


class Head(msgspec.Struct, frozen=True, gc=False):
    """What filters look at; all else in a line is not decoded."""

    timestamp: str = ""
    level: str = "info"
    event: str = ""
    function: str = ""
    version: str = ""
    request_id: str = ""
    id: str = ""
    outcome: str = ""


class _Kept(msgspec.Struct):
    receipt: Receipt | None = None


_kept: Final = msgspec.json.Decoder(_Kept)
_raw: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_decoder: Final = msgspec.json.Decoder(Head)
_encoder: Final = msgspec.json.Encoder(enc_hook=str)


def instant(at: float) -> str:
    """Unix time as it stands in lines, such as 2026-11-30T14:40:00.123456Z; their order is that of time."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def seconds(timestamp: str) -> float:
    """The reverse.  Raises ValueError."""
    return datetime.fromisoformat(timestamp).timestamp()


def line_of(entry: Entry) -> bytes:
    """The line, with its end.  Never raises for what `fields` hold."""
    head = {"timestamp": instant(entry.at), "level": entry.level, "event": entry.event}
    more = {} if entry.receipt is None else {"receipt": _without_error(entry.receipt)}
    line = _encoded(head | dict(entry.fields) | more)
    if len(line) > MAX_LINE:
        kept = {name: str(entry.fields[name])[:500] for name in _HEAD if name in entry.fields}
        line = _encoded(head | kept | {"cut": len(line)})
    return line + b"\n"


def _without_error(receipt: Receipt) -> Receipt:
    """What it is has a field of its own in the line."""
    return receipt if receipt.error is None else msgspec.structs.replace(receipt, error=None)


def _encoded(fields: dict[str, Any]) -> bytes:
    try:
        return _encoder.encode(fields)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
        return _encoder.encode({_text(name): _text(value) for name, value in fields.items()})


def _text(value: object) -> str:
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:  # noqa: BLE001 - what cannot even say what it is
        text = object.__repr__(value)
    return text.encode("utf-8", "backslashreplace").decode()


def without_receipt(line: bytes) -> bytes:
    """A line as the log shows it."""
    at = line.find(b',"receipt":{')
    return line if at < 0 else msgspec.json.encode({k: v for k, v in _raw.decode(line).items() if k != "receipt"})


def receipt_of(line: bytes) -> Receipt | None:
    """The receipt in a line, if there is one that can be read."""
    try:
        return _kept.decode(line).receipt
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def head_of(line: bytes) -> Head | None:
    """None for what is no entry: damaged, or unfinished."""
    try:
        head = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return head if head.timestamp else None
