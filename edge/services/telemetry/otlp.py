"""Spans as OTLP has them, in protobuf.

https://opentelemetry.io/docs/specs/otlp/ ; the messages take 60 ms and 6 MB to import, so whoever needs this imports
it late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from edge import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.tracing.context import SpanContext
    from edge.tracing.span import Span, Value

SCOPE = "edge"


class Batch:
    """One request to a collector, as it grows."""

    def __init__(self, resource: Mapping[str, Value]) -> None:
        self._request = ExportTraceServiceRequest()
        group = self._request.resource_spans.add()
        group.resource.attributes.extend(_attributes(resource))
        self._scope = group.scope_spans.add()
        self._scope.scope.name, self._scope.scope.version = SCOPE, __version__

    def add(self, span: Span) -> None:
        """One span more."""
        message = self._scope.spans.add(
            trace_id=bytes.fromhex(span.context.trace_id),
            span_id=bytes.fromhex(span.context.span_id),
            parent_span_id=bytes.fromhex(span.parent),
            trace_state=span.context.state,
            flags=span.context.flags,
            name=_text(span.name),
            kind=int(span.kind),  # the numbers are the same
            start_time_unix_nano=span.start,
            end_time_unix_nano=max(span.end, span.start),
            attributes=_attributes(span.attributes),
        )
        if span.error is not None:
            message.status.code = trace_pb2.Status.STATUS_CODE_ERROR
            message.status.message = _text(span.error)
        message.links.extend(_link(context) for context in span.links)

    def encoded(self) -> bytes:
        """The body of the request."""
        return self._request.SerializeToString()


def rejected(body: bytes) -> tuple[int, str]:
    """How many spans of an accepted request a collector did not take, and why (partial success)."""
    try:
        answer = ExportTraceServiceResponse.FromString(body)
    except DecodeError:
        return 0, ""
    return answer.partial_success.rejected_spans, answer.partial_success.error_message


def _link(context: SpanContext) -> trace_pb2.Span.Link:
    return trace_pb2.Span.Link(
        trace_id=bytes.fromhex(context.trace_id),
        span_id=bytes.fromhex(context.span_id),
        trace_state=context.state,
        flags=context.flags,
    )


def _attributes(attributes: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=_text(key), value=_value(value)) for key, value in attributes.items()]


def _value(value: Value) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case _:
            return AnyValue(string_value=_text(value))


def _text(value: str) -> str:
    """Protobuf refuses texts that are no UTF-8."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
