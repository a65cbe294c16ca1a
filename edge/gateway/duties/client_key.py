"""Who counts as one client of a limit, as a digest: no table and no server gets to know keys and addresses."""

from __future__ import annotations

import ipaddress
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.gateway.duties.key_places import KeyPlaces
    from edge.gateway.duties.routed import RoutedRequest

DIGEST = 16


def network_of(ip: str) -> bytes:
    """An IPv4 address, or the /64 of an IPv6 one: whoever has one of its addresses has them all (RFC 6177)."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip.encode()
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped.packed if address.ipv4_mapped else address.packed[:8]
    return address.packed


def client_of(key: str, places: KeyPlaces) -> Callable[[RoutedRequest], bytes]:
    """What finds the client of a request, for the `key` of a limit; `places` are where an API key may be.

    Who sends no such header or key is known by its address.  What finds it may raise CallerError.
    """
    if key == "all":
        return lambda _: b""
    if key == "ip":
        return lambda request: network_of(request.ip)
    find = places.presented if key == "api_key" else _header(key.partition(":")[2].lower())

    def named(request: RoutedRequest) -> bytes:
        found = find(request)
        return b"=" + found.encode("utf-8", "surrogateescape") if found else network_of(request.ip)

    return named


def _header(name: str) -> Callable[[RoutedRequest], str | None]:
    return lambda request: ", ".join(value for header, value in request.headers if header == name)


def digest(limit: bytes, client: bytes) -> bytes:
    """The bucket of a client under a limit."""
    return blake2b(limit + b"\0" + client, digest_size=DIGEST).digest()
