"""One parse of a host gives the value that policy, DNS, Host and SNI use.

https://url.spec.whatwg.org/#host-parsing
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote_to_bytes

import msgspec

from edge.services.egress.domain import domain_to_ascii
from edge.services.egress.literals import Address, ends_in_a_number, format_address, parse_ipv4, parse_ipv6

Kind = Literal["domain", "ipv4", "ipv6"]


class Host(msgspec.Struct, frozen=True):
    """A parsed host.

    `text` is its form in a URL and in the Host header (IPv6 in brackets; a domain keeps a trailing
    dot).  `name` is what policy, DNS and SNI use: no brackets, no trailing dot.  `address` is set for
    literals only.
    """

    kind: Kind
    text: str
    name: str
    address: Address | None = None

    def __str__(self) -> str:
        return self.text


def parse_host(text: str) -> Host:
    """The host of an http(s) or ws(s) URL.  Raises ValueError when there is none in `text`."""
    if text.startswith("["):
        if not text.endswith("]"):
            raise ValueError("the IPv6 address is not closed by ']'")
        return literal(parse_ipv6(text[1:-1]))
    domain = unquote_to_bytes(text).decode("utf-8", "replace") if "%" in text else text
    ascii_domain = domain_to_ascii(domain)
    if ends_in_a_number(ascii_domain):
        return literal(parse_ipv4(ascii_domain))
    return Host("domain", ascii_domain, ascii_domain.removesuffix("."))


def literal(address: Address) -> Host:
    """The host that is an address."""
    name = format_address(address)
    return Host("ipv4", name, name, address) if address.version == 4 else Host("ipv6", f"[{name}]", name, address)
