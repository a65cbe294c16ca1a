"""Why a fetch failed: the one place where foreign errors become the function's TypeError."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import h2.exceptions
import httpcore

from edge.errors import HostCallError
from edge.services.dial.failure import DialError

if TYPE_CHECKING:
    from collections.abc import Iterator

Stage = Literal["parse", "scheme", "host", "ip", "request", "connect", "tls", "response", "redirect", "limit"]
_CODES = {
    "parse": "ERR_INVALID_URL",
    "scheme": "ERR_UNSUPPORTED_SCHEME",
    "request": "ERR_HTTP_REQUEST",
    "response": "ERR_HTTP_RESPONSE",
    "redirect": "ERR_HTTP_REDIRECT",
    "limit": "ERR_FETCH_LIMIT",
}
"""Codes of failures that have none from the system."""
_FOREIGN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.ConnectionNotAvailable,
    h2.exceptions.H2Error,
    # What a peer's nonsense makes them raise where they check nothing, such as an HTTP/2 status that is no number.
    ValueError,
    LookupError,
    RuntimeError,
)


class FetchError(HostCallError):
    """A fetch that came to nothing: `TypeError: fetch failed: ...` inside the function.

    `stage` says how far it came; `retry` that the request may be sent again on another connection.
    """

    def __init__(self, reason: str, stage: Stage, *, code: str = "", retry: bool = False) -> None:
        super().__init__(f"fetch failed: {reason}", js_class="TypeError", js_code=code or _CODES.get(stage, ""))
        self.stage = stage
        self.retry = retry


@contextmanager
def dialling() -> Iterator[None]:
    """Turn DialError into FetchError."""
    try:
        yield
    except DialError as error:
        raise FetchError(error.reason, error.stage, code=error.js_code) from error


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn what the HTTP libraries raise while they talk to `place` (`host:port`) into FetchError."""
    try:
        yield
    except _FOREIGN as error:
        broken = isinstance(error, httpcore.NetworkError) or "isconnected" in str(error)
        reason = "the connection was closed too early" if broken else f"bad HTTP: {_words(error)}"
        code = "ECONNRESET" if broken else ""  # otherwise that of the stage
        raise FetchError(f"{place}: {reason}", "response", code=code, retry=broken) from error


def _words(error: Exception) -> str:
    """The library's message; it speaks of the peer only."""
    return str(error) or type(error).__name__
