"""The entry of a package: which module a function starts with, and which of its exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.errors import PackageError
from edge.packages.exports import resolve_exports
from edge.packages.module_error import ModuleError, native_addon
from edge.packages.module_kind import SCRIPT_EXTENSIONS, Format, Kind, module_kind
from edge.packages.package_json import PackageJson, to_mounted
from edge.packages.resolve import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.packages.bundle import Bundle

INDEX_ORDER = (".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".mts", ".cts")


class Entry(msgspec.Struct, frozen=True):
    """`path` is absolute, "/app/index.js"; `export` is "" for the module as a whole, or `a.b`."""

    path: str
    kind: Kind
    export: str = ""


def find_entry(bundle: Bundle, handler: str = "", resolver: Resolver | None = None) -> Entry:
    """The entry of a package.

    `handler` is `FILE.EXPORT` from the config, as Lambda writes it: `src/index.handler`.  Without it,
    package.json says (`exports`, then `main`), or there is an index file.  Raises PackageError that
    says what was looked for.
    """
    resolver = resolver or Resolver(bundle)
    try:
        path, export = _by_handler(bundle, handler) if handler else (_by_package(resolver), "")
        kind = module_kind(path, resolver.packages)
    except ModuleError as error:
        raise PackageError(error.message) from error
    if kind.format is Format.NATIVE:
        raise PackageError(native_addon(to_mounted(path)).message)
    if not kind.is_code:
        raise PackageError(f"the entry {to_mounted(path)} is not JavaScript or TypeScript")
    return Entry(to_mounted(path), kind, export)


def _by_handler(bundle: Bundle, handler: str) -> tuple[str, str]:
    """The file is the shortest part in front of a dot that is one, so `app.v2.handler` finds `app.v2.js`."""
    folder, slash, name = handler.removeprefix("./").rpartition("/")
    parts = name.split(".")
    if len(parts) < 2 or not all(parts):
        raise PackageError(f"the handler {handler!a} is not FILE.EXPORT", hint='write it like "index.handler"')
    for count in range(1, len(parts)):
        stem = f"{folder}{slash}{'.'.join(parts[:count])}"
        for candidate in (stem, *(stem + extension for extension in INDEX_ORDER)):
            if bundle.is_file(candidate):
                return bundle.realpath(candidate) or candidate, ".".join(parts[count:])
    stem = f"{folder}{slash}{parts[0]}"
    raise PackageError(f"the handler {handler!a} names no file; looked for {_list(stem, INDEX_ORDER)}")


def _by_package(resolver: Resolver) -> str:
    package = resolver.packages.at("")
    candidates = [*_named(package, resolver), *(f"index{extension}" for extension in INDEX_ORDER)]
    if package is not None and package.module:
        candidates.append(package.module)
    for candidate in candidates:
        if resolver.bundle.is_file(candidate):
            return resolver.bundle.realpath(candidate) or candidate
    raise PackageError(f"the package has no entry; looked for {_looked_for(package)}", hint=_hint(resolver.bundle))


def _named(package: PackageJson | None, resolver: Resolver) -> Iterator[str]:
    """The entries that package.json names, each a file's path."""
    if package is None:
        return
    if package.exports is not None:
        yield from _exported(package, resolver)
    if package.main:
        found = resolver.lookup.main("", package.main)
        if found is not None:
            yield found


def _exported(package: PackageJson, resolver: Resolver) -> Iterator[str]:
    """`exports["."]`, for `import` if it has that and for `require` otherwise."""
    for how in ("import", "require"):
        try:
            yield resolve_exports(package, ".", resolver.conditions(how))
        except ModuleError as error:
            if error.js_code != "ERR_PACKAGE_PATH_NOT_EXPORTED":
                raise


def _looked_for(package: PackageJson | None) -> str:
    named = []
    if package is not None and package.exports is not None:
        named.append('exports["."] in package.json')
    if package is not None and package.main:
        named.append(f"main {package.main!a} in package.json")
    return ", ".join([*named, *([] if package is not None else ["package.json"]), _list("index", INDEX_ORDER)])


def _list(stem: str, extensions: tuple[str, ...]) -> str:
    return f"{stem}{'|'.join([extensions[0], *(extension[1:] for extension in extensions[1:])])}"


def _hint(bundle: Bundle) -> str:
    """Where the code probably is."""
    scripts = [path for path in bundle.files if path.endswith(SCRIPT_EXTENSIONS) and "node_modules/" not in path]
    if not bundle.files:
        return "it has no files at all"
    found = f"it has {', '.join(scripts[:3])}: " if scripts else ""
    return f'{found}set "main" in package.json, or handler = "FILE.EXPORT" in the config'
