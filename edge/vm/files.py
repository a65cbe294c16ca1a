"""Files in memory, which a program and the code of its VMs share.  Pure.

Paths are absolute, `/src/app.js`; `..` and doubled slashes are resolved, and nothing lies above `/`.
"""

from __future__ import annotations

import errno
import os
import posixpath
from typing import Literal

import msgspec

from edge.units import KIB, MIB

MAX_PATH = 4 * KIB
MAX_DEPTH = 64
FOLDER_SIZE = 128
"""What a folder or a file takes beside its content, so that empty ones are not free."""


class FileStat(msgspec.Struct, frozen=True):
    """`size` in bytes; `modified` in seconds since 1970."""

    kind: Literal["file", "folder"]
    size: int
    modified: float
    read_only: bool


class _File:
    __slots__ = ("content", "modified", "read_only")

    def __init__(self, content: bytes, modified: float, *, read_only: bool) -> None:
        self.content = content
        self.modified = modified
        self.read_only = read_only


class MemoryFiles:
    """At most `max_size` bytes and `max_count` files and folders in all; one more is an OSError (ENOSPC).

    Errors are those of the operating system: FileNotFoundError, IsADirectoryError, PermissionError and so on.
    `read_only` files are so for code in VMs: see `seen_by_code`.  `version` changes when names, or a package.json, do.
    """

    def __init__(self, max_size: int = 10 * MIB, max_count: int = 1000) -> None:
        self.max_size = max_size
        self.max_count = max_count
        self.size = 0
        self.version = 0
        self.now = 0.0  # what new files are dated; set by who has a clock
        self._files: dict[str, _File] = {}
        self._folders: dict[str, set[str]] = {"/": set()}

    @property
    def count(self) -> int:
        """Files and folders, without the root."""
        return len(self._files) + len(self._folders) - 1

    def paths(self) -> list[str]:
        """Of all files, sorted."""
        return sorted(self._files)

    # -- reading

    def read_bytes(self, path: str) -> bytes:
        """The content of a file."""
        return self._file(clean(path)).content

    def read_text(self, path: str, encoding: str = "utf-8") -> str:
        """The same as text.  Raises UnicodeDecodeError."""
        return self.read_bytes(path).decode(encoding)

    def listdir(self, path: str = "/") -> list[str]:
        """The names in a folder, sorted."""
        return sorted(self._folder(clean(path)))

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""
        return self.is_file(path) or self.is_dir(path)

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""
        return clean(path) in self._files

    def is_dir(self, path: str) -> bool:
        """Whether there is a folder."""
        return clean(path) in self._folders

    def stat(self, path: str) -> FileStat:
        """What is known of a file or folder."""
        place = clean(path)
        if place in self._folders:
            return FileStat("folder", 0, 0.0, read_only=False)
        file = self._file(place)
        return FileStat("file", len(file.content), file.modified, read_only=file.read_only)

    # -- writing

    def write_bytes(self, path: str, content: bytes, *, read_only: bool = False) -> None:
        """Make or replace a file; folders on the way must be there."""
        place = clean(path)
        if place in self._folders:
            raise _error(errno.EISDIR, place)
        parent = self._parent(place)
        before = self._files.get(place)
        taken = len(before.content) + FOLDER_SIZE if before else 0
        self._reserve(len(content) + FOLDER_SIZE - taken, 0 if before else 1, place)
        self._files[place] = _File(bytes(content), self.now, read_only=read_only)
        parent.add(posixpath.basename(place))
        if before is None or place.endswith("/package.json"):
            self.version += 1

    def write_text(self, path: str, text: str, *, read_only: bool = False) -> None:
        """Make or replace a file with text in UTF-8."""
        self.write_bytes(path, text.encode(), read_only=read_only)

    def append_bytes(self, path: str, content: bytes) -> None:
        """Add to the end of a file; one that is not there is made."""
        place = clean(path)
        before = self._files.get(place)
        self.write_bytes(place, (before.content if before else b"") + content)

    def mkdir(self, path: str, *, parents: bool = False) -> None:
        """Make a folder; with `parents`, also those on the way, and none of them is in the way when it is there."""
        place = clean(path)
        if parents:
            if place in self._files:
                raise _error(errno.EEXIST, place)
            if place in self._folders:
                return
            if posixpath.dirname(place) not in self._folders:
                self.mkdir(posixpath.dirname(place), parents=True)
        if place in self._files or place in self._folders:
            raise _error(errno.EEXIST, place)
        parent = self._parent(place)
        self._reserve(FOLDER_SIZE, 1, place)
        self._folders[place] = set()
        parent.add(posixpath.basename(place))

    def unlink(self, path: str) -> None:
        """Remove a file."""
        place = clean(path)
        if place in self._folders:
            raise _error(errno.EISDIR, place)
        self.size -= len(self._file(place).content) + FOLDER_SIZE
        del self._files[place]
        self._folders[posixpath.dirname(place)].discard(posixpath.basename(place))
        self.version += 1

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        place = clean(path)
        if self._folder(place) or place == "/":
            raise _error(errno.ENOTEMPTY, place)
        del self._folders[place]
        self.size -= FOLDER_SIZE
        self._folders[posixpath.dirname(place)].discard(posixpath.basename(place))
        self.version += 1

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it; the root is emptied."""
        place = clean(path)
        if place not in self._folders:
            self.unlink(place)
            return
        for name in self.listdir(place):
            self.remove(posixpath.join(place, name))
        if place != "/":
            self.rmdir(place)

    def rename(self, path: str, to: str) -> None:
        """Move a file or folder; a file may take the place of another."""
        place, target = clean(path), clean(to)
        if place == target and self.exists(place):
            return
        if target.startswith(f"{place}/") or place == "/":
            raise _error(errno.EINVAL, target)
        self._parent(target)
        if place in self._files:
            if target in self._folders:
                raise _error(errno.EISDIR, target)
            if target in self._files:
                self.unlink(target)
            self._move(place, target)
        else:
            self._folder(place)
            if self.exists(target):
                raise _error(errno.EEXIST, target)
            self._move_folder(place, target)
        self.version += 1

    # -- inside

    def _move(self, place: str, target: str) -> None:
        self._files[target] = self._files.pop(place)
        self._rehang(place, target)

    def _move_folder(self, place: str, target: str) -> None:
        for old in [path for path in self._files if path.startswith(f"{place}/")]:
            self._files[target + old[len(place) :]] = self._files.pop(old)
        for old in [path for path in self._folders if path == place or path.startswith(f"{place}/")]:
            self._folders[target + old[len(place) :]] = self._folders.pop(old)
        self._rehang(place, target)

    def _rehang(self, place: str, target: str) -> None:
        self._folders[posixpath.dirname(place)].discard(posixpath.basename(place))
        self._folders[posixpath.dirname(target)].add(posixpath.basename(target))

    def _file(self, place: str) -> _File:
        file = self._files.get(place)
        if file is None:
            raise _error(errno.EISDIR if place in self._folders else self._why_missing(place), place)
        return file

    def _folder(self, place: str) -> set[str]:
        folder = self._folders.get(place)
        if folder is None:
            raise _error(errno.ENOTDIR if place in self._files else self._why_missing(place), place)
        return folder

    def _parent(self, place: str) -> set[str]:
        if place == "/":
            raise _error(errno.EISDIR, place)
        parent = posixpath.dirname(place)
        if parent not in self._folders:
            raise _error(errno.ENOTDIR if parent in self._files else errno.ENOENT, place)
        return self._folders[parent]

    def _why_missing(self, place: str) -> int:
        return errno.ENOTDIR if posixpath.dirname(place) in self._files else errno.ENOENT

    def _reserve(self, size: int, count: int, place: str) -> None:
        if self.size + size > self.max_size or self.count + count > self.max_count:
            raise _error(errno.ENOSPC, place)
        self.size += size


def clean(path: str) -> str:
    """A path as it is kept.  Raises OSError for one that cannot be."""
    if not path or "\0" in path or not path.startswith("/"):
        raise _error(errno.EINVAL, path.replace("\0", "\\0"))
    place = "/" + posixpath.normpath(path).lstrip("/")
    if len(place) > MAX_PATH or place.count("/") > MAX_DEPTH:
        raise _error(errno.ENAMETOOLONG, f"{place[:100]}...")
    return place


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)
