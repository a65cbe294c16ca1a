"""A fixed number of buckets in one piece of memory, which processes may share.

A set-associative table as caches of processors have them: a key belongs to one set of WAYS slots, and takes the place
of the slot that matters least, the one whose bucket is fullest.  So memory is constant whatever clients do, and who
spreads requests over a great many keys can push out no other bucket that is emptier than his own.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.services.rate.gcra import Rate, Verdict, spend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAYS = 4
SETS = 32_768
_PAUSES = (0.0, *[0.0002] * 20)
"""Seconds between attempts at a lock: who holds one has to run to let it go."""
_SET = struct.Struct("<" + "Qd" * WAYS)
_SLOT = struct.Struct("<Qd")
SIZE = SETS * _SET.size
"""2 MiB, of which the system gives only what is used."""


class SlotTable:
    """Buckets by key: 16 bytes or more, evenly spread (a digest).

    With a file, processes that map the same one share it: a set is locked for the few microseconds of a request.  For
    one that is held for longer, by a process that was stopped in that very moment, nobody waits: then a request may
    count for nothing.
    """

    def __init__(self, file: int | None = None) -> None:
        self._file = file
        self._memory = mmap.mmap(-1 if file is None else file, SIZE)

    def spend(self, key: bytes, now: float, rate: Rate) -> Verdict:
        """Count a request, `now` in seconds since the epoch."""
        place = int.from_bytes(key[:4], "little") % SETS * _SET.size
        tag = int.from_bytes(key[4:12], "little") | 1  # 0 is a slot that was never used
        with self._locked(place):
            found = _SET.unpack_from(self._memory, place)
            tags, times = found[::2], found[1::2]
            slot = tags.index(tag) if tag in tags else times.index(min(times))
            verdict, full_at = spend(times[slot] if tags[slot] == tag else 0.0, now, rate)
            _SLOT.pack_into(self._memory, place + slot * _SLOT.size, tag, full_at)
        return verdict

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        if self._file is not None:
            os.close(self._file)

    @contextmanager
    def _locked(self, place: int) -> Iterator[None]:
        if self._file is None:
            yield
            return
        taken = self._take(place)
        try:
            yield
        finally:
            if taken:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)

    def _take(self, place: int) -> bool:
        for pause in _PAUSES:
            try:
                fcntl.lockf(self._file or 0, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except OSError:
                time.sleep(pause)
            else:
                return True
        return False


def open_table(path: Path) -> SlotTable:
    """The table in this file, which is made.  Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(file).st_size < SIZE:
            os.ftruncate(file, SIZE)
        return SlotTable(file)
    except BaseException:
        os.close(file)
        raise
