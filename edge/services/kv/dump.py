"""Entries as lines of text, to leave a store and come into another (NDJSON: one JSON object a line).

`{"key": "greeting", "json": {"text": "hello"}, "metadata": ..., "expires_at": 1767225600000}`; text values are under
`text`, bytes under `base64`.  `expires_at` is in milliseconds since the Unix epoch.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import msgspec

from edge.services.kv.expiry import check_time
from edge.services.kv.failures import KVInputError
from edge.services.kv.limits import check_key, check_value
from edge.services.kv.records import Set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.services.kv.limits import Limits
    from edge.services.kv.records import Entry

MAX_LINE = 64 * 1024 * 1024
"""Bytes; the largest value, as base64, is 34 MB."""


class _Line(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    key: str
    json: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    text: str | None = None
    base64: str | None = None
    metadata: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    expires_at: int | None = None


_decoder = msgspec.json.Decoder(_Line)


def line_of(key: str, entry: Entry) -> bytes:
    """An entry, with its line feed."""
    line = _Line(key, expires_at=entry.expires_at)
    if entry.kind == "json":
        line.json = msgspec.Raw(_flat(entry.value))
    elif entry.kind == "text":
        line.text = entry.value.decode()
    else:
        line.base64 = base64.b64encode(entry.value).decode("ascii")
    if entry.metadata is not None:
        line.metadata = msgspec.Raw(_flat(entry.metadata))
    return msgspec.json.encode(line) + b"\n"


def _flat(value: bytes) -> bytes:
    """JSON in one line: an operator may have stored it over several."""
    return msgspec.json.format(value, indent=-1) if b"\n" in value or b"\r" in value else value


def entries_of(lines: Iterable[bytes], limits: Limits) -> Iterator[Set]:
    """The entries of a dump.  Raises KVInputError with the number of the line that is wrong."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _entry(line, limits)
            except KVInputError as error:
                raise KVInputError(f"line {number}: {error.message}", hint=error.hint) from error


def _entry(data: bytes, limits: Limits) -> Set:
    try:
        line = _decoder.decode(data)
        json, metadata = _json(line.json), _json(line.metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise KVInputError(f"not an entry of a dump: {str(error)[:200]}") from error
    check_key(line.key, limits)
    match (json, line.text, line.base64):
        case (bytes() as value, None, None):
            entry = Set(line.key, value, "json", metadata, line.expires_at)
        case (None, str() as text, None):
            entry = Set(line.key, text.encode(), "text", metadata, line.expires_at)
        case (None, None, str() as text):
            entry = Set(line.key, _bytes(text), "bytes", metadata, line.expires_at)
        case _:
            raise KVInputError("an entry has one of json, text and base64")
    check_time(line.expires_at)
    check_value(line.key, entry.value, metadata, limits)
    return entry


def _json(raw: msgspec.Raw | msgspec.UnsetType) -> bytes | None:
    """Of raw JSON msgspec does not look at the texts."""
    if not isinstance(raw, msgspec.Raw):
        return None
    value = bytes(raw)
    value.decode()
    return value


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise KVInputError("base64 is not base64") from error
