"""Packages that a function gets beside its own: `modules` of the config, as if they were in its `node_modules`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from edge.errors import PackageError
from edge.packages.bundle import Bundle
from edge.packages.folder import read_file
from edge.packages.limits import DEFAULT_LIMITS, PackageLimits
from edge.packages.load import load_package, locate_package
from edge.packages.module_kind import SCRIPT_EXTENSIONS, extension_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILES = frozenset({*SCRIPT_EXTENSIONS, ".json"})


def with_modules(
    bundle: Bundle, root: Path, modules: Mapping[str, str], limits: PackageLimits = DEFAULT_LIMITS
) -> Bundle:
    """The package with others in its `node_modules`: name -> folder, archive or file under `root`.

    What its own `node_modules` has of the same name is replaced.  Reads the disk.  Raises PackageError.
    """
    if not modules:
        return bundle
    files = {path: bundle.view(path) for path in bundle.files}
    links = {link: _as_written(link, target) for link, target in bundle.links.items()}
    for name, reference in modules.items():
        try:
            added = _module(root, reference, limits)
        except PackageError as error:
            raise PackageError(f"modules: {name}: {error.message}", hint=error.hint) from error
        place = f"node_modules/{name}"
        _without(files, place)
        _without(links, place)
        files.update({f"{place}/{path}": added.view(path) for path in added.files})
        links.update({f"{place}/{link}": _as_written(link, target) for link, target in added.links.items()})
    return Bundle.build(files, links, limits)


def _module(root: Path, reference: str, limits: PackageLimits) -> Bundle:
    """A folder, an archive, or a single file as a package that has nothing else."""
    if extension_of(reference) not in _FILES:
        return load_package(root, reference, None, limits)
    path = locate_package(root, reference)
    if path.is_dir():
        return load_package(root, reference, None, limits)
    name = f"index{path.suffix}"
    manifest = msgspec.json.encode({"main": name})
    return Bundle.build({name: read_file(path, limits), "package.json": manifest}, None, limits)


def _without(known: dict[str, memoryview] | dict[str, str], place: str) -> None:
    for path in [path for path in known if f"{path}/".startswith(f"{place}/")]:
        del known[path]


def _as_written(link: str, target: str) -> str:
    """A settled target as a link has it."""
    return posixpath.relpath(target or ".", posixpath.dirname(link) or ".")
