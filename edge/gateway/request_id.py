"""The id of a request: the caller's when it can be trusted to be harmless, else a new one.

`X-Request-Id` wins over the trace id of `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header).
"""

from __future__ import annotations

import os
import re
import secrets

from edge.tracing.context import read_traceparent

_ID_BYTES = 16
_DRAWN = 256 * _ID_BYTES
_ID = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")


def request_id(x_request_id: str | None, traceparent: str | None) -> str:
    """A token of 1 to 128 characters; 32 hexadecimal digits when it is a trace id or a new one."""
    if x_request_id is not None and _ID.fullmatch(x_request_id):
        return x_request_id
    if traceparent is not None:
        context = read_traceparent(traceparent)
        if context is not None:
            return context.trace_id
    return _new_id()


class _Randomness:
    """Bytes of the system's, many at a time: to ask for 16 of them takes as long as to ask for 4 KiB."""

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0

    def forget(self) -> None:
        """Another process may draw the same ones."""
        self._bytes = b""
        self._at = 0

    def hex(self) -> str:
        """32 hexadecimal digits."""
        if self._at >= len(self._bytes):
            self._bytes, self._at = secrets.token_bytes(_DRAWN), 0
        at, self._at = self._at, self._at + _ID_BYTES
        return self._bytes[at : at + _ID_BYTES].hex()


_randomness = _Randomness()
_new_id = _randomness.hex
os.register_at_fork(after_in_child=_randomness.forget)
