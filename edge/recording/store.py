"""Recordings on disk: a folder with a file for each, the oldest of which go when there are too many.

Several processes may share a folder.  Everything blocks: for threads.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from edge.errors import CallerError, NotFoundError
from edge.packages.bundle import parse_hash
from edge.recording.recording import MAX_FILE, Recording, Summary, encode, file_name, summary_of
from edge.units import DAYS, KIB, MIB

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import ReadableBuffer

_ENDING = ".rec"
_STAMP = 15  # characters of a file's name before the id: milliseconds, and a dash
MAX_PACKAGE = 32 * MIB
REMAINS = 60.0
"""Seconds after which a file that is not whole never will be."""
_HEAD = 16 * KIB
"""How much of a file is read for its summary."""


class Bounds(msgspec.Struct, frozen=True):
    """What the folder may hold: bytes, files, and seconds of age (0: any)."""

    size: int = 64 * MIB
    count: int = 1000
    age: float = 7 * DAYS


class RecordingStore:
    """One folder, which is made when something is put into it first."""

    def __init__(self, folder: Path, bounds: Bounds | None = None) -> None:
        self.folder = folder
        self.bounds = bounds or Bounds()

    def put(self, recording: Recording, *, prune: bool = True) -> None:
        """Keep it, under its id; one of the same id is replaced.  Raises OSError.

        To `prune` takes longer the more there are: it may be left to a later one.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{int(recording.summary.time * 1000):0{_STAMP - 1}d}-{file_name(recording.summary.id)}{_ENDING}"
        temporary = self.folder / f".{name}.{os.getpid()}"
        temporary.touch(0o600)
        temporary.write_bytes(encode(recording))
        temporary.replace(self.folder / name)
        if prune:
            self.prune()

    def summaries(self, function: str = "", limit: int = 100) -> list[Summary]:
        """The newest ones first, those of one function or of all."""
        found: list[Summary] = []
        for path in reversed(self._files()):
            if len(found) >= limit:
                break
            summary = _summary(path)
            if summary is not None and function in ("", summary.function, summary.function.partition("@")[0]):
                found.append(summary)
        return found

    def read(self, name: str) -> bytes:
        """The file of a recording.  Raises NotFoundError, CallerError."""
        path = self._find(name)
        try:
            if path is not None and path.stat().st_size <= MAX_FILE:
                return path.read_bytes()
        except FileNotFoundError:
            pass
        raise NotFoundError(f"there is no recording {name!r}", hint="`edge replay --list` has those that there are")

    def keep_package(self, package: str, content: ReadableBuffer) -> None:
        """Keep a package that recordings are of, unless it is there or too large.  Raises OSError."""
        path = self._package(package)
        if path.exists() or memoryview(content).nbytes > MAX_PACKAGE:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(0o600)
        temporary.write_bytes(content)
        temporary.replace(path)

    def package(self, package: str) -> bytes | None:
        """The canonical bytes of a package that is kept."""
        try:
            return self._package(package).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def has_package(self, package: str) -> bool:
        """Whether it is kept."""
        return self._package(package).is_file()

    def _package(self, package: str) -> Path:
        return self.folder / "packages" / parse_hash(package)

    def delete(self, name: str) -> None:
        """Raises NotFoundError, CallerError."""
        path = self._find(name)
        if path is None:
            raise NotFoundError(f"there is no recording {name!r}")
        path.unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove what is too much."""
        size, removed = 0, False
        oldest = int((time.time() - self.bounds.age) * 1000) if self.bounds.age else 0
        for number, path in enumerate(reversed(self._files())):
            try:
                size += path.stat().st_size
            except FileNotFoundError:
                continue
            if number >= self.bounds.count or size > self.bounds.size or int(path.name[: _STAMP - 1]) < oldest:
                path.unlink(missing_ok=True)
                removed = True
        self._remove_remains()
        if removed:
            self._prune_packages()

    def _remove_remains(self) -> None:
        """What a process left that was killed while it wrote."""
        with suppress(FileNotFoundError):
            for path in self.folder.glob(f".*{_ENDING}.*"):
                if time.time() - path.stat().st_mtime > REMAINS:
                    path.unlink(missing_ok=True)

    def _prune_packages(self) -> None:
        needed = {parse_hash(found.package) for found in map(_summary, self._files()) if found is not None}
        with suppress(FileNotFoundError):
            for path in (self.folder / "packages").iterdir():
                if path.name not in needed and path.suffix == "":
                    path.unlink(missing_ok=True)

    def _find(self, name: str) -> Path | None:
        wanted = file_name(name)
        return next((path for path in reversed(self._files()) if path.name[_STAMP : -len(_ENDING)] == wanted), None)

    def _files(self) -> list[Path]:
        """Oldest first."""
        try:
            return sorted(path for path in self.folder.iterdir() if _is_recording(path.name))
        except (FileNotFoundError, NotADirectoryError):
            return []


def _is_recording(name: str) -> bool:
    return name.endswith(_ENDING) and name[: _STAMP - 1].isdecimal() and name[_STAMP - 1 : _STAMP] == "-"


def _summary(path: Path) -> Summary | None:
    try:
        with path.open("rb") as file:
            return summary_of(file.read(_HEAD))
    except (OSError, CallerError):
        return None
