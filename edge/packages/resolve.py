"""Node's module resolution over a bundle.

https://nodejs.org/api/modules.html#all-together and
https://nodejs.org/api/esm.html#resolution-algorithm-specification, with what bundlers have taught
people to expect of `import`: extensions may be left out, and folders have index files.
Paths are absolute, under "/app".
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

import msgspec

from edge.errors import PackageError
from edge.packages.exports import resolve_exports, resolve_imports
from edge.packages.file_lookup import FileLookup
from edge.packages.module_error import ModuleError, native_addon, not_found, not_imported
from edge.packages.module_kind import extension_of
from edge.packages.package_json import PackageJson, PackageJsons, from_mounted, to_mounted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from edge.packages.bundle import Bundle

How = Literal["import", "require"]

CONDITIONS = frozenset({"edge", "edge-light", "workerd", "worker"})
_CACHE_SIZE = 100_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_TYPESCRIPT = frozenset({".ts", ".tsx", ".mts", ".cts"})
_NPM_VERSION = re.compile(r"^((?:@[^/@]+/)?[^/@]+)@[^/]*")  # Deno's `npm:NAME@VERSION/PATH`
_FOLDER = re.compile(r"(?:^|/)\.{0,2}$")


class Resolution(msgspec.Struct, frozen=True):
    """Where a specifier leads: `path` in the package, or the name of a builtin, without `node:`."""

    path: str = ""
    builtin: str = ""


class Resolver:
    """Resolves the specifiers of one bundle.

    `builtins` are names that win over the package's own modules, as Node's do; `fallbacks` are names
    that are provided when the package has no module of that name.  `conditions` select among the
    builds in `exports`; `import` or `require` is added by how a module is asked for.  A package that
    has no build for any of `conditions` is resolved as in Node.  `mocks` are names and the files of the package
    (`mocks/fs.js`) that stand for them, but to these files themselves; raises PackageError when one of those is not
    there.  `absent` are builtins that cannot be loaded, with the reason.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        builtins: AbstractSet[str] = frozenset(),
        fallbacks: AbstractSet[str] = frozenset(),
        conditions: Iterable[str] = CONDITIONS,
        mocks: Mapping[str, str] | None = None,
        absent: Mapping[str, str] | None = None,
    ) -> None:
        self.bundle = bundle
        self.packages = PackageJsons(bundle)
        self.lookup = FileLookup(bundle, self.packages)
        self.absent = absent or {}
        self._builtins = builtins
        self._fallbacks = fallbacks
        self._conditions = {how: frozenset({*conditions, how}) for how in ("import", "require")}
        self._mocks = {name.removeprefix("node:"): self._mock(name, place) for name, place in (mocks or {}).items()}
        self._known: dict[tuple[str, str, str, bool], Resolution] = {}

    def conditions(self, how: How) -> AbstractSet[str]:
        """What is chosen in `exports` for modules asked for in this way."""
        return self._conditions[how]

    def resolve(self, specifier: str, importer: str, how: How = "require", stack: tuple[str, ...] = ()) -> Resolution:
        """Where `specifier` leads when the module `importer` ("/app/index.js") asks for it.

        `stack` are the modules that led to the importer, the nearest first, for the message.  Raises
        ModuleError with Node's codes: MODULE_NOT_FOUND (require), ERR_MODULE_NOT_FOUND (import),
        ERR_PACKAGE_PATH_NOT_EXPORTED, ERR_UNKNOWN_BUILTIN_MODULE, ERR_DLOPEN_FAILED and others.
        """
        typescript = extension_of(importer) in _TYPESCRIPT
        mocked = importer in self._mocks.values()
        key = (specifier, importer if mocked else importer.rpartition("/")[0], how, typescript)
        known = self._known.get(key)
        if known is None:
            known = (
                self._mocked(specifier, importer)
                or self._builtin(specifier)
                or _Request(self, specifier, importer, how, (importer, *stack)).resolve()
            )
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            self._known[key] = known
        return known

    def fallback(self, specifier: str) -> Resolution | None:
        """A module that is provided when the package has none of this name."""
        return Resolution(builtin=specifier) if specifier in self._fallbacks else None

    def _mock(self, name: str, place: str) -> str:
        path = self.lookup.any(posixpath.normpath(place))
        if path is None:
            raise PackageError(f"mock_modules: {name}: there is no file {place!a} in the package")
        return to_mounted(self.bundle.realpath(path) or path)

    def _mocked(self, specifier: str, importer: str) -> Resolution | None:
        path = self._mocks.get(specifier.removeprefix("node:"))
        return Resolution(path=path) if path is not None and path != importer else None

    def _builtin(self, specifier: str) -> Resolution | None:
        name = specifier.removeprefix("node:")
        # Also those that have no name without the prefix; and with it, nothing of the package is meant.
        if specifier in self._builtins or name in self._builtins or (name != specifier and name in self._fallbacks):
            return Resolution(builtin=name)
        if name != specifier:
            raise ModuleError(f"No such built-in module: {specifier}", "ERR_UNKNOWN_BUILTIN_MODULE")
        return None


