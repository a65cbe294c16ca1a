"""What the config says about hosts, and which of it counts for a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.services.egress.entry import parse_entry
from edge.services.egress.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.services.egress.target import Target


class Retry(msgspec.Struct, frozen=True):
    """`attempts` counts the first one; times are in seconds."""

    attempts: int = 3
    backoff: float = 0.1
    max_backoff: float = 5.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})


class Breaker(msgspec.Struct, frozen=True):
    """After `failures` in a row nothing is sent for `cooldown` seconds."""

    failures: int = 5
    cooldown: float = 10.0


class HostRule(msgspec.Struct, frozen=True):
    """What is done for requests to the hosts that `rule` matches."""

    rule: Rule
    retry: Retry | None = None
    breaker: Breaker | None = None
    concurrency: int | None = None

    @classmethod
    def of(
        cls, host: str, retry: Retry | None = None, breaker: Breaker | None = None, concurrency: int | None = None
    ) -> HostRule:
        """The rule for a host that is written as an egress entry.  Raises ValueError."""
        return cls(parse_entry(host), retry, breaker, concurrency)

    def matches(self, target: Target) -> bool:
        """Whether it is about this request."""
        address = target.host.address
        named = self.rule.names(target.host) or (address is not None and self.rule.contains(address))
        return named and self.rule.covers(target)


def most_specific(rules: Sequence[HostRule], target: Target) -> HostRule | None:
    """The rule that counts: a name before a suffix, a longer suffix before a shorter, then ports and schemes."""
    return max((rule for rule in rules if rule.matches(target)), key=_rank, default=None)


def _rank(rule: HostRule) -> tuple[int, int, bool, bool]:
    kinds = {"any": 0, "public": 1, "suffix": 2, "network": 3, "name": 4}
    network = rule.rule.network
    length = len(rule.rule.name) if network is None else network.prefixlen
    return kinds[rule.rule.kind], length, bool(rule.rule.ports), bool(rule.rule.schemes)
