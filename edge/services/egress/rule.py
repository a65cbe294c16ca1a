"""One entry of an allow or deny list, parsed, and what it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from edge.services.egress import paths
from edge.services.egress.address import PRIVATE_CLASSES, Network, classify, embedded

if TYPE_CHECKING:
    from edge.services.egress.host import Host
    from edge.services.egress.literals import Address
    from edge.services.egress.target import Target

Kind = Literal["any", "public", "name", "suffix", "network"]
# What a rule for the second scheme covers besides its own: http(s) also ws(s), as in CSP; who may open a bare
# connection may speak TLS on it.
_WIDER = {"wss": "https", "ws": "http", "tls": "tcp"}
_BARE = frozenset({"tcp", "tls"})


class Rule(msgspec.Struct, frozen=True):
    """A parsed entry; `text` is how it was written.

    kind "any" matches every host, "public" every host with public addresses only, "name" the host `name`,
    "suffix" every host below `name`, "network" the addresses in `network`.  An empty set of schemes, ports
    or methods, and an empty `path`, match all.
    """

    text: str
    kind: Kind
    name: str = ""
    network: Network | None = None
    schemes: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()
    private: bool = False
    methods: frozenset[str] = frozenset()
    path: str = ""

    def covers(self, target: Target) -> bool:
        """Whether, as an allow rule, it lets this kind of request through (whatever the host)."""
        if not self._fits(target, target.method):
            return False
        return not self.path or (target.path is not None and paths.allows(self.path, target.path))

    def bars(self, target: Target) -> bool:
        """Whether, as a deny rule, it stops this kind of request (whatever the host).

        A bare connection could carry any scheme, method and path, so only the port can save it; and a rule for bare
        connections stops whatever goes over one, which everything does.
        """
        if target.method is None or target.path is None or not self.schemes.isdisjoint(_BARE):
            return not self.ports or target.port in self.ports
        # Some servers read methods in any case.
        fits = self._fits(target, target.method.upper())
        return fits and (not self.path or paths.touches(self.path, target.path))

    def _fits(self, target: Target, method: str | None) -> bool:
        """Port, scheme and method."""
        if self.ports and target.port not in self.ports:
            return False
        if self.schemes and self.schemes.isdisjoint((target.scheme, _WIDER.get(target.scheme, target.scheme))):
            return False
        return not self.methods or method in self.methods

    def names(self, host: Host) -> bool:
        """Whether it matches the host by name (its addresses are another question)."""
        if self.kind in ("any", "public"):
            return True
        if host.kind != "domain":
            return False
        if self.kind == "name":
            return host.name == self.name
        # An empty label in front of the dot is no name below.
        return self.kind == "suffix" and host.name.endswith(f".{self.name}") and len(host.name) > len(self.name) + 1

    def bars_address(self, host: Host, address: Address) -> bool:
        """Whether, as a deny rule, it names the host or the address, or an IPv4 address embedded in it."""
        if self.kind == "public":
            return classify(address) == "public"
        return self.names(host) or self.contains(address) or any(map(self.contains, embedded(address)))

    def contains(self, address: Address) -> bool:
        """Whether it names the address, as a literal or a CIDR range."""
        return self.network is not None and address in self.network

    def opens(self, host: Host, address: Address) -> bool:
        """Whether it explicitly allows `address` although that may not be public.

        What an IPv6 address embeds must be public or named by the same rule.
        """
        if self.private and self.names(host):
            return classify(address) in PRIVATE_CLASSES
        if not self.contains(address):
            return False
        return all(classify(inner) == "public" or self.contains(inner) for inner in embedded(address))
