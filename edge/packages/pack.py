"""Bundles as archives, to be sent: the same bundle makes the same bytes."""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from edge.packages.bundle import Bundle

_LEVEL = 6


def write_archive(bundle: Bundle, file: IO[bytes]) -> None:
    """Write a bundle as tar.gz; reading that gives the same bundle again."""
    with (
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        root = tarfile.TarInfo(".")  # without it, one folder that holds everything would be taken off
        root.type, root.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(root)
        for path in bundle.files:
            content = bundle.view(path)
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
        for path, target in sorted(bundle.links.items()):
            entry = tarfile.TarInfo(path)
            entry.type = tarfile.SYMTYPE
            entry.linkname = posixpath.relpath(target, posixpath.dirname(path) or ".")
            archive.addfile(entry)
