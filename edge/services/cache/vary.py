"""Which of several answers of one URL a request gets: RFC 9111 section 4.1.  Pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from edge.services.cache.fields import field, members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

MAX_NAMES = 16
"""Fields that an answer may vary by."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]{1,64}")
_BLANKS = re.compile(r"[ \t]*,[ \t]*")

Selection = tuple[tuple[str, str | None], ...]
"""Names that an answer varies by, sorted, with the values of the request that got it."""


def vary_names(headers: Sequence[Header]) -> tuple[str, ...] | None:
    """Names of Vary, sorted; None for an answer that fits no other request, or whose names are too many."""
    names = {name.lower() for name in members(field(headers, "vary") or "")}
    if len(names) > MAX_NAMES or any(name == "*" or not _NAME.fullmatch(name) for name in names):
        return None
    return tuple(sorted(names))


def select(names: Sequence[str], request: Sequence[Header]) -> Selection:
    """What a request says to these names."""
    return tuple((name, _normal(name, field(request, name))) for name in names)


def fits(selection: Selection, request: Sequence[Header]) -> bool:
    """Whether a request says what the one said that got the answer."""
    return all(_normal(name, field(request, name)) == value for name, value in selection)


def digest(selection: Selection) -> bytes:
    """The same for equal selections; b"" for an answer that does not vary."""
    return hashlib.blake2b(repr(selection).encode(), digest_size=16).digest() if selection else b""


def _normal(name: str, value: str | None) -> str | None:
    """Blanks around commas say nothing; nor does the case of codings and languages."""
    if value is None:
        return None
    plain = _BLANKS.sub(",", value.strip(" \t"))
    return plain.lower() if name in {"accept-encoding", "accept-language"} else plain
