from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.packages.scan import scan


def found(source):
    return [item.specifier for item in scan(source).imports]


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("import 'x'", "import"), ('import"x"', "import"), ("import a from 'x'", "import"),
        ("import{a}from'x'", "import"),
        ("import * as a from 'x'", "import"), ("import*as a from'x'", "import"),
        ("import a, { b as c } from 'x'", "import"),
        ("import a, * as b from 'x'", "import"), ("import {\n  a, // }\n  b /* from 'no' */\n} from 'x'", "import"),
        ("import { 'a-b' as c } from 'x'", "import"), ("import {} from 'x'", "import"), ("import $ from 'x'", "import"),
        ("import été from 'x'", "import"), ("import from from 'x'", "import"), ("import type from 'x'", "import"),
        ("import type, { a } from 'x'", "import"), ("import { type A, b } from 'x'", "import"),
        ("import defer * as a from 'x'", "import"),
        ("export { a } from 'x'", "import"), ("export * from 'x'", "import"), ("export * as a from 'x'", "import"),
        ("export*from'x'", "import"), ("export { default } from 'x'", "import"),
        ("import/**/a/**/from/**/'x'", "import"),
        ("#!/usr/bin/env node\nimport 'x'", "import"), ("\ufeffimport 'x'", "import"),
        ("'use strict';import 'x'", "import"),
        ("import('x')", "dynamic"), ("await import ( 'x' )", "dynamic"), ("import(`x`)", "dynamic"),
        ("import('x', { with: {} })", "dynamic"),
        ("import(/* chunk */ 'x')", "dynamic"), ("f(...import('x'))", "dynamic"), ("`${import('x')}`", "dynamic"),
        ("require('x')", "require"), ("var a=require('x')", "require"), ("require ( /* c */ 'x' )", "require"),
        ("require(`x`)", "require"),
        ("import a = require('x')", "require"), ("[...require('x')]", "require"),
        ("`a${`b${require('x')}`}`", "require"),
        ("`${{a:{}}}${require('x')}`", "require"), ("require('\\x78')", "require"), ("require('\\u{78}')", "require"),
        ("require('\\\nx')", "require"), ("function f(){ return require('x') }", "require"),
        ("a\n/* */ // c\nrequire('x')", "require"),
    ],
)  # fmt: skip
def test_each_way_to_ask_for_a_module_is_found(source, form):
    """Once, in its form, at its place."""
    (item,) = scan(source).imports
    assert (item.specifier, item.form) == ("x", form)
    assert source[item.offset :].startswith(("import", "export", "require"))


