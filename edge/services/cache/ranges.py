"""Parts of what is kept: RFC 9110 section 14.  Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.services.cache.conditional import etags
from edge.services.cache.fields import field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

_RANGE = re.compile(r"bytes[ \t]*=[ \t]*(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))[ \t]*", re.IGNORECASE)


class Part(msgspec.Struct, frozen=True):
    """Bytes from `start` up to `stop`, which is not in it."""

    start: int
    stop: int

    def content_range(self, size: int) -> str:
        """The field Content-Range."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


UNSATISFIABLE = Part(0, 0)
"""The range lies behind the end: 416."""


def wanted_part(request: Sequence[Header], kept: Sequence[Header], size: int) -> Part | None:
    """The part that a GET asks for; None for all of it, which also answers several ranges and other units."""
    match = _RANGE.fullmatch(field(request, "range") or "")
    if match is None or not _if_range(request, kept):
        return None
    if match[3] is not None:
        length = min(int(match[3]), size)
        return Part(size - length, size) if length else UNSATISFIABLE
    start = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < start:
        return None
    return Part(start, min(last + 1, size)) if start < size else UNSATISFIABLE


def _if_range(request: Sequence[Header], kept: Sequence[Header]) -> bool:
    """Section 13.1.5: a strong entity tag that is the same, or the very date."""
    condition = field(request, "if-range")
    if condition is None:
        return True
    wanted, own = etags(condition), etags(field(kept, "etag") or "")
    if wanted:
        return bool(own) and wanted[0] == own[0] and not own[0][0]
    return condition == field(kept, "last-modified")
