"""How large a package may be, and the meter that stops reading the moment it is larger."""

from __future__ import annotations

import msgspec

from edge.errors import PackageError
from edge.units import MIB, format_size


class PackageLimits(msgspec.Struct, frozen=True):
    """Sizes in bytes.  `files` counts files and links; `entries` what an archive lists, folders included.

    `ratio` is how many times larger a compressed thing may become; it is asked only from
    `ratio_from` bytes on, because a small file of one repeated line compresses to almost nothing.
    """

    archive: int = 50 * MIB
    total: int = 256 * MIB
    files: int = 50_000
    folders: int = 50_000
    entries: int = 150_000
    path: int = 1024
    depth: int = 64
    ratio: int = 200
    ratio_from: int = 4 * MIB


DEFAULT_LIMITS = PackageLimits()


class Meter:
    """Counts what is read from one package against its limits, while it is being read."""

    def __init__(self, limits: PackageLimits) -> None:
        self.limits = limits
        self.files = 0
        self.total = 0

    def file(self) -> None:
        """One more file or link.  Raises PackageError over the limit."""
        self.files += 1
        if self.files > self.limits.files:
            raise PackageError(
                f"the package has more than {self.limits.files} files, which is the limit",
                hint="deploy production dependencies only, or bundle the code",
            )

    def room(self, size: int, path: str) -> None:
        """Raise PackageError when `size` more bytes would be too many; counts nothing."""
        if self.total + size > self.limits.total:
            raise PackageError(
                f"the package holds at least {self.total + size} bytes with {path!r}; "
                f"the limit is {format_size(self.limits.total)} ({self.limits.total} bytes)",
                hint="leave out what the function does not read",
            )

    def content(self, size: int, path: str) -> None:
        """`size` more bytes of content.  Raises PackageError over the limit."""
        self.room(size, path)
        self.total += size

    def expansion(self, packed: int, unpacked: int, what: str) -> None:
        """Raise PackageError when `packed` bytes became suspiciously many."""
        if unpacked > self.limits.ratio_from and unpacked > packed * self.limits.ratio:
            raise PackageError(
                f"{what} expands {packed} bytes to {unpacked} or more; "
                f"at most {self.limits.ratio} times its compressed size is allowed"
            )


def check_archive_size(size: int, limits: PackageLimits) -> None:
    """Raise PackageError when a compressed archive of `size` bytes is too large."""
    if size > limits.archive:
        raise PackageError(
            f"the archive has {size} bytes or more; the limit is {format_size(limits.archive)} ({limits.archive} bytes)"
        )
