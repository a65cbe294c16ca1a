"""The trace that a request belongs to, and the span of its answer.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge.tracing.context import TRACEPARENT, read_context, with_context
from edge.tracing.span import Attributes, Kind, clipped, method_name
from edge.tracing.tracer import Started

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.gateway.access_log import AccessEntry
    from edge.tracing.context import SpanContext
    from edge.tracing.switch import TracingSwitch
    from edge.tracing.tracer import Tracer
    from edge.wire.messages import Header

_SECONDS = 1_000_000_000
_HOST_AND_PORT = re.compile(r"(.+):\d+")


class RequestTrace:
    """`headers` are those of the request with its own span in them, which is what everybody behind it is told."""

    def __init__(self, tracer: Tracer, headers: Sequence[Header], parent: SpanContext | None, trace_id: str) -> None:
        self.context = tracer.begin(parent, trace_id)
        self.headers = with_context(headers, self.context)
        self._span = (
            Started(tracer, self.context, "", Kind.SERVER, parent=parent.span_id if parent is not None else "")
            if self.context.sampled
            else None
        )

    @property
    def trace_id(self) -> str:
        """Of the trace that it is recorded in; "" when it is not."""
        return self.context.trace_id if self._span is not None else ""

    def end(self, entry: AccessEntry, route: str, *, scheme: str, protocol: str, agent: str) -> None:
        """The request is over."""
        if self._span is None:
            return
        method = method_name(entry.method)
        self._span.name = f"{method} {route}" if route else method
        self._span.attributes |= {
            "http.request.method": method,
            "url.scheme": scheme,
            "network.protocol.name": "http",
            "network.protocol.version": protocol,
            **_known(entry, route, agent),
        }
        failed = clipped(entry.error) if entry.status >= 500 or (entry.error and not entry.code) else None
        self._span.end(failed, took=round(entry.duration * _SECONDS))


def begin_trace(
    tracing: TracingSwitch, headers: list[Header], request_id: str, *, trusted: bool
) -> RequestTrace | None:
    """None while the gateway does not trace.  `trusted`: the peer is one of the trusted proxies."""
    tracer = tracing.tracer
    if tracer is None:
        return None
    believed = tracing.parents == "any" or (tracing.parents == "trusted" and trusted)
    parent = read_context(headers) if believed else None
    names = {name for name, _ in headers}
    # A request without a name of its own is called by the id of its trace.
    fresh = parent is None and TRACEPARENT not in names and "x-request-id" not in names
    return RequestTrace(tracer, headers, parent, request_id if fresh else "")


def _known(entry: AccessEntry, route: str, agent: str) -> Attributes:
    """What is not the same for all; never the query, which may hold keys."""
    said: dict[str, str] = {
        "url.path": clipped(entry.path),
        "http.route": route,
        "server.address": clipped(_HOST_AND_PORT.sub(r"\1", entry.host)),
        "client.address": entry.ip,
        "user_agent.original": clipped(agent),
        "faas.name": entry.function,
        "edge.outcome": entry.outcome,
        "edge.request_id": entry.request_id,
        "edge.cache": entry.cache,
        "error.type": entry.code or (str(entry.status) if entry.status >= 500 else ""),
    }
    sizes: Attributes = {
        "http.response.status_code": entry.status,
        "http.request.body.size": entry.bytes_in,
        "http.response.body.size": entry.bytes_out,
    }
    return {**{name: value for name, value in said.items() if value}, **sizes}
