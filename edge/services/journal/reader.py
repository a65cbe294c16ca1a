"""What is in a journal, the newest first.  Blocking; reads files only, so it needs no gateway that runs.

A line's place is its timestamp, its segment and where it begins there: that orders the lines of all processes.
"""

from __future__ import annotations

import heapq
import os
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from edge.errors import CallerError
from edge.services.journal.entry import head_of, instant
from edge.services.journal.segments import MAX_READ, list_segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from edge.services.journal.filters import Filter
    from edge.services.journal.segments import Segment

MAX_FOUND: Final = 10_000
_SKEW: Final = 2.0
"""Seconds by which a file's time may be behind that of a line in it: clocks of file systems are coarse."""


class Place(NamedTuple):
    """Of a line; see the module."""

    timestamp: str
    segment: str
    offset: int

    @property
    def cursor(self) -> str:
        """As `read_cursor` reads it."""
        return f"{self.timestamp}~{self.segment}~{self.offset}"


class Line(NamedTuple):
    """One line without its end."""

    place: Place
    text: bytes


class Page(msgspec.Struct, frozen=True):
    """The newest first; `cursor` begins the next page, "" when there is none."""

    lines: list[Line]
    cursor: str = ""


def read_cursor(text: str) -> Place | None:
    """None for "".  Raises CallerError."""
    if not text:
        return None
    timestamp, _, rest = text.partition("~")
    segment, _, offset = rest.partition("~")
    if not offset.isascii() or not offset.isdigit() or len(offset) > 18 or not segment or not timestamp.isascii():
        raise CallerError(f"cursor is {text[:80]!r}, which no page has ended with")
    return Place(timestamp, segment, int(offset))


class Reader:
    """Reads the journal in `folder`.

    `sizes`: of each segment no more than this is looked at; of those that it does not name, nothing.
    """

    def __init__(self, folder: Path, sizes: Mapping[str, int] | None = None) -> None:
        self._folder = folder
        self._sizes = sizes

    def newest(self, wanted: Filter, limit: int, before: Place | None = None) -> Page:
        """Up to `limit` lines that fit, of those `before` a place."""
        found: list[Line] = []
        for line in self._merged(wanted, before):
            if len(found) >= min(limit, MAX_FOUND):
                return Page(found, found[-1].place.cursor if found else "")
            found.append(line)
        return Page(found)

    def since(self, wanted: Filter, after: Place, limit: int) -> list[Line]:
        """The `limit` newest lines that fit after a place, in order."""
        later = msgspec.structs.replace(wanted, since=max(wanted.since, after.timestamp))
        lines = (line for line in self._merged(later, None) if line.place > after)
        return [line for _, line in zip(range(limit), lines, strict=False)][::-1]

    def _merged(self, wanted: Filter, before: Place | None) -> Iterator[Line]:
        """Lines that fit, the newest first; a segment is read when the next line could be in it."""
        segments = list_segments(self._folder)
        heap: list[tuple[_Reversed, int, list[Line]]] = []
        number = 0
        while segments or heap:
            while segments and (not heap or _may_be_newer(segments[-1], heap[0][0].place)):
                segment = segments.pop()
                if _is_older(segment, wanted.since):
                    segments.clear()
                    break
                lines = self._lines(segment, wanted, before)
                if lines:
                    number += 1
                    heapq.heappush(heap, (_Reversed(lines[-1].place), number, lines))
            if not heap:
                continue
            _, number_of, lines = heapq.heappop(heap)
            yield lines.pop()
            if lines:
                heapq.heappush(heap, (_Reversed(lines[-1].place), number_of, lines))

    def _lines(self, segment: Segment, wanted: Filter, before: Place | None) -> list[Line]:
        """Those of one segment, in order."""
        start, data = self._content(segment)
        needles, found, offset = wanted.needles, list[Line](), start
        if not _may_fit(data, needles):
            return []
        for text in data.splitlines(keepends=True):
            place, offset = offset, offset + len(text)
            if not text.endswith(b"\n") or not _may_fit(text, needles):
                continue
            head = head_of(text)
            if head is None or not wanted.matches(head, text):
                continue
            line = Line(Place(head.timestamp, segment.name, place), text[:-1])
            if before is None or line.place < before:
                found.append(line)
        found.sort()  # by time: threads and adjusted clocks
        return found

    def _content(self, segment: Segment) -> tuple[int, bytes]:
        """Where it begins, and the bytes; none of a segment that has gone."""
        end = segment.size if self._sizes is None else min(self._sizes.get(segment.name, 0), segment.size)
        start = max(end - MAX_READ, 0)
        try:
            descriptor = os.open(self._folder / segment.name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return 0, b""
        try:
            return start, os.pread(descriptor, end - start, start)
        except OSError:
            return 0, b""
        finally:
            os.close(descriptor)


def _may_fit(data: bytes, needles: tuple[tuple[bytes, ...], ...]) -> bool:
    return all(any(needle in data for needle in choice) for choice in needles)


class _Reversed:
    """A place in a heap whose first is the latest."""

    __slots__ = ("place",)

    def __init__(self, place: Place) -> None:
        self.place = place

    def __lt__(self, other: _Reversed) -> bool:
        return other.place < self.place


def _may_be_newer(segment: Segment, place: Place) -> bool:
    return instant(segment.changed + _SKEW) >= place.timestamp


def _is_older(segment: Segment, since: str) -> bool:
    return bool(since) and instant(segment.changed + _SKEW) < since
