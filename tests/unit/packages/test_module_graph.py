from __future__ import annotations

import json
import time

from edge.packages.bundle import Bundle
from edge.packages.graph import GraphLimits, Link, build_graph
from edge.packages.module_kind import Format
from edge.packages.resolve import Resolver


def graph(files, entry="/app/index.js", links=None, **limits):
    contents = {path: (json.dumps(text) if isinstance(text, dict) else text).encode() for path, text in files.items()}
    resolver = Resolver(Bundle.build(contents, links), builtins={"fs"})
    return build_graph(entry, resolver, GraphLimits(**limits))


def order(result):
    return [module.path.removeprefix("/app/") for module in result.modules]


def test_dependencies_come_before_what_asks_for_them():
    """In the order in which they are evaluated, each once."""
    result = graph({
        "index.js": "require('./a'); require('./b')", "a.js": "require('./c')", "b.js": "require('./c')",
        "c.js": "", "unused.js": "",
    })  # fmt: skip
    assert order(result) == ["c.js", "a.js", "b.js", "index.js"]
    assert result.complete
    assert result.problems == ()


def test_cycles_end():
    """Each module of a cycle is there once; who asks first is evaluated last."""
    result = graph(
        {"index.js": "require('./a')", "a.js": "require('./b')", "b.js": "require('./a'); require('./index')"}
    )
    assert order(result) == ["b.js", "a.js", "index.js"]


def test_resolutions_say_where_every_specifier_leads():
    """To a module, a builtin, or a failure with Node's code."""
    result = graph({
        "index.js": "require('./a'); require('fs'); try { require('maybe') } catch {}; import('./d.mjs')",
        "a.js": "", "d.mjs": "",
    })  # fmt: skip
    assert result.resolutions["/app/index.js"] == {
        "./a": Link(path="/app/a.js"), "fs": Link(builtin="fs", needed=True), "./d.mjs": Link(path="/app/d.mjs"),
        "maybe": Link(error="Cannot find module 'maybe'\nRequire stack:\n- /app/index.js", code="MODULE_NOT_FOUND"),
    }  # fmt: skip


def test_import_and_require_of_one_name_may_differ():
    """By the conditions of the package; the module's own way of asking wins in the joined table."""
    package = {"exports": {"import": "./i.mjs", "require": "./r.js"}}
    files = {"node_modules/p/package.json": package, "node_modules/p/i.mjs": "", "node_modules/p/r.js": ""}
    script = graph(files | {"index.js": "require('p'); import('p')"})
    module = script.modules[-1]
    assert module.requires["p"].path.endswith("r.js")
    assert module.imports["p"].path.endswith("i.mjs")
    assert script.resolutions["/app/index.js"]["p"].path.endswith("r.js")
    esm = graph(files | {"index.js": "import 'p'; require('p')"})
    assert esm.resolutions["/app/index.js"]["p"].path.endswith("i.mjs")


def test_the_format_is_detected_from_the_syntax():
    """Where neither extension nor package.json says it."""
    result = graph({
        "index.js": "import './b'; import './data.json'; import './t.txt'", "b.js": "exports.a = 1",
        "data.json": "{}", "t.txt": "import 'x'",
    })  # fmt: skip
    assert {module.path[5:]: module.kind.format for module in result.modules} == {
        "index.js": Format.ESM, "b.js": Format.CJS, "data.json": Format.JSON, "t.txt": Format.TEXT,
    }  # fmt: skip


def test_problems_are_reported_with_their_place():
    """A static import that fails is an error; a require or import() may be one that can fail."""
    result = graph({
        "index.js": "import './ok';\n\nimport './gone'",
        "ok.js": "// comment\nrequire('./addon.node')\nimport('https://x.example')", "addon.node": "",
    })  # fmt: skip
    assert [(problem.module, problem.line, problem.code, problem.severity) for problem in result.problems] == [
        ("/app/index.js", 3, "ERR_MODULE_NOT_FOUND", "error"),
        ("/app/ok.js", 2, "ERR_DLOPEN_FAILED", "warning"),
        ("/app/ok.js", 3, "ERR_UNSUPPORTED_ESM_URL_SCHEME", "warning"),
    ]
    assert str(result.problems[0]) == "/app/index.js:3: Cannot find module '/app/gone' imported from /app/index.js"


def test_many_problems_of_one_module_take_linear_time():
    """Each is told with its line, without reading the module from its start again."""
    lines = [f"// {'x' * 1000}\ntry {{ require('gone{number}') }} catch {{}}" for number in range(10_000)]
    started = time.perf_counter()
    problems = graph({"index.js": "\n".join(lines)}).problems
    assert [problem.line for problem in problems] == list(range(2, 20_001, 2))
    assert time.perf_counter() - started < 5


def test_typescript_imports_may_be_types():
    """They vanish, so one that is not there is no error."""
    result = graph({"index.ts": "import { A } from './types'"}, "/app/index.ts")
    assert [problem.severity for problem in result.problems] == ["warning"]


def test_the_require_stack_names_who_led_there():
    """The nearest first, as Node prints it."""
    result = graph({"index.js": "require('./a')", "a.js": "require('./b')", "b.js": "require('./none')"})
    assert result.problems[0].message.endswith("Require stack:\n- /app/b.js\n- /app/a.js\n- /app/index.js")


def test_computed_names_are_noted_per_module():
    """What they ask for is found while it runs."""
    result = graph({"index.js": "require('./a'); require(x)", "a.js": ""})
    assert [module.dynamic for module in result.modules] == [False, True]


def test_links_lead_to_one_module():
    """Two names of one file are one module."""
    result = graph({"index.js": "require('./a'); require('./b')", "a.js": ""}, links={"b.js": "a.js"})
    assert order(result) == ["a.js", "index.js"]


def test_limits_end_the_search_but_not_the_build():
    """What is not preloaded is still found while it runs: its resolution is there."""
    files = {"index.js": "require('./a'); require('./b')", "a.js": "x" * 100, "b.js": "x" * 100}
    counted = graph(files, modules=2)
    assert order(counted) == ["a.js", "index.js"]
    assert not counted.complete
    assert counted.resolutions["/app/index.js"]["./b"].path == "/app/b.js"
    sized = graph(files, size=150)
    assert order(sized) == ["a.js", "index.js"]
    assert sized.size == 100 + len(files["index.js"])
    assert not sized.complete


def test_a_long_chain_of_modules_needs_no_deep_stack():
    """Five thousand modules, each asking for the next."""
    files = {f"m{number}.js": f"require('./m{number + 1}')" for number in range(5000)} | {
        "m5000.js": "",
        "index.js": "require('./m0')",
    }
    assert len(graph(files).modules) == 5002


def test_a_broken_package_json_of_a_dependency_is_a_problem_of_its_user():
    """The message names the file."""
    result = graph({"index.js": "require('p')", "node_modules/p/package.json": "{", "node_modules/p/index.js": ""})
    assert result.problems[0].code == "ERR_INVALID_PACKAGE_CONFIG"
    assert "/app/node_modules/p/package.json" in result.problems[0].message


def test_a_broken_package_json_on_the_way_to_a_file_is_a_problem_too():
    """A file that is asked for by its path belongs to a package as well."""
    result = graph({"index.js": "require('./lib/a.js')", "lib/package.json": "{", "lib/a.js": "require('x')"})
    assert [problem.code for problem in result.problems] == ["ERR_INVALID_PACKAGE_CONFIG"]
    assert order(result) == ["index.js"]
