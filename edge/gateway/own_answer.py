"""What the gateway answers itself, in the place of a function: redirects, fixed answers, files.

The duties of the route come first (`duties/policy.py`): what is protected is protected whoever answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from edge.gateway.answers import Answer
from edge.gateway.exchange import HttpExchange
from edge.gateway.header_match import joined
from edge.wire.messages import Header

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMON_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class Asked(msgspec.Struct, frozen=True):
    """A request that the gateway answers itself.

    `host` has no port, `path` is canonical, `params` are those of the route as they stand in it; `rest` is what `*rest`
    took, "" for a route without.
    """

    method: str
    host: str
    path: str
    query: str
    params: dict[str, str]
    rest: str
    fields: list[Header]
    exchange: HttpExchange

    def headers(self) -> dict[str, str]:
        """By lower-case name; several lines are one."""
        return joined(self.fields)


class OwnAnswer(Protocol):
    """Answers requests of one route."""

    async def give(self, asked: Asked) -> None:
        """Answer, through `asked.exchange`.  Raises EdgeError for what cannot be answered so."""


def options_answer(allow: Iterable[str]) -> Answer:
    """To OPTIONS, when nobody else answers that: which methods there are (RFC 9110 section 9.3.7)."""
    methods = ", ".join(sorted({*allow, "OPTIONS"}))
    return Answer(204, [(b"allow", methods.encode("ascii"))], b"")
