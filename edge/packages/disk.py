"""Writing files so that a kill at any moment leaves the old file or the new one, never a part."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from edge.errors import OutsideError
from edge.units import HOURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed import ReadableBuffer as Buffer

PARTIAL = ".partial-"
# Older ones were left by a process that was killed; younger ones may be another process's work.
_ABANDONED = 1 * HOURS


def write_atomic(path: Path, parts: Iterable[Buffer], *, durable: bool, stamp: int = 0) -> None:
    """Make `path` a file with these contents, readable by its owner alone.

    `durable`: it survives a power failure once this returns.  `stamp` is the time of its change, in nanoseconds of the
    Unix epoch; 0 is now.  Raises OutsideError, and what `parts` raises.
    """
    with translated("write to"):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=PARTIAL, dir=path.parent)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                _write(file, parts, durable=durable)
            if stamp:
                os.utime(name, ns=(stamp, stamp))
            os.replace(name, path)  # noqa: PTH105 - a name
        except BaseException:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - a name
            raise
        if durable:
            _sync_folder(path.parent)


def remove_abandoned(folder: Path) -> None:
    """Delete what killed writers left in a folder."""
    for path in folder.glob(f"{PARTIAL}*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _ABANDONED:
                path.unlink()


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """OSError of a store's folder becomes OutsideError; its message has the reason and no path."""
    try:
        yield
    except OSError as error:
        raise OutsideError(f"cannot {doing} the package store: {error.strerror or 'input/output error'}") from error


def _write(file: IO[bytes], parts: Iterable[Buffer], *, durable: bool) -> None:
    for part in parts:
        file.write(part)
    file.flush()
    if durable:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