@pytest.mark.parametrize(
    "source",
    [
        "// require('x')", "/* import 'x' */", "'require(\"x\")'", "`require('x')`", "`\\${require('x')}`",
        "/require('x')/",
        "/[/]require('x')/", "a.require('x')", "a?.require('x')", "$require('x')", "require$('x')", "requires('x')",
        "_import('x')",
        "this.import('x')", "x = { import: 'x' }", "export const a = 'x'", "import type A from 'x'",
        "import type { A } from 'x'",
        "import type * as A from 'x'", "export type { A } from 'x'", "export type * from 'x'",
        "import.meta.resolve('x')",
        "function require(x) {}", "#require('x')", "return /'/.test(a) || `require('x')`", "\\u0061require('x')",
        "if (a) /'/.test(b); '\\'; require(\"x\")'", "export default 'x'", "'a\\\nrequire(\"x\")'", "été_require('x')",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_not_found(source):
    """Comments, strings, templates, regular expressions, properties, longer words and types."""
    assert found(source) == []


@pytest.mark.parametrize(
    "before",
    [
        "a / b;", "a / b / c;", "a++ / 2;", "(a) / 2;", "a[0] / 2;", "1. / 2;", "x = {} / 1;", "'s' / 2;",
        "`t` / 2;", "this / 2;",
        "a.return / 2;", "a.of / 2;", "x! / 2;", "/'/.test(a);", "x = /'/;", "(/'/);", "[/'/];", "!/'/;",
        "return /'/;", "typeof /'/;",
        "a => /'/;", "{} /'/;", "if (a) /'/.test(b);", "while (a) /'/.test(b);", "for (;;) /'/.test(b);",
        "else /'/.test(b);",
        "a ? /'/ : /\"/;", "a && /'/;", "/[']/;", "/[\\]']/;", "/\\/'/;", "x = a\n/* c */ / b;", "/a'/g.b / 2;",
        "`${/'/}`;",
        "`${a / b}`;", "({ a: /'/ });", "yield /'/;", "...(/'/);", "a = b / /'/;", "a /= 2;", "/=/;", "<a b={c}/>;",
        "<a>d</a>;",
        "s.replace(/>/g, '');", "function f() {} /'/;", "class A {} /'/;", "x = function () {}\n/'/;", "case /'/:",
    ],
)  # fmt: skip
def test_a_slash_divides_or_begins_a_regular_expression(before):
    """Mistaken once, everything behind it would be read inside out."""
    assert found(f"{before}\nrequire('x')") == ["x"]
    assert found(f"{before} require('x') // '") == ["x"]


@pytest.mark.parametrize(
    "source", ["<p>Don't</p>\nrequire('x')", "<p>it's {require('y')}</p>;\nrequire('x')", "'open\nrequire('x')"]
)
def test_an_apostrophe_in_jsx_does_no_harm_beyond_its_line(source):
    """A string ends with its line, closed or not."""
    assert "x" in found(source)


@pytest.mark.parametrize(
    ("source", "esm"),
    [
        ("import 'x'", True), ("export {}", True), ("export default 1", True), ("export const a = 1", True),
        ("export * from 'x'", True),
        ("export async function f() {}", True), ("export class A {}", True), ("import.meta.url", True),
        ("export type A = 1", True),
        ("import type A from 'x'", True), ("export enum A {}", True), ("export @a class B {}", True),
        ("export{a as default}", True),
        ("await x", True), ("const a = await b()", True), ("try { await x } catch {}", True),
        ("if (a) { await b }", True),
        ("for await (const a of b) {}", True), ("a()\nawait b()", True), ("for (const a of b) { await c }", True),
        ("{ await a }", True),
        ("module.exports = 1", False), ("exports.a = 1", False), ("import('x')", False), ("require('x')", False),
        ("", False),
        ("async () => { await x }", False), ("async () => await x", False), ("const f = async () => await x", False),
        ("const f = async a => b = await a", False), ("async function f() { if (a) { await b } }", False),
        ("({ async f() { await x } })", False),
        ("class A { async f() { await x } }", False), ("x = { import: 1, export: 2 }", False),
        ("a.export = 1", False), ("var await = 1", False),
        ("'export default 1'", False), ("// export {}", False), ("`export {}`", False), ("export = 1", False),
        ("import a = require('x')", False),
        ("function f() { export default 1 }", False), ("await = 1", False),
        ("f(async () => {\n  a()\n  await b()\n})", False),
        ("namespace A { export const b = 1 }", False),
    ],
)  # fmt: skip
def test_es_modules_are_told_from_scripts(source, esm):
    """By import and export declarations, import.meta, and await outside of functions."""
    assert scan(source).esm is esm


@pytest.mark.parametrize(
    ("source", "dynamic"),
    [
        ("require(a)", True), ("require('./' + a)", True), ("require(`./${a}`)", True), ("import(a)", True),
        ("import('a' + b)", True),
        ("require('a')", False), ("function require(a) {}", False), ("a.require(b)", False),
        ("'require(a)'", False), ("import.meta", False),
    ],
)  # fmt: skip
def test_computed_names_are_noted(source, dynamic):
    """They cannot be resolved before they are run."""
    assert scan(source).dynamic is dynamic


def test_attributes_tell_the_type():
    """`with`, and the older `assert`."""
    source = (
        "import a from './a.json' with { type: 'json' }\nexport b from 'n'\n"
        "export { c } from './c.txt' assert { 'type': \"text\" }"
    )
    assert [(item.specifier, item.type) for item in scan(source).imports] == [("./a.json", "json"), ("./c.txt", "text")]


def test_half_of_a_surrogate_pair_is_not_text():
    """Nothing downstream could encode it."""
    assert found("require('\\ud800')") == ["\ufffd"]
    assert found("require('\\u{110000}')") == ["\ufffd"]


FRAGMENTS = st.sampled_from([
    *"(){}[]`'\"/\\*$<>=!.;:,\n ", "${", "//", "/*", "*/", "import", "export", "require", "await", "from", "as",
    "'x'", "type", "=>",
    "return", "if", "async", "function", "class", "a", "é", "\u2028", "import(", "require(", "import {", "export *",
])  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=60).map("".join) | st.text(max_size=200))
def test_anything_is_scanned(source):
    """It never raises, and every place that it names is a word of the source."""
    for item in scan(source).imports:
        assert source.startswith(("import", "export", "require"), item.offset)


