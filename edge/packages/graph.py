"""The module graph of a package: what its entry can reach by names that are written out.

Built when a package is deployed, so that nothing needs to be resolved while a request waits, and so
that what is missing or cannot work is reported before the first request.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Literal

import msgspec

from edge.packages.jsx import JsxSettings
from edge.packages.module_error import ModuleError
from edge.packages.module_kind import (
    IMPORT_TYPES,
    SCRIPT_EXTENSIONS,
    Format,
    Kind,
    asked_for,
    file_of,
    module_kind,
)
from edge.packages.package_json import from_mounted, to_mounted
from edge.packages.report import home_of
from edge.packages.scan import Form, Import, scan
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.packages.resolve import How, Resolver


MAX_COMPUTED = 500  # scripts of a package of which any may be asked for by a computed name: beyond, none is prepared
MAX_COMPUTED_SIZE = 8 * MIB
MAX_STACK = 16  # modules that a message names: a long chain with many failures must not become a long report


class GraphLimits(msgspec.Struct, frozen=True):
    """What is preloaded at most: a number of modules, and bytes of their sources in all."""

    modules: int = 10_000
    size: int = 64 * MIB


DEFAULT_GRAPH_LIMITS = GraphLimits()


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a specifier of a module leads: one of a path, a builtin's name, and an error's message with its code.

    `needed`: the module asks for it outside of every `try`.
    """

    path: str = ""
    builtin: str = ""
    error: str = ""
    code: str = ""
    needed: bool = False


class Module(msgspec.Struct, frozen=True):
    """One module.  `size` is in bytes.

    `imports` and `requires` map a specifier to where it leads when it is asked for in that way, which
    may differ; `with { type }` is part of a specifier (`key_of`).  `dynamic`: it also asks for modules by names that
    are computed.  `static` are the specifiers of its import statements; `awaits`: it may await at its top level.
    `late`: no name that is written out leads to it.
    """

    path: str
    kind: Kind
    size: int
    imports: dict[str, Link] = {}
    requires: dict[str, Link] = {}
    dynamic: bool = False
    static: tuple[str, ...] = ()
    awaits: bool = False
    late: bool = False

    @property
    def links(self) -> dict[str, Link]:
        """The module's own way of asking."""
        return self.imports if self.kind.format is Format.ESM else self.requires

    @property
    def others(self) -> dict[str, Link]:
        """The other way: `require` in an ES module, `import()` in CommonJS."""
        return self.requires if self.kind.format is Format.ESM else self.imports


class Problem(msgspec.Struct, frozen=True):
    """Something to report.  `error`: loading the module fails for certain; `warning`: it may never be asked for."""

    module: str
    line: int
    specifier: str
    message: str
    code: str
    severity: Literal["error", "warning"]

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.message}"


class Graph(msgspec.Struct, frozen=True):
    """`modules` are in the order of evaluation, dependencies first; `complete` unless a limit ended the search."""

    entry: str
    modules: tuple[Module, ...]
    problems: tuple[Problem, ...]
    size: int
    complete: bool

    @property
    def resolutions(self) -> dict[str, dict[str, Link]]:
        """Module -> specifier -> where it leads."""
        return {module.path: module.others | module.links for module in self.modules}


def key_of(specifier: str, kind: str) -> str:
    """A specifier with the `type` of its attributes, as the transform has it (runtime/transform/es_module.js)."""
    return specifier if kind in {"", "json"} else f"{specifier}\0{kind}"


def build_graph(entry: str, resolver: Resolver, limits: GraphLimits = DEFAULT_GRAPH_LIMITS) -> Graph:
    """All modules that `entry` ("/app/index.js") reaches, cycles included.

    What cannot be found is a problem, not an exception: much code asks for modules that it can do
    without.  Raises ModuleError only when the package.json of the entry itself is invalid.
    """
    return _Builder(entry, resolver, limits).run()


