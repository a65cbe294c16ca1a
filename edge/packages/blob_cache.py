"""A cache on disk for what was made from packages, such as snapshots: losing an entry costs time, nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.errors import OutsideError
from edge.packages.disk import remove_abandoned, translated, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAGIC = b"EDGEBLB1"
_HEADER = len(MAGIC) + hashlib.sha256().digest_size
_SUFFIX = ".blob"
_KEY = re.compile(r"[0-9a-f]{8,128}")
# Evicting below the limit at once means that not every put has to evict.
_LOW_WATER = 0.9
# Processes that may put at once without going over the limit.
_SHARERS = 16


class BlobCache:
    """Bytes by key, in a folder that several processes may share; bounded, the entry unused longest goes first.

    Every entry carries a checksum, so that one that was cut short or damaged is a miss and never a
    wrong answer.  Calls do disk input and output: use a thread.
    """

    def __init__(self, folder: Path, max_bytes: int, clock: Callable[[], float] = time.time) -> None:
        """`clock` tells seconds since the Unix epoch.  Raises OutsideError when the folder cannot be made."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._room = 0  # bytes that may be put until the folder is looked at again
        self._clock = clock
        with translated("open"):
            folder.mkdir(parents=True, exist_ok=True)
            remove_abandoned(folder)

    def get(self, key: str) -> bytes | None:
        """The bytes of a key (8 to 128 hexadecimal digits), or None.  Raises ValueError for another key."""
        path = self._path(key)
        try:
            with path.open("rb", buffering=0) as file:
                head, content = file.read(_HEADER), file.readall()
        except OSError:
            return None
        if head != _head(content):
            with suppress(OSError):
                path.unlink()
            return None
        self._touch(path)
        return content

    def touch(self, key: str) -> bool:
        """Whether there is something of that key, which counts as used now; only `get` tells whether it is whole."""
        now = self._clock()
        try:
            os.utime(self._path(key), (now, now))
        except FileNotFoundError:
            return False
        except OSError:
            return True  # of somebody else, on a disk that cannot be written: readable perhaps
        return True

    def put(self, key: str, content: bytes) -> bool:
        """Keep bytes; answers False when they are not kept, because they are too many or the disk fails."""
        path = self._path(key)
        if len(content) + _HEADER > self._max_bytes:
            return False
        try:
            write_atomic(path, (_head(content), content), durable=False)
        except OutsideError:
            return False
        self._touch(path)
        self._room -= len(content) + _HEADER
        if self._room < 0:
            self._evict(path)
        return True

    def delete(self, key: str) -> None:
        """Forget a key."""
        with suppress(OSError):
            self._path(key).unlink()

    def size(self) -> int:
        """Bytes on disk."""
        return sum(size for _, size, _ in self._entries())

    def _path(self, key: str) -> Path:
        if _KEY.fullmatch(key) is None:
            raise ValueError(f"{key!r} is not a key: 8 to 128 hexadecimal digits in lower case")
        return self._folder / (key + _SUFFIX)

    def _touch(self, path: Path) -> None:
        now = self._clock()
        with suppress(OSError):
            os.utime(path, (now, now))

    def _entries(self) -> list[tuple[float, int, Path]]:
        """When each was used last, its size and its file."""
        entries = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
        return entries

    def _evict(self, newest: Path) -> None:
        """Down to the limit.

        To look at all entries takes time by their number, so with much room it is not done at each put: others who
        put into the same folder meanwhile may use of that room as much as this one.
        """
        entries = self._entries()
        total = sum(size for _, size, _ in entries)
        self._room = (self._max_bytes - total) // _SHARERS
        if total <= self._max_bytes:
            return
        for _, size, path in sorted(entries):
            if total <= self._max_bytes * _LOW_WATER:
                return
            if path != newest:
                with suppress(OSError):
                    path.unlink()
                total -= size


def _head(content: bytes) -> bytes:
    return MAGIC + hashlib.sha256(content).digest()
