"""The PROXY protocol, versions 1 and 2: what a balancer says about a connection before its first byte.  Pure.

Strict: what the specification does not allow is an error, and nothing of it is believed.
https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
"""

from __future__ import annotations

import ipaddress
import re
import struct
from typing import NamedTuple

MAX_HEADER = 16 + 4096
"""Bytes.  The longest header without extensions has 232; balancers add some hundreds."""

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_WORD = b"PROXY "
_HEAD = struct.Struct(">12sBBH")
_LONGEST_LINE = 107  # with CRLF: section 2.1
_LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) ([0-9]{1,5}) ([0-9]{1,5})")
_UNKNOWN = re.compile(rb"PROXY UNKNOWN(?: [^\r\n]*)?")
_PORT = re.compile(rb"0|[1-9][0-9]*")
_LOCAL, _PROXY = 0x20, 0x21
_UNSPEC, _TCP4, _TCP6, _UNIX_STREAM = 0x00, 0x11, 0x21, 0x31
_ADDRESS_SIZE = {_TCP4: 12, _TCP6: 36, _UNIX_STREAM: 216}
_TYPE_CRC32C = 0x03


class ProxyHeaderError(ValueError):
    """The bytes are no header."""


class Endpoint(NamedTuple):
    host: str
    port: int


class ProxyHeader(NamedTuple):
    """Who connected to the balancer, and where.  Both None: the balancer itself, for its health checks."""

    source: Endpoint | None = None
    destination: Endpoint | None = None


ITSELF = ProxyHeader()
SOMEBODY = ProxyHeader(Endpoint("0.0.0.0", 0))  # noqa: S104 - nothing is bound
"""A client that the balancer does not know: it is not the balancer, whose word would count for more."""


def belongs(held: bytes, more: bytes) -> int:
    """How many bytes of `more`, which is not empty, are still of the header that begins with `held`.

    Raises ProxyHeaderError as soon as it can be none.
    """
    data = held + more
    if _may_begin(data, _SIGNATURE):
        if len(data) < _HEAD.size:
            return len(more)
        size = _size_of_binary(data)
        return min(len(more), size - len(held))
    if _may_begin(data, _WORD):
        end = data.find(b"\n", 0, _LONGEST_LINE)
        if end < 0 and len(data) >= _LONGEST_LINE:
            raise ProxyHeaderError(f"its line has over {_LONGEST_LINE} bytes")
        return len(more) if end < 0 else end + 1 - len(held)
    raise ProxyHeaderError("it does not begin like one")


def read_header(data: bytes) -> ProxyHeader | None:
    """The header when `data` is a whole one, None when more must follow.  Raises ProxyHeaderError."""
    if data.startswith(_SIGNATURE):
        if len(data) < _HEAD.size or len(data) < _size_of_binary(data):
            return None
        return _read_binary(data)
    return _read_line(data) if data.startswith(_WORD) and data.endswith(b"\n") else None


def _may_begin(data: bytes, word: bytes) -> bool:
    return data.startswith(word) or word.startswith(data)


# -- version 1, section 2.1


def _read_line(data: bytes) -> ProxyHeader:
    if not data.endswith(b"\r\n"):
        raise ProxyHeaderError("its line does not end with CRLF")
    line = data[:-2]
    if _UNKNOWN.fullmatch(line):
        return SOMEBODY
    found = _LINE.fullmatch(line)
    if found is None:
        raise ProxyHeaderError("its line is not understood")
    version = 4 if found[1] == b"TCP4" else 6
    return ProxyHeader(
        Endpoint(_host(found[2], version), _port(found[4])), Endpoint(_host(found[3], version), _port(found[5]))
    )


def _host(text: bytes, version: int) -> str:
    try:
        address = ipaddress.ip_address(text.decode("ascii"))
    except ValueError as error:
        raise ProxyHeaderError("an address is none") from error
    if address.version != version:
        raise ProxyHeaderError("an address is of another family")
    return str(address)


def _port(text: bytes) -> int:
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise ProxyHeaderError("a port is none")
    return int(text)


# -- version 2, section 2.2


def _size_of_binary(data: bytes) -> int:
    _, command, _, length = _HEAD.unpack_from(data)
    if command >> 4 != 2:
        raise ProxyHeaderError(f"version {command >> 4} is not known")
    size = _HEAD.size + int(length)
    if size > MAX_HEADER:
        raise ProxyHeaderError(f"it has {size} bytes (at most {MAX_HEADER})")
    return size


def _read_binary(data: bytes) -> ProxyHeader:
    _, command, family, length = _HEAD.unpack_from(data)
    if len(data) != _HEAD.size + length:
        raise ProxyHeaderError("bytes follow it")
    if command == _LOCAL:
        return ITSELF  # whatever the rest says: section 2.2
    if command != _PROXY:
        raise ProxyHeaderError(f"command {command & 15} is not known")
    if family == _UNSPEC:
        return SOMEBODY
    size = _ADDRESS_SIZE.get(family)
    if size is None:
        raise ProxyHeaderError(f"family {family:#x} is not served (TCP over IPv4, IPv6 or unix)")
    if length < size:
        raise ProxyHeaderError("it is too short for its addresses")
    _check_extensions(data, _HEAD.size + size)
    return _addresses(family, data[_HEAD.size : _HEAD.size + size])


def _addresses(family: int, block: bytes) -> ProxyHeader:
    if family == _UNIX_STREAM:
        return SOMEBODY
    width = 4 if family == _TCP4 else 16
    source, destination = (str(ipaddress.ip_address(block[at : at + width])) for at in (0, width))
    ports = struct.unpack_from(">HH", block, 2 * width)
    return ProxyHeader(Endpoint(source, ports[0]), Endpoint(destination, ports[1]))


def _check_extensions(data: bytes, start: int) -> None:
    """Each is a type, a length and so many bytes; a checksum must be right."""
    while start < len(data):
        if start + 3 > len(data):
            raise ProxyHeaderError("an extension is cut short")
        kind, size = data[start], int.from_bytes(data[start + 1 : start + 3], "big")
        value = start + 3
        if value + size > len(data):
            raise ProxyHeaderError("an extension is cut short")
        if kind == _TYPE_CRC32C:
            _check_sum(data, value, size)
        start = value + size


def _check_sum(data: bytes, at: int, size: int) -> None:
    """CRC-32c of the whole header with zeros in its place: section 2.2.3."""
    if size != 4 or crc32c(data[:at] + b"\0\0\0\0" + data[at + 4 :]) != int.from_bytes(data[at : at + 4], "big"):
        raise ProxyHeaderError("its checksum is wrong")


def crc32c(data: bytes) -> int:
    """RFC 3720 appendix B.4; headers are short and checksums rare, so bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
