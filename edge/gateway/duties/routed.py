"""A request as the duties of its route see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from edge.gateway.duties.filters import RawHeader
from edge.gateway.exchange import HttpExchange
from edge.gateway.generations import Generation
from edge.wire.messages import Header


class Identity(msgspec.Struct, frozen=True):
    """Who sends a request: how that was found out (`api_key`, `basic`, ...), a name, and what else is known."""

    kind: str
    name: str
    claims: dict[str, Any] = {}


class RoutedRequest(msgspec.Struct, kw_only=True):
    """One request whose route is known.

    Header names are in lower case, in the order they came in; `known` holds the last value of each.  `path` is
    canonical, `query` without "?", `host` without a port.  `ip` is the client's, as far as proxies are trusted.
    `cache` is what the cache of the route did with it, "" without one.
    Duties may set `identity`; `given`, headers that the function gets beside the client's; `dropped`, names of headers
    of the client that it does not get.
    `answer_headers` are those that a limit wants on the answer, whatever that is.
    `route` tells routes apart, also those of different hosts.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: list[Header]
    known: dict[str, str]
    ip: str
    request_id: str
    function: str
    route: str
    upgrade: bool
    generation: Generation
    exchange: HttpExchange
    identity: Identity | None = None
    given: list[Header] = []
    cache: str = ""
    answer_headers: list[RawHeader] = []
    dropped: frozenset[str] = frozenset()
    endings: list[Callable[[], None]] = []

    def headers_for_function(self, headers: list[Header]) -> list[Header]:
        """The client's headers with what duties drop and give."""
        if not (self.given or self.dropped):
            return headers
        names = self.dropped.union(name.replace("_", "-") for name, _ in self.given)
        return [*(header for header in headers if header[0].replace("_", "-") not in names), *self.given]

    def when_over(self, callback: Callable[[], None]) -> None:
        """Call this once the request has been answered, or its WebSocket has ended, whatever happened."""
        self.endings.append(callback)

    @property
    def url(self) -> str:
        """The URL with the name of the host."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host}{self.path}{query}"
