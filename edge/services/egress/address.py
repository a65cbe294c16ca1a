"""What kind of place an IP address is.

Own tables, from the IANA special-purpose registries (RFC 6890 and its successors) and the clouds'
documentation.  `ipaddress.is_global` is not used: it calls multicast, NAT64, 6to4, Teredo and the
metadata services of two clouds global.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from edge.services.egress.literals import Address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddressClass = Literal[
    "public", "metadata", "loopback", "private", "link-local", "unspecified", "multicast", "reserved", "embedded"
]

# Which classes `all` and `private = true` open.  Link-local is not among them, because that is where the
# metadata services of further clouds live; a literal or CIDR rule opens it.
PRIVATE_CLASSES: frozenset[AddressClass] = frozenset({"loopback", "private", "reserved"})

# AWS, Google, Azure, OpenStack; ECS and EKS credentials; Scaleway; Tencent; Alibaba; Oracle; Azure WireServer.
_METADATA: frozenset[Address] = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.42.42", "169.254.0.23",
            "100.100.100.200", "192.0.0.192", "168.63.129.16",
            "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42", "fe80::a9fe:a9fe",
        ),
    )
)  # fmt: skip

_IPV4: tuple[tuple[str, AddressClass], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "private"),  # carrier-grade NAT, RFC 6598
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),  # IETF protocol assignments, RFC 6890
    ("192.0.2.0/24", "reserved"),  # documentation
    ("192.88.99.0/24", "reserved"),  # 6to4 relays, RFC 7526
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "reserved"),  # benchmarks, RFC 2544
    ("198.51.100.0/24", "reserved"),  # documentation
    ("203.0.113.0/24", "reserved"),  # documentation
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),  # class E and broadcast
)
_IPV6: tuple[tuple[str, AddressClass], ...] = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::/96", "embedded"),  # IPv4-compatible
    ("::ffff:0:0/96", "embedded"),  # IPv4-mapped
    ("::ffff:0:0:0/96", "embedded"),  # IPv4-translated, RFC 7915
    ("64:ff9b::/96", "embedded"),  # NAT64, RFC 6052
    ("64:ff9b:1::/48", "embedded"),  # NAT64 for local use, RFC 8215
    ("2001::/32", "embedded"),  # Teredo, RFC 4380
    ("2001::/23", "reserved"),  # IETF protocol assignments: benchmarks, ORCHID, AMT, DRIP
    ("2001:db8::/32", "reserved"),  # documentation
    ("2002::/16", "embedded"),  # 6to4, RFC 3056
    ("3fff::/20", "reserved"),  # documentation, RFC 9637
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),  # site-local, RFC 3879
    ("ff00::/8", "multicast"),
)
_TABLES: dict[int, tuple[tuple[Network, AddressClass], ...]] = {
    4: tuple((ipaddress.ip_network(text), kind) for text, kind in _IPV4),
    6: tuple((ipaddress.ip_network(text), kind) for text, kind in _IPV6),
}
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
_ISATAP = (0x00005EFE, 0x02005EFE)


def classify(address: Address) -> AddressClass:
    """The class of an address; "metadata" also when such an address is embedded in it."""
    inner = embedded(address)
    if address in _METADATA or not _METADATA.isdisjoint(inner):
        return "metadata"
    for network, kind in _TABLES[address.version]:
        if address in network:
            return kind
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return "reserved"
    return "embedded" if inner else "public"


def embedded(address: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address carries: what a translator or tunnel would reach."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    value = int(address)
    return tuple(ipaddress.IPv4Address(number) for number in _embedded(value))


def aliases(address: Address) -> tuple[Address, ...]:
    """The addresses whose listener a connection to `address` may end at: 0.0.0.0 and :: mean this machine."""
    own = ipaddress.IPv4Address("127.0.0.1") if address.version == 4 else ipaddress.IPv6Address("::1")
    return (own if address.is_unspecified else address, *embedded(address))


def _embedded(value: int) -> tuple[int, ...]:
    low, high = value & 0xFFFFFFFF, value >> 32
    if high in (0, 0xFFFF, 0xFFFF0000, 0x0064FF9B << 64) and value > 1:  # compatible, mapped, translated, NAT64
        return (low,)
    if value >> 80 == 0x0064FF9B0001:
        return _local_nat64(value)
    if value >> 112 == 0x2002:
        return ((value >> 80) & 0xFFFFFFFF,)
    if value >> 96 == 0x20010000:  # Teredo: the server, and the client's address with its bits flipped
        return ((value >> 64) & 0xFFFFFFFF, low ^ 0xFFFFFFFF)
    if (value >> 32) & 0xFFFFFFFF in _ISATAP:  # RFC 5214
        return (low,)
    return ()


def _local_nat64(value: int) -> tuple[int, ...]:
    """RFC 6052 section 2.2: the address follows a prefix of 48, 56, 64 or 96 bits; bits 64 to 71 are skipped."""
    joined = ((value >> 64) << 56) | (value & ((1 << 56) - 1))
    return (*((joined >> (120 - prefix - 32)) & 0xFFFFFFFF for prefix in (48, 56, 64)), value & 0xFFFFFFFF)
