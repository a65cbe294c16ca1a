"""A route as the router sees it."""

from __future__ import annotations

import msgspec

from edge.gateway.duties.policy import RoutePolicy
from edge.gateway.own_answer import OwnAnswer
from edge.gateway.versions.split import Split


class RouteRule(msgspec.Struct, frozen=True):
    """One route of the config.  `host` and `methods` None or empty mean all; `policy` are its duties, if any.

    `headers` are conditions: names and values, which may hold `*` (`header_match.py`).  With `answer` the gateway
    answers itself, and with `split` several versions of a function do: `function` is "" then.
    """

    path: str
    function: str
    host: str | None = None
    methods: tuple[str, ...] | None = None
    strip_prefix: bool = False
    policy: RoutePolicy | None = None
    headers: tuple[tuple[str, str], ...] = ()
    answer: OwnAnswer | None = None
    split: Split | None = None

    @property
    def name(self) -> str:
        """What tells a route from others."""
        conditions = "".join(f" {name}={value}" for name, value in self.headers)
        return f"{self.host or ''}{self.path}{conditions}"
