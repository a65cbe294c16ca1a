"""Errors as answers: status, headers and the one JSON shape of CONTRACT section 5."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.errors import (
    AuthUnavailableError,
    EdgeError,
    FunctionError,
    HostCallError,
    InternalError,
    MethodNotAllowedError,
    OverloadedError,
    RangeNotSatisfiableError,
    RateLimitedError,
    UnauthorizedError,
)

JSON = (b"content-type", b"application/json")
NO_STORE = (b"cache-control", b"no-store")
REQUEST_ID = b"edge-request-id"


class Answer(msgspec.Struct, frozen=True):
    """A complete response; `headers` hold content-type and content-length already."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def json_answer(status: int, value: Any, headers: list[tuple[bytes, bytes]] | None = None) -> Answer:
    """Any value that msgspec can encode, as a JSON answer."""
    body = msgspec.json.encode(value)
    return Answer(status, [JSON, (b"content-length", b"%d" % len(body)), *(headers or ())], body)


def error_answer(error: Exception, request_id: str, *, expose: bool = False) -> Answer:
    """What a client gets for an error.

    An exception that is no EdgeError, and every error of our own, answers 500 `internal` and says nothing else.
    What a function threw is told only with `expose`, then with its stack.
    """
    if not isinstance(error, EdgeError) or isinstance(error, HostCallError):
        error = InternalError("")
    message = _message(error, request_id, expose=expose)
    fields: dict[str, object] = {"code": error.code, "message": message, "request_id": request_id}
    if expose and isinstance(error, FunctionError) and error.stack:
        fields["stack"] = error.stack
    headers = [*_extra(error), (REQUEST_ID, request_id.encode("ascii")), NO_STORE]
    return json_answer(error.status, {"error": fields}, headers)


def _message(error: EdgeError, request_id: str, *, expose: bool) -> str:
    if error.code == "internal":
        return f"something went wrong inside the gateway; its log has the details under {request_id}"
    if error.code == "function_error" and not expose:
        return f"the function failed; its log has the details under {request_id}"
    return str(error)


def _extra(error: EdgeError) -> list[tuple[bytes, bytes]]:
    if isinstance(error, (OverloadedError, RateLimitedError, AuthUnavailableError)):
        return [(b"retry-after", b"%d" % error.retry_after)]
    if isinstance(error, MethodNotAllowedError):
        return [(b"allow", ", ".join(error.allow).encode("ascii"))]
    if isinstance(error, RangeNotSatisfiableError):
        return [(b"content-range", b"bytes */%d" % error.size)]
    if isinstance(error, UnauthorizedError):
        return [(b"www-authenticate", one.encode("latin-1", "replace")) for one in error.challenges]
    return []
