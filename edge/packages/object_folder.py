"""Objects in a folder, which processes of one machine, or of several that mount it, may share."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.errors import OutsideError, StoreUnavailableError
from edge.packages.disk import PARTIAL, remove_abandoned, write_atomic
from edge.packages.objects import Listed, Stored
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import ReadableBuffer as Buffer

_LOCK = ".lock"
_PART = 1 * MIB
_PATIENCE = 10.0
_PAUSE = 0.01


class FolderObjects:
    """Implements Objects.  A kill at any moment leaves every object as it was or as it was to become."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or made yet."""
        self._folder = folder

    def get(self, key: str, limit: int) -> Stored | None:
        """See Objects."""
        with _available("read"):
            try:
                with self._path(key).open("rb") as file:
                    status = os.fstat(file.fileno())
                    content = file.read(limit + 1)
            except FileNotFoundError:
                return None
        if len(content) > limit:
            raise OutsideError(f"{key} in the package store has more than {limit} bytes")
        return Stored(content, _etag(status))

    def stream(self, key: str) -> Iterator[bytes] | None:
        """See Objects."""
        with _available("read"):
            try:
                file = self._path(key).open("rb")
            except FileNotFoundError:
                return None

        def parts() -> Iterator[bytes]:
            with file, _available("read"):
                while part := file.read(_PART):
                    yield part

        return parts()

    def put(self, key: str, content: Buffer) -> None:
        """See Objects."""
        with _available("write to"):
            write_atomic(self._path(key), (content,), durable=True)

    def swap(self, key: str, content: bytes, etag: str) -> str | None:
        """See Objects."""
        path = self._path(key)
        with _available("write to"), self._locked(path.parent):
            before = _status(path)
            if (_etag(before) if before else "") != etag:
                return None
            stamp = max(time.time_ns(), before.st_mtime_ns + 1 if before else 0)
            write_atomic(path, (content,), durable=True, stamp=stamp)
            after = _status(path)
        return _etag(after) if after else None

    def list(self, prefix: str) -> Iterator[Listed]:
        """See Objects."""
        folder = self._folder / prefix
        with _available("list"):
            try:
                entries = list(os.scandir(folder))
            except FileNotFoundError:
                return
            for entry in sorted(entries, key=lambda entry: entry.name):
                status = None if entry.name.startswith((PARTIAL, ".")) else _status(folder / entry.name)
                if status is not None:
                    yield Listed(prefix + entry.name, _etag(status), status.st_size, status.st_mtime)

    def delete(self, key: str) -> None:
        """See Objects."""
        with _available("delete from"):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key

    @contextmanager
    def _locked(self, folder: Path) -> Iterator[None]:
        """The only writer of a folder.  The kernel lets go of the lock when its holder ends, however it does."""
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor)
            remove_abandoned(folder)
            yield
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Raises StoreUnavailableError when somebody holds the lock for unreasonably long."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise StoreUnavailableError("another process keeps the package store locked") from None
            time.sleep(_PAUSE)
        else:
            return


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _etag(status: os.stat_result) -> str:
    """Of a file that is only ever replaced: its time of change grows with each swap."""
    return f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"


@contextmanager
def _available(doing: str) -> Iterator[None]:
    """What the disk refuses becomes StoreUnavailableError; its message has the reason and no path."""
    try:
        yield
    except StoreUnavailableError:
        raise
    except OutsideError as error:
        raise StoreUnavailableError(error.message) from error
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise StoreUnavailableError(f"cannot {doing} the package store: {reason}") from error
