"""A response as the function will see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.services.http.body import Body, StaticBody
from edge.services.http.failure import FetchError
from edge.wire.messages import Header

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpcore

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BAD_VALUE = re.compile(r"[\x00\r\n]")


class FetchResponse(msgspec.Struct, frozen=True):
    """The head of a response and its body.  `length` is what Content-Length promises of the decoded body."""

    status: int
    reason: str
    headers: tuple[Header, ...]
    url: str
    redirected: bool
    body: Body | StaticBody
    length: int | None = None


def header_list(response: httpcore.Response, max_size: int, max_count: int) -> tuple[Header, ...]:
    """The headers, names in lower case.  Raises FetchError when the head is malformed or too large."""
    if not 200 <= response.status <= 999:  # some servers make up their own
        raise FetchError(f"the response has status {response.status}, which fetch cannot use", "response")
    size = sum(len(name) + len(value) + 4 for name, value in response.headers)
    if size > max_size:
        limit = f"{max_size} (egress.limits.response_headers)"
        raise FetchError(f"the response headers have {size} bytes, over the limit of {limit}", "limit")
    if len(response.headers) > max_count:
        limit = f"{max_count} (egress.limits.response_header_count)"
        raise FetchError(f"the response has {len(response.headers)} headers, over the limit of {limit}", "limit")
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
    if not all(_TOKEN.fullmatch(name) and not _BAD_VALUE.search(value) for name, value in headers):
        raise FetchError("the response has a malformed header", "response")
    return headers


def without_coding(headers: Iterable[Header]) -> tuple[Header, ...]:
    """The headers of a decoded body.

    The coding and the length of the encoded bytes are no longer true, and a function that passes the
    response on would send them to its client.
    """
    return tuple(header for header in headers if header[0] not in ("content-encoding", "content-length"))
