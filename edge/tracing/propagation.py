"""The context of a trace on its way out, in the headers of a function's requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.tracing.context import TRACEPARENT, SpanContext, with_context
from edge.tracing.destinations import Destinations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header


class Carrier(NamedTuple):
    """`context` is the span that requests tell of; a function's own `given` may be passed on in its place."""

    context: SpanContext
    destinations: Destinations
    given: SpanContext | None = None

    def below(self, context: SpanContext) -> Carrier:
        """The same for one request, which has a span of its own."""
        return Carrier(context, self.destinations, self.context)

    def added(self, headers: Sequence[Header], host: str) -> Sequence[Header]:
        """The headers of a request to `host`, with the context where it may be told.

        What the function says itself stays, unless it is what it was told: it passes that on, and means the same.
        """
        if not self.destinations.include(host):
            return headers
        own = [value for name, value in headers if name == TRACEPARENT]
        told = (self.given or self.context).traceparent
        return headers if own and own != [told] else with_context(headers, self.context)
