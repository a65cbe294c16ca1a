"""Which packages a folder on the command line stands for: itself, or those in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from edge.config.function_file import NAMES
from edge.config.zero import function_name, list_functions
from edge.gateway.source import ConfigSource
from edge.packages.manifest import INDEX_ORDER

_SIGNS = ("package.json", *NAMES, *(f"index{extension}" for extension in INDEX_ORDER))


class Place(NamedTuple):
    """The folder of one package."""

    name: str
    folder: Path

    def source(self, sets: tuple[str, ...]) -> ConfigSource:
        """The config that is this function and nothing else."""
        return ConfigSource(package=self.folder, sets=sets)


def is_package(folder: Path) -> bool:
    """Whether a folder has what a package begins with."""
    return any((folder / name).is_file() for name in _SIGNS)


def package_places(folder: Path) -> list[Place]:
    """The package at a folder, or those in the folder; a file in the root of a package stands for it.

    Raises click.UsageError when there is none.
    """
    root = (folder.parent if folder.is_file() else folder).resolve()
    if is_package(root):
        return [place_of(root)]
    found = [place_of(root / name) for name in list_functions(root) if is_package(root / name)]
    if not found:
        what = "no package.json and no index.js, index.ts or the like"
        raise click.UsageError(f"there is {what} in {folder}, nor in a folder in it; `edge init {folder}` writes some")
    return found


def place_of(folder: Path) -> Place:
    """A package by its folder."""
    return Place(function_name(folder.name), folder)
