"""Header fields as lists of (name in lower case, value).  Pure."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.wire.messages import Header

_MEMBER = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^,"])+')
_LONGEST_DATE = 64


def field(headers: Iterable[Header], name: str) -> str | None:
    """The value of a field, its lines joined as RFC 9110 section 5.3 says; None without it."""
    found = [value.strip(" \t") for key, value in headers if key == name]
    return ", ".join(found) if found else None


def members(value: str) -> Iterator[str]:
    """The members of a list, which are cut at commas outside of quoted strings; empty ones are left out."""
    for match in _MEMBER.finditer(value):
        member = match[0].strip(" \t")
        if member:
            yield member


def http_date(value: str) -> float | None:
    """Unix time of an HTTP date in any of its three forms; None for what is none."""
    if len(value) > _LONGEST_DATE or not value[:1].isalpha():
        return None
    try:
        parsed = parsedate_to_datetime(value)
        return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
