"""Who may import whom: the table of docs/architecture.md, executed over the syntax tree of every file of edge/."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]

# part of edge -> parts that it may import, besides itself
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "units": set(),
    "uts46": set(),
    "wire": {"errors"},
    "function": {"errors", "units", "wire"},
    "bindings": set(),
    "schedule": {"errors", "units"},
    "tracing": {"errors", "wire"},
    "invocation": {"errors", "units", "wire", "function"},
    "recording": {"errors", "units", "wire", "function", "invocation", "packages"},
    "config": {"errors", "units", "schedule"},
    "packages": {"errors", "units"},
    "engine": {
        *("errors", "units", "wire", "function", "invocation", "recording", "packages", "runtime", "services.api"),
        "services.redaction",
        "tracing",
    },
    "runtime": {"errors", "units", "uts46", "services.api"},
    "services": {"errors", "units", "uts46", "function", "invocation", "bindings", "wire", "tracing"},
    "cell": {"errors", "units", "wire", "engine", "runtime", "services.api"},
    "supervisor": {"errors", "units", "wire", "function", "engine"},
}
LAYERS["vm"] = {"errors", "units", "wire", "engine", "runtime", "packages", "services.api", "supervisor", "cell.asks"}
LAYERS["fleet"] = {"errors", "units", "wire", "supervisor.backoff"}
LAYERS["gateway"] = {*LAYERS} - {"engine", "cell", "supervisor", "vm"}
LAYERS["compose"] = {*LAYERS}
LAYERS["cli"] = {*LAYERS, "compose"}
LAYERS["corpus"] = {"errors", "units", "services"}
LAYERS["__main__"] = {"cli"}
LAYERS["__init__"] = set()

# outside module -> the only modules of edge that may import it
CONFINED: dict[str, set[str]] = {
    "trio": {
        *(
            "config.folder_events",
            "config.watch",
            "engine.admission",
            "engine.alarm_clock",
            "engine.answering",
            "engine.bell",
            "engine.build_children",
            "engine.builder_client",
        ),
        *("engine.compiler", "engine.course", "engine.host", "engine.host_calls"),
        *("engine.invocation_task", "engine.isolate_pool", "engine.lineage", "engine.local_isolate"),
        *("engine.replayer", "engine.settlement", "engine.stored_package", "engine.worker"),
        *(
            "engine.writer",
            "services.auth.remote_keys",
            "services.bindings",
            "services.cache.store",
            "services.dial",
            "services.dns",
            "services.http",
            "services.kv",
            "services.logs",
            "services.observation.report",
            "services.python",
            "services.resilience.guard",
            "services.sockets",
            "services.telemetry",
            "services.websocket",
            "services.queue",
            "services.rate",
            "fleet",
            "gateway",
            "supervisor",
            "compose",
            "cli",
            "corpus",
            "vm",
        ),
    },
    "asyncio": {"services.python.asyncio_loop"},
    "ctypes": {
        "config.folder_events",
        *("engine.dll", "engine.extras", "engine.isolate", "engine.mailbox", "engine.process", "engine.rejections"),
        *("engine.snapshot", "engine.uncompiled"),
        *("engine.library_file", "engine.scripts", "engine.v8_api", "engine.v8_driver", "engine.direct_isolate"),
        "cell",
    },
    "py_mini_racer": {"engine.dll", "engine.library_file"},
    "socket": {
        "services",
        "fleet",
        "gateway",
        "cli.unix_connection",
        "compose.worker",
        "engine.build_children",
        "engine.builder_child",
        "engine.builder_client",
        "cell",
        "supervisor",
    },
    "ssl": {"services", "gateway", "cli", "corpus", "compose.inventory"},
    "cryptography": {"corpus", "gateway.tls", "runtime.ops", "services.auth", "services.secrets"},
    "bcrypt": {"services.auth"},
    "jwt": {"services.auth"},
    "httpx": set(),
    "httpcore": {"services"},
    "sqlite3": {"services.cache", "services.kv", "services.queue", "compose.inventory"},
    "coredis": {"services.kv"},
    "opentelemetry": {"services.telemetry"},
    "google.protobuf": {"services.telemetry"},
    "cronsim": {"schedule"},
    "hypercorn": {"gateway", "compose"},
    "quart": {"gateway", "compose"},
    "quart_trio": {"gateway", "compose"},
    "werkzeug": {"gateway"},
    "click": {"cli", "corpus"},
}

# Values in, values out: these know no clock, chance, process or thread, not even in their annotations.
PURE = {"errors", "units", "uts46", "wire", "function", "invocation"}
IMPURE = {"time", "random", "secrets", "os", "subprocess", "threading"}


class Import(NamedTuple):
    line: int
    name: str
    typing_only: bool


def imports(tree: ast.Module, package: list[str]) -> Iterator[Import]:
    """Every import wherever it stands, also `import_module("literal")`, as absolute names."""
    guarded = {id(node) for block in ast.walk(tree) if is_typing_block(block) for node in walk_body(block)}
    for node in ast.walk(tree):
        for name in imported_names(node, package):
            yield Import(node.lineno, name, id(node) in guarded)


def is_typing_block(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def walk_body(block: ast.If) -> Iterable[ast.AST]:
    """What is under `if TYPE_CHECKING:`; its `else` runs, so that is not in it."""
    return (node for statement in block.body for node in ast.walk(statement))


def imported_names(node: ast.AST, package: list[str]) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=module, names=aliases, level=level):
            base = package[: len(package) - level + 1] if level else []
            return [".".join([*base, *filter(None, [module]), alias.name]) for alias in aliases]
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return [name]
    return []


def within(name: str, prefixes: Iterable[str]) -> bool:
    """Whether `name` is one of `prefixes` or lies below one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def verdict(module: str, found: Import) -> str:
    """Why `module` (without "edge.") may not import `found`; empty when it may."""
    part = module.partition(".")[0]
    if found.typing_only and part not in PURE:
        return ""
    if part in PURE and within(found.name, IMPURE):
        return f"{part} is pure and may not import {found.name}"
    for outside, holders in CONFINED.items():
        if within(found.name, [outside]) and not within(module, holders):
            return f"{outside} may only be imported by {', '.join(sorted(holders)) or 'nobody'}"
    if not found.name.startswith("edge.") or found.name == "edge.__version__":
        return ""
    target = found.name.removeprefix("edge.")
    return "" if within(target, LAYERS[part] | {part}) else f"{part} may not import {found.name}"


