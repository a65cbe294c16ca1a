"""Finding the file that a path stands for: extensions, folders with a main module, index files.

LOAD_AS_FILE and LOAD_AS_DIRECTORY of https://nodejs.org/api/modules.html#all-together
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from edge.packages.module_kind import EXTENSIONS, extension_of
from edge.packages.package_json import from_mounted, to_mounted

if TYPE_CHECKING:
    from edge.packages.bundle import Bundle
    from edge.packages.package_json import PackageJsons

# TypeScript sources import `./a.js` where the file is `a.ts`: what the compiler would write.
_TYPESCRIPT = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}


class FileLookup:
    """All methods take and return package paths, and return None when there is nothing."""

    def __init__(self, bundle: Bundle, packages: PackageJsons) -> None:
        self._bundle = bundle
        self._packages = packages

    def any(self, path: str, *, typescript: bool = False) -> str | None:
        """The file or the folder's main module, in this order."""
        return self.file(path, typescript=typescript) or self.folder(path)

    def file(self, path: str, *, typescript: bool = False) -> str | None:
        """The file of this name, or with an extension."""
        if self._bundle.is_file(path):
            return path
        if not path or path.endswith("/"):
            return None
        return self._with_extension(path) or (self._typescript(path) if typescript else None)

    def folder(self, path: str) -> str | None:
        """The main module of a folder: Node's; where Node finds none, the one that is for bundlers."""
        if not self._bundle.is_dir(path):
            return None
        package = self._packages.at(path)
        if package is None:
            return self.index(path)
        found = self._first(path, package.main) or self.index(path)
        return found or self._first(path, package.module, package.browser)

    def _first(self, folder: str, *names: str) -> str | None:
        return next((file for name in names if name and (file := self.main(folder, name))), None)

    def index(self, path: str) -> str | None:
        """The index file of a folder."""
        return self._with_extension(f"{path}/index" if path else "index")

    def main(self, folder: str, main: str) -> str | None:
        """The file that a folder's package.json names as its main module."""
        path = from_mounted(posixpath.normpath(posixpath.join(to_mounted(folder), main)))
        return None if path is None else self.file(path) or self.index(path)

    def _with_extension(self, path: str) -> str | None:
        for extension in EXTENSIONS:
            if self._bundle.is_file(path + extension):
                return path + extension
        return None

    def _typescript(self, path: str) -> str | None:
        extension = extension_of(path)
        for other in _TYPESCRIPT.get(extension, ()):
            candidate = path[: -len(extension)] + other
            if self._bundle.is_file(candidate):
                return candidate
        return None
