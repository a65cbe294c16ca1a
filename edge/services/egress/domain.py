"""Domain to ASCII: the name that policy, DNS, Host and SNI all use.

https://url.spec.whatwg.org/#concept-domain-to-ascii with beStrict false, which is UTS #46 processing
(https://www.unicode.org/reports/tr46/#Processing), non-transitional, with CheckBidi and CheckJoiners,
without CheckHyphens, STD3 rules and DNS lengths.  The tables are those of the `idna` package.
"""

from __future__ import annotations

import unicodedata

import idna
import idna.core

_ACE = "xn--"
_JOINERS = "\u200c\u200d"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_FORBIDDEN = frozenset([*map(chr, range(0x21)), *"#%/:<>?@[\\]^|\x7f"])
_DNS_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def domain_to_ascii(domain: str) -> str:
    """The lower-case ASCII form of a (percent-decoded) domain.  Raises ValueError."""
    plain = domain.isascii() and not any(label[:4].lower() == _ACE for label in domain.split("."))
    ascii_domain = domain.lower() if plain else _unicode_to_ascii(domain)
    if ascii_domain == "":
        raise ValueError("the host is empty")
    if not _FORBIDDEN.isdisjoint(ascii_domain):
        raise ValueError("the host holds a forbidden character")
    return ascii_domain


def _unicode_to_ascii(domain: str) -> str:
    try:
        labels = [_decoded(label) for label in idna.uts46_remap(domain, std3_rules=False).split(".")]
        bidi = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for label in labels for character in label)
        for label in labels:
            _check(label, bidi=bidi)
    except idna.IDNAError as error:
        raise ValueError("the host is not a valid international name") from error
    ascii_labels = [label if label.isascii() else _ACE + label.encode("punycode").decode("ascii") for label in labels]
    if any(label.startswith(_ACE + _ACE) for label in ascii_labels):  # no URL class accepts these twice
        raise ValueError("the host holds a label that is encoded twice")
    return ".".join(ascii_labels)


def _decoded(label: str) -> str:
    """The Unicode form of one label; an `xn--` label must be what encoding its decoded form gives."""
    if not label.startswith(_ACE):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        encoded = decoded.encode("punycode").decode("ascii")
    except UnicodeError as error:
        raise ValueError("the host holds a label that is not Punycode") from error
    if decoded.isascii() or encoded != label[4:] or idna.uts46_remap(decoded, std3_rules=False) != decoded:
        raise ValueError("the host holds an xn-- label that stands for no valid name")
    return decoded


def _check(label: str, *, bidi: bool) -> None:
    """UTS #46 section 4.1, validity criteria.  Raises IDNAError or ValueError."""
    if label == "":
        return
    if "." in label:
        raise ValueError("the host holds an encoded dot")
    if unicodedata.category(label[0])[0] == "M":
        raise ValueError("a label of the host begins with a combining mark")
    for position, character in enumerate(label):
        if character in _JOINERS and not idna.core.valid_contextj(label, position):
            raise ValueError("the host holds a joiner where none may stand")
    if bidi:
        idna.core.check_bidi(label, check_ltr=True)


def is_dns_name(name: str) -> bool:
    """Whether DNS can hold `name` (no trailing dot): labels of 1 to 63 of `a-z0-9_-`, 253 in all."""
    labels = name.split(".")
    return len(name) <= 253 and all(1 <= len(label) <= 63 and _DNS_CHARACTERS.issuperset(label) for label in labels)
