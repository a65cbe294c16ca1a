"""What is added to a journal, by whichever process.  Blocking; to be asked again and again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from edge.services.journal.entry import head_of
from edge.services.journal.reader import Line, Place
from edge.services.journal.segments import list_segments
from edge.units import MIB

if TYPE_CHECKING:
    from pathlib import Path

    from edge.services.journal.filters import Filter

PIECE: Final = 1 * MIB
"""Bytes of a segment that are read at once; the rest comes with the next look."""


class Tail:
    """Begins at the end of what there is; `sizes` says where that is, for a Reader of what comes before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = {segment.name: segment.size for segment in list_segments(folder)}
        self.sizes = dict(self._read)

    def more(self, wanted: Filter) -> list[Line]:
        """Lines that fit and have been added since the last look, in the order of time."""
        found: list[Line] = []
        segments = list_segments(self._folder)
        for segment in segments:
            read = self._read.get(segment.name, 0)
            if segment.size > read:
                found += self._lines(segment.name, read, wanted)
        there = {segment.name for segment in segments}
        self._read = {name: read for name, read in self._read.items() if name in there}
        found.sort()
        return found

    def _lines(self, name: str, read: int, wanted: Filter) -> list[Line]:
        data = self._content(name, read)
        whole = data.rfind(b"\n") + 1
        if not whole and len(data) == PIECE:
            whole = PIECE  # no line of ours is so long
        self._read[name] = read + whole
        found, offset = list[Line](), read
        for text in data[:whole].splitlines(keepends=True):
            place, offset = offset, offset + len(text)
            head = head_of(text)
            if head is not None and text.endswith(b"\n") and wanted.matches(head, text):
                found.append(Line(Place(head.timestamp, name, place), text[:-1]))
        return found

    def _content(self, name: str, start: int) -> bytes:
        try:
            descriptor = os.open(self._folder / name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return b""
        try:
            return os.pread(descriptor, PIECE, start)
        except OSError:
            return b""
        finally:
            os.close(descriptor)
