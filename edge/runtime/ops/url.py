"""Internationalised domain names: UTS 46, non-transitional, as the URL Standard asks (https://url.spec.whatwg.org/#idna).

Operations (see `edge.services.api.Answer`):

    url.to_ascii    {"domain"} -> the ASCII form in lower case, or null when the domain has none
    url.to_unicode  {"domain"} -> the Unicode form; labels that do not decode stay as they are
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import idna
import msgspec

from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DOMAIN = 4096
"""Longest domain in characters; the checks are quadratic in the length of a label."""


class _Domain(msgspec.Struct, forbid_unknown_fields=True):
    domain: str


def _is_ascii_compatible(label: str) -> bool:
    return label.startswith("xn--")


def _decoded(label: str) -> str:
    """The Unicode form of an `xn--` label.  Raises ValueError when it is no valid one."""
    text = label[4:].encode("ascii").decode("punycode")
    if (
        text == ""
        or text.isascii()
        or text.startswith("xn--")
        or text.encode("punycode").decode("ascii").lower() != label[4:]
    ):
        raise ValueError("not the shortest form of its label")
    if idna.uts46_remap(text, std3_rules=False, transitional=False) != text:
        raise ValueError("not a mapped label")
    return text


def _check(label: str, *, bidi: bool) -> None:
    """Validity of UTS 46, section 4.1, without CheckHyphens.  Raises ValueError (IDNAError is one)."""
    idna.check_initial_combiner(label)
    for position, character in enumerate(label):
        if character in "\u200c\u200d" and not idna.valid_contextj(label, position):
            raise ValueError("a joiner where none may be")
    if bidi:
        idna.check_bidi(label)


def _is_right_to_left(label: str) -> bool:
    from unicodedata import bidirectional  # noqa: PLC0415 - the tables are large, and few processes need them

    return any(bidirectional(character) in ("R", "AL", "AN") for character in label)


def _labels(domain: str) -> list[str]:
    mapped = idna.uts46_remap(domain, std3_rules=False, transitional=False)
    return [_decoded(label) if _is_ascii_compatible(label) else label for label in mapped.split(".")]


def to_ascii(domain: str) -> str | None:
    """The ASCII form of a domain, or None when it has none."""
    if len(domain) > MAX_DOMAIN:
        return None
    try:
        labels = _labels(domain)
        bidi = any(_is_right_to_left(label) for label in labels)
        for label in labels:
            if label:
                _check(label, bidi=bidi)
    except ValueError:
        return None
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}" for label in labels)


def to_unicode(domain: str) -> str:
    """The Unicode form of a domain, for people to read."""
    return ".".join(_readable(label) for label in domain[:MAX_DOMAIN].split("."))


def _readable(label: str) -> str:
    if not _is_ascii_compatible(label):
        return label
    try:
        return _decoded(label)
    except ValueError:
        return label


OPS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "url.to_ascii": lambda args, _data: Answer(value=to_ascii(arguments(_Domain, args).domain)),
    "url.to_unicode": lambda args, _data: Answer(value=to_unicode(arguments(_Domain, args).domain)),
}
