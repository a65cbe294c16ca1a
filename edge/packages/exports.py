"""The `exports` and `imports` fields of package.json, as Node resolves them.

https://nodejs.org/api/esm.html#resolution-algorithm-specification
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from edge.packages.module_error import ModuleError
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from edge.packages.package_json import PackageJson

MAX_DEPTH = 64
MAX_FILLED = 64 * KIB
"""Most characters of a target with its `*` filled in: many of them would make gigabytes of a few kilobytes."""

_UNSAFE_SEGMENT = re.compile(
    r"(?:^|[\\/])(?:(?:\.|%2e){1,2}|(?:n|%6e)(?:o|%6f)(?:d|%64)(?:e|%65)(?:_|%5f)modules)(?:[\\/]|$)", re.IGNORECASE
)
_NUMERIC = re.compile(r"0|[1-9][0-9]*")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WAYS = frozenset({"import", "require"})
# What Node itself matches, but for addons: https://nodejs.org/api/packages.html#conditional-exports
_OF_NODE = frozenset({"node", "module-sync"})


class Target(msgspec.Struct, frozen=True):
    """What an entry leads to: a package path (which may not exist), or a bare specifier."""

    path: str = ""
    bare: str = ""


class _Nothing:
    """No condition matched: `undefined` in Node's algorithm, where None is `null`."""


_NOTHING: Final = _Nothing()


class _InvalidTargetError(ModuleError):
    """A target that must not be; inside an array the next one is tried."""


def resolve_exports(package: PackageJson, subpath: str, conditions: AbstractSet[str], importer: str = "") -> str:
    """The package path that `subpath` ("." or "./x") of a package stands for.

    Raises ModuleError: ERR_PACKAGE_PATH_NOT_EXPORTED, ERR_INVALID_PACKAGE_TARGET, ERR_INVALID_PACKAGE_CONFIG.
    """
    table = _exports_table(package)
    found = _find(package, "exports", table, subpath, conditions)
    if found is not None:
        return found.path
    origin = f" imported from {importer}" if importer else ""
    message = f"Package subpath '{subpath}' is not defined by \"exports\" in {package.shown}{origin}"
    if subpath == ".":
        message = f'No "exports" main defined in {package.shown}{origin}'
    raise ModuleError(message, "ERR_PACKAGE_PATH_NOT_EXPORTED")


def resolve_imports(package: PackageJson | None, name: str, conditions: AbstractSet[str], importer: str) -> Target:
    """What `#name` stands for in a package.

    Raises ModuleError: ERR_PACKAGE_IMPORT_NOT_DEFINED, ERR_INVALID_MODULE_SPECIFIER and those of targets.
    """
    if name == "#" or name.startswith("#/"):
        raise ModuleError(
            f'Invalid module "{name}" is not a valid internal imports specifier name', "ERR_INVALID_MODULE_SPECIFIER"
        )
    if package is not None and isinstance(package.imports, dict):
        found = _find(package, "imports", package.imports, name, conditions)
        if found is not None:
            return found
    where = f" in package {package.shown}" if package is not None else ""
    raise ModuleError(
        f'Package import specifier "{name}" is not defined{where} imported from {importer}',
        "ERR_PACKAGE_IMPORT_NOT_DEFINED",
    )


def _exports_table(package: PackageJson) -> Mapping[str, object]:
    """`exports` as subpath -> target; its sugar for a single "." is unfolded."""
    exports = package.exports
    if not isinstance(exports, dict):
        return {".": exports}
    dotted = sum(key.startswith(".") for key in exports)
    if dotted not in {0, len(exports)}:
        raise ModuleError(
            f'Invalid package config {package.shown}: "exports" mixes subpaths, which start with ".", and conditions',
            "ERR_INVALID_PACKAGE_CONFIG",
        )
    return exports if dotted else {".": exports}


def _find(
    package: PackageJson, field: str, table: Mapping[str, object], key: str, conditions: AbstractSet[str]
) -> Target | None:
    """What a key leads to: a build that is named for runtimes such as this one; when there is none, what Node takes.

    `default` beside `node` is a build for browsers more often than not, and asks for what only they have.
    """
    entry = _matching(table, key)
    if entry is None:
        return None
    for chosen, wanted in ((conditions, conditions - _WAYS), (conditions | _OF_NODE, frozenset())):
        found = _Entry(package, field, key, entry[1], chosen, wanted).resolve(table[entry[0]])
        if not isinstance(found, _Nothing):
            return found
    return None