def module_name(path: Path, root: Path) -> str:
    """`edge/config/watch.py` -> `config.watch`, `edge/config/__init__.py` -> `config`."""
    parts = path.relative_to(root / "edge").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def violations(root: Path) -> list[str]:
    """One line per import of the tree under `root` that the tables do not allow, or file that they do not know."""
    problems = []
    for path in sorted((root / "edge").rglob("*.py")):
        module = module_name(path, root)
        place = path.relative_to(root).as_posix()
        if module.partition(".")[0] not in LAYERS:
            problems.append(f"{place}: no row of the table covers it")
            continue
        package = list(path.relative_to(root).parent.parts)
        judged = (
            (found.line, verdict(module, found)) for found in imports(ast.parse(path.read_bytes(), place), package)
        )
        problems.extend(f"{place}:{line}: {problem}" for line, problem in judged if problem)
    return problems


def documented_layers() -> dict[str, set[str]]:
    """The table of docs/architecture.md in the form of `LAYERS`."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.split("## Folders")[1].split("\n## ")[0].splitlines()]
    folders = [(re.findall(r"`(\w+)(?:/|\.py)`", row[0]), row[-1]) for row in rows if row[0].startswith("`")]
    known = {name for names, _ in folders for name in names}
    return {name: allowed(cell, known) - {name} for names, cell in folders for name in names}


def allowed(cell: str, known: set[str]) -> set[str]:
    """`errors, packages (bundle, graph)` -> {errors, packages.bundle, packages.graph}; knows `all but` too."""
    if cell.startswith("all"):
        return known - set(re.findall(r"\w+", cell.removeprefix("all").replace("but", "")))
    listed = re.sub(r"(\w+) \(([^)]*)\)", lambda m: ", ".join(f"{m[1]}.{name}" for name in m[2].split(", ")), cell)
    return set(listed.split(", ")) - {"nothing"}


def test_every_file_of_edge_keeps_to_its_layer():
    """No file imports what the tables above do not allow."""
    assert violations(ROOT) == []


def test_the_documented_table_is_the_one_that_is_enforced():
    """A row that is changed in one of the two places has to be changed in the other."""
    documented = documented_layers()
    enforced = {part: allowed for part, allowed in LAYERS.items() if part in documented}
    # Neighbours of one row need no words in the document.
    enforced["invocation"] = enforced["invocation"] - {"function"}
    assert documented == enforced
    assert set(LAYERS) - set(documented) == {"__main__", "__init__"}


PLANTED = {
    "a layer above": ("wire/messages.py", "from edge.gateway.routing import Table", "wire may not import edge.gateway"),
    "a layer by its root": ("wire/messages.py", "from edge import gateway", "wire may not import edge.gateway"),
    "a relative import": ("packages/tar.py", "from ..services import api", "packages may not import edge.services"),
    "plain import": ("services/logs.py", "import edge.config.model", "services may not import edge.config.model"),
    "a part not granted": (
        "engine/build.py",
        "from edge.services import egress",
        "engine may not import edge.services.egress",
    ),
    "inside a function": (
        "gateway/app.py",
        "def f():\n    import edge.engine.host",
        "gateway may not import edge.engine",
    ),
    "by a literal name": (
        "runtime/ops/url.py",
        "importlib.import_module('edge.wire')",
        "runtime may not import edge.wire",
    ),
    "trio in a pure part": ("engine/machine.py", "from trio import sleep", "trio may only be imported by"),
    "asyncio anywhere": (
        "gateway/app.py",
        "import asyncio.queues",
        "asyncio may only be imported by services.python.asyncio_loop",
    ),
    "ctypes elsewhere": ("engine/host.py", "import ctypes", "ctypes may only be imported by"),
    "a socket in the runtime": (
        "runtime/ops/url.py",
        "from socket import getaddrinfo",
        "socket may only be imported by",
    ),
    "a clock in a pure part": ("units.py", "from time import monotonic", "units is pure"),
    "a type in a pure part": (
        "wire/a.py",
        "if TYPE_CHECKING:\n    import edge.cli.main",
        "wire may not import edge.cli",
    ),
    "the else of a typing block": (
        "engine/machine.py",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import trio",
        "trio may only be imported by",
    ),
    "a folder without a row": ("utils/text.py", "", "no row of the table covers it"),
}


@pytest.mark.parametrize(("file", "source", "problem"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_violation_is_found(tmp_path, file, source, problem):
    """Each way to write a forbidden import is seen, with file and line."""
    plant(tmp_path, file, source)
    (found,) = violations(tmp_path)
    assert found.startswith(f"edge/{file}:")
    assert problem in found


HARMLESS = {
    "only for types": ("engine/machine.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import trio"),
    "a granted part": ("engine/build.py", "from edge.packages.bundle import Bundle"),
    "the version": ("gateway/app.py", "from edge import __version__"),
    "a neighbour": ("gateway/app.py", "from . import routing\nfrom .routing import Table"),
    "a longer name": ("config/model.py", "import trio_typing, socketserver"),
    "trio at the edge": ("config/watch.py", "import trio"),
}


@pytest.mark.parametrize(("file", "source"), HARMLESS.values(), ids=HARMLESS.keys())
def test_what_the_table_allows_is_not_reported(tmp_path, file, source):
    """The rules do not reach further than they say."""
    plant(tmp_path, file, source)
    assert violations(tmp_path) == []


def plant(root: Path, file: str, source: str) -> None:
    path = root / "edge" / file
    path.parent.mkdir(parents=True)
    path.write_text(source, "utf-8")
