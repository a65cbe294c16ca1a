"""Ranges of addresses.  Pure."""

from __future__ import annotations

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

    def add(self, added: Range) -> None:
        """With all of `added` in it."""
        start, end = added
        apart = []
        for known in self._ranges:
            if known.end < start or known.start > end:
                apart.append(known)
            else:
                start, end = min(start, known.start), max(end, known.end)
        self._ranges = sorted([*apart, Range(start, end)])

    def remove(self, gone: Range) -> None:
        """Without any of `gone`."""
        left: list[Range] = []
        for known in self._ranges:
            below, above = Range(known.start, min(known.end, gone.start)), Range(max(known.start, gone.end), known.end)
            left += [part for part in (below, above) if part.start < part.end]
        self._ranges = left

    def common(self, other: Range) -> list[Range]:
        """What is in both."""
        return [part for known in self._ranges if (part := known.common(other)) is not None]
