"""Fingerprints of folders: whether anything below them has changed, from what the file system says of each file."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def fingerprint_children(
    folder: Path, skip: Collection[Path] = (), only: Collection[str] | None = None
) -> dict[str, str]:
    """A fingerprint of each entry of `folder`, or of those in `only` that are there; hidden entries are left out.

    `skip` holds paths below `folder` that do not count.  A folder that cannot be read has no entries.
    """
    try:
        entries = [entry for entry in folder.iterdir() if only is None or entry.name in only]
    except OSError:
        return {}
    counted = [entry for entry in entries if not entry.name.startswith(".") and entry not in skip]
    return {entry.name: _fingerprint(entry, skip) for entry in counted}


def _fingerprint(path: Path, skip: Collection[Path]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for line in _walk(_real(path), {_real(each) for each in skip}):
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # unlike Path.resolve, it gives a loop of links back instead of failing


def _walk(path: Path, skipped: Collection[Path]) -> Iterator[str]:
    """A line for everything at and below `path`.  Links count as themselves and as what they lead to."""
    waiting = [path]
    while waiting:
        here = waiting.pop()
        if here in skipped:
            continue
        found = _stat(here, follow=False)
        yield f"{here}\0{_line(found)}\0"
        if found is not None and stat.S_ISLNK(found.st_mode):
            yield f"{_line(_stat(here, follow=True))}\0"
        if found is not None and stat.S_ISDIR(found.st_mode):
            waiting += sorted(_children(here), reverse=True)


def _line(found: os.stat_result | None) -> str:
    if found is None:
        return ""
    if stat.S_ISDIR(found.st_mode):
        return f"{found.st_mode} {found.st_ino}"
    return f"{found.st_mode} {found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _stat(path: Path, *, follow: bool) -> os.stat_result | None:
    try:
        return path.stat(follow_symlinks=follow)
    except OSError:
        return None


def _children(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except OSError:
        return []
