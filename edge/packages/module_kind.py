"""What kind of module a file is, by its extension and the nearest `package.json`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from edge.packages.package_json import PackageJsons


class Format(StrEnum):
    """How a module is evaluated.  DETECT: an ES module if its syntax says so, as in Node (detect-module)."""

    ESM = "esm"
    CJS = "cjs"
    DETECT = "detect"
    JSON = "json"
    TEXT = "text"
    WASM = "wasm"
    DATA = "data"
    BYTES = "bytes"
    NATIVE = "native"


class Kind(msgspec.Struct, frozen=True):
    """`language` is what the source is written in, `js`, `jsx`, `ts` or `tsx`; "" when it is not code."""

    format: Format
    language: str = ""

    @property
    def is_code(self) -> bool:
        return self.language != ""


SCRIPT_EXTENSIONS = (".js", ".cjs", ".mjs", ".ts", ".tsx", ".jsx", ".mts", ".cts")
# Node's order first, then what a transform makes loadable; .node is found so that it can be refused.
EXTENSIONS = (".js", ".json", ".node", *SCRIPT_EXTENSIONS[1:])

_FIXED = {
    ".mjs": Kind(Format.ESM, "js"),
    ".cjs": Kind(Format.CJS, "js"),
    ".mts": Kind(Format.ESM, "ts"),
    ".cts": Kind(Format.CJS, "ts"),
    ".json": Kind(Format.JSON),
    ".wasm": Kind(Format.WASM),
    ".node": Kind(Format.NATIVE),
}
_LANGUAGES = {".js": "js", ".jsx": "jsx", ".ts": "ts", ".tsx": "tsx"}
_TEXT = frozenset({
    ".txt", ".md", ".html", ".htm", ".css", ".sql", ".svg", ".xml", ".csv",
    ".graphql", ".gql", ".yaml", ".yml", ".toml",
})  # fmt: skip
_DATA = frozenset({
    ".bin", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".pdf",
    ".woff", ".woff2", ".ttf", ".otf", ".zip", ".gz",
})  # fmt: skip
_TYPES = {"module": Format.ESM, "commonjs": Format.CJS}


def extension_of(path: str) -> str:
    """`.js` of `lib/a.js`; "" when the name has none or begins with its only dot."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


_ASKED_FOR = {"text": Kind(Format.TEXT), "json": Kind(Format.JSON), "bytes": Kind(Format.BYTES)}
_MARK = "\0"  # in no file's name
IMPORT_TYPES = frozenset(_ASKED_FOR)
"""What `with { type: "..." }` may ask for."""


def asked_for(path: str, kind: Kind, wanted: str) -> str:
    """The path of a module that is imported `with { type: wanted }`: marked, unless it is of this kind anyway."""
    return path if kind == _ASKED_FOR[wanted] else f"{path}{_MARK}{wanted}"


def file_of(path: str) -> str:
    """A path without such a mark."""
    return path.partition(_MARK)[0]


def module_kind(path: str, packages: PackageJsons) -> Kind:
    """The kind of a module at a package path.  Raises ModuleError when the nearest package.json is invalid.

    A file of an unknown extension is JavaScript when it is required, as in Node.
    """
    path, _, wanted = path.partition(_MARK)
    if wanted:
        return _ASKED_FOR[wanted]
    extension = extension_of(path)
    if extension in _FIXED:
        return _FIXED[extension]
    if extension in _TEXT:
        return Kind(Format.TEXT)
    if extension in _DATA:
        return Kind(Format.DATA)
    nearest = packages.nearest(path)
    return Kind(_TYPES.get(nearest.type if nearest else "", Format.DETECT), _LANGUAGES.get(extension, "js"))