class _Request:
    """One resolution of one specifier that is not a builtin."""

    def __init__(self, resolver: Resolver, specifier: str, importer: str, how: How, stack: tuple[str, ...]) -> None:
        self._resolver = resolver
        self._specifier = specifier
        self._importer = importer
        self._how: How = how
        self._stack = stack
        self._typescript = extension_of(importer) in _TYPESCRIPT

    def resolve(self) -> Resolution:
        specifier = self._specifier
        if specifier.startswith("file://"):
            specifier = unquote(specifier[len("file://") :])
        if not specifier or "\0" in specifier:
            raise self._invalid("is empty" if not specifier else "has a NUL character")
        if specifier.startswith(("/", "./", "../")) or specifier in {".", ".."}:
            return self._file(specifier)
        if specifier.startswith("#"):
            return self._internal(specifier)
        if specifier.startswith("npm:"):
            return self._bare(_NPM_VERSION.sub(r"\1", specifier[len("npm:") :].lstrip("/")))
        if _SCHEME.match(specifier):
            raise self._foreign()
        return self._bare(specifier)

    def _file(self, specifier: str) -> Resolution:
        folder = posixpath.dirname(self._importer)
        for candidate in self._spellings(specifier):
            absolute = posixpath.normpath(posixpath.join(folder, candidate))
            path = from_mounted(absolute)
            found = None if path is None else self._find(path, only_folder=_FOLDER.search(candidate) is not None)
            if found is not None:
                return self._done(found)
        if self._how == "import":
            raise not_imported("module", posixpath.normpath(posixpath.join(folder, specifier)), self._importer)
        raise self._missing()

    def _spellings(self, specifier: str) -> Iterator[str]:
        """As written; then, for `import`, as a URL: without query and fragment, percent-decoded."""
        yield specifier
        if self._how == "import" and not {"?", "#", "%"}.isdisjoint(specifier):
            decoded = unquote(re.split(r"[?#]", specifier, maxsplit=1)[0])
            if decoded and "\0" not in decoded:
                yield decoded

    def _find(self, path: str, *, only_folder: bool) -> str | None:
        lookup = self._resolver.lookup
        return lookup.folder(path) if only_folder else lookup.any(path, typescript=self._typescript)

    def _internal(self, specifier: str) -> Resolution:
        own = from_mounted(self._importer)
        package = None if own is None else self._resolver.packages.nearest(own)
        if self._how == "require" and (package is None or package.imports is None):
            return self._bare(specifier)
        target = resolve_imports(package, specifier, self._resolver.conditions(self._how), self._importer)
        if target.bare:
            folder = to_mounted(package.folder if package is not None else "")
            return self._resolver.resolve(target.bare, f"{folder}/package.json", self._how, self._stack[1:])
        return self._exact(target.path)

    def _bare(self, specifier: str) -> Resolution:
        name, subpath = self._split(specifier)
        found = self._own_package(name, subpath) or self._in_node_modules(name, subpath)
        found = found or self._resolver.fallback(specifier)
        if found is None:
            raise not_imported("package", name, self._importer) if self._how == "import" else self._missing()
        return found

    def _split(self, specifier: str) -> tuple[str, str]:
        """`@scope/name/a/b` -> `@scope/name`, `./a/b`.  A trailing slash (`punycode/`) means the package."""
        segments = specifier.rstrip("/").split("/")
        count = 2 if specifier.startswith("@") else 1
        name = "/".join(segments[:count])
        bad_scope = count == 2 and (len(segments) < 2 or not segments[1])
        if bad_scope or not name or name.startswith(".") or not {"\\", "%"}.isdisjoint(name):
            raise self._invalid("is not a valid package name")
        return name, "/".join([".", *segments[count:]])

    def _own_package(self, name: str, subpath: str) -> Resolution | None:
        """A package may import itself by its name, through its `exports`."""
        own = from_mounted(self._importer)
        package = None if own is None else self._resolver.packages.nearest(own)
        if package is None or package.exports is None or package.name != name:
            return None
        return self._exported(package, subpath)

    def _in_node_modules(self, name: str, subpath: str) -> Resolution | None:
        for folder in self._ancestors():
            root = f"{folder}/node_modules/{name}" if folder else f"node_modules/{name}"
            package = self._resolver.packages.at(root)
            if package is not None and package.exports is not None:
                return self._exported(package, subpath)
            found = self._resolver.lookup.any(root + subpath[1:], typescript=self._typescript)
            if found is not None:
                return self._done(found)
        return None

    def _ancestors(self) -> Iterator[str]:
        folder = (from_mounted(self._importer) or "").rpartition("/")[0]
        while folder:
            if folder.rpartition("/")[2] != "node_modules":
                yield folder
            folder = folder.rpartition("/")[0]
        yield ""

    def _exported(self, package: PackageJson, subpath: str) -> Resolution:
        origin = self._importer if self._how == "import" else ""
        return self._exact(resolve_exports(package, subpath, self._resolver.conditions(self._how), origin))

    def _exact(self, path: str) -> Resolution:
        """What package.json names is there exactly so, or not at all."""
        found = path if self._resolver.bundle.is_file(path) else None
        if found is None and "%" in path:
            found = unquote(path) if self._resolver.bundle.is_file(unquote(path)) else None
        if found is not None:
            return self._done(found)
        if self._how == "import":
            raise not_imported("module", to_mounted(path), self._importer)
        raise not_found(to_mounted(path), self._stack)

    def _done(self, path: str) -> Resolution:
        real = self._resolver.bundle.realpath(path) or path
        if extension_of(real) == ".node":
            raise native_addon(to_mounted(real))
        return Resolution(path=to_mounted(real))

    def _missing(self) -> ModuleError:
        return not_found(self._specifier, self._stack)

    def _invalid(self, why: str) -> ModuleError:
        """To `require` an odd name is just not there."""
        if self._how == "require":
            return self._missing()
        message = f"Invalid module {self._specifier!a} {why} imported from {self._importer}"
        return ModuleError(message, "ERR_INVALID_MODULE_SPECIFIER")

    def _foreign(self) -> ModuleError:
        return ModuleError(
            f"Cannot load {self._specifier[:200]!a} from {self._importer}: modules come from the package, "
            "not from the network",
            "ERR_UNSUPPORTED_ESM_URL_SCHEME",
        )
