"""The spans of one invocation: waiting for a place, for an isolate, the run, and what the run asked of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.tracing.propagation import Carrier
from edge.tracing.span import Attributes, Kind, Span, clipped
from edge.tracing.tracer import Started

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from edge.invocation import HostCall, Receipt
    from edge.tracing.context import SpanContext
    from edge.tracing.tracer import Tracer

MAX_CALLS = 64
"""Fetches and calls to other functions that have spans of their own; the rest are in the sums of the run."""
_SECONDS = 1_000_000_000
# What waits for others is no work of its own, and what those say that make requests needs no second span.
_SILENT = frozenset({
    "fetch.start", "fetch.read", "fetch.write", "fetch.end", "fetch.cancel",
    "service.start", "service.read", "service.write", "service.head", "service.end", "service.abort", "service.cancel",
    "socket.read", "socket.write", "socket.end", "socket.close",
    "websocket.read", "websocket.send", "websocket.close", "websocket.cancel",
    "upgrade.read", "upgrade.send", "upgrade.close", "request.read", "cache.read",
})  # fmt: skip


class InvocationTrace:
    """`parent` is the span of the request, or of the call, that the invocation is for; `carrier` is what it tells.

    `secrets` are values that no span may tell.
    """

    def __init__(self, tracer: Tracer, parent: SpanContext, secrets: Collection[str] = ()) -> None:
        self.secrets = secrets
        self.recorded = parent.sampled
        self.context = tracer.child(parent) if parent.sampled else parent
        self.carrier = Carrier(self.context, tracer.destinations)
        self._tracer = tracer
        self._parent = parent
        self._calls = 0

    def call(self, name: str, attributes: Attributes) -> Started | None:
        """The span of a request that the function makes, from now on; None when it is not recorded."""
        self._calls += 1
        if not self.recorded or self._calls > MAX_CALLS:
            return None
        context = self._tracer.child(self.context)
        return Started(self._tracer, context, name, Kind.CLIENT, parent=self.context.span_id, attributes=attributes)

    def ended(self, receipt: Receipt, attributes: Attributes) -> None:
        """The invocation is over; `attributes` are those of its function."""
        if self.recorded:
            for span in self._spans(receipt, attributes):
                self._tracer.sink(span)

    def _spans(self, receipt: Receipt, attributes: Attributes) -> Iterator[Span]:
        queued = round(receipt.at * _SECONDS)
        placed = queued + round(receipt.queued * _SECONDS)
        began = placed + round(receipt.start * _SECONDS)
        refused = receipt.error if receipt.limits is None else None
        waiting = refused if not receipt.start else None
        yield self._wait("queue", queued, placed, waiting)
        if refused is not None and waiting is not None:
            return
        level = {"edge.snapshot.level": receipt.level} if receipt.level else {}
        yield self._wait("isolate", placed, began, refused, {**level, **_isolate(receipt)})
        if refused is None:
            yield self._run(receipt, began, attributes)
            yield from self._host_calls(receipt, began)

    def _wait(
        self, name: str, start: int, end: int, error: object = None, attributes: Attributes | None = None
    ) -> Span:
        context = self._tracer.child(self._parent)
        failed = clipped(str(error)) if error is not None else None
        return Span(context, name, Kind.INTERNAL, start, end, self._parent.span_id, attributes or {}, failed)

    def _run(self, receipt: Receipt, began: int, attributes: Attributes) -> Span:
        end = began + round(receipt.wall * _SECONDS)
        error = clipped(str(receipt.error)) if receipt.error is not None else None
        return Span(
            *(self.context, f"run {receipt.function}", Kind.INTERNAL, began, end, self._parent.span_id),
            {**attributes, **used(receipt)},
            error,
        )

    def _host_calls(self, receipt: Receipt, began: int) -> Iterator[Span]:
        for call in receipt.host_calls:
            if call.op not in _SILENT:
                start = began + round(call.at * _SECONDS)
                context = self._tracer.child(self.context)
                yield Span(
                    *(context, call.op, Kind.CLIENT, start, start + round(call.took * _SECONDS), self.context.span_id),
                    _call_attributes(call),
                    call.error or None,
                )


def used(receipt: Receipt) -> Attributes:
    """What a run used, and how it ended.  https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/."""
    attributes: Attributes = {
        "faas.invocation_id": receipt.id,
        "edge.outcome": receipt.outcome,
        "edge.cpu_ms": round(receipt.cpu * 1000, 3),
        "edge.memory": receipt.memory,
        "edge.host_calls": receipt.calls,
    }
    if receipt.error is not None:
        attributes["error.type"] = receipt.error.code
    if receipt.background is not None:
        attributes["edge.background"] = receipt.background
    for each in receipt.more_calls:
        attributes[f"edge.more_calls.{each.op}"] = each.count
    return attributes


def _isolate(receipt: Receipt) -> Attributes:
    if receipt.limits is None:
        return {}
    return {"edge.isolate.uses": receipt.isolate_uses, "edge.isolate.age_s": round(receipt.isolate_age, 3)}


def _call_attributes(call: HostCall) -> Attributes:
    service, _, operation = call.op.partition(".")
    attributes: Attributes = {"edge.host_call": call.op}
    if service in {"kv", "cache"}:
        attributes |= {"db.system.name": f"edge.{service}", "db.operation.name": operation}
    if call.about:
        attributes["edge.host_call.about"] = call.about
    if call.error:
        attributes["error.type"] = call.error
    return attributes
