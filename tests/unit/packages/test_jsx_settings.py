"""What JSX becomes: tsconfig.json and deno.json of the package, then comments at the top of the module."""

from __future__ import annotations

import time

import pytest

from edge.packages.graph import build_graph
from edge.packages.jsx import Jsx, JsxSettings, read_jsonc
from edge.packages.resolve import Resolver
from tests.support.embedded_rig import make_bundle

HONO = '{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "hono/jsx" } }'
OVER_BASE = '{"extends":["./base.json"],"compilerOptions":{"jsxImportSource":"x"}}'
PREACT = Jsx(source="preact")
CLASSIC = '{"compilerOptions":{"jsx":"react","jsxFactory":"h","jsxFragmentFactory":"F"}}'


def settings(files, path="/app/index.tsx", source=""):
    return JsxSettings(make_bundle({"index.tsx": "", **files})).of(path, source)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, Jsx()),
        ({"tsconfig.json": HONO}, Jsx(source="hono/jsx")),
        ({"deno.json": HONO}, Jsx(source="hono/jsx")),
        ({"tsconfig.json": HONO, "deno.json": "{}"}, Jsx(source="hono/jsx")),
        ({"tsconfig.json": CLASSIC}, Jsx("classic", "react", "h", "F")),
        ({"tsconfig.json": '// a\n{ /* b */ "compilerOptions": { "jsxImportSource": "p//q", }, }'}, Jsx(source="p//q")),
        ({"tsconfig.json": '{"extends":"./base.json"}', "base.json": HONO}, Jsx(source="hono/jsx")),
        ({"tsconfig.json": OVER_BASE, "base.json": HONO}, Jsx(source="x")),
        ({"tsconfig.json": '{"extends":"./tsconfig.json"}'}, Jsx()),
        ({"tsconfig.json": '{"extends":"../../outside.json"}'}, Jsx()),
        ({"tsconfig.json": '{"compilerOptions":{"jsxImportSource":7,"jsx":[]}}'}, Jsx()),
        ({"tsconfig.json": "not json"}, Jsx()),
        ({"tsconfig.json": "[" * 100_000}, Jsx()),
    ],
)  # fmt: skip
def test_a_package_says_what_its_jsx_is(files, expected):
    """What cannot be read says nothing."""
    assert settings(files) == expected


def test_the_nearest_config_wins_and_dependencies_have_their_own():
    """A package in node_modules does not follow the program's."""
    files = {"tsconfig.json": HONO, "a/b/c.jsx": "", "a/jsconfig.json": CLASSIC, "node_modules/p/x.jsx": ""}
    assert settings(files, "/app/a/b/c.jsx").factory == "h"
    assert settings(files, "/app/node_modules/p/x.jsx") == Jsx()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/** @jsxImportSource preact */\nconst a = 1;", PREACT),
        ("#!/usr/bin/env node\n// x\n/* @jsxImportSource preact */", PREACT),
        ("/** @jsx h */ /** @jsxFrag Fragment */", Jsx("classic", "react", "h", "Fragment")),
        ("/** @jsxRuntime automatic @jsxImportSource preact */", PREACT),
        ("/** @jsxRuntime classic */", Jsx("classic")),
        ("const a = '/** @jsxImportSource preact */';", Jsx()),
        ("const a = 1;\n/** @jsxImportSource preact */", Jsx()),
    ],
)
def test_comments_at_the_top_of_a_module_have_the_last_word(source, expected):
    """Not comments further down, nor text that looks like one."""
    assert settings({}, source=source) == expected


def test_the_graph_has_what_jsx_needs():
    """The module that is not written out is resolved as an import, as the author's own imports are."""
    package = '{"exports": {"./jsx-runtime": {"import": "./esm.mjs", "require": "./cjs.js"}}}'
    files = {"index.jsx": "/** @jsxImportSource p */\nexport default () => <a/>;"}
    files |= {f"node_modules/p/{name}": "" for name in ("esm.mjs", "cjs.js")} | {"node_modules/p/package.json": package}
    graph = build_graph("/app/index.jsx", Resolver(make_bundle(files)))
    assert graph.resolutions["/app/index.jsx"]["p/jsx-runtime"].path == "/app/node_modules/p/esm.mjs"
    assert graph.problems == ()


@pytest.mark.hostile
def test_settings_that_extend_each_other_are_read_once():
    """A few names of themselves are not billions of reads; what else there is counts."""
    names = '", "'.join(["./tsconfig.json", "./other.json"] * 10)
    files = {
        "tsconfig.json": f'{{"extends": ["{names}"], "compilerOptions": {{"jsxFactory": "h"}}}}',
        "other.json": f'{{"extends": ["{names}"], "compilerOptions": {{"jsx": "react"}}}}',
    }
    assert settings(files) == Jsx("classic", factory="h")


@pytest.mark.hostile
def test_reading_takes_linear_time():
    """Whatever the file is."""
    began = time.perf_counter()
    for text in ("/*" * 100_000, '"' * 200_001, ",   " * 50_000, "//" * 100_000):
        assert read_jsonc(text) is None
    assert settings({}, source="/** @jsx" * 50_000) is not None
    assert time.perf_counter() - began < 1
