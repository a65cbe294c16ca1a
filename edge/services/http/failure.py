"""Why a fetch failed: the one place where foreign errors become the function's TypeError."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import h2.errors
import h2.events
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

    `stage` says how far it came; `retry` that the request may be sent again on another connection, `untouched`
    that the server has not looked at it.
    """

    def __init__(
        self, reason: str, stage: Stage, *, code: str = "", retry: bool = False, untouched: bool = False
    ) -> None:
        super().__init__(f"fetch failed: {reason}", js_class="TypeError", js_code=code or _CODES.get(stage, ""))
        self.stage = stage
        self.retry = retry
        self.untouched = untouched


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
        untouched = _is_refusal(error)
        raise FetchError(f"{place}: {reason}", "response", code=code, retry=broken, untouched=untouched) from error


def _is_refusal(error: Exception) -> bool:
    """https://www.rfc-editor.org/rfc/rfc9113#section-8.7."""
    event = error.args[0] if error.args else None
    return isinstance(event, h2.events.StreamReset) and event.error_code == h2.errors.ErrorCodes.REFUSED_STREAM


def _words(error: Exception) -> str:
    """The library's message, or what an event of HTTP/2 means; both speak of the peer only."""
    event = error.args[0] if error.args else None
    if isinstance(event, h2.events.StreamReset):
        return f"the stream was reset ({_code(event.error_code)})"
    if isinstance(event, h2.events.ConnectionTerminated):
        return f"the server ended the connection ({_code(event.error_code)})"
    return str(error) or type(error).__name__


def _code(code: int | None) -> str:
    """The name of an HTTP/2 error code."""
    try:
        return h2.errors.ErrorCodes(code or 0).name
    except ValueError:
        return f"error {code}"