@given(st.lists(FRAGMENTS, max_size=30).map("".join))
def test_what_is_inside_of_a_template_or_comment_does_not_count(inside):
    """Whatever it is."""
    text = inside.replace("`", "").replace("$", "").replace("\\", "")
    assert found(f"`{text}`;require('x')") == ["x"]
    assert found(f"/*{inside.replace('*', '')} */require('x')") == ["x"]


HOSTILE = {
    "unterminated strings": "'\\" * 100_000,
    "escaped quotes": "'" + "\\'" * 100_000,
    "regex starts": "=/[" * 70_000,
    "regex starts, closed": "=/[/" * 50_000,
    "regex escapes": "=/\\" * 70_000,
    "regexes that never close": "=/a" + "[b]" * 50_000 + "\n",
    "divisions": "a/b" * 70_000,
    "open comments": "/*" * 100_000,
    "open templates": "`${" * 70_000,
    "open braces and awaits": "{await " * 30_000,
    "open parens": "(" * 200_000,
    "closers": ")}" * 100_000,
    "imports": "import " * 30_000,
    "imports with names": "import {a," * 20_000,
    "import stars": "import*as a " * 20_000,
    "imports of comments": "import/*" * 30_000,
    "imports of slashes": "import//" * 30_000,
    "import calls": "import(" * 30_000,
    "requires of strings": "require('" * 20_000,
    "requires of comments": "require(/**/" * 20_000,
    "exports": "export{" * 30_000,
    "spaces before slashes": (" " * 50 + "/" + " " * 50) * 2_000,
    "one long space": "a" + " " * 200_000 + "/" * 10 + " await " * 10_000,
    "spaces, block, awaits": "if (a)" + " " * 100_000 + "{" + "await \n" * 15_000,
    "long identifier": "a" * 200_000 + "/b/" + "c" * 100_000,
    "comments before slashes": "/**/" * 50_000 + "/a/",
    "comments and slashes": "/**/ / " * 30_000,
    "awaits on one line": "=await " * 30_000,
    "backslashes": "\\" * 200_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_sources_take_linear_time(source):
    """Twice the source takes about twice the time; quadratic would be seconds here."""
    started = time.perf_counter()
    scan(source)
    assert time.perf_counter() - started < 2


@pytest.mark.slow
def test_half_a_megabyte_is_scanned_quickly(capsys):
    """The time is printed for people; that every require is found is what is asserted."""
    line = (
        'function f{0}(a,b){{if(a/b>2)return/x"[/]/.test(a)?"s{0}":`t${{b}}`;'
        'var c=require("./m{0}");return{{c:c,d:[a,b]}}}}'
    )
    source = "".join(line.format(number) for number in range(5000))
    started = time.perf_counter()
    result = scan(source)
    with capsys.disabled():
        print(f"\n{len(source) / 1000:.0f} KB of minified code scanned in {time.perf_counter() - started:.3f} s")  # noqa: T201 - for people
    assert [item.specifier for item in result.imports] == [f"./m{number}" for number in range(5000)]
