"""A span: one piece of work that took time, as it is exported.

https://opentelemetry.io/docs/specs/otel/trace/api/#span
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from edge.tracing.context import SpanContext

Value = str | int | float | bool
Attributes = dict[str, Value]
MAX_TEXT = 512
"""Characters of an attribute's text."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})


class Kind(IntEnum):
    """Which side of a call it is; the numbers are OTLP's."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class Span(msgspec.Struct, frozen=True):
    """One that has ended.  `start` and `end` in nanoseconds since the Unix epoch; `parent` "" is the root of its trace.

    `error` None: nothing went wrong as far as this span can tell; otherwise a text for people, "" when there is none.
    `links` are spans of other traces that brought it about.
    """

    context: SpanContext
    name: str
    kind: Kind
    start: int
    end: int
    parent: str = ""
    attributes: Attributes = {}
    error: str | None = None
    links: tuple[SpanContext, ...] = ()


def clipped(text: str) -> str:
    """Text of bounded length."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def method_name(method: str) -> str:
    """A method as attributes and names of spans have it: there are only so many."""
    return method.upper() if method.upper() in _METHODS else "_OTHER"
