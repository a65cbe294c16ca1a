"""A request as the function asked for it, checked, and as it goes on the wire.

https://fetch.spec.whatwg.org/#methods and #terminology-headers.  Hop-by-hop and framing headers are the
host's: what the function sets of them is dropped, as browsers do.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from edge.services.egress.url import Url
from edge.services.http.failure import FetchError
from edge.services.http.upload import Upload
from edge.tracing.propagation import Carrier
from edge.wire.messages import Header

if TYPE_CHECKING:
    from collections.abc import Iterable

Redirect = Literal["follow", "error", "manual"]
LOOP_NAME = "edge"  # our name in CDN-Loop, RFC 8586
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BAD_VALUE = re.compile(r"[\x00\r\n]|[^\x00-\xff]")  # https://fetch.spec.whatwg.org/#header-value
_BLANKS = "\t\n\r "
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_NORMALISED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_DROPPED = frozenset({
    "connection", "content-length", "cdn-loop", "expect", "host", "http2-settings", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", "via",
})  # fmt: skip
_BODILESS = frozenset({"GET", "HEAD"})
_DEFAULTS = (
    ("accept", "*/*"), ("accept-language", "*"), ("accept-encoding", "gzip, deflate"), ("user-agent", "edge"),
)  # fmt: skip


class FetchRequest(msgspec.Struct, frozen=True):
    """One checked request.  `headers` have lower-case names and hold nothing that frames a message.

    `deadline` is when all of it must be over, by Trio's clock; `carrier` is the trace that it belongs to.
    """

    method: str
    url: Url
    headers: tuple[Header, ...] = ()
    body: bytes | Upload | None = None
    redirect: Redirect = "follow"
    loop: str = ""
    deadline: float = math.inf
    carrier: Carrier | None = None

    @property
    def wire_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers to send: Host first, then the function's, then what is missing."""
        own = self.headers if self.carrier is None else self.carrier.added(self.headers, self.url.host.name)
        names = {name for name, _ in own}
        headers = [("host", self.url.authority), *own]
        headers += [(name, value) for name, value in _DEFAULTS if name not in names]
        headers += self._framing
        headers.append(("cdn-loop", f"{self.loop}, {LOOP_NAME}" if self.loop else LOOP_NAME))
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    @property
    def _framing(self) -> list[Header]:
        if isinstance(self.body, Upload):
            length = self.body.length
            return [("transfer-encoding", "chunked") if length is None else ("content-length", str(length))]
        if self.body is None and self.method not in ("POST", "PUT", "PATCH"):
            return []
        return [("content-length", str(len(self.body or b"")))]


def check_method(method: str) -> str:
    """The method, in the case in which it is sent.  Raises FetchError."""
    if _TOKEN.fullmatch(method) is None:
        raise FetchError(f"{method[:40]!r} is not a valid HTTP method", "request")
    upper = method.upper()
    if upper in _FORBIDDEN_METHODS:
        raise FetchError(f"the HTTP method {upper} is unsupported", "request")
    return upper if upper in _NORMALISED_METHODS else method


def check_headers(headers: Iterable[Header], max_size: int) -> tuple[Header, ...]:
    """Headers with lower-case names and trimmed values, without forbidden ones.  Raises FetchError."""
    checked: list[Header] = []
    size = 0
    for name, value in headers:
        if _TOKEN.fullmatch(name) is None:
            raise FetchError(f"{name[:40]!r} is not a valid header name", "request")
        trimmed = value.strip(_BLANKS)
        if _BAD_VALUE.search(trimmed):
            raise FetchError(f"the value of header {name!r} holds a character that is not allowed", "request")
        size += len(name) + len(trimmed) + 4
        lower = name.lower()
        if lower not in _DROPPED and not lower.startswith("proxy-"):
            checked.append((lower, trimmed))
    if size > max_size:
        limit = f"{max_size} (egress.limits.request_headers)"
        raise FetchError(f"the request headers have {size} bytes, over the limit of {limit}", "limit")
    return tuple(checked)


def check_body(method: str, body: bytes | Upload | None) -> bytes | Upload | None:
    """The body to send; Fetch allows none with GET and HEAD.  Raises FetchError."""
    if method not in _BODILESS:
        return body
    if body:
        raise FetchError(f"a request with method {method} cannot have a body", "request")
    return None


def check_loop(loop: str, limit: int) -> str:
    """The CDN-Loop value to continue (RFC 8586).  Raises FetchError when we are in it `limit` times."""
    if _BAD_VALUE.search(loop):
        return ""
    count = sum(entry.partition(";")[0].strip().lower() == LOOP_NAME for entry in loop.split(","))
    if count >= limit:
        raise FetchError(f"the request has passed through edge {count} times, over the limit of {limit}", "limit")
    return loop
