"""Who the client is, and what it asked for, when proxies stand between.

Only headers from trusted proxies count.  The list of addresses is read from the right, the side that our own
proxies wrote: the first address that no trusted proxy has is the client (RFC 7239 section 7.4).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from edge.errors import CallerError
from edge.gateway.authority import parse_authority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*')
_PORT = re.compile(r":[0-9]+\Z")
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

    `unix:` among them trusts peers on unix sockets, which have no address.
    """

    def __init__(self, trusted_proxies: Sequence[str] = ()) -> None:
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

    def origin(self, peer: str, scheme: str, headers: Sequence[Header]) -> Origin:
        """Origin of a request that `peer` sent over `scheme` with `headers` (lower-case names)."""
        peer = _plain(peer) or peer
        if not self.trusts(peer):
            return Origin(peer, scheme)
        claim = _from_forwarded(headers) or _from_x_forwarded(headers)
        chain = self._climb(peer, claim.addresses)
        hops = max(1, len(chain) - 1)
        ips = chain if len(chain) > 1 else []
        return Origin(chain[0], _scheme(claim.schemes, hops) or scheme, ips, _host(claim.hosts, hops), trusted=True)

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
    """What forwarding headers say, each list in the order of the proxies that added to it."""

    addresses: list[str]
    schemes: list[str]
    hosts: list[str]


def _from_forwarded(headers: Sequence[Header]) -> _Claim | None:
    elements = [_pairs(part) for part in _elements(_joined(headers, "forwarded"))]
    if not elements:
        return None
    addresses, schemes, hosts = (
        [element[key] for element in elements if key in element] for key in ("for", "proto", "host")
    )
    return _Claim(addresses, schemes, hosts)


def _from_x_forwarded(headers: Sequence[Header]) -> _Claim:
    addresses, schemes, hosts = (
        [value.strip() for value in _joined(headers, f"x-forwarded-{key}").split(",") if value.strip()]
        for key in ("for", "proto", "host")
    )
    return _Claim(addresses, schemes, hosts)


def _joined(headers: Sequence[Header], name: str) -> str:
    return ",".join(value for key, value in headers if key == name)


def _elements(text: str) -> list[str]:
    """Comma-separated elements; commas inside quotes do not separate."""
    return [part for part in re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+', text) if part.strip()]


def _pairs(element: str) -> dict[str, str]:
    return {match[1].lower(): _unquoted(match[2]) for match in _PAIR.finditer(element)}


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _outermost(values: list[str], hops: int) -> str:
    """What the outermost of `hops` trusted proxies wrote: proxies append, or replace the list by one value."""
    return values[-min(hops, len(values))] if values else ""


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
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = _PORT.sub("", text)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _within(ip: str, networks: Sequence[_Network]) -> bool:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    return any(address in network for network in networks)
