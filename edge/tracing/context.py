"""W3C Trace Context: which span a request belongs to, as it is written in headers.

https://www.w3.org/TR/trace-context/ ; what does not keep to its grammar is ignored, as it demands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.wire.messages import Header

if TYPE_CHECKING:
    from collections.abc import Sequence

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
SAMPLED = 1
_RANDOM = 2  # the trace id is random: level 2 of the specification; passed on, never set
_MAX_MEMBERS = 32
_MAX_STATE = 8192  # characters; the specification asks for 512 at least

_PARENT = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<span>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_KEY = r"[a-z0-9][a-z0-9_*/@-]{0,255}"  # of level 2, which allows all that level 1 does
_VALUE = r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
_MEMBER = re.compile(f"{_KEY}={_VALUE}")


class SpanContext(msgspec.Struct, frozen=True):
    """A span as others refer to it: ids of 32 and 16 lower-case hexadecimal digits; `state` is `tracestate`."""

    trace_id: str
    span_id: str
    flags: int = 0
    state: str = ""

    @property
    def sampled(self) -> bool:
        """Whether its spans are recorded."""
        return bool(self.flags & SAMPLED)

    @property
    def traceparent(self) -> str:
        """The value of the header."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    @property
    def headers(self) -> list[Header]:
        """The headers that tell it."""
        parent = [(TRACEPARENT, self.traceparent)]
        return [*parent, (TRACESTATE, self.state)] if self.state else parent


def read_traceparent(text: str) -> SpanContext | None:
    """The span that a value of the header names; None when it is malformed (section 3.2)."""
    match = _PARENT.fullmatch(text)
    if match is None or (match["version"] == "00" and match["more"]):
        return None
    return SpanContext(match["trace"], match["span"], int(match["flags"], 16) & (SAMPLED | _RANDOM))


def read_tracestate(values: Sequence[str]) -> str:
    """What all `tracestate` headers say together; "" when any part of it is malformed (section 3.3).

    Of members with one key the first stays, which is the latest.
    """
    text = ",".join(values)
    members = [member.strip(" \t") for member in text.split(",")] if len(text) <= _MAX_STATE else []
    members = [member for member in members if member]
    if len(members) > _MAX_MEMBERS or not all(_MEMBER.fullmatch(member) for member in members):
        return ""
    latest = {member.partition("=")[0]: member for member in reversed(members)}
    return ",".join(member for member in dict.fromkeys(members) if latest[member.partition("=")[0]] is member)


def read_context(headers: Sequence[Header]) -> SpanContext | None:
    """The span that a request's headers (names in lower case) name; None without one, or with two."""
    parents = [value for name, value in headers if name == TRACEPARENT]
    found = read_traceparent(parents[0].strip(" \t")) if len(parents) == 1 else None
    if found is None:
        return None
    states = [value for name, value in headers if name == TRACESTATE]
    return msgspec.structs.replace(found, state=read_tracestate(states)) if states else found


def with_context(headers: Sequence[Header], context: SpanContext) -> list[Header]:
    """The headers with this span in the place of any other."""
    return [*(header for header in headers if header[0] not in {TRACEPARENT, TRACESTATE}), *context.headers]