def _matching(table: Mapping[str, object], key: str) -> tuple[str, str | None] | None:
    """The table's own key for a subpath, and what its `*` stands for."""
    if key in table and "*" not in key and not key.endswith("/"):
        return key, None
    best = min((name for name in table if _fits(name, key)), key=_specificity, default=None)
    if best is None:
        return None
    before, _, after = best.partition("*")
    return best, key[len(before) : len(key) - len(after)]


def _fits(pattern: str, key: str) -> bool:
    before, star, after = pattern.partition("*")
    fits = star and key.startswith(before) and key != before and key.endswith(after)
    return bool(fits) and "*" not in after and len(key) >= len(pattern)


def _specificity(pattern: str) -> tuple[int, int]:
    """PATTERN_KEY_COMPARE: the longer part before the `*` first, then the longer pattern."""
    return -pattern.index("*"), -len(pattern)


class _Entry:
    """PACKAGE_TARGET_RESOLVE for one entry of one table.

    Of `wanted` conditions one has to be on the way to a target, unless there are none.
    """

    def __init__(
        self,
        package: PackageJson,
        field: str,
        key: str,
        star: str | None,
        conditions: AbstractSet[str],
        wanted: AbstractSet[str],
    ) -> None:
        self._package = package
        self._field = field
        self._key = key
        self._star = star
        self._conditions = conditions
        self._wanted = wanted

    def resolve(self, target: object) -> Target | _Nothing | None:
        return self._resolve(target, 0, chosen=not self._wanted)

    def _resolve(self, target: object, depth: int, *, chosen: bool) -> Target | _Nothing | None:
        if depth > MAX_DEPTH:
            raise ModuleError(
                f'Invalid package config {self._package.shown}: "{self._field}" has more than {MAX_DEPTH} levels',
                "ERR_INVALID_PACKAGE_CONFIG",
            )
        match target:
            case dict():
                return self._conditional(target, depth, chosen=chosen)
            case list():
                return self._alternatives(target, depth, chosen=chosen)
            case _ if not chosen:
                return _NOTHING
            case str():
                return self._text(target)
            case None:
                return None
        raise self._invalid(target)

    def _conditional(self, target: dict[str, object], depth: int, *, chosen: bool) -> Target | _Nothing | None:
        if any(_NUMERIC.fullmatch(key) for key in target):
            raise ModuleError(
                f'Invalid package config {self._package.shown}: "{self._field}" cannot contain numeric property keys',
                "ERR_INVALID_PACKAGE_CONFIG",
            )
        for condition, value in target.items():
            if condition == "default" or condition in self._conditions:
                found = self._resolve(value, depth + 1, chosen=chosen or condition in self._wanted)
                if not isinstance(found, _Nothing):
                    return found
        return _NOTHING

    def _alternatives(self, targets: list[object], depth: int, *, chosen: bool) -> Target | _Nothing | None:
        last: Target | _Nothing | _InvalidTargetError | None = None if chosen else _NOTHING
        for target in targets:
            try:
                found = self._resolve(target, depth + 1, chosen=chosen)
            except _InvalidTargetError as error:
                last = error
                continue
            if isinstance(found, Target):
                return found
            last = found
        if isinstance(last, _InvalidTargetError):
            raise last
        return last

    def _text(self, target: str) -> Target:
        if not target.startswith("./"):
            if self._field == "imports" and not target.startswith("/") and self._is_bare(target):
                return Target(bare=self._filled(target))
            raise self._invalid(target)
        if _UNSAFE_SEGMENT.search(target[2:]):
            raise self._invalid(target)
        if self._star is not None and _UNSAFE_SEGMENT.search(self._star):
            raise ModuleError(
                f'Invalid module "{self._key}" must not have "." or ".." segments for the "*" in {self._package.shown}',
                "ERR_INVALID_MODULE_SPECIFIER",
            )
        folder = self._package.folder
        path = self._filled(target[2:])
        return Target(path=f"{folder}/{path}" if folder else path)

    def _is_bare(self, target: str) -> bool:
        return target.startswith("node:") or (target[:1] not in {"", ".", "#"} and _URL.match(target) is None)

    def _filled(self, target: str) -> str:
        if self._star is None:
            return target
        if len(target) + target.count("*") * len(self._star) > MAX_FILLED:
            raise self._invalid(target)
        return target.replace("*", self._star)

    def _invalid(self, target: object) -> _InvalidTargetError:
        return _InvalidTargetError(
            f'Invalid "{self._field}" target {target!r:.200} defined for "{self._key}" '
            f"in the package config {self._package.shown}",
            "ERR_INVALID_PACKAGE_TARGET",
        )
