"""Files of a folder, opened so that nothing outside of it is ever read.  Everything here blocks: for threads.

A path is resolved with its links first; when what it leads to is below the folder, that very file is opened, links
not followed any more, and the kernel is asked which file the descriptor is of.  Links inside the folder are fine, as
Kubernetes mounts have them.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Final, Self

import msgspec

from edge.errors import ForbiddenError, OverloadedError

if TYPE_CHECKING:
    from types import TracebackType

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY  # no FIFO makes anyone wait
_ATTEMPTS: Final = 3  # when the file is replaced in this very moment
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM})
_DESCRIPTORS: Final = "/proc/self/fd" if sys.platform == "linux" and os.path.isdir("/proc/self/fd") else ""  # noqa: PTH112


class Stamp(msgspec.Struct, frozen=True):
    """What changes when a file does.  Times in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


class OpenFile:
    """A regular file, open for reading; a context manager that closes it."""

    def __init__(self, descriptor: int, path: str) -> None:
        self.descriptor = descriptor
        self.path = path
        self.stamp = _stamp(os.fstat(descriptor))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it; once is enough, more do no harm."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def read(self, start: int, size: int) -> bytes:
        """Up to `size` bytes from `start`; fewer only at the end of the file, as it is now."""
        parts: list[bytes] = []
        while size > 0:
            part = os.pread(self.descriptor, size, start)
            if not part:
                break
            parts.append(part)
            start, size = start + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def renew(self) -> None:
        """Take the file for what it is now."""
        self.stamp = _stamp(os.fstat(self.descriptor))

    def is_unchanged(self) -> bool:
        """Whether the content is what it was when it was opened; that another file has its name now is no change."""
        now = os.fstat(self.descriptor)
        return (now.st_size, now.st_mtime_ns) == (self.stamp.size, self.stamp.modified)


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Folder(msgspec.Struct, frozen=True):
    """`path` may be a link itself, and lead elsewhere tomorrow; it may also be a single file."""

    path: str

    def open(self, names: tuple[str, ...]) -> OpenFile | None:
        """A regular file by its names; None when there is none, or it lies outside.

        Raises ForbiddenError for what the gateway may not read, OverloadedError without descriptors.
        """
        for _ in range(_ATTEMPTS):
            try:
                real = self._resolve(names)
                return None if real is None else _open(real)
            except FileNotFoundError:
                continue  # it was there a moment ago
            except OSError as error:
                _raise_known(error)
                return None
        return None

    def exists(self) -> bool:
        """Whether there is such a folder, or file, at all."""
        return os.path.exists(self.path)  # noqa: PTH110 - a text, as everything here

    def _resolve(self, names: tuple[str, ...]) -> str | None:
        try:
            root = os.path.realpath(self.path, strict=True)
            real = os.path.realpath(os.path.join(root, *names), strict=True)  # noqa: PTH118
        except (OSError, ValueError) as error:
            _raise_known(error)
            return None
        if real == root:
            return real
        return real if real.startswith(root if root.endswith(os.sep) else root + os.sep) else None


def _open(real: str) -> OpenFile | None:
    """The file; None for what is no regular file, or not at `real`.  Raises OSError."""
    if not stat.S_ISREG(os.lstat(real).st_mode):  # opening a device may do things
        return None
    descriptor = os.open(real, _FLAGS)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and _is_at(descriptor, real):
            descriptor, opened = -1, OpenFile(descriptor, real)
            return opened
    finally:
        if descriptor >= 0:
            os.close(descriptor)
    return None


def _is_at(descriptor: int, real: str) -> bool:
    """Whether no part of the path became a link between the look at it and the opening."""
    return not _DESCRIPTORS or os.readlink(f"{_DESCRIPTORS}/{descriptor}") in (real, f"{real} (deleted)")  # noqa: PTH115


def _raise_known(error: OSError | ValueError) -> None:
    """Raises for what is more than a file that is not there."""
    if isinstance(error, OSError) and error.errno in _DENIED:
        raise ForbiddenError("the gateway may not read this file") from error
    if isinstance(error, OSError) and error.errno in _EXHAUSTED:
        raise OverloadedError("the gateway cannot open more files") from error
