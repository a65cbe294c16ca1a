"""Whether what a package is read from has changed since, told by the file system alone, without reading a file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from edge.errors import PackageError
from edge.packages.folder import folder_state
from edge.packages.load import locate_package
from edge.packages.paths import shown
from edge.packages.uploads import is_uploaded
from edge.units import SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.packages.limits import PackageLimits

SETTLED: Final = 2 * SECONDS
"""File systems tell times in steps, of which the coarsest are so long."""


class Stamp(msgspec.Struct, frozen=True):
    """`mark` changes when a file, a size, a time or an inode does.

    `settled`: what was changed last was changed so long before that another change must show in its time.  Of a stamp
    that is not, an equal one says nothing.
    """

    mark: str
    settled: bool


def stamp_of(root: Path, references: Sequence[str], limits: PackageLimits) -> Stamp:
    """The stamp of packages together, each a folder, an archive or a file under `root`, or a hash of a store.

    Of what cannot be read there is one that is not settled: reading says why.
    """
    now = time.time_ns()
    try:
        states = [_state(root, reference, limits) for reference in references]
    except PackageError as error:
        return Stamp(error.message, settled=False)
    newest = max((state[1] for state in states), default=0)
    return Stamp("\0".join(mark for mark, _ in states), now - newest > SETTLED * 1e9)


def _state(root: Path, reference: str, limits: PackageLimits) -> tuple[str, int]:
    """A mark, and when the last change was (ns, Unix epoch)."""
    if is_uploaded(reference):
        return reference, 0
    path = root / reference.removeprefix("./")
    if path.is_dir():
        return folder_state(path, limits)  # where it leads is checked when it is read
    path = locate_package(root, reference)
    try:
        found = path.stat()
    except OSError as error:
        raise PackageError(f"cannot read {shown(path.name)}: {error.strerror}") from error
    times = (found.st_mtime_ns, found.st_ctime_ns)
    return f"{path} {found.st_size} {times} {found.st_ino}", max(times)
