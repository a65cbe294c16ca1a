"""Ranges of addresses.  Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Range(NamedTuple):
    """From `start` up to, and without, `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start

    def common(self, other: Range) -> Range | None:
        """What both have, if anything."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Range(start, end) if start < end else None


class Ranges:
    """A set of addresses, as ranges."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._ranges: list[Range] = []
        for added in ranges:
            self.add(added)

    def __iter__(self) -> Iterator[Range]:
        """From the lowest up; none touches another."""
        return iter(self._ranges)

    def __bool__(self) -> bool:
        """Whether there is any address in it."""
        return bool(self._ranges)

    def add(self, added: Range) -> None:
        """With all of `added` in it."""
        first, last = self._near(added)
        near = self._ranges[first:last]
        start, end = (min(added.start, near[0].start), max(added.end, near[-1].end)) if near else added
        self._ranges[first:last] = [Range(start, end)]

    def update(self, added: Iterable[Range]) -> None:
        """With all of them in it."""
        for part in added:
            self.add(part)

    def remove(self, gone: Range) -> None:
        """Without any of `gone`."""
        first, last = self._near(gone)
        left: list[Range] = []
        for known in self._ranges[first:last]:
            below, above = Range(known.start, min(known.end, gone.start)), Range(max(known.start, gone.end), known.end)
            left += [part for part in (below, above) if part.start < part.end]
        self._ranges[first:last] = left

    def common(self, other: Range) -> list[Range]:
        """What is in both."""
        first, last = self._near(other)
        return [part for known in self._ranges[first:last] if (part := known.common(other)) is not None]

    def _near(self, place: Range) -> tuple[int, int]:
        """Which of the ranges have something in common with `place`, or touch it: from the first to before the last."""
        first = bisect_left(self._ranges, place.start, key=_end)
        return first, bisect_right(self._ranges, place.end, lo=first, key=_start)


_start, _end = attrgetter("start"), attrgetter("end")
