"""The head of a function's answer, made safe to send.

The gateway frames messages itself: what a function says about framing and connections is dropped (RFC 9110
section 7.6.1, RFC 9112 section 6); what it says about the length is believed only when it is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.errors import BadResponseError

if TYPE_CHECKING:
    from edge.wire.messages import Header

RawHeader = tuple[bytes, bytes]

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LENGTH = re.compile(r"[0-9]{1,18}")
_OURS = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "trailer",
        "edge-request-id", "edge-outcome",
    }
)  # fmt: skip
_MAX_HEADERS = 512
_MAX_SIZE = 256 * 1024


class ResponseHead(msgspec.Struct, frozen=True):
    """`headers` are without content-length; `length` is what the function announced, None when it did not."""

    status: int
    headers: list[RawHeader]
    length: int | None


def bodiless(status: int) -> bool:
    """Whether a status forbids a body (RFC 9110 sections 15.3.5 and 15.4.5)."""
    return status in {204, 304}


def response_head(status: int, headers: list[Header]) -> ResponseHead:
    """Checks status and headers of a function's answer.

    Raises BadResponseError for a status outside 200..999, an invalid name, a value with control characters or
    beyond latin-1, contradictory lengths, and too many headers.
    """
    if not 200 <= status <= 999:
        raise BadResponseError(f"the function answered with status {status} (200 to 999 can be sent)")
    if len(headers) > _MAX_HEADERS:
        raise BadResponseError(f"the function answered with {len(headers)} headers, over the limit of {_MAX_HEADERS}")
    size = _check_fields(headers)
    if size > _MAX_SIZE:
        raise BadResponseError(f"the function's headers are {size} bytes long, over the limit of {_MAX_SIZE}")
    kept: list[RawHeader] = []
    length: int | None = None
    for raw_name, raw_value in headers:
        name = raw_name.lower()
        value = raw_value.strip(" \t")
        if name == "content-length":
            length = _length(value, length)
        elif name not in _OURS:
            kept.append((name.encode("ascii"), value.encode("latin-1")))
    return ResponseHead(status, kept, length)


def _check_fields(headers: list[Header]) -> int:
    """How long they are, in characters.  Two expressions for all of them, as there is nothing to complain of.

    Raises BadResponseError.
    """
    names = [name for name, _ in headers]
    name, value = "".join(names), "".join([value for _, value in headers])
    if not headers or ("" not in names and _NAME.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None):
        return len(name) + len(value)
    for raw_name, value in headers:
        name = raw_name.lower()
        if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            raise BadResponseError(_complaint(name))
    return sum(len(name) + len(value) for name, value in headers)


def _length(value: str, previous: int | None) -> int:
    if _LENGTH.fullmatch(value) is None or previous not in {None, int(value)}:
        raise BadResponseError("the function answered with an invalid Content-Length")
    return int(value)


def _complaint(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        return f"the function answered with an invalid header name: {name[:64]!a}"
    allowed = "latin-1 without control characters"
    return f"the function's header {name[:64]!r} holds a character that cannot be sent ({allowed} can)"
