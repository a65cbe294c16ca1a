"""A package's modules on their way to the runtime: the static graph first, the rest on demand."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from edge.engine.build import Missing, Raw, Record, bare
from edge.engine.package_files import PackageFiles
from edge.engine.package_maps import PackageMaps
from edge.errors import HostCallError
from edge.packages.graph import Graph, Link, Module, build_graph, resolve_as
from edge.packages.jsx import JsxSettings
from edge.packages.manifest import find_entry
from edge.packages.module_error import ModuleError
from edge.packages.module_kind import Format, Kind, file_of, module_kind
from edge.packages.module_syntax import without_module_syntax
from edge.packages.package_json import from_mounted
from edge.packages.report import PackageReport, report_of
from edge.packages.resolve import How, Resolver
from edge.packages.scan import scan
from edge.runtime.node_modules import ABSENT, BUILTINS, FALLBACKS
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.engine.mailbox import SyncOps
    from edge.packages.bundle import Bundle

_WITH_JSX = frozenset({"jsx", "tsx"})
_NOT_LOADABLE = {Format.NATIVE: "native addons"}
OF_WORKERS = frozenset({"cloudflare:workers", "edge:contracts"})
"""Modules of Workers' runtime (edge/runtime/workers), and what `edge test` calls functions by (edge/runtime/local)."""
OUTLINE = "outline:"
"""Before the name of a module of Node that is there in outline only (edge/runtime/node/outlines.js)."""
# Bytes: they come when they are asked for, because as text in a snapshot every invocation would pay for them.
_BINARY = frozenset({Format.WASM, Format.DATA, Format.BYTES})


