"""Whether a process traces: one place that all its parts look at."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from edge.tracing.context import read_context, with_context
from edge.tracing.span import Attributes, Kind, clipped
from edge.tracing.tracer import Started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.invocation import Receipt
    from edge.tracing.context import SpanContext
    from edge.tracing.tracer import Tracer
    from edge.wire.messages import Request


class TracingSwitch:
    """`tracer` is None while it does not.  `parents`: whose contexts are believed (any | trusted | none)."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        self.parents = "any"

    @contextmanager
    def root(
        self, request: Request, name: str, kind: Kind, attributes: Attributes, origin: SpanContext | None = None
    ) -> Iterator[Root]:
        """A trace of its own for an invocation that no client waits for.

        It is linked to `origin`, or to the span that the request names.
        """
        if self.tracer is None:
            yield Root(request)
            return
        origin = origin or read_context(request.headers)
        context = self.tracer.begin_for(origin)
        told = msgspec.structs.replace(request, headers=with_context(request.headers, context))
        if not context.sampled:
            yield Root(told)
            return
        links = (origin,) if origin is not None else ()
        span = Started(self.tracer, context, name, kind, attributes=attributes, links=links)
        root = Root(told, span.attributes)
        try:
            yield root
        finally:
            span.end(root.error)


class Root:
    """`request` is what the function is to be given; `attributes` and `error` are what became of it."""

    def __init__(self, request: Request, attributes: Attributes | None = None) -> None:
        self.request = request
        self.attributes: Attributes = attributes if attributes is not None else {}
        self.error: str | None = None

    def ended(self, receipt: Receipt, status: int) -> None:
        """How the invocation ended; `status` is that of its answer, 0 without one."""
        self.attributes["edge.outcome"] = receipt.outcome
        if status:
            self.attributes["http.response.status_code"] = status
        if receipt.error is not None:
            self.attributes["error.type"] = receipt.error.code
            self.error = clipped(str(receipt.error))
