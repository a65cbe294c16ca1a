"""IPv4 and IPv6 literals as WHATWG URLs spell them.

https://url.spec.whatwg.org/#concept-ipv4-parser and #concept-ipv6-parser.  The standard library is not
used for parsing: what it accepts differs from what browsers and resolvers accept.
"""

from __future__ import annotations

import ipaddress
import string

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_DIGITS = {8: frozenset(string.octdigits), 10: frozenset(string.digits), 16: frozenset(string.hexdigits)}
_IPV6_PIECES = 8


def ends_in_a_number(domain: str) -> bool:
    """Whether `domain` can only be an IPv4 address (its last label is a number)."""
    labels = domain.split(".")
    if labels[-1] == "":
        if len(labels) == 1:
            return False
        labels.pop()
    last = labels[-1]
    return (last != "" and _DIGITS[10].issuperset(last)) or _number(last) is not None


def _number(text: str) -> int | None:
    """One part of an IPv4 address: decimal, 0-octal or 0x-hexadecimal; None when it is not a number."""
    base = 10
    if text[:2] in ("0x", "0X"):
        base, text = 16, text[2:]
    elif len(text) > 1 and text[0] == "0":
        base, text = 8, text[1:]
    elif text == "":
        return None
    if not _DIGITS[base].issuperset(text):
        return None
    digits = text.lstrip("0")
    # No part may pass 2**32, so long runs of digits need no big integer (CPython refuses them anyway).
    return 2**64 if len(digits) > 16 else int(digits or "0", base)


def parse_ipv4(domain: str) -> ipaddress.IPv4Address:
    """The address that `domain` spells in one to four parts.  Raises ValueError."""
    parts = domain.split(".")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    numbers = [_number(part) for part in parts]
    if len(numbers) > 4:
        raise ValueError("an IPv4 address has at most four parts")
    values = [number for number in numbers if number is not None]
    if len(values) != len(numbers):
        raise ValueError("a part of the IPv4 address is not a number")
    if any(value > 255 for value in values[:-1]) or values[-1] >= 256 ** (5 - len(values)):
        raise ValueError("a part of the IPv4 address is too large")
    return ipaddress.IPv4Address(values[-1] + sum(value << (24 - 8 * index) for index, value in enumerate(values[:-1])))


def parse_ipv6(text: str) -> ipaddress.IPv6Address:
    """The address in `text` (without brackets).  Zones are refused.  Raises ValueError."""
    head, gap, tail = text.partition("::")
    if gap and "::" in tail:
        raise ValueError("an IPv6 address has at most one '::'")
    if gap:
        left, right = _pieces(head, last=False), _pieces(tail, last=True)
        missing = _IPV6_PIECES - len(left) - len(right)
        if missing < 1:
            raise ValueError("too many pieces in the IPv6 address")
        pieces = left + [0] * missing + right
    else:
        pieces = _pieces(text, last=True)
    if len(pieces) != _IPV6_PIECES:
        raise ValueError("an IPv6 address has eight pieces")
    return ipaddress.IPv6Address(sum(piece << (112 - 16 * index) for index, piece in enumerate(pieces)))


def _pieces(text: str, *, last: bool) -> list[int]:
    """The 16-bit pieces of one side of the '::'; an embedded IPv4 address may end the last side."""
    if text == "":
        return []
    pieces: list[int] = []
    parts = text.split(":")
    for index, part in enumerate(parts):
        if "." in part:
            if not last or index != len(parts) - 1:
                raise ValueError("an IPv4 part must end the IPv6 address")
            value = _dotted(part)
            pieces += [value >> 16, value & 0xFFFF]
        elif 1 <= len(part) <= 4 and _DIGITS[16].issuperset(part):
            pieces.append(int(part, 16))
        else:
            raise ValueError("a piece of the IPv6 address is not a hexadecimal number")
    return pieces


def _dotted(text: str) -> int:
    """Exactly four decimal numbers without leading zeros, as the end of an IPv6 address."""
    parts = text.split(".")
    if len(parts) != 4:
        raise ValueError("the IPv4 part of an IPv6 address has four numbers")
    value = 0
    for part in parts:
        good = 1 <= len(part) <= 3 and _DIGITS[10].issuperset(part) and (part == "0" or part[0] != "0")
        if not good or int(part) > 255:
            raise ValueError("the IPv4 part of an IPv6 address is not decimal")
        value = value * 256 + int(part)
    return value


def format_address(address: Address) -> str:
    """The WHATWG text of an address, the same in every Python version; IPv6 without brackets."""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    value = int(address)
    pieces = [(value >> (112 - 16 * index)) & 0xFFFF for index in range(_IPV6_PIECES)]
    start, length = _longest_zeros(pieces)
    if length < 2:
        return ":".join(f"{piece:x}" for piece in pieces)
    left = ":".join(f"{piece:x}" for piece in pieces[:start])
    right = ":".join(f"{piece:x}" for piece in pieces[start + length :])
    return f"{left}::{right}"


def _longest_zeros(pieces: list[int]) -> tuple[int, int]:
    """Start and length of the first longest run of zero pieces."""
    best = (0, 0)
    start = 0
    for index, piece in enumerate(pieces):
        if piece:
            start = index + 1
        elif index + 1 - start > best[1]:
            best = (start, index + 1 - start)
    return best
