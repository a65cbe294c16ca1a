"""Requests and answers of HTTP/1.1 that need no state machine.  Pure.

Most requests have no body, or a small one of known length that comes with the head, and say nothing about their
connection; most answers come as a whole: for these the head is split, and the answer joined, here.  All others go
through h11, which sees what it would have seen.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    Field = tuple[bytes, bytes]

# What a parser has to know about: a body, or the connection's future.
_SPECIAL: Final = frozenset(
    {b"content-length", b"transfer-encoding", b"connection", b"upgrade", b"expect", b"te", b"trailer", b"keep-alive"}
)
_MAX_LENGTH_DIGITS: Final = 18
_VALUE = rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?"
_FIELDS: Final = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++: " + _VALUE + rb"\r\n)*+")
_NAMES: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]*")
_FRAMING: Final = _SPECIAL - {b"content-length"}
_FIRST_STATUS: Final = 200
_BODILESS: Final = frozenset({204, 205, 304})

REASONS: Final = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}


class PlainHead(NamedTuple):
    """A head of a request, with the length of its body (0: none); names of fields are in lower case."""

    method: str
    target: bytes
    fields: list[Field]
    length: int = 0


def plain_head(head: bytes) -> PlainHead | None:
    """The parts of a head that head_reader.py has found to be proper; None when it takes h11 to understand it."""
    first, *lines = head[:-4].split(b"\r\n")
    method, target, version = first.split(b" ")
    if version != b"HTTP/1.1" or method == b"CONNECT":
        return None
    fields = []
    hosts = 0
    length = -1
    for line in lines:
        name, _, value = line.partition(b":")
        name = name.lower()
        value = value.strip(b" \t")
        if name in _SPECIAL:
            if name == b"content-length" and length < 0 and value.isdigit() and len(value) <= _MAX_LENGTH_DIGITS:
                length = int(value)
            elif name != b"connection" or value.lower() != b"keep-alive":
                return None
        hosts += name == b"host"
        fields.append((name, value))
    return PlainHead(method.decode("ascii"), target, fields, max(length, 0)) if hosts == 1 else None


def plain_answer(method: str, status: int, fields: Sequence[Field], body: bytes) -> bytes | None:
    """A whole answer that leaves the connection open; None when it takes h11 to frame it, or to complain.

    Names of fields are in lower case, as nearly all are here; others h11 understands too.
    """
    if status < _FIRST_STATUS or status in _BODILESS:
        return None
    known = dict(fields)
    length = known.get(b"content-length", b"")
    if not length.isdigit() or (int(length) != len(body) and method != "HEAD"):
        return None
    if not _FRAMING.isdisjoint(known) or _NAMES.fullmatch(b"".join(known)) is None:
        return None
    if len(known) < len(fields) and [name for name, _ in fields].count(b"content-length") > 1:
        return None
    # Each field is one line, and nothing in a name or a value makes it another one.
    lines = b"".join([b"%s: %s\r\n" % field for field in fields])
    if lines.count(b"\r\n") != len(fields) or _FIELDS.fullmatch(lines) is None:
        return None
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, REASONS.get(status, b"Unknown"), lines, body)
