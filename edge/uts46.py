"""Domain names to ASCII and to Unicode: https://www.unicode.org/reports/tr46/ as the URL Standard asks for it.

Both sides of the border use this: the URL class of functions, and the policy that decides where they may
connect.  So it is non-transitional processing with CheckBidi and CheckJoiners, without CheckHyphens, the
STD3 rules and the lengths of DNS (https://url.spec.whatwg.org/#concept-domain-to-ascii).

The mapping is that of the `idna` package; properties of characters come from `unicodedata2`, which follows
the same version of Unicode.  That of Python itself is years behind: it would take new scripts for unassigned.
"""

from __future__ import annotations

import idna
from idna.idnadata import joining_types
from idna.intranges import intranges_contain
from unicodedata2 import bidirectional, category, combining, normalize

MAX_DOMAIN = 1024
"""Longest domain in characters, as it comes and in ASCII, if it has to be processed; that of DNS is 253."""
MAX_LABEL = 256
"""Longest encoded label in characters; to encode and decode takes time by the square of that.  That of DNS is 63."""

_ACE = "xn--"
_NON_JOINER, _JOINER = "\u200c", "\u200d"
_VIRAMA = 9
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_NEUTRAL = frozenset({"EN", "ES", "CS", "ET", "ON", "BN", "NSM"})


def to_ascii(domain: str) -> str:
    """The ASCII form in lower case, which may be empty.  Raises ValueError when there is none."""
    if domain.isascii() and not any(label[:4].lower() == _ACE for label in domain.split(".")):
        return domain.lower()
    labels = _labels(domain)
    right_to_left = any(bidirectional(character) in _RIGHT_TO_LEFT for label in labels for character in label)
    for label in labels:
        if label:
            _check(label, right_to_left=right_to_left)
    return _limited(".".join(label if label.isascii() else _encoded(label) for label in labels), MAX_DOMAIN)


def to_unicode(domain: str) -> str:
    """The form for people to read; labels that do not decode stay as they are."""
    return ".".join(_readable(label) for label in domain.split("."))


def _readable(label: str) -> str:
    try:
        return _decoded(label)
    except ValueError:
        return label


def _labels(domain: str) -> list[str]:
    return [_decoded(label) for label in _mapped(_limited(domain, MAX_DOMAIN)).split(".")]


def _limited(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValueError(f"{len(text)} characters, of which there may be {limit}")
    return text


def _mapped(text: str) -> str:
    """Mapped and normalised.  Raises ValueError (IDNAError is one) for a character that is not allowed."""
    return str(normalize("NFC", idna.uts46_remap(text, std3_rules=False)))


def _encoded(label: str) -> str:
    return _limited(_ACE + _limited(label, MAX_LABEL).encode("punycode").decode("ascii"), MAX_LABEL)


def _decoded(label: str) -> str:
    """The Unicode form of one mapped label; an `xn--` label must be what encoding that form gives."""
    if not label.startswith(_ACE):
        return label
    text = _limited(label, MAX_LABEL)[4:].encode("ascii").decode("punycode")
    if text.isascii() or "." in text or text.startswith(_ACE) or _encoded(text) != label:
        raise ValueError("an xn-- label that encodes what needs no encoding")
    if _mapped(text) != text:
        raise ValueError("an xn-- label that encodes what is not normal")
    return text


def _check(label: str, *, right_to_left: bool) -> None:
    """The rest of the validity criteria, section 4.1."""
    if category(label[0]).startswith("M"):
        raise ValueError("a label begins with a combining mark")
    for position, character in enumerate(label):
        if character in (_NON_JOINER, _JOINER) and not _may_join(label, position):
            raise ValueError("a joiner where none may stand")
    if right_to_left and not _is_bidi(label):
        raise ValueError("a label with letters of both directions")


def _may_join(label: str, position: int) -> bool:
    """CONTEXTJ: https://www.rfc-editor.org/rfc/rfc5892#appendix-A."""
    if position > 0 and combining(label[position - 1]) == _VIRAMA:
        return True
    if label[position] == _JOINER:
        return False
    before = _first_opaque(label[position - 1 :: -1] if position else "")
    return _is_joining(before, "LD") and _is_joining(_first_opaque(label[position + 1 :]), "RD")


def _first_opaque(text: str) -> str:
    """The first character that joining does not look through, or nothing."""
    return next((character for character in text if not _is_joining(character, "T")), "")


def _is_joining(character: str, types: str) -> bool:
    return character != "" and any(intranges_contain(ord(character), joining_types[kind]) for kind in types)


def _is_bidi(label: str) -> bool:
    """The six rules of https://www.rfc-editor.org/rfc/rfc5893#section-2."""
    kinds = [bidirectional(character) for character in label]
    used = set(kinds)
    while kinds[-1] == "NSM" and len(kinds) > 1:
        kinds.pop()
    if kinds[0] == "L":
        return used <= _NEUTRAL | {"L"} and kinds[-1] in ("L", "EN")
    if kinds[0] not in ("R", "AL") or {"EN", "AN"} <= used:
        return False
    return used <= _NEUTRAL | _RIGHT_TO_LEFT and kinds[-1] in ("R", "AL", "EN", "AN")
