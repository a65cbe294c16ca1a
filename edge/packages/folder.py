"""A package folder on disk: listed, signed and read.

Folders and files are opened relative to the folder they were found in and never through a link, so a
file that is replaced by a link while it is read cannot lead out of the package.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from edge.errors import PackageError
from edge.packages.bundle import Bundle
from edge.packages.limits import DEFAULT_LIMITS, Meter, PackageLimits
from edge.packages.paths import check_path, ignored, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ATTEMPTS = 3
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Not blocking: a file may have become a named pipe since it was listed.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# What opening says of a name that was listed and is gone, or was replaced by a link or a file since.
_CHANGED = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR})

Stamp = tuple[int, int, int, int]  # size in bytes, mtime and ctime in ns, inode


class FolderPackage(msgspec.Struct, frozen=True):
    """What was read, and the signature of the folder while it was read."""

    bundle: Bundle
    signature: str


def read_folder(root: Path, limits: PackageLimits = DEFAULT_LIMITS) -> FolderPackage:
    """Read a package folder.

    When it changes meanwhile it is read again, at most ATTEMPTS times.  Raises PackageError for what
    cannot be read, links that lead out, special files, and over a limit.
    """
    for _ in range(ATTEMPTS):
        try:
            listing = _Listing(root, limits, contents=True)
            bundle = Bundle.build(listing.contents, listing.links, limits)
            if folder_state(root, limits)[0] == listing.signature:
                return FolderPackage(bundle, listing.signature)
        except FileNotFoundError:
            continue
    raise PackageError("the package folder keeps changing while it is read", hint="wait until it is complete")


def folder_state(root: Path, limits: PackageLimits = DEFAULT_LIMITS) -> tuple[str, int]:
    """The signature of a folder, and when something in it was changed last (ns, Unix epoch).

    The signature is a short text that changes when the folder does; from names, sizes, times and inodes alone.
    Raises PackageError as `read_folder` does.
    """
    for _ in range(ATTEMPTS):
        try:
            listing = _Listing(root, limits, contents=False)
        except FileNotFoundError:
            continue
        return listing.signature, listing.newest
    raise PackageError("the package folder keeps changing while it is listed", hint="wait until it is complete")


class _Listing:
    """One walk over the folder.  Raises FileNotFoundError when something vanished meanwhile."""

    def __init__(self, root: Path, limits: PackageLimits, *, contents: bool) -> None:
        self.contents: dict[str, bytes] = {}
        self.links: dict[str, str] = {}
        self._stamps: dict[str, Stamp] = {}
        self._meter = Meter(limits)
        self._folders = 0
        self._with_contents = contents
        self._root = root
        if not os.path.isdir(root):  # noqa: PTH112 - Path.is_dir raises for a folder that cannot be searched
            raise PackageError(f"there is no package folder {shown(root.name)}")
        with _opened(os.fspath(root), _FOLDER, None, shown(root.name)) as folder:
            self._walk(folder, "")

    @property
    def signature(self) -> str:
        state = (sorted(self._stamps.items()), sorted(self.links.items()))
        return hashlib.sha256(msgspec.msgpack.encode(state)).hexdigest()

    @cached_property
    def _own_names(self) -> tuple[str, ...]:
        """What absolute links into the folder begin with."""
        return tuple(f"{name.rstrip('/')}/" for name in {os.fspath(self._root), os.path.realpath(self._root)})

    @property
    def newest(self) -> int:
        return max((time for _, mtime, ctime, _ in self._stamps.values() for time in (mtime, ctime)), default=0)

    def _walk(self, folder: int, prefix: str) -> None:
        for entry in self._entries(folder, prefix):
            path = check_path(prefix + entry.name, self._meter.limits)
            if entry.is_symlink():
                self._link(entry.name, path, folder)
            elif entry.is_dir(follow_symlinks=False):
                self._enter(entry.name, path, folder)
            elif entry.is_file(follow_symlinks=False):
                self._file(entry, path, folder)
            else:
                raise _special(path)

    def _entries(self, folder: int, prefix: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return [entry for entry in entries if not ignored(entry.name)]
        except OSError as error:
            raise _unreadable(shown(prefix), error) from error

    def _enter(self, name: str, path: str, folder: int) -> None:
        self._folders += 1
        if self._folders > self._meter.limits.folders:
            raise PackageError(f"the package has more than {self._meter.limits.folders} folders, which is the limit")
        with _opened(name, _FOLDER | os.O_NOFOLLOW, folder, shown(path)) as inner:
            self._walk(inner, f"{path}/")

    def _link(self, name: str, path: str, folder: int) -> None:
        self._meter.file()
        target = os.readlink(name, dir_fd=folder)
        self.links[path] = self._within(target, path) if target.startswith("/") else target

    def _within(self, target: str, path: str) -> str:
        """An absolute target inside the folder, as seen from the link; others are returned as they are."""
        for own in self._own_names:
            if f"{target}/".startswith(own):
                return "../" * path.count("/") + target[len(own) :]
        return target

    def _file(self, entry: os.DirEntry[str], path: str, folder: int) -> None:
        self._meter.file()
        if not self._with_contents:
            self._sign(path, entry.stat(follow_symlinks=False))
            return
        with _opened(entry.name, _FILE, folder, shown(path)) as file:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise _special(path)
            self._sign(path, status)
            self.contents[path] = _read(file, status.st_size, path)

    def _sign(self, path: str, status: os.stat_result) -> None:
        self._meter.content(status.st_size, path)
        self._stamps[path] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@contextmanager
def _opened(name: str, flags: int, folder: int | None, what: str) -> Iterator[int]:
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in _CHANGED:
            raise FileNotFoundError(f"{what} changed after it was listed") from error
        raise _unreadable(what, error) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(file: int, size: int, path: str) -> bytes:
    """All of a file.  One byte more is asked for, to notice that it grew."""
    try:
        data = os.read(file, size + 1)
        while len(data) < size and (more := os.read(file, size + 1 - len(data))):
            data += more
    except OSError as error:
        raise _unreadable(shown(path), error) from error
    if len(data) != size:
        raise FileNotFoundError(f"{path} changed while it was read")
    return data


def _unreadable(what: str, error: OSError) -> PackageError:
    reason = (error.strerror or "input/output error").lower()
    return PackageError(f"cannot read {what}: {reason}", hint="the gateway's user needs to read all of the package")


def _special(path: str) -> PackageError:
    return PackageError(
        f"{shown(path)} is neither a file nor a folder", hint="packages have no sockets, pipes or devices"
    )


def read_file(path: Path, limits: PackageLimits = DEFAULT_LIMITS) -> bytes:
    """A single regular file.  Raises PackageError for what cannot be read, and over a limit."""
    meter = Meter(limits)
    try:
        with _opened(os.fspath(path), _FILE, None, shown(path.name)) as file:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise _special(path.name)
            meter.content(status.st_size, path.name)
            return _read(file, status.st_size, path.name)
    except FileNotFoundError as error:
        raise PackageError(f"{shown(path.name)} changed while it was read", hint="wait until it is complete") from error
