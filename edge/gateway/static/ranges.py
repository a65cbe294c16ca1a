"""Parts of a file: `Range` (RFC 9110 section 14)."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

_LONGEST: Final = 2000  # characters; a header that is longer is not looked at
MOST: Final = 32
"""Ranges of one request; one with more gets the whole file, as RFC 9110 section 14.2 permits."""

GAP: Final = 80
"""Bytes between two ranges that are sent along with them: a boundary would take more."""

_SPEC: Final = re.compile(r"(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18})")

Span: TypeAlias = tuple[int, int]
"""First byte, and the one behind the last."""


def parse_ranges(header: str, size: int) -> list[Span] | None:
    """The parts of `size` bytes that are asked for; [] when none of them is there, None when all is to be sent.

    Everything that is not understood stands for all, as RFC 9110 wants it.  Parts that overlap, or nearly touch, become
    one, so that no request gets more bytes than the file has.
    """
    unit, equals, text = header.partition("=")
    if not equals or unit.strip().lower() != "bytes" or len(text) > _LONGEST:
        return None
    specs = [spec.strip(" \t") for spec in text.split(",")]
    asked = [spec for spec in specs if spec]
    if not asked or len(asked) > MOST:
        return None
    spans: list[Span] = []
    for spec in asked:
        match = _SPEC.fullmatch(spec)
        if match is None or (match["last"] and int(match["last"]) < int(match["first"])):
            return None
        span = _span(match, size)
        if span is not None:
            spans = _with(spans, span)
    return spans


def _span(match: re.Match[str], size: int) -> Span | None:
    if match["suffix"]:
        length = min(int(match["suffix"]), size)
        return (size - length, size) if length else None
    first = int(match["first"])
    if first >= size:
        return None
    return first, min(int(match["last"]) + 1, size) if match["last"] else size


def _with(spans: list[Span], new: Span) -> list[Span]:
    """The spans with one more; in the order in which they were asked for."""
    start, end = new
    place = len(spans)
    kept: list[Span] = []
    for number, (first, last) in enumerate(spans):
        if first <= end + GAP and start <= last + GAP:
            start, end = min(start, first), max(end, last)
            place = min(place, number)
        else:
            kept.append((first, last))
    kept.insert(min(place, len(kept)), (start, end))
    return kept if len(kept) == len(spans) + 1 else _settled(kept)


def _settled(spans: list[Span]) -> list[Span]:
    """What has grown may now touch others."""
    for number, span in enumerate(spans):
        others = spans[:number] + spans[number + 1 :]
        if any(first <= span[1] + GAP and span[0] <= last + GAP for first, last in others):
            return _with(others, span)
    return spans
