"""Which traces are recorded.

https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling
"""

from __future__ import annotations

from typing import Final

import msgspec

from edge.tracing.context import SpanContext

PARENT_BASED: Final = "parentbased_"
SAMPLERS: Final = ("always_on", "always_off", "traceidratio")
_RANGE: Final = 1 << 64


class Sampler(msgspec.Struct, frozen=True):
    """Takes a trace when the lower half of its id is below `bound`; with `parent_based`, as its parent was taken."""

    bound: int
    parent_based: bool

    @classmethod
    def named(cls, name: str, ratio: float) -> Sampler:
        """By a name of OTEL_TRACES_SAMPLER; `ratio` is for those that have one."""
        own = name.removeprefix(PARENT_BASED)
        share = {"always_on": 1.0, "always_off": 0.0}.get(own, ratio)
        return cls(round(share * _RANGE), own != name)

    def takes(self, trace_id: str, parent: SpanContext | None = None) -> bool:
        """Whether a span of this trace is recorded."""
        if self.parent_based and parent is not None:
            return parent.sampled
        return int(trace_id[16:], 16) < self.bound
