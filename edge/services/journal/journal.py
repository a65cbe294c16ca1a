"""The journal of a gateway process: tasks put entries into it, one thread writes them down.

Putting costs next to nothing and never fails.  What is put is on disk PAUSE later at the latest, unless the disk is
slow; a process that is killed loses no more than that.  What cannot be written, because the disk is full, say, is
counted and lost: that costs no request anything.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from edge.services.journal.entry import SEVERITY, Entry, line_of
from edge.services.journal.segment_writer import SegmentWriter
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from edge.invocation import Receipt
    from edge.services.journal.segments import Bounds

PAUSE: Final = 0.2
"""Seconds in which entries gather before they are written together."""
SHORT_PAUSE: Final = 0.02
"""The same after a while without any."""
MAX_WAITING: Final = 50_000
MAX_WAITING_BYTES: Final = 64 * MIB
"""Entries, and about their bytes, that may wait for a slow disk; what comes beyond is lost."""
GROUP: Final = 1000
"""Entries that are written at once, and between which other threads get a turn."""
SWEEP: Final = 10.0
"""Seconds from one look at the bounds to the next."""
RETRY: Final = 5.0
"""Seconds for which nothing is tried after a failure."""
FLUSH: Final = 1.0
"""Seconds that somebody waits at most who asks for what was put a moment ago."""
FAREWELL: Final = 5.0
"""Seconds that the end of the process waits for the last entries."""
_POLL: Final = 0.002
_ENTRY_BYTES: Final = 1000  # about, without its text


class JournalStatistics(msgspec.Struct, frozen=True):
    """Since the start: entries `written` and `lost`; `error` is why the last ones were lost, "" when all is well."""

    written: int = 0
    lost: int = 0
    error: str = ""


class Journal:
    """A context manager.  `bounds` None: nothing is kept.  `failed` is told why, from the thread, when it begins."""

    def __init__(
        self,
        folder: Path,
        bounds: Bounds | None,
        *,
        level: str = "debug",
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self._bounds = bounds
        self._least = SEVERITY[level]
        self._failed = failed
        self._waiting: deque[Entry] = deque()
        # Each number has one thread that writes it.
        self._put = self._taken = 0  # bytes
        self._overrun = 0
        self._written = self._lost = 0
        self._error = ""
        self._retry_at = 0.0
        self._sweep_at = 0.0
        self._asleep = True
        self._wake = threading.Event()
        self._end = threading.Event()
        self._hurry = threading.Event()
        self._entries = self._done = 0  # put, and written or lost
        self._thread = threading.Thread(target=self._main, name="edge-journal", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._hurry.set()
        self._wake.set()
        self._thread.join(FAREWELL)

    @property
    def is_kept(self) -> bool:
        """Whether anything is."""
        return self._bounds is not None

    def configure(self, bounds: Bounds | None) -> None:
        """Other bounds, or none, from now on; what is there already stays until the bounds say otherwise."""
        self._bounds = bounds
        self._sweep_at = 0.0
        self._wake.set()

    def put(self, level: str, event: str, fields: Mapping[str, Any], receipt: Receipt | None = None) -> None:
        """Keep an entry; `fields` must not change any more."""
        if self._bounds is None or SEVERITY.get(level, 20) < self._least:
            return
        entry = Entry(time.time(), level, event, fields, receipt)
        size = _size(entry)
        if len(self._waiting) >= MAX_WAITING or self._put - self._taken + size > MAX_WAITING_BYTES:
            self._overrun += 1
            return
        self._waiting.append(entry)
        self._put += size
        self._entries += 1
        if self._asleep:
            self._asleep = False
            self._wake.set()

    def flush(self) -> None:
        """Until what has been put by now is written, or FLUSH is over.  For other threads than Trio's: it blocks."""
        wanted, end = self._entries, time.monotonic() + FLUSH
        while self._done < wanted and self._thread.is_alive() and time.monotonic() < end:
            self._hurry.set()
            time.sleep(_POLL)

    def statistics(self) -> JournalStatistics:
        """As of now."""
        return JournalStatistics(self._written, self._lost + self._overrun, self._error)

    # -- the thread

    def _main(self) -> None:
        writer: SegmentWriter | None = None
        while True:
            ended = self._end.is_set()
            with suppress(Exception):  # whatever is wrong with one group must not end the journal
                writer = self._round(writer)
            if ended and not self._waiting:
                break
            if ended:
                continue
            self._rest()
        if writer is not None:
            writer.close()

    def _rest(self) -> None:
        """Let entries gather; without any, sleep until there are some, or until the bounds are to be looked at."""
        if not self._end.is_set():
            self._hurry.clear()
        self._wake.clear()
        pause = PAUSE
        if not self._waiting:
            pause = SHORT_PAUSE
            self._asleep = True
            if not self._waiting and not self._end.is_set():  # what was put meanwhile has rung
                self._wake.wait(SWEEP)
            self._asleep = False
        self._hurry.wait(pause)

    def _round(self, writer: SegmentWriter | None) -> SegmentWriter | None:
        bounds = self._bounds
        if bounds is None:
            while self._waiting:
                self._taken += _size(self._waiting.popleft())
                self._done += 1
            if writer is not None:
                writer.close()
            return None
        writer = writer or SegmentWriter(self.folder, bounds)
        writer.bounds = bounds
        while self._waiting:
            self._write(writer)
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP
            with suppress(OSError):
                writer.sweep()
        return writer

    def _write(self, writer: SegmentWriter) -> None:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP))]
        self._taken += sum(map(_size, group))
        try:
            self._write_group(writer, group)
        finally:
            self._done += len(group)

    def _write_group(self, writer: SegmentWriter, group: list[Entry]) -> None:
        if self._error and time.monotonic() < self._retry_at and not self._end.is_set():
            self._lost += len(group)
            return
        try:
            writer.append([line_of(entry) for entry in group])
        except OSError as error:
            self._lose(len(group), error.strerror or str(error))
        else:
            self._written += len(group)
            self._error = ""

    def _lose(self, count: int, why: str) -> None:
        self._lost += count
        self._retry_at = time.monotonic() + RETRY
        if why != self._error:
            self._error = why
            self._failed(why)


def _size(entry: Entry) -> int:
    return _ENTRY_BYTES + len(entry.fields.get("text", ""))
