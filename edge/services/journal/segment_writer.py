"""The end of a segment, where one process adds lines.  Blocking.

A segment is locked (flock(2)) while a process has it: one that nobody holds is taken over by the next process, so that
restarts leave no heap of small files.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.services.journal.segments import LineCounts, list_segments, new_name, superfluous

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.services.journal.segments import Bounds, Segment


class SegmentWriter:
    """Writes into `folder`, which is made when it is missing.  Its methods raise OSError; then nothing is open."""

    def __init__(self, folder: Path, bounds: Bounds, clock: Callable[[], float] = time.time) -> None:
        self.bounds = bounds
        self._folder = folder
        self._clock = clock
        self._counts = LineCounts(folder)
        self._descriptor = -1
        self._path = folder
        self._begun = 0.0
        self._size = self._lines = 0

    def append(self, lines: list[bytes]) -> None:
        """Add whole lines.  What is written when this returns outlives the process, however that ends."""
        data = b"".join(lines)
        try:
            self._have_room()
            written = 0
            while written < len(data):
                written += os.write(self._descriptor, data[written:] if written else data)
        except OSError:
            self.close()
            raise
        self._size += len(data)
        self._lines += len(lines)

    def sweep(self) -> None:
        """Remove what is over the bounds."""
        segments = list_segments(self._folder)
        for segment in superfluous(segments, self._counts.of(segments), self.bounds, self._clock()):
            (self._folder / segment.name).unlink(missing_ok=True)

    def close(self) -> None:
        """The segment is for others to go on with."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1

    # -- the segment

    def _have_room(self) -> None:
        if self._descriptor >= 0 and (self._is_full() or self._is_gone()):
            self.close()
        if self._descriptor >= 0:
            return
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for segment in reversed(list_segments(self._folder)):
            if self._is_young(segment) and self._take(segment):
                return
        self._make()

    def _is_full(self) -> bool:
        bounds = self.bounds
        old = not 0 <= self._clock() - self._begun <= bounds.segment_age
        return old or self._size >= bounds.segment_size or self._lines >= bounds.segment_entries

    def _is_gone(self) -> bool:
        """Somebody has removed the segment, or the folder, or put another one in its place."""
        try:
            there = self._path.stat(follow_symlinks=False)
        except OSError:
            return True
        return not os.path.samestat(there, os.fstat(self._descriptor))

    def _is_young(self, segment: Segment) -> bool:
        passed = self._clock() - segment.begun
        return 0 <= passed <= self.bounds.segment_age and segment.size < self.bounds.segment_size

    def _make(self) -> None:
        self._begun = self._clock()
        self._size = self._lines = 0
        self._open(self._folder / new_name(self._begun), os.O_CREAT | os.O_EXCL)

    def _open(self, path: Path, flags: int) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _take(self, segment: Segment) -> bool:
        """Go on with a segment that nobody has and that is not full."""
        try:
            self._open(self._folder / segment.name, 0)
            content = os.pread(self._descriptor, segment.size + 1, 0)
            self._begun, self._size, self._lines = segment.begun, len(content), content.count(b"\n")
            if content and not content.endswith(b"\n"):  # somebody was killed here
                os.write(self._descriptor, b"\n")
        except OSError:
            self.close()
            return False
        if self._is_full():
            self.close()
        return self._descriptor >= 0
