"""Conditional requests (RFC 9110 section 13): whether an answer is to be sent, and whether in parts."""

from __future__ import annotations

import re
from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Verdict: TypeAlias = Literal["send", "not modified", "failed"]

_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_LONGEST_DATE: Final = 40


def evaluate(headers: Mapping[str, str], etag: str, modified: int) -> Verdict:
    """For GET and HEAD of something with this entity tag, last changed at `modified` (seconds since the epoch).

    In the order of section 13.2.2; the headers are by lower-case name.
    """
    if (wanted := headers.get("if-match")) is not None:
        if not _lists(wanted, etag, strong=True):
            return "failed"
    elif (date := _date(headers.get("if-unmodified-since"))) is not None and modified > date:
        return "failed"
    if (known := headers.get("if-none-match")) is not None:
        return "not modified" if _lists(known, etag, strong=False) else "send"
    if (date := _date(headers.get("if-modified-since"))) is not None and modified <= date:
        return "not modified"
    return "send"


def may_send_parts(headers: Mapping[str, str], etag: str, modified: int) -> bool:
    """Whether `If-Range` holds: the client's other parts are of what there is now (section 13.1.5).

    A date only counts when it is that very one, and old enough that nothing can have changed within its second: the
    caller passes a weak tag, which never matches, for what is younger.
    """
    condition = headers.get("if-range")
    if condition is None:
        return True
    if _TAG.fullmatch(condition.strip()):
        return _lists(condition, etag, strong=True)
    return not etag.startswith("W/") and _date(condition) == modified


def _lists(header: str, etag: str, *, strong: bool) -> bool:
    """Whether a list of entity tags has this one; with `strong` weak ones are never equal (section 8.8.3.2)."""
    if header.strip() == "*":
        return True
    if strong and etag.startswith("W/"):
        return False
    bare = etag.removeprefix("W/")
    return any(match[2] == bare and not (strong and match[1]) for match in _TAG.finditer(header))


def _date(text: str | None) -> int | None:
    """One of the three forms of HTTP-date (section 5.6.7); None for everything else."""
    if text is None or len(text) > _LONGEST_DATE:
        return None
    try:
        parts = parsedate_tz(text)
        return None if parts is None else mktime_tz(parts)
    except (ValueError, OverflowError, TypeError):
        return None
