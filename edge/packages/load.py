"""From what the config calls a package to its bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import PackageError
from edge.packages.archive import SUFFIXES, read_archive
from edge.packages.bundle import Bundle, parse_hash
from edge.packages.folder import read_folder
from edge.packages.limits import DEFAULT_LIMITS, PackageLimits
from edge.packages.paths import check_path, shown
from edge.packages.uploads import is_uploaded, is_version

if TYPE_CHECKING:
    from pathlib import Path

    from edge.packages.uploads import Uploads


def load_package(
    root: Path, reference: str, uploads: Uploads | None = None, limits: PackageLimits = DEFAULT_LIMITS
) -> Bundle:
    """The bundle that `package = "..."` in the config means; reads the disk, or asks the store.

    `reference` is a folder or an archive under `root`, an archive's suffix may be left out, or an uploaded package:
    `sha256:HEX` or `hello@v3`.  Raises PackageError, and for the latter what `Uploads.get` raises.
    """
    if is_uploaded(reference):
        return _stored(reference, uploads)
    path = locate_package(root, reference)
    return read_folder(path, limits).bundle if path.is_dir() else read_archive(path, limits)


def locate_package(root: Path, reference: str) -> Path:
    """The folder or archive of a reference that is not a hash, for watching it too.  Raises PackageError."""
    name = reference.removeprefix("./").rstrip("/")
    try:
        check_path(name)
    except PackageError as error:
        hint = "name a folder or archive under packages.root"
        raise PackageError(f"the package {shown(reference)} cannot be used: {error.message}", hint=hint) from error
    for suffix in ("", *SUFFIXES):
        path = root / (name + suffix)
        if path.is_dir() if not suffix else path.is_file():
            return _inside(root, path, reference)
    if (root / name).is_file():
        return _inside(root, root / name, reference)
    looked = ", ".join(name + suffix for suffix in ("/", *SUFFIXES))
    raise PackageError(f"there is no package {shown(reference)} under packages.root; looked for {looked}")


def _inside(root: Path, path: Path, reference: str) -> Path:
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise PackageError(
            f"the package {shown(reference)} is a link that leads out of packages.root",
            hint="move packages.root up, or copy the package",
        )
    return real


def _stored(reference: str, uploads: Uploads | None) -> Bundle:
    if not is_version(reference):
        parse_hash(reference)
    if uploads is None:
        raise PackageError(f"there is no package store to take {reference} from")
    return uploads.get(reference)
