"""Entries to and from the host calls `kv.*`; see `arguments` for the shapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import msgspec

from edge.services.api import Answer
from edge.services.kv.arguments import EntryAnswer, ListedAnswer, ManyAnswer, Value
from edge.services.kv.failures import KVInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.kv.records import Entry, Listed

_SYNTAX = msgspec.json.Decoder(msgspec.Raw)


class Parts:
    """The raw bytes of a host call, handed out in order."""

    def __init__(self, data: bytes | None) -> None:
        self._data = data or b""
        self._at = 0

    def take(self, size: int | None) -> bytes:
        """The next `size` bytes, None for all that is left.  Raises KVInputError when there are fewer."""
        end = len(self._data) if size is None else self._at + size
        if not self._at <= end <= len(self._data):
            raise KVInputError("bad arguments: the sizes of the values do not fit the data")
        taken, self._at = self._data[self._at : end], end
        return taken


def value_of(given: Value, parts: Parts) -> bytes:
    """The bytes to store.  Raises KVInputError when value and kind do not go together."""
    if (given.text is None) != (given.kind == "bytes"):
        raise KVInputError("bad arguments: json and text values come as text, bytes come as data")
    if given.text is None:
        return parts.take(given.size)
    return json_bytes(given.key, given.text) if given.kind == "json" else given.text.encode()


def json_bytes(key: str, text: str) -> bytes:
    """JSON text as bytes.  Raises KVInputError when it is not JSON (RFC 8259)."""
    data = text.encode()
    try:
        _SYNTAX.decode(data)
    except msgspec.DecodeError:
        _check_slowly(key, text)
    except RecursionError:
        raise KVInputError(
            f"the JSON for {key!a} is nested too deeply", hint="flatten it, or put() it as a string"
        ) from None
    return data


def _check_slowly(key: str, text: str) -> None:
    """JSON.stringify writes escaped lone surrogates, which the fast decoder refuses and RFC 8259 allows."""
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise KVInputError(f"bad arguments: the value or metadata for {key!a} is not JSON") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def answer_of(entry: Entry) -> Answer:
    """The answer to `kv.get`."""
    binary = entry.kind == "bytes"
    text = None if binary else entry.value.decode()
    answer = EntryAnswer(entry.kind, entry.versionstamp, text, _text(entry.metadata))
    return Answer(answer, entry.value if binary else None)


def many_of(entries: Mapping[str, Entry]) -> Answer:
    """The answer to `kv.getMany`."""
    data = b"".join([entry.value for entry in entries.values() if entry.kind == "bytes"])
    return Answer([_one_of_many(key, entry) for key, entry in entries.items()], data or None)


def listed_of(item: Listed) -> ListedAnswer:
    """One key of the answer to `kv.list`.  Seconds are rounded up: never earlier than the entry ends."""
    seconds = None if item.expires_at is None else -(-item.expires_at // 1000)
    return ListedAnswer(item.key, seconds, _text(item.metadata))


def _one_of_many(key: str, entry: Entry) -> ManyAnswer:
    if entry.kind == "bytes":
        return ManyAnswer(key, entry.kind, size=len(entry.value))
    return ManyAnswer(key, entry.kind, entry.value.decode())


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode()
