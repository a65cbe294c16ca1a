"""What is to be known of a package when it is deployed: how large it is and of what, and what in it cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.packages.capabilities import Capabilities, capabilities
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.packages.bundle import Bundle
    from edge.packages.graph import Graph, Problem

MAX_LISTED = 50
MAX_LARGEST = 10
_NODE_MODULES = "node_modules"


class Dependency(msgspec.Struct, frozen=True):
    """One package in `node_modules`: `size` in bytes, without the packages in its own `node_modules`."""

    name: str
    path: str
    files: int
    size: int


class Unsupported(msgspec.Struct, frozen=True):
    """An import that does not work: `place` is FILE:LINE, `certain` whether the module that it is in cannot load."""

    place: str
    specifier: str
    code: str
    reason: str
    certain: bool

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class PackageReport(msgspec.Struct, frozen=True):
    """Counts, sizes in bytes, and lists of at most MAX_LISTED entries.

    `modules` and `modules_size` are those that the entry reaches by names that are written out; `complete` unless a
    limit ended the search.  `native` are compiled addons and what builds them, loaded or not.
    """

    files: int = 0
    size: int = 0
    dependencies: int = 0
    largest: tuple[Dependency, ...] = ()
    modules: int = 0
    modules_size: int = 0
    complete: bool = True
    native: tuple[str, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    unsupported_count: int = 0
    capabilities: Capabilities = Capabilities()

    @property
    def summary(self) -> str:
        """One line."""
        parts = [f"{self.files} files, {about(self.size)}"]
        if self.dependencies:
            parts.append(f"{self.dependencies} dependencies, the largest {self.largest[0].name}")
        parts.append(f"{self.modules} modules reached")
        if self.unsupported_count:
            parts.append(f"{self.unsupported_count} imports that do not work")
        if self.native:
            parts.append("native addons")
        return "; ".join(parts)


NOTHING = PackageReport()


def about(size: int) -> str:
    """Bytes for people."""
    return f"{size / MIB:.1f} MiB" if size >= MIB else f"{size / KIB:.1f} KiB"


def report_of(bundle: Bundle, graph: Graph) -> PackageReport:
    """The report of a package that is entered by this graph."""
    reached = [module for module in graph.modules if not module.late]
    dependencies = sorted(_dependencies(bundle), key=lambda one: (-one.size, one.path))
    unsupported = list(map(_unsupported, graph.problems))
    return PackageReport(
        files=len(bundle.files),
        size=bundle.size,
        dependencies=len(dependencies),
        largest=tuple(dependencies[:MAX_LARGEST]),
        modules=len(reached),
        modules_size=sum(module.size for module in reached),
        complete=graph.complete,
        native=tuple(path for _, path in zip(range(MAX_LISTED), _native(bundle), strict=False)),
        unsupported=tuple(unsupported[:MAX_LISTED]),
        unsupported_count=len(unsupported),
        capabilities=capabilities(bundle, graph),
    )


def _unsupported(problem: Problem) -> Unsupported:
    place = f"{problem.module}:{problem.line}"
    reason = problem.message.partition("\n")[0]
    return Unsupported(place, problem.specifier, problem.code, reason, problem.severity == "error")


def _native(bundle: Bundle) -> Iterator[str]:
    return (path for path in bundle.files if path.endswith(".node") or path.rpartition("/")[2] == "binding.gyp")


def _dependencies(bundle: Bundle) -> Iterator[Dependency]:
    counts: dict[str, tuple[int, int]] = {}
    for path in bundle.files:
        home = home_of(path)
        if home:
            files, size = counts.get(home, (0, 0))
            counts[home] = (files + 1, size + bundle.stat_size(path))
    for home, (files, size) in counts.items():
        yield Dependency(home.rpartition(f"{_NODE_MODULES}/")[2], home, files, size)


def home_of(path: str) -> str:
    """The folder of the package in `node_modules` that a file belongs to; "" for the function's own files."""
    parts = path.split("/")
    at = max((n for n, part in enumerate(parts[:-1]) if part == _NODE_MODULES), default=-1)
    if at < 0 or at + 1 >= len(parts):
        return ""
    end = at + 2 + parts[at + 1].startswith("@")
    return "/".join(parts[:end]) if end < len(parts) else ""
