"""Packages in archives: tar.gz, tar and zip, told apart by their first bytes, never by their names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import PackageError
from edge.packages.contents import Contents
from edge.packages.gunzip import Gunzip
from edge.packages.limits import DEFAULT_LIMITS, Meter, PackageLimits, check_archive_size
from edge.packages.paths import shown
from edge.packages.tar import read_tar
from edge.packages.zip import read_zip

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

    from edge.packages.bundle import Bundle

SUFFIXES = (".tar.gz", ".tgz", ".zip", ".tar")


def read_archive(source: Buffer | Path, limits: PackageLimits = DEFAULT_LIMITS) -> Bundle:
    """The package in an archive, given as bytes or as a file.

    Raises PackageError for what is unsafe (paths and links that lead out, devices, duplicates, data
    that readers could take differently), damaged, or over a limit, before the excess is unpacked.
    """
    data = memoryview(_read_file(source, limits) if isinstance(source, Path) else source).cast("B")
    check_archive_size(len(data), limits)
    contents = Contents(Meter(limits))
    head = bytes(data[:4])
    if head[:2] == b"\x1f\x8b":
        read_tar(Gunzip(data, contents.meter), contents)
    elif head in {b"PK\x03\x04", b"PK\x05\x06"}:
        read_zip(data, contents)
    elif len(data) > 262 and bytes(data[257:262]) == b"ustar":
        read_tar(_Slices(data), contents)
    else:
        raise PackageError("this is no archive that edge reads", hint="send a .tar.gz, .tar or .zip")
    return contents.bundle()


class _Slices:
    """Bytes at hand as a reader."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int) -> bytes:
        taken = bytes(self._data[self._at : self._at + size])
        self._at += len(taken)
        return taken


def _read_file(path: Path, limits: PackageLimits) -> bytes:
    """All of a file, or a byte more than the limit."""
    try:
        with path.open("rb") as file:
            check_archive_size(os.fstat(file.fileno()).st_size, limits)
            return file.read(limits.archive + 1)
    except OSError as error:
        raise PackageError(f"cannot read the archive {shown(path.name)}: {error.strerror}") from error
