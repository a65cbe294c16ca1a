"""The PROXY protocol: every allowed header is read, nothing else is, and no byte behind a header is touched."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.gateway.proxy_header import (
    ITSELF,
    MAX_HEADER,
    SOMEBODY,
    Endpoint,
    ProxyHeader,
    ProxyHeaderError,
    belongs,
    crc32c,
    read_header,
)

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def binary(source, destination, *, command=0x21, family=None, extensions=b"", length=None):
    """A header of version 2."""
    hosts = [ipaddress.ip_address(host) for host, _ in (source, destination)]
    block = b"".join(host.packed for host in hosts) + struct.pack(">HH", source[1], destination[1])
    kind = family if family is not None else (0x11 if hosts[0].version == 4 else 0x21)
    size = len(block + extensions) if length is None else length
    return SIGNATURE + struct.pack(">BBH", command, kind, size) + block + extensions


def extension(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


A, B = ("192.0.2.1", 51234), ("198.51.100.7", 443)
A6, B6 = ("2001:db8::1", 1), ("2001:db8::2", 65535)
SAID = ProxyHeader(Endpoint(*A), Endpoint(*B))


def read_in_pieces(stream, sizes):
    """What a reader does that may look ahead but must take only what belongs to the header."""
    held, left, sizes = b"", stream, list(sizes)
    while True:
        seen = left[: sizes.pop(0) if sizes else len(left)]
        if not seen:
            return None, left
        count = belongs(held, seen)
        assert 0 < count <= len(seen)
        held, left = held + left[:count], left[count:]
        header = read_header(held)
        if header is not None:
            return header, left


GOOD = {
    "v1 IPv4": (b"PROXY TCP4 192.0.2.1 198.51.100.7 51234 443\r\n", SAID),
    "v1 IPv6": (b"PROXY TCP6 2001:db8::1 2001:DB8:0::2 1 65535\r\n", ProxyHeader(Endpoint(*A6), Endpoint(*B6))),
    "v1 unknown": (b"PROXY UNKNOWN\r\n", SOMEBODY),
    "v1 unknown with anything": (b"PROXY UNKNOWN ffff::1 \x00nonsense 1\r\n", SOMEBODY),
    "v1 port 0": (b"PROXY TCP4 0.0.0.0 255.255.255.255 0 0\r\n", None),
    "v1 longest": (b"PROXY UNKNOWN " + b"f" * 91 + b"\r\n", SOMEBODY),
    "v2 IPv4": (binary(A, B), SAID),
    "v2 IPv6": (binary(A6, B6), ProxyHeader(Endpoint(*A6), Endpoint(*B6))),
    "v2 local": (binary(A, B, command=0x20), ITSELF),
    "v2 local without addresses": (SIGNATURE + b"\x20\x00\x00\x00", ITSELF),
    "v2 unspecified": (SIGNATURE + b"\x21\x00\x00\x00", SOMEBODY),
    "v2 unix": (SIGNATURE + struct.pack(">BBH", 0x21, 0x31, 216) + b"/a".ljust(216, b"\0"), SOMEBODY),
    "v2 with extensions": (binary(A, B, extensions=extension(0x01, b"h2") + extension(0xEA, b"vpce-1")), SAID),
    "v2 with padding": (binary(A, B, extensions=extension(0x04, b"\0" * 40)), SAID),
}


@pytest.mark.parametrize(("data", "header"), GOOD.values(), ids=GOOD)
def test_a_header_is_read_to_its_last_byte_and_no_further(data, header):
    for sizes in ((), [1] * len(data), [3, 11, 2]):
        found, rest = read_in_pieces(data + b"GET / HTTP/1.1\r\n", sizes)
        assert found is not None
        assert header is None or found == header
        assert rest == b"GET / HTTP/1.1\r\n"


BAD = {
    "a request": b"GET / HTTP/1.1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01",
    "small letters": b"proxy TCP4 192.0.2.1 198.51.100.7 1 2\r\n",
    "v1 two spaces": b"PROXY TCP4  192.0.2.1 198.51.100.7 1 2\r\n",
    "v1 no CR": b"PROXY TCP4 192.0.2.1 198.51.100.7 1 2\n",
    "v1 a space at the end": b"PROXY TCP4 192.0.2.1 198.51.100.7 1 2 \r\n",
    "v1 UDP": b"PROXY UDP4 192.0.2.1 198.51.100.7 1 2\r\n",
    "v1 another family": b"PROXY TCP4 ::1 ::1 1 2\r\n",
    "v1 mixed families": b"PROXY TCP6 ::1 192.0.2.1 1 2\r\n",
    "v1 leading zeros": b"PROXY TCP4 192.0.02.1 198.51.100.7 1 2\r\n",
    "v1 port with a zero": b"PROXY TCP4 192.0.2.1 198.51.100.7 01 2\r\n",
    "v1 port too large": b"PROXY TCP4 192.0.2.1 198.51.100.7 65536 2\r\n",
    "v1 negative port": b"PROXY TCP4 192.0.2.1 198.51.100.7 -1 2\r\n",
    "v1 a zone": b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
    "v1 a word too few": b"PROXY TCP4 192.0.2.1 198.51.100.7 1\r\n",
    "v1 nothing": b"PROXY \r\n",
    "v1 endless": b"PROXY UNKNOWN " + b"x" * 200,
    "v1 two lines in one": b"PROXY UNKNOWN\nPROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n",
    "v2 version 1": SIGNATURE + b"\x11\x11\x00\x0c" + b"\0" * 12,
    "v2 version 3": SIGNATURE + b"\x31\x11\x00\x0c" + b"\0" * 12,
    "v2 unknown command": SIGNATURE + b"\x22\x11\x00\x0c" + b"\0" * 12,
    "v2 UDP": SIGNATURE + b"\x21\x12\x00\x0c" + b"\0" * 12,
    "v2 unknown family": SIGNATURE + b"\x21\x41\x00\x0c" + b"\0" * 12,
    "v2 too short": SIGNATURE + b"\x21\x21\x00\x0c" + b"\0" * 12,
    "v2 too long": SIGNATURE + b"\x21\x11\xff\xff" + b"\0" * MAX_HEADER,
    "v2 extension cut short": binary(A, B, extensions=b"\x01\x00\x05h2"),
    "v2 extension of two bytes": binary(A, B, extensions=b"\x01\x00"),
    "v2 wrong checksum": binary(A, B, extensions=extension(0x03, b"\0\0\0\0")),
    "v2 short checksum": binary(A, B, extensions=extension(0x03, b"\0\0")),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
@pytest.mark.parametrize("whole", [True, False])
def test_what_is_no_header_is_an_error_however_it_arrives(data, whole):
    with pytest.raises(ProxyHeaderError):
        read_in_pieces(data, () if whole else [1] * len(data))


def test_a_right_checksum_is_accepted():
    """The check value of CRC-32c, and a header that carries its own."""
    assert crc32c(b"123456789") == 0xE3069283
    empty = binary(A, B, extensions=extension(0x03, b"\0\0\0\0") + extension(0x01, b"h2"))
    summed = binary(A, B, extensions=extension(0x03, crc32c(empty).to_bytes(4, "big")) + extension(0x01, b"h2"))
    assert read_header(summed) == SAID


addresses = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)), st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6))
)
ports = st.integers(0, 65535)
pieces = st.lists(st.integers(1, 40), max_size=20)


@given(addresses, ports, ports, st.binary(max_size=50), pieces, st.booleans())
def test_what_a_balancer_writes_is_read_in_any_pieces(pair, one, other, rest, sizes, is_line):
    source, destination = (str(pair[0]), one), (str(pair[1]), other)
    if is_line:
        line = f"PROXY TCP{pair[0].version} {source[0]} {destination[0]} {one} {other}\r\n"
        data = line.encode()
    else:
        data = binary(source, destination)
    header, left = read_in_pieces(data + rest, sizes)
    assert header == ProxyHeader(Endpoint(*source), Endpoint(*destination))
    assert left == rest


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11"]),
    pieces,
)
def test_garbage_is_a_header_an_error_or_unfinished(garbage, beginning, sizes):
    """And nothing else: no other error, no endless reading."""
    try:
        header, left = read_in_pieces(beginning + garbage, sizes)
    except ProxyHeaderError:
        return
    assert header is not None or left == b""