class _Load(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str


class _Resolve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    specifier: str
    from_: str = msgspec.field(name="from")
    how: How = "require"


class PackageModules:
    """Modules of one package, seen from its entry.  Raises PackageError when there is no entry."""

    def __init__(self, bundle: Bundle, handler: str = "", mocks: Mapping[str, str] | None = None) -> None:
        self._bundle = bundle
        self._resolver = Resolver(
            bundle, builtins=BUILTINS | OF_WORKERS, fallbacks=FALLBACKS, mocks=mocks, absent=ABSENT
        )
        entry = find_entry(bundle, handler, self._resolver)
        self.main = entry.path
        self._jsx = JsxSettings(bundle)

    @cached_property
    def graph(self) -> Graph:
        """All modules that the entry reaches; those who only load more of them do without."""
        return build_graph(self.main, self._resolver)

    @cached_property
    def report(self) -> PackageReport:
        """What is to be known of the package."""
        return report_of(self._bundle, self.graph)

    def raws(self) -> list[Raw]:
        """The modules of the static graph, before the transform."""
        waits = any(module.awaits for module in self.graph.modules)
        return [self._raw(module, waits=waits) for module in self.graph.modules if _raw_kind(module.kind)]

    OPS = ("module.load", "module.resolve", "module.maps", "package.stat", "package.list", "package.read")
    """Names of the operations."""

    def ops(self, records: list[Record]) -> SyncOps:
        """Operations for modules that the graph did not foresee: names that are computed at run time."""
        known = {record.path: record for record in records}

        def load(args: msgspec.Raw, _data: bytes) -> Answer:
            path = arguments(_Load, args).path
            return Answer(bare(known[path])) if path in known else self._late(path)

        def resolve(args: msgspec.Raw, _data: bytes) -> Answer:
            wanted = arguments(_Resolve, args)
            return Answer(self._resolve(wanted))

        more = {**PackageFiles(self._bundle).ops(), **PackageMaps(self._bundle, records).ops()}
        return {"module.load": load, "module.resolve": resolve, **more}

    def _late(self, path: str) -> Answer:
        """A module outside the graph; it cannot be transformed any more."""
        own = from_mounted(file_of(path))
        if own is None or not self._bundle.is_file(own):
            raise HostCallError(f"Cannot find module '{path}'", js_code="MODULE_NOT_FOUND")
        found = module_kind(path, self._resolver.packages)
        if found.format in _BINARY:
            return Answer(Record(path, found.format.value, ""), self._bundle.read(own))
        kind = _raw_kind(found)
        source = _source(self._bundle.text(own))
        if kind in ("json", "text"):
            return Answer(Record(path, kind, source))
        if kind == "cjs" and not scan(source).esm:
            return Answer(Record(path, kind, without_module_syntax(source)))
        why = "a computed name led to it from another package; name this module in an import or require"
        return Answer(Record(path, "broken", f"{path}: {why}"))

    def _resolve(self, asked: _Resolve) -> str | Missing:
        specifier, _, wanted = asked.specifier.partition("\0")
        try:
            return self._target(resolve_as(self._resolver, specifier, asked.from_, asked.how, wanted))
        except ModuleError as error:
            return _missing(error.message, error.js_code)

    def _raw(self, module: Module, *, waits: bool) -> Raw:
        source = _source(self._bundle.text(from_mounted(file_of(module.path)) or ""))
        kind = _raw_kind(module.kind)
        if kind == "cjs":
            source = without_module_syntax(source)
        targets = self._targets(module.links, module.path)
        others = self._targets(module.others, module.path)
        imported = [to for name in module.static if isinstance(to := targets[name], str) and to.startswith("/")]
        return Raw(
            *(module.path, kind, source, targets),
            others={name: to for name, to in others.items() if targets.get(name) != to},
            esm=module.kind.format is Format.ESM,
            jsx=self._jsx.of(module.path, source) if kind in _WITH_JSX else None,
            imported=imported if waits else None,
            interop=self._interop(module),
            late=module.late,
        )

    def _interop(self, module: Module) -> bool:
        """Whether the default of CommonJS is `module.exports`, as in Node, even if it says that it was an ES module.

        As bundlers have it: in modules that Node takes for ES modules without looking into them.  In those that are
        the function's own, Node's way is the one that they were tried with.
        """
        own = from_mounted(file_of(module.path)) or ""
        if module.kind.language == "js" and "node_modules/" not in own:
            return True
        nearest = self._resolver.packages.nearest(own)
        return own.endswith((".mjs", ".mts")) or (nearest is not None and nearest.type == "module")

    def _targets(self, links: dict[str, Link], importer: str) -> dict[str, str | Missing]:
        return {
            name: f"{OUTLINE}{link.builtin}" if _has_outline(link, importer) else self._target(link)
            for name, link in links.items()
        }

    def _target(self, link: Link) -> str | Missing:
        if link.error:
            return _missing(link.error, link.code)
        if link.builtin:
            return f"node:{link.builtin}"
        kind = module_kind(from_mounted(link.path) or "", self._resolver.packages)
        refused = _NOT_LOADABLE.get(kind.format)
        return (
            Missing(f"{link.path}: {refused} cannot be imported", "ERR_UNKNOWN_FILE_EXTENSION")
            if refused
            else link.path
        )


def _missing(message: str, code: str) -> Missing:
    return Missing(message, code, "TypeError" if code == "ERR_IMPORT_ATTRIBUTE_UNSUPPORTED" else "Error")


def _has_outline(link: Link, importer: str) -> bool:
    """Whether to load a module of Node that is not there all the same, with functions that refuse.

    Packages ask for `child_process` and the like at their top level, for something that most of their users never call.
    What asks in a `try` copes without; and a function's own code is told at once.
    """
    return link.needed and link.builtin in ABSENT and "/node_modules/" in importer


def _raw_kind(kind: Kind) -> str:
    """The transform that a module needs; "" when it is no module."""
    if kind.language and kind.language != "js":
        return kind.language
    if kind.is_code:
        return "esm" if kind.format is Format.ESM else "cjs"
    return {Format.JSON: "json", Format.TEXT: "text"}.get(kind.format, "")


def _source(text: str) -> str:
    """Without byte order mark, and with a `#!` line as the comment that it is; lines keep their numbers."""
    text = text.removeprefix("\ufeff")
    return f"//{text}" if text.startswith("#!") else text
