"""What one function reached while learn mode was on, within bounds.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from edge.services.egress.address import classify
from edge.services.egress.host import Host
from edge.services.egress.literals import parse_ipv4, parse_ipv6
from edge.services.observation.path_set import PathSet

if TYPE_CHECKING:
    from edge.services.egress.literals import Address
    from edge.services.egress.target import Target
    from edge.services.egress.verdict import Verdict

MAX_PLACES = 1000
MAX_REFUSED = 100


class Place(NamedTuple):
    """Where a request went.  `host` is a name or an address."""

    scheme: str
    host: str
    port: int


class Use(msgspec.Struct):
    """What happened at one place.  `paths` is None for bare connections; `private`: an address was not public."""

    literal: bool
    requests: int = 0
    private: bool = False
    paths: PathSet | None = None


class Refused(msgspec.Struct, frozen=True):
    """A place that stayed closed, and why."""

    scheme: str
    host: str
    port: int
    reason: str


class Learned:
    """Adds up verdicts.  What is beyond the bounds is only counted, in `missed`."""

    def __init__(self) -> None:
        self.uses: dict[Place, Use] = {}
        self.refused: dict[Refused, int] = {}
        self.requests = 0
        self.missed = 0

    def add(self, target: Target, verdict: Verdict) -> None:
        """One verdict: a favourable one of the policy's second step, or one that refused."""
        if not verdict.allowed:
            self._add_refused(target, verdict)
            return
        self.requests += 1
        place = Place(target.scheme, target.host.name, target.port)
        use = self.uses.get(place)
        if use is None:
            if len(self.uses) >= MAX_PLACES:
                self.missed += 1
                return
            bare = target.method is None or target.path is None
            use = self.uses[place] = Use(target.host.address is not None, paths=None if bare else PathSet())
        use.requests += 1
        use.private = use.private or any(classify(_address(text)) != "public" for text in verdict.addresses)
        if use.paths is not None:
            use.paths.add(target.path or "/", target.method or "GET")

    def _add_refused(self, target: Target, verdict: Verdict) -> None:
        refused = Refused(target.scheme, target.host.name, target.port, verdict.reason)
        if refused in self.refused or len(self.refused) < MAX_REFUSED:
            self.refused[refused] = self.refused.get(refused, 0) + 1


def _address(text: str) -> Address:
    return parse_ipv6(text) if ":" in text else parse_ipv4(text)


def host_of(place: Place, use: Use) -> Host:
    """The host of a place."""
    if not use.literal:
        return Host("domain", place.host, place.host)
    address = _address(place.host)
    text = f"[{place.host}]" if address.version == 6 else place.host
    return Host("ipv4" if address.version == 4 else "ipv6", text, place.host, address)
