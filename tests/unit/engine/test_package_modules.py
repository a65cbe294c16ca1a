"""A package's modules on their way to the runtime: those that the graph finds, and those that are asked for later."""

from __future__ import annotations

import json

import msgspec
import pytest

from edge.engine.build import Missing, Record
from edge.engine.package_modules import PackageModules
from edge.errors import HostCallError, PackageError
from tests.support.embedded_rig import make_bundle

FILES = {
    "index.js": "require('./lib/a'); require('./data.json'); require('fs'); require('./none'); require('./blob.wasm');",
    "lib/a.js": "\ufeff#!/usr/bin/env node\nmodule.exports = 1;",
    "data.json": '{"a":1}',
    "blob.wasm": "\0asm",
    "late.js": "exports.late = 1;",
    "late.mjs": "export const late = 1;",
    "page.html": "<p>",
}


@pytest.fixture
def modules():
    return PackageModules(make_bundle(FILES))


@pytest.fixture
def ops(modules):
    known = Record("/app/lib/a.js", "cjs", "as it was transformed")
    return modules.ops([known])


def ask(operation, **args):
    return operation(msgspec.Raw(json.dumps(args).encode()), b"").value


def test_the_graph_begins_at_the_entry(modules):
    """Everything that is named in a require is there, with where its own names lead."""
    raws = {raw.path: raw for raw in modules.raws()}
    assert modules.main == "/app/index.js"
    assert set(raws) == {"/app/index.js", "/app/lib/a.js", "/app/data.json"}
    resolutions = raws["/app/index.js"].resolutions
    assert resolutions["./lib/a"] == "/app/lib/a.js"
    assert resolutions["./data.json"] == "/app/data.json"
    assert resolutions["fs"] == "node:fs"


def test_what_is_missing_or_cannot_be_loaded_says_so_when_it_is_required(modules):
    """The package starts; the error is that of the require."""
    (entry,) = [raw for raw in modules.raws() if raw.path == "/app/index.js"]
    assert isinstance(entry.resolutions["./none"], Missing)
    assert "./none" in entry.resolutions["./none"].message
    assert entry.resolutions["./blob.wasm"] == "/app/blob.wasm"


def test_marks_and_interpreters_are_taken_off_and_lines_stay(modules):
    """A byte order mark goes, a `#!` line becomes the comment that it is."""
    (found,) = [raw for raw in modules.raws() if raw.path == "/app/lib/a.js"]
    assert found.source == "//#!/usr/bin/env node\nmodule.exports = 1;"


def test_a_module_of_the_graph_is_loaded_as_it_was_built(ops):
    """A late load of it does not begin from the file."""
    assert ask(ops["module.load"], path="/app/lib/a.js").source == "as it was transformed"


def test_a_name_that_is_computed_is_resolved_and_loaded(ops):
    """CommonJS and JSON need no transform."""
    assert ask(ops["module.resolve"], specifier="./late", **{"from": "/app/index.js"}) == "/app/late.js"
    assert ask(ops["module.resolve"], specifier="node:path", **{"from": "/app/index.js"}) == "node:path"
    found = ask(ops["module.load"], path="/app/late.js")
    assert (found.kind, found.source) == ("cjs", "exports.late = 1;")


def test_a_computed_name_of_another_kind_says_what_to_do(ops):
    """There is no transform at run time."""
    found = ask(ops["module.load"], path="/app/late.mjs")
    assert found.kind == "broken"
    assert "name this module in an import or require" in found.source


def test_a_computed_name_that_leads_nowhere(ops):
    """The answer becomes the error of the require."""
    found = ask(ops["module.resolve"], specifier="./nowhere", **{"from": "/app/index.js"})
    assert isinstance(found, Missing)
    assert found.code == "MODULE_NOT_FOUND"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/app/../etc/passwd", "/app/nowhere.js", "", "index.js", "/app", "/app/lib"]
)
def test_nothing_outside_the_package_can_be_loaded(ops, path):
    """A path is looked up in the package and nowhere else."""
    with pytest.raises(HostCallError, match="Cannot find module"):
        ask(ops["module.load"], path=path)


@pytest.mark.parametrize("args", [b"null", b"{}", b'{"path":5}', b'{"path":"/app/a","more":1}'])
def test_odd_arguments_are_refused(ops, args):
    """They are decoded strictly."""
    with pytest.raises(HostCallError, match="bad arguments"):
        ops["module.load"](msgspec.Raw(args), b"")


def test_a_package_without_an_entry_cannot_be_used():
    """The error says which names were tried."""
    with pytest.raises(PackageError, match="index"):
        PackageModules(make_bundle({"readme.md": "# no"}))


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("node_modules/p/index.js", "const cp = require('node:child_process');", "outline:child_process"),
        ("node_modules/p/index.js", "try { f({ x: require('v8') }) } catch {}", "node:v8"),
        ("node_modules/p/index.js", "try { require('v8') } catch {} const v8 = require('v8');", "outline:v8"),
        ("node_modules/p/index.mjs", "import { Worker } from 'worker_threads';", "outline:worker_threads"),
        ("node_modules/p/index.js", "require('fs')", "node:fs"),
        ("lib/own.js", "require('child_process')", "node:child_process"),
    ],
)
def test_packages_get_the_outline_of_what_node_has_and_a_function_has_not(path, source, found):
    """Where they ask for it unconditionally; the function itself is told that it is not there."""
    files = {"index.js": f"require('./{path}')", path: source}
    raws = {raw.path: raw for raw in PackageModules(make_bundle(files)).raws()}
    assert list(raws[f"/app/{path}"].resolutions.values()) == [found]
