"""Who the client is, and what it asked for, when proxies stand between.

Only headers from trusted proxies count.  The list of addresses is read from the right, the side that our own
proxies wrote: the first address that no trusted proxy has is the client (RFC 7239 section 7.4).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from edge.errors import CallerError
from edge.gateway.authority import parse_authority
from edge.gateway.forwarded import read_forwarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

Trusted = Literal["auto", "x-forwarded", "forwarded"]
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_ZONE = r"(?:%[A-Za-z0-9_.~-]{1,32})?"
_PORT = r"(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]{1,32}))?"  # RFC 7239 section 6: ports may be hidden
_NODE = re.compile(
    rf"(?P<v4>[0-9.]{{7,15}}){_PORT}|\[(?P<v6>[0-9A-Fa-f:.]{{2,45}}){_ZONE}\]{_PORT}|(?P<bare>[0-9A-Fa-f:.]{{2,45}}){_ZONE}"
)
_MAX_HOPS = 64
_MAX_KNOWN = 4096  # addresses whose trust is remembered

FORWARDING = frozenset(
    {
        *("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip"),
        *("client-cert", "client-cert-chain", "x-forwarded-client-cert"),
    }
)


class Origin(msgspec.Struct, frozen=True):
    """`ip` is the client; `ips` the client and every proxy after it, as Express lists them, empty without proxies.

    `host` is None when no trusted proxy named another one than the request's own.
    """

    ip: str
    scheme: str
    ips: list[str] = []
    host: str | None = None
    trusted: bool = False


class ClientAddress:
    """Reads the origin of requests; `trusted_proxies` are CIDRs.  Raises ValueError for what is no network.

    `headers` are those that the proxies write.  A client can write the others: with "auto", where both are there, only
    what they agree on counts.
    `unix:` among them trusts peers on unix sockets, which have no address.
    """

    def __init__(self, trusted_proxies: Sequence[str] = (), headers: Trusted = "auto") -> None:
        self._headers = headers
        self._trusts_unix = "unix:" in trusted_proxies
        self._networks = [ipaddress.ip_network(cidr, strict=False) for cidr in trusted_proxies if cidr != "unix:"]
        self._known: dict[str, bool] = {}

    def trusts(self, ip: str) -> bool:
        """Whether `ip` ("" for a unix socket) is one of the trusted proxies."""
        if not ip:
            return self._trusts_unix
        if not self._networks:
            return False
        known = self._known.get(ip)
        if known is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            known = self._known[ip] = _within(ip, self._networks)
        return known

    def trusts_peer(self, peer: str) -> bool:
        """The same for an address as the system writes it."""
        return self.trusts(_plain(peer) or peer)

    def origin(self, peer: str, scheme: str, headers: Sequence[Header]) -> Origin:
        """Origin of a request that `peer` sent over `scheme` with `headers` (lower-case names)."""
        peer = _plain(peer) or peer
        if not self.trusts(peer):
            return Origin(peer, scheme)
        claims = self._claims(headers)
        chains = [self._climb(peer, claim.addresses) for claim in claims]
        chain = [peer] if not chains else chains[0] if len(chains) == 1 else _common_end(*chains)
        hops = max(1, len(chain) - 1)
        return Origin(
            chain[0],
            _agreed([_scheme(claim.schemes, hops) for claim in claims]) or scheme,
            chain if len(chain) > 1 else [],
            _agreed([_host(claim.hosts, hops) for claim in claims]),
            trusted=True,
        )

    def _claims(self, headers: Sequence[Header]) -> list[_Claim]:
        """What there is of the headers that count."""
        both = [
            _from_forwarded(headers) if self._headers != "x-forwarded" else None,
            _from_x_forwarded(headers) if self._headers != "forwarded" else None,
        ]
        return [claim for claim in both if claim is not None]

    def _climb(self, peer: str, claimed: list[str]) -> list[str]:
        """The chain of addresses, client first: from the peer to the left, as long as what stands there is trusted."""
        chain = [peer]
        for text in reversed(claimed[-_MAX_HOPS:]):
            address = _plain(text)
            if address is None:
                break  # nothing left of something unreadable can be believed
            chain.insert(0, address)
            if not self.trusts(address):
                break
        return chain


class _Claim(msgspec.Struct, frozen=True):
    """What forwarding headers say, each list in the order of the proxies that added to it; "" is nothing said."""

    addresses: list[str]
    schemes: list[str]
    hosts: list[str]


def _from_forwarded(headers: Sequence[Header]) -> _Claim | None:
    """Each proxy has an element, with or without an address: one without says that it does not know."""
    fields = [value for key, value in headers if key == "forwarded"]
    if not fields:
        return None
    elements = read_forwarded(fields)
    addresses, schemes, hosts = ([element.get(key, "") for element in elements] for key in ("for", "proto", "host"))
    return _Claim(addresses, schemes, hosts)


def _from_x_forwarded(headers: Sequence[Header]) -> _Claim | None:
    addresses, schemes, hosts = (_listed(headers, f"x-forwarded-{key}") for key in ("for", "proto", "host"))
    return _Claim(addresses, schemes, hosts) if addresses or schemes or hosts else None


def _listed(headers: Sequence[Header], name: str) -> list[str]:
    fields = [value for key, value in headers if key == name]
    return [value.strip() for value in ",".join(fields).split(",")] if fields else []


def _outermost(values: list[str], hops: int) -> str:
    """What the outermost of `hops` trusted proxies that says anything wrote: they append, or replace all by one."""
    return next((value for value in values[-hops:] if value), "")


def _common_end(one: list[str], other: list[str]) -> list[str]:
    """Where two headers say different things, a client may have written either of them: what both say is left."""
    size = min(len(one), len(other))
    length = next((count for count in range(size) if one[-count - 1] != other[-count - 1]), size)
    return one[-length:]


def _agreed(values: list[str | None]) -> str | None:
    said = {value for value in values if value is not None}
    return said.pop() if len(said) == 1 else None


def _scheme(values: list[str], hops: int) -> str | None:
    scheme = _outermost(values, hops).lower()
    return scheme if scheme in {"http", "https"} else None


def _host(values: list[str], hops: int) -> str | None:
    text = _outermost(values, hops)
    try:
        return str(parse_authority(text)) if text else None
    except CallerError:
        return None


@lru_cache(maxsize=4096)
def _plain(text: str) -> str | None:
    """The address without port, brackets and zone, IPv4-mapped ones as IPv4; None when it is no address."""
    match = _NODE.fullmatch(text)
    if match is None:
        return None
    try:
        address = ipaddress.ip_address(match["v6"] or match["bare"] or match["v4"])
    except ValueError:
        return None
    if not match["v4"] and address.version != 6:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _within(ip: str, networks: Sequence[_Network]) -> bool:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    return any(address in network for network in networks)
