"""What JSX becomes in a module: what its package's tsconfig.json or deno.json say, and comments of its own."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from edge.packages.package_json import from_mounted

if TYPE_CHECKING:
    from edge.packages.bundle import Bundle

CONFIGS = ("tsconfig.json", "jsconfig.json", "deno.json", "deno.jsonc")
MAX_EXTENDS = 8
_RUNTIMES = {"react": "classic", "react-jsx": "automatic", "react-jsxdev": "automatic", "precompile": "automatic"}
_LEADING = re.compile(r"(?:[\s\ufeff]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/|#![^\n]*+)*+")
_PRAGMA = re.compile(r"@(jsxImportSource|jsxRuntime|jsxFrag|jsx)\s+([\w@$./-]+)")
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]++|\\.)*+")|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/')
_STRING_OR_COMMA = re.compile(r'("(?:[^"\\\n]++|\\.)*+")|,(?=\s*+[}\]])')


class Jsx(msgspec.Struct, frozen=True):
    """`automatic`: calls of `source`/jsx-runtime; `classic`: calls of `factory`, which the module has itself."""

    runtime: Literal["automatic", "classic"] = "automatic"
    source: str = "react"
    factory: str = "React.createElement"
    fragment: str = "React.Fragment"

    @property
    def modules(self) -> tuple[str, ...]:
        """What a module with JSX asks for without writing it."""
        return (f"{self.source}/jsx-runtime", self.source) if self.runtime == "automatic" else ()


class JsxSettings:
    """The settings of one bundle's modules."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._by_folder: dict[str, Jsx] = {}
        self._by_file: dict[str, dict[str, object]] = {}

    def of(self, path: str, source: str) -> Jsx:
        """Those of the module `path` ("/app/index.tsx")."""
        return _with_pragmas(self._folder((from_mounted(path) or "").rpartition("/")[0]), source)

    def _folder(self, folder: str) -> Jsx:
        if folder not in self._by_folder:
            self._by_folder[folder] = self._read(folder)
        return self._by_folder[folder]

    def _read(self, folder: str) -> Jsx:
        for name in CONFIGS:
            path = f"{folder}/{name}" if folder else name
            if self._bundle.is_file(path):
                return _from_options(self._options(path))
        if not folder or folder.rpartition("/")[2] == "node_modules":
            return Jsx()
        return self._folder(folder.rpartition("/")[0])

    def _options(self, path: str, depth: int = 0) -> dict[str, object]:
        """`compilerOptions`, those of the files that it extends below its own.  A file in a circle adds nothing."""
        known = self._by_file.get(path)
        if known is None:
            self._by_file[path] = {}
            known = self._by_file[path] = self._read_options(path, depth)
        return known

    def _read_options(self, path: str, depth: int) -> dict[str, object]:
        config = read_jsonc(self._bundle.text(path)) if self._bundle.is_file(path) else None
        if not isinstance(config, dict):
            return {}
        options: dict[str, object] = {}
        extended = config.get("extends")
        for other in extended if isinstance(extended, list) else [extended]:
            if isinstance(other, str) and other.startswith(".") and depth < MAX_EXTENDS:
                options |= self._options(posixpath.normpath(posixpath.join(posixpath.dirname(path), other)), depth + 1)
        own = config.get("compilerOptions")
        return options | own if isinstance(own, dict) else options


def read_jsonc(text: str) -> object:
    """JSON with comments and trailing commas; None when it is not even that."""
    plain = _STRING_OR_COMMENT.sub(lambda match: match[1] or " ", text.removeprefix("\ufeff"))
    try:
        return msgspec.json.decode(_STRING_OR_COMMA.sub(lambda match: match[1] or "", plain))
    except (msgspec.DecodeError, RecursionError):
        return None


def _from_options(options: dict[str, object]) -> Jsx:
    texts = {key: value for key, value in options.items() if isinstance(value, str)}
    default = Jsx()
    return Jsx(
        "classic" if _RUNTIMES.get(texts.get("jsx", "")) == "classic" else "automatic",
        texts.get("jsxImportSource", default.source),
        texts.get("jsxFactory", default.factory),
        texts.get("jsxFragmentFactory", default.fragment),
    )


def _with_pragmas(jsx: Jsx, source: str) -> Jsx:
    """A module's first comments have the last word."""
    leading = _LEADING.match(source)
    found = dict(_PRAGMA.findall(leading[0] if leading else ""))
    if not found:
        return jsx
    runtime = found.get("jsxRuntime") or (
        "classic" if "jsx" in found else "automatic" if "jsxImportSource" in found else ""
    )
    return Jsx(
        "classic" if (runtime or jsx.runtime) == "classic" else "automatic",
        found.get("jsxImportSource", jsx.source),
        found.get("jsx", jsx.factory),
        found.get("jsxFrag", jsx.fragment),
    )
