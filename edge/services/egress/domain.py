"""Domain to ASCII: the name that policy, DNS, Host and SNI all use.

https://url.spec.whatwg.org/#concept-domain-to-ascii with beStrict false, by the code that the URL class of
functions uses, too: what a function sees is what is checked and connected to.
"""

from __future__ import annotations

from edge import uts46

_FORBIDDEN = frozenset([*map(chr, range(0x21)), *"#%/:<>?@[\\]^|\x7f"])
_DNS_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def domain_to_ascii(domain: str) -> str:
    """The lower-case ASCII form of a (percent-decoded) domain.  Raises ValueError."""
    try:
        ascii_domain = uts46.to_ascii(domain)
    except ValueError as error:
        raise ValueError("the host is not a valid international name") from error
    if ascii_domain == "":
        raise ValueError("the host is empty")
    if not _FORBIDDEN.isdisjoint(ascii_domain):
        raise ValueError("the host holds a forbidden character")
    return ascii_domain


def is_dns_name(name: str) -> bool:
    """Whether DNS can hold `name` (no trailing dot): labels of 1 to 63 of `a-z0-9_-`, 253 in all."""
    labels = name.split(".")
    return len(name) <= 253 and all(1 <= len(label) <= 63 and _DNS_CHARACTERS.issuperset(label) for label in labels)
