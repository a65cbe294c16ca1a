"""The modules of a VM's code: where a name leads, and a module's text as CommonJS."""

from __future__ import annotations

import inspect
import queue
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine import bundles
from edge.engine.isolate import Isolate, Result
from edge.errors import PackageError
from edge.packages.bundle import Bundle
from edge.packages.module_error import ModuleError
from edge.packages.module_kind import Format, module_kind
from edge.packages.resolve import Resolver
from edge.packages.scan import scan
from edge.runtime.node_modules import SUPPORT
from edge.vm.errors import JavaScriptError, VMCrashedError
from edge.vm.start import start
from edge.vm.template import built

if TYPE_CHECKING:
    from edge.vm.files import MemoryFiles

ModuleResolver = Callable[[str], "str | Awaitable[str | None] | None"]

PROVIDED = frozenset({"fs", "fs/promises", "path"})
"""Modules of Node that are there; the library's own code has them."""

MOCKED = frozenset(name.removeprefix("node:") for name, found in SUPPORT.items() if not found.package) - PROVIDED
"""Modules of Node that are mocked unless it is said otherwise: they load, and what they have throws when called."""

_MOUNT = "/app"  # where edge.packages has the files of a package
_TRANSFORM_SECONDS = 15.0


class CodeModule(msgspec.Struct, frozen=True):
    """A module by its name, beside all files."""

    name: str
    source: str


class Found(msgspec.Struct, frozen=True):
    """A module for the library's code: `kind` is js (as CommonJS), json, text, mock, or builtin."""

    path: str
    kind: str
    code: str = ""

    def words(self) -> dict[str, str]:
        """As it crosses."""
        return {"path": self.path, "kind": self.kind, "code": self.code}


class Modules:
    """Of the files and names that one or several VMs share."""

    def __init__(
        self, files: MemoryFiles, resolver: ModuleResolver | None = None, mocks: frozenset[str] = MOCKED
    ) -> None:
        self.files = files
        self._resolver = resolver
        self._mocks = mocks
        self._added: dict[str, str] = {}
        self._resolution: Resolver | None = None
        self._version = -1

    def add(self, name: str, source: str) -> None:
        """A module of this name, from now on."""
        self._added[name] = source

    async def find(self, name: str, importer: str) -> Found:
        """The module that `name` means in the module at `importer`.  Raises JavaScriptError (MODULE_NOT_FOUND)."""
        plain = name.removeprefix("node:")
        if plain in PROVIDED:
            return Found(f"node:{plain}", "builtin")
        if not name.startswith((".", "/")):
            source = await self._named(name)
            if source is not None:
                return Found(name, "js", await self._script(f"{name}.js", source, esm=scan(source).esm))
            if plain in self._mocks:
                return Found(f"node:{plain}", "mock")
        return await self._file(name, importer)

    def path_of(self, name: str, importer: str = "/") -> str:
        """The file that a name means.  Raises JavaScriptError."""
        try:
            asked = f"{_MOUNT}{name}" if name.startswith("/") else name
            resolved = self._resolver_of_files().resolve(asked, f"{_MOUNT}{importer}", "require")
        except ModuleError as error:
            message = error.message.replace(f"{_MOUNT}/", "/")
            raise JavaScriptError("Error", message, properties={"code": error.js_code}) from None
        return resolved.path.removeprefix(_MOUNT)

    async def _named(self, name: str) -> str | None:
        if self._resolver is not None:
            found = self._resolver(name)
            source = await found if inspect.isawaitable(found) else found
            if source is not None:
                return source
        return self._added.get(name)

    async def _file(self, name: str, importer: str) -> Found:
        path = self.path_of(name, importer)
        source = self.files.read_text(path).removeprefix("\ufeff")
        kind = module_kind(path.lstrip("/"), self._resolver_of_files().packages)
        if kind.format in {Format.JSON, Format.TEXT}:
            return Found(path, kind.format.value, source)
        if not kind.is_code:
            message = f"{path}: it is no module that can be loaded"
            raise JavaScriptError("TypeError", message, properties={"code": "ERR_UNKNOWN_FILE_EXTENSION"})
        esm = kind.format is Format.ESM or (kind.format is Format.DETECT and scan(source).esm)
        return Found(path, "js", await self._script(path, source, esm=esm, language=kind.language))

    async def _script(self, path: str, source: str, *, esm: bool, language: str = "js") -> str:
        if source.startswith("#!"):
            source = f"//{source}"
        if not esm and language == "js":
            return source
        return await trio.to_thread.run_sync(as_common_js, path, source, "esm" if language == "js" else language)

    def _resolver_of_files(self) -> Resolver:
        """For resolution the names of the files are enough, and what is in each package.json."""
        if self._resolution is None or self._version != self.files.version:
            self._version = self.files.version
            known = {}
            for path in self.files.paths():
                content = self.files.read_bytes(path) if path.endswith("/package.json") else b""
                known[path.lstrip("/")] = content
            try:
                bundle = Bundle.build(known)
            except PackageError as error:
                raise JavaScriptError("Error", error.message) from None
            self._resolution = Resolver(bundle, conditions=("node",))
        return self._resolution


def as_common_js(path: str, source: str, language: str) -> str:
    """A module in ES syntax, TypeScript or JSX as CommonJS; lines stay where they are.  Takes some milliseconds.

    Raises JavaScriptError (SyntaxError).
    """
    results: queue.SimpleQueue[Result] = queue.SimpleQueue()
    blob = built("transform") if start() else None
    isolate = Isolate(blob, {}, results.put, source="" if blob else bundles.bundle("transform"))
    try:
        isolate.turn(msgspec.json.encode({"kind": language, "source": source, "path": path, "common": True}))
        result = results.get(timeout=_TRANSFORM_SECONDS)
    except queue.Empty:
        isolate.terminate()
        raise JavaScriptError("SyntaxError", f"{path}: it takes too long to read") from None
    finally:
        isolate.dispose()
    if result.failed:
        raise VMCrashedError(f"{path} could not be transformed")
    output: dict[str, str] = msgspec.json.decode(result.text, type=dict[str, str])
    if "error" in output:
        raise JavaScriptError("SyntaxError", output["error"].replace("Error transforming ", ""))
    return output["code"]
