"""The `package.json` files of a bundle: parsed once, found by the modules they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.packages.module_error import ModuleError

if TYPE_CHECKING:
    from edge.packages.bundle import Bundle

MOUNT = "/app"


class PackageJson(msgspec.Struct, frozen=True):
    """What resolution needs of one `package.json`.  Fields of a wrong type are as if absent, as in Node.

    `folder` is the package path of the folder that it is in.  `exports` and `imports` are as written;
    None also stands for `"exports": null`, which Node treats as absent too.  `module` and `browser` are main
    modules for bundlers.
    """

    folder: str
    name: str = ""
    main: str = ""
    module: str = ""
    type: str = ""
    exports: object = None
    imports: object = None
    browser: str = ""

    @property
    def shown(self) -> str:
        """The file as user code knows it."""
        return to_mounted(f"{self.folder}/package.json" if self.folder else "package.json")


def to_mounted(path: str) -> str:
    """`lib/a.js` -> `/app/lib/a.js`."""
    return f"{MOUNT}/{path}" if path else MOUNT


def from_mounted(path: str) -> str | None:
    """`/app/lib/a.js` -> `lib/a.js`; None for a path outside of the package.  The path is normalised."""
    if path == MOUNT:
        return ""
    return path[len(MOUNT) + 1 :] if path.startswith(f"{MOUNT}/") else None


class PackageJsons:
    """All of a bundle's `package.json` files, read when they are asked for."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._parsed: dict[str, PackageJson | None] = {}

    def at(self, folder: str) -> PackageJson | None:
        """The one in a folder.  Raises ModuleError (ERR_INVALID_PACKAGE_CONFIG) when it is not JSON."""
        if folder not in self._parsed:
            self._parsed[folder] = self._parse(folder)
        return self._parsed[folder]

    def nearest(self, path: str) -> PackageJson | None:
        """The one that a module at `path` belongs to; a `node_modules` folder is a border."""
        folder = path.rpartition("/")[0]
        while folder.rpartition("/")[2] != "node_modules":
            found = self.at(folder)
            if found is not None or not folder:
                return found
            folder = folder.rpartition("/")[0]
        return None

    def _parse(self, folder: str) -> PackageJson | None:
        path = f"{folder}/package.json" if folder else "package.json"
        if not self._bundle.is_file(path):
            return None
        try:
            value = msgspec.json.decode(self._bundle.text(path))
        except (msgspec.DecodeError, RecursionError) as error:
            reason = str(error) or "nested too deeply"
            raise ModuleError(
                f"Invalid package config {to_mounted(path)}: {reason}", "ERR_INVALID_PACKAGE_CONFIG"
            ) from error
        if not isinstance(value, dict):
            raise ModuleError(f"Invalid package config {to_mounted(path)}: not an object", "ERR_INVALID_PACKAGE_CONFIG")
        keys = ("name", "main", "module", "type", "browser")
        texts = {key: text for key in keys if isinstance(text := value.get(key), str)}
        return PackageJson(folder, **texts, exports=value.get("exports"), imports=value.get("imports"))
