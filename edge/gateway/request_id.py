"""The id of a request: the caller's when it can be trusted to be harmless, else a new one.

`X-Request-Id` wins over the trace id of `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header).
"""

from __future__ import annotations

import re
import secrets

from edge.tracing.context import read_traceparent

_ID = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")


def request_id(x_request_id: str | None, traceparent: str | None) -> str:
    """A token of 1 to 128 characters; 32 hexadecimal digits when it is a trace id or a new one."""
    if x_request_id is not None and _ID.fullmatch(x_request_id):
        return x_request_id
    if traceparent is not None:
        context = read_traceparent(traceparent)
        if context is not None:
            return context.trace_id
    return secrets.token_hex(16)
