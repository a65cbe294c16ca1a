"""The files of a journal: their names, what there is of them, and which ones go when the bounds are reached."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING, Final

import msgspec

from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NAME: Final = re.compile(r"(\d{13})-[0-9a-f]{8}\.jsonl")
PARTS: Final = 16
"""A full journal has about so many segments of a process: what goes at once is a small part of it."""
MAX_SEGMENTS: Final = 1000
_LEAST, _MOST = 64 * KIB, 8 * MIB
MAX_READ: Final = 2 * _MOST
"""No segment of ours is larger: of another only the end is read."""


class Bounds(msgspec.Struct, frozen=True):
    """How much is kept: `age` in seconds, `size` in bytes, `entries`."""

    age: float
    size: int
    entries: int

    @property
    def segment_size(self) -> int:
        """Bytes after which a process begins a new segment."""
        return min(max(self.size // PARTS, _LEAST), _MOST)

    @property
    def segment_age(self) -> float:
        """Seconds after which it does so."""
        return max(self.age / PARTS, 1.0)

    @property
    def segment_entries(self) -> int:
        """Lines after which it does so."""
        return max(self.entries // PARTS, 1)


class Segment(msgspec.Struct, frozen=True, order=True):
    """A file as it was when it was looked at: `begun` and `changed` are Unix times, `size` bytes."""

    changed: float
    name: str
    size: int
    begun: float


def new_name(at: float) -> str:
    """Of a segment that begins then."""
    return f"{int(at * 1000):013d}-{secrets.token_hex(4)}.jsonl"


def list_segments(folder: Path) -> list[Segment]:
    """All there are, those that were changed last at the end; none when the folder cannot be read."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                match = _NAME.fullmatch(entry.name)
                if match is None:
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found.append(Segment(status.st_mtime, entry.name, status.st_size, int(match[1]) / 1000))
    except OSError:
        return []
    return sorted(found)


def superfluous(segments: Iterable[Segment], lines: dict[str, int], bounds: Bounds, now: float) -> list[Segment]:
    """Those to remove, the oldest first, so that what stays is within bounds; `lines` counts those of each."""
    kept = sorted(segments)
    size = sum(segment.size for segment in kept)
    entries = sum(lines.get(segment.name, 0) for segment in kept)
    gone = []
    while kept:
        oldest = kept[0]
        fits = size <= bounds.size and entries <= bounds.entries and len(kept) <= MAX_SEGMENTS
        if fits and now - oldest.changed <= bounds.age:
            break
        gone.append(kept.pop(0))
        size -= oldest.size
        entries -= lines.get(oldest.name, 0)
    return gone


class LineCounts:
    """How many lines each segment has; what has been counted is not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, int]] = {}  # size and lines

    def of(self, segments: Iterable[Segment]) -> dict[str, int]:
        """By name."""
        self._known = {segment.name: self._count(segment) for segment in segments}
        return {name: lines for name, (_, lines) in self._known.items()}

    def _count(self, segment: Segment) -> tuple[int, int]:
        size, lines = self._known.get(segment.name, (0, 0))
        if size == segment.size:
            return size, lines
        if segment.size < size or segment.size > MAX_READ:
            size, lines = max(segment.size - MAX_READ, 0), 0
        try:
            with (self._folder / segment.name).open("rb") as file:
                file.seek(size)
                return segment.size, lines + file.read(segment.size - size).count(b"\n")
        except OSError:
            return size, lines