class _Builder:
    def __init__(self, entry: str, resolver: Resolver, limits: GraphLimits) -> None:
        self._entry = entry
        self._resolver = resolver
        self._limits = limits
        self._jsx = JsxSettings(resolver.bundle)
        self._found: dict[str, Module] = {}
        self._parents: dict[str, str] = {}
        self._done: list[Module] = []
        self._problems: list[Problem] = []
        self._size = 0
        self._complete = True
        self._late = False
        self._reached = 0  # bytes of what is not late

    def run(self) -> Graph:
        """What the entry leads to; then what names that are computed may lead to."""
        self._reach(self._entry)
        self._late, self._reached = True, self._size
        for path in computed(self._done, self._resolver):
            if path not in self._found and self._has_room(path):
                self._reach(path)
        return Graph(self._entry, tuple(self._done), tuple(self._problems), self._size, self._complete)

    def _reach(self, start: str) -> None:
        """Depth first, without recursion: chains of modules are as long as their author likes."""
        path = [self._visit(start)]
        while path:
            module, ahead = path[-1]
            following = next(ahead, None)
            if following is None:
                self._done.append(module)
                path.pop()
            elif following not in self._found and self._has_room(following):
                self._parents[following] = module.path
                path.append(self._visit(following))

    def _has_room(self, path: str) -> bool:
        size = self._resolver.bundle.stat_size(from_mounted(file_of(path)) or "")
        if self._late and self._size + size > self._reached + MAX_COMPUTED_SIZE:
            return False
        if len(self._found) < self._limits.modules and self._size + size <= self._limits.size:
            return True
        self._complete = False
        return False

    def _visit(self, path: str) -> tuple[Module, Iterator[str]]:
        """The module at a path, and the modules that it asks for, in order."""
        own = from_mounted(file_of(path)) or ""
        bundle = self._resolver.bundle
        module = Module(path, self._kind(path), bundle.stat_size(own), late=self._late)
        if module.kind.is_code:
            module = self._scanned(module, bundle.text(own))
        self._found[path] = module
        self._size += module.size
        asked = [link.path for table in (module.imports, module.requires) for link in table.values() if link.path]
        return module, iter(asked)

    def _scanned(self, module: Module, source: str) -> Module:
        result = scan(source)
        kind = module.kind
        if kind.format is Format.DETECT:
            kind = Kind(Format.ESM if result.esm else Format.CJS, kind.language)
        tables: dict[str, dict[str, Link]] = {"import": {}, "require": {}}
        lines = _Lines(source)
        for wanted in result.imports:
            how: How = "require" if wanted.form == "require" else "import"
            key = key_of(wanted.specifier, wanted.type)
            if key not in tables[how]:
                link = tables[how][key] = self._resolve(wanted.specifier, module.path, how, wanted.type)
                self._report(link, wanted, module.path, kind, lines)
            if not wanted.guarded and tables[how][key].builtin:
                tables[how][key] = msgspec.structs.replace(tables[how][key], needed=True)
        if kind.language in {"jsx", "tsx"}:
            # Whether the module has any JSX is seen when it is transformed: what is missing then is told then.
            for name in self._jsx.of(module.path, source).modules:
                how = "import" if kind.format is Format.ESM else "require"
                tables[how].setdefault(name, self._resolve(name, module.path, how))
        static = tuple(
            dict.fromkeys(key_of(wanted.specifier, wanted.type) for wanted in result.imports if wanted.form == "import")
        )
        awaits = result.awaits and kind.format is Format.ESM
        return Module(
            *(module.path, kind, module.size, tables["import"], tables["require"], result.dynamic),
            *(static, awaits, module.late),
        )

    def _resolve(self, specifier: str, importer: str, how: How, wanted: str = "") -> Link:
        try:
            stack = tuple(islice(self._stack(importer), MAX_STACK))
            return resolve_as(self._resolver, specifier, importer, how, wanted, stack)
        except ModuleError as error:
            return Link(error=error.message, code=error.js_code)

    def _kind(self, path: str) -> Kind:
        return module_kind(from_mounted(path) or "", self._resolver.packages)

    def _stack(self, path: str) -> Iterator[str]:
        """The modules that led to one, the nearest first; a cycle cannot occur, parents were found earlier."""
        while path in self._parents:
            path = self._parents[path]
            yield path

    def _report(self, link: Link, wanted: Import, module: str, kind: Kind, lines: _Lines) -> None:
        absent = self._resolver.absent.get(link.builtin, "") if link.builtin else ""
        if self._late or not (link.error or absent):
            return
        line = lines.at(wanted.offset)
        message, code, severity = link.error, link.code, _severity(wanted.form, kind)
        if absent:
            message, code = f"Cannot use module '{link.builtin}': {absent}", "ERR_UNKNOWN_BUILTIN_MODULE"
            if home_of(from_mounted(module) or ""):
                severity = "warning"  # many packages have a file or two that is not for here
        self._problems.append(Problem(module, line, wanted.specifier, message, code, severity))


class _Lines:
    """The lines of offsets that are asked for in their order: what is in front of one is not counted again."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._offset = 0
        self._line = 1

    def at(self, offset: int) -> int:
        self._line += self._source.count("\n", self._offset, offset)
        self._offset = offset
        return self._line


def resolve_as(
    resolver: Resolver, specifier: str, importer: str, how: How, wanted: str = "", stack: tuple[str, ...] = ()
) -> Link:
    """Where a specifier leads that is imported `with { type: wanted }`.  Raises ModuleError."""
    if wanted and wanted not in IMPORT_TYPES:
        message = f'Import attribute "type" with value {wanted[:60]!a} is not supported'
        raise ModuleError(message, "ERR_IMPORT_ATTRIBUTE_UNSUPPORTED")
    found = resolver.resolve(specifier, importer, how, stack)
    if found.builtin:
        return Link(builtin=found.builtin)
    # Loading a file asks for the package that it belongs to, whose package.json may be broken.
    kind = module_kind(from_mounted(found.path) or "", resolver.packages)
    return Link(path=asked_for(found.path, kind, wanted) if wanted else found.path)


def computed(modules: list[Module], resolver: Resolver) -> Iterator[str]:
    """Where names that are computed may lead: to files of the module's own package, which a transform must prepare."""
    folders = dict.fromkeys(home_of(from_mounted(module.path) or "") for module in modules if module.dynamic)
    for folder in folders:
        inside = f"{folder}/" if folder else ""
        files = [path for path in resolver.bundle.files if path.startswith(inside) and _is_candidate(path, inside)]
        if len(files) <= MAX_COMPUTED:
            yield from map(to_mounted, files)


def _is_candidate(path: str, inside: str) -> bool:
    return (
        path.endswith(SCRIPT_EXTENSIONS) and not path.endswith(".d.ts") and "node_modules/" not in path[len(inside) :]
    )


def _severity(form: Form, kind: Kind) -> Literal["error", "warning"]:
    """In TypeScript an import that is only used as a type vanishes, so it need not be there."""
    certain = form == "import" and kind.language not in {"ts", "tsx"}
    return "error" if certain else "warning"
