"""Who changed what: one line of JSON for each request to the admin listener that changes something, or was to.

The file is bounded: when it is full it becomes `audit.log.1`, and the oldest of those goes.  Several gateway processes
write to one file, each line at once; who finds it full holds a lock while the names change.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "audit.log"
MAX_SIZE: Final = 8 * MIB
KEPT: Final = 5  # older files beside the one that is written
_MODE: Final = 0o600
_BLOCK: Final = 64 * 1024


class AuditEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """`time` is ISO 8601 in UTC; `who` the name of the token, certificate or place that the request came with.

    `status` and `code` are those of the answer, `ms` how long it took.  Bodies are not in it: they may be secrets.
    """

    time: str
    who: str
    role: str
    ip: str
    method: str
    path: str
    query: str
    status: int
    request_id: str
    ms: float
    code: str = ""


class AuditLog:
    """Appends to, and reads, `folder/audit.log`.  Blocks: for threads."""

    def __init__(self, folder: Path, max_size: int = MAX_SIZE, kept: int = KEPT) -> None:
        self._path = folder / NAME
        self._max_size = max_size
        self._kept = kept

    def write(self, entry: AuditEntry) -> None:
        """One line.  Raises OSError."""
        line = msgspec.json.encode(entry) + b"\n"
        with self._opened() as descriptor:
            os.write(descriptor.number, line)

    def newest(self, count: int) -> list[dict[str, Any]]:
        """The last entries, newest first.  Lines that are none (the disk was full) are left out."""
        found: list[dict[str, Any]] = []
        for path in [self._path, *(self._older(number) for number in range(1, self._kept + 1))]:
            for line in _lines_backwards(path):
                with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    found.append(msgspec.json.decode(line, type=dict))
                if len(found) == count:
                    return found
        return found

    def _older(self, number: int) -> Path:
        return self._path.with_name(f"{NAME}.{number}")

    def _opened(self) -> _Descriptor:
        """The file to write to, locked, with room for a line."""
        while True:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = _Descriptor(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE))
            fcntl.flock(descriptor.number, fcntl.LOCK_EX)
            if not descriptor.is_at(self._path):
                descriptor.close()  # somebody else has just moved it
            elif os.fstat(descriptor.number).st_size < self._max_size:
                return descriptor
            else:
                self._rotate()
                descriptor.close()

    def _rotate(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            with suppress(FileNotFoundError):
                self._older(number).replace(self._older(number + 1))
        self._path.replace(self._older(1))


class _Descriptor:
    """A descriptor that is closed, and its lock let go, at the end."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        os.close(self.number)

    def is_at(self, path: Path) -> bool:
        """Whether `path` is still the name of this file."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
        own = os.fstat(self.number)
        return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)


def _lines_backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file, the last first; nothing when it is not there."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        at, rest = file.seek(0, os.SEEK_END), b""
        while at > 0:
            size = min(_BLOCK, at)
            at = file.seek(at - size)
            block = file.read(size) + rest
            rest, *lines = block.split(b"\n")
            yield from (line for line in reversed(lines) if line)
        if rest:
            yield rest
