"""Begins traces and takes spans in: the clock and the chance of tracing."""

from __future__ import annotations

import random
import secrets
import time
from typing import TYPE_CHECKING

import msgspec

from edge.tracing.context import SAMPLED, SpanContext
from edge.tracing.span import Attributes, Kind, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.tracing.destinations import Destinations
    from edge.tracing.sampler import Sampler


class Tracer:
    """What a process traces with, while it does; `sink` takes spans that have ended, and never waits.

    `destinations` says which fetches carry the context.  Its ids are not secret, and need not be hard to guess.
    """

    def __init__(self, sampler: Sampler, sink: Callable[[Span], None], destinations: Destinations) -> None:
        self.sink = sink
        self.destinations = destinations
        self._sampler = sampler
        self._bits = random.Random(secrets.randbits(256)).getrandbits  # noqa: S311 - see above

    def trace_id(self) -> str:
        """A new one."""
        return f"{self._bits(128) or 1:032x}"

    def span_id(self) -> str:
        """A new one."""
        return f"{self._bits(64) or 1:016x}"

    def begin(self, parent: SpanContext | None = None, trace_id: str = "") -> SpanContext:
        """A span below `parent`, or of a new trace, which gets `trace_id` when that is given."""
        trace_id = parent.trace_id if parent is not None else trace_id or self.trace_id()
        flags = (parent.flags & ~SAMPLED if parent is not None else 0) | self._sampler.takes(trace_id, parent)
        return SpanContext(trace_id, self.span_id(), flags, parent.state if parent is not None else "")

    def begin_for(self, origin: SpanContext | None) -> SpanContext:
        """A span of a new trace, recorded as the trace is that brought it about: who sees one wants the other."""
        context = self.begin()
        if origin is None:
            return context
        return msgspec.structs.replace(context, flags=int(self._sampler.takes(context.trace_id, origin)))

    def child(self, parent: SpanContext) -> SpanContext:
        """A span below one of this process: recorded like that."""
        return msgspec.structs.replace(parent, span_id=self.span_id())


def now() -> int:
    """Nanoseconds since the Unix epoch."""
    return time.time_ns()


class Started:
    """A span that goes on; made where it is recorded only."""

    __slots__ = ("_began", "_kind", "_links", "_parent", "_tracer", "attributes", "context", "name", "start")

    def __init__(
        self,
        tracer: Tracer,
        context: SpanContext,
        name: str,
        kind: Kind,
        *,
        parent: str = "",
        attributes: Attributes | None = None,
        links: Sequence[SpanContext] = (),
    ) -> None:
        self._tracer = tracer
        self._parent = parent
        self._kind = kind
        self._links = tuple(links)
        self._began = time.perf_counter_ns()
        self.context = context
        self.name = name
        self.start = now()
        self.attributes: Attributes = attributes if attributes is not None else {}

    def end(self, error: str | None = None, *, took: int | None = None) -> None:
        """It is over, or was after `took` nanoseconds; see Span for `error`."""
        # The wall clock may have been set meanwhile.
        end = self.start + (time.perf_counter_ns() - self._began if took is None else took)
        self._tracer.sink(
            Span(
                *(self.context, self.name, self._kind, self.start, end, self._parent, self.attributes, error),
                self._links,
            )
        )
