"""The table of addresses that are not public."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.services.egress.address import classify, embedded
from edge.services.egress.literals import format_address, parse_ipv6

_PRIVATE = "10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 fc00::1 fec0::1"
_RESERVED = (
    "192.0.0.9 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.1 240.0.0.1 255.255.255.255 "
    "2001:2::1 2001:10::1 2001:20::1 2001:db8::1 3fff::1 5f00::1 100::1 4000::1 ::1:0:0:0:1"
)
_METADATA = (
    "169.254.169.254 169.254.170.2 169.254.170.23 100.100.100.200 192.0.0.192 168.63.129.16 fd00:ec2::254 fd20:ce::254 "
    "::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1 ::ffff:0:168.63.129.16 64:ff9b:1:a83f:81:1000::"
)
_EMBEDDED = (
    "::ffff:127.0.0.1 ::127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::a00:1 2002:7f00:1:: "
    "2001:0:4136:e378:8000:63bf:3fff:fdd2 2a00:1450::5efe:7f00:1 2a00:1450::200:5efe:10.0.0.1 ::ffff:93.184.216.34"
)
_PUBLIC = (
    "93.184.216.34 8.8.8.8 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 2606:2800:220:1::1 2a00:1450::1 2001:4860::1"
)
_CASES = [
    *((text, "private") for text in _PRIVATE.split()),
    *((text, "reserved") for text in _RESERVED.split()),
    *((text, "metadata") for text in _METADATA.split()),
    *((text, "embedded") for text in _EMBEDDED.split()),
    *((text, "public") for text in _PUBLIC.split()),
    *((text, "loopback") for text in ("127.0.0.1", "127.255.255.254", "::1")),
    *((text, "link-local") for text in ("169.254.0.1", "fe80::1", "febf::1")),
    *((text, "unspecified") for text in ("0.0.0.0", "0.1.2.3", "::")),
    *((text, "multicast") for text in ("224.0.0.1", "239.255.255.255", "ff02::1")),
]


@pytest.mark.parametrize(("text", "kind"), _CASES)
def test_every_address_has_a_class(text, kind):
    """From the IANA registries, the clouds' documentation and the embeddings of IPv4."""
    assert classify(ipaddress.ip_address(text)) == kind


def test_teredo_carries_two_addresses():
    """The server's, and the client's with its bits flipped."""
    found = embedded(ipaddress.IPv6Address("2001:0:4136:e378:8000:63bf:3fff:fdd2"))
    assert [str(address) for address in found] == ["65.54.227.120", "192.0.2.45"]


@given(st.integers(0, 2**32 - 1))
def test_no_ipv4_address_becomes_public_by_being_embedded(number):
    """Whatever the IPv4 address, an IPv6 address that carries it is not public."""
    inner = ipaddress.IPv4Address(number)
    low, high = number & 0xFFFF, number >> 16
    for text in (f"::ffff:{inner}", f"64:ff9b::{inner}", f"::ffff:0:{inner}", f"2002:{high:x}:{low:x}::1"):
        address = ipaddress.IPv6Address(text)
        assert classify(address) in ("embedded", "metadata")
        assert inner in embedded(address)


@given(st.integers(0, 2**128 - 1))
def test_ipv6_text_is_canonical(number):
    """Printed and parsed again it is the same address, and the same text."""
    address = ipaddress.IPv6Address(number)
    assert parse_ipv6(format_address(address)) == address
    assert parse_ipv6(address.exploded) == address
