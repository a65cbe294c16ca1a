"""What is sent of a file for a request: status, headers, and which bytes.  Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from edge.errors import PreconditionError, RangeNotSatisfiableError
from edge.gateway.static.preconditions import evaluate, may_send_parts
from edge.gateway.static.ranges import Span, parse_ranges

if TYPE_CHECKING:
    from edge.gateway.static.site import Found

RawHeader: TypeAlias = tuple[bytes, bytes]
Piece: TypeAlias = bytes | Span


class Plan(msgspec.Struct, frozen=True):
    """`pieces` are bytes as they are, or spans of the file; `length` is what they come to."""

    status: int
    headers: list[RawHeader]
    pieces: tuple[Piece, ...] = ()
    length: int = 0


def plan(found: Found, cache_control: str, method: str, headers: Mapping[str, str]) -> Plan:
    """The answer to GET or HEAD.  Raises PreconditionError, RangeNotSatisfiableError.

    `headers` are the request's, by lower-case name.
    """
    about = _about(found, cache_control)
    verdict = evaluate(headers, found.etag, found.modified)
    if verdict == "failed":
        raise PreconditionError("the file is not what If-Match or If-Unmodified-Since ask for")
    if verdict == "not modified":
        return Plan(304, about)
    about += _of_content(found)
    spans = None
    if method == "GET" and "range" in headers and may_send_parts(headers, found.etag, found.modified):
        spans = parse_ranges(headers["range"], found.size)
    if spans is None:
        return _whole(found, about)
    if not spans:
        raise RangeNotSatisfiableError(f"the file has {found.size} bytes, none of them in this range", size=found.size)
    return _single(found, about, spans[0]) if len(spans) == 1 else _several(found, about, spans)


def page(found: Found) -> Plan:
    """The answer when there is nothing: a page that says so."""
    about = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), *_vary(found)]
    headers = [*about, *_coding(found), _type(found.type), _length(found.size)]
    return Plan(404, headers, ((0, found.size),), found.size)


def _about(found: Found, cache_control: str) -> list[RawHeader]:
    """What 304 has as well (section 15.4.5)."""
    kept = [(b"cache-control", cache_control.encode("latin-1"))] if cache_control else []
    return [
        *kept,
        (b"etag", found.etag.encode("ascii")),
        (b"last-modified", formatdate(found.modified, usegmt=True).encode("ascii")),
        *_vary(found),
    ]


def _of_content(found: Found) -> list[RawHeader]:
    return [(b"accept-ranges", b"bytes"), (b"x-content-type-options", b"nosniff"), *_coding(found)]


def _vary(found: Found) -> list[RawHeader]:
    return [(b"vary", b"accept-encoding")] if found.varies else []


def _coding(found: Found) -> list[RawHeader]:
    return [(b"content-encoding", found.coding.encode("ascii"))] if found.coding else []


def _type(kind: str) -> RawHeader:
    return b"content-type", kind.encode("ascii")


def _length(size: int) -> RawHeader:
    return b"content-length", b"%d" % size


def _whole(found: Found, about: list[RawHeader]) -> Plan:
    return Plan(200, [*about, _type(found.type), _length(found.size)], ((0, found.size),), found.size)


def _content_range(span: Span, size: int) -> RawHeader:
    return b"content-range", b"bytes %d-%d/%d" % (span[0], span[1] - 1, size)


def _single(found: Found, about: list[RawHeader], span: Span) -> Plan:
    size = span[1] - span[0]
    headers = [*about, _type(found.type), _content_range(span, found.size), _length(size)]
    return Plan(206, headers, (span,), size)


def _several(found: Found, about: list[RawHeader], spans: list[Span]) -> Plan:
    """multipart/byteranges (section 14.6)."""
    boundary = secrets.token_hex(16).encode("ascii")
    pieces: list[Piece] = []
    for span in spans:
        lines = b"".join(b"%s: %s\r\n" % line for line in (_type(found.type), _content_range(span, found.size)))
        pieces += [b"\r\n--%s\r\n%s\r\n" % (boundary, lines), span]
    pieces.append(b"\r\n--%s--\r\n" % boundary)
    length = sum(len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in pieces)
    kind = (b"content-type", b"multipart/byteranges; boundary=" + boundary)
    return Plan(206, [*about, kind, _length(length)], tuple(pieces), length)
