"""TypeScript, JSX and ES modules to functions: what becomes of a module, and of its mistakes."""

from __future__ import annotations

import pytest

from edge.engine import snapshot
from edge.engine.base_snapshots import read
from edge.engine.build import Raw
from edge.engine.transform import Transformer
from edge.packages.jsx import Jsx
from tests.support.scripted_isolate import ScriptedIsolate
from tests.support.snapshot_files import snapshot_files


@pytest.fixture(scope="module")
def transformer():
    return Transformer(snapshot.Blob(read(snapshot_files()[1])))


def transform(transformer, kind, source):
    (record,) = transformer.transform([Raw("/app/a", kind, source, {"./b": "/app/b"})])
    return record


REACT = "({ jsx: () => (name === 'react/jsx-runtime' ? 6 : 0) })"


def exports(record, around=REACT):
    """What the module exports, as JSON."""
    esm = f"{{ e: (all) => Object.assign(exports, all), c() {{}}, i: (name) => {around} }}"
    values = "Object.fromEntries(Object.entries(exports).map(([name, get]) => [name, get()]))"
    code = (
        f"(() => {{ const exports = {{}}; const $esm = {esm}; {record.source}\n; return JSON.stringify({values}) }})()"
    )
    with ScriptedIsolate() as isolate:
        return isolate.run(code).text.decode()


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("esm", "export const n = 6;"),
        ("ts", "interface A { n: number }\nexport const n: number = (6 as A['n']);"),
        ("ts", "enum E { six = 6 }\nexport const n = E.six;"),
        ("ts", "export const n = <number>6;"),
        ("tsx", "const a: unknown = 1;\nexport const n = <a>{a}</a> as unknown;"),
        ("jsx", "export const n = <a/>;"),
    ],
)
def test_a_module_exports_what_it_says(transformer, kind, source):
    """Each language ends as the body of a function that runs."""
    record = transform(transformer, kind, source)
    assert (record.kind, record.path, record.resolutions) == ("esm", "/app/a", {"./b": "/app/b"})
    assert exports(record) == '{"n":6}'


@pytest.mark.parametrize(
    "body",
    [
        "for (var r = 6; false;); return r;",
        "for (var t = 0, r = 6; false;); return r;",
        "for (var r in { 6: 0 }); return Number(r);",
        "for (var r of [6]); return r;",
        "{ var r = 6; } return r;",
        "for (let r = 1; false;); return 6 + r.length;",
    ],
)
def test_names_of_imports_may_be_names_of_variables(transformer, body):
    """A `var` is the function's own, wherever in the function it stands; a `let` is not."""
    record = transform(transformer, "esm", f"import {{ r }} from 'p';\nexport const n = (() => {{ {body} }})();")
    assert exports(record, around="({ r: '' })") == '{"n":6}'


def test_jsx_becomes_what_the_package_says(transformer):
    """Calls of another package's runtime, or of a function that the module has itself."""
    (classic, automatic) = transformer.transform(
        [
            Raw(
                "/app/a",
                "jsx",
                "const h = (a, b, c) => c; export const n = <><a>6</a></>;",
                jsx=Jsx("classic", factory="h", fragment="0"),
            ),
            Raw("/app/b", "tsx", "export const n = <a/>;", jsx=Jsx(source="preact")),
        ]
    )
    assert exports(classic) == '{"n":"6"}'
    around = "({ jsx: () => (name === 'preact/jsx-runtime' ? 6 : 0) })"
    assert exports(automatic, around=around) == '{"n":6}'


def test_lines_stay_where_they_are(transformer):
    """So that a stack names the line of the author."""
    source = "type A = {\n  a: number,\n};\n\nexport const n = () => 1;\nexport const here = 'here';\n"
    record = transform(transformer, "ts", source)
    lines = [number for number, line in enumerate(record.source.splitlines(), 1) if "'here'" in line]
    assert lines == [6]


@pytest.mark.parametrize("kind", ["cjs", "json", "text"])
def test_what_needs_no_transform_is_left_alone(kind):
    """Not even an isolate is made for it."""
    source = "not = even ( code"
    (record,) = Transformer(None).transform([Raw("/app/a", kind, source)])
    assert (record.kind, record.source) == (kind, source)


def test_a_module_that_is_transformed_is_not_transformed_again():
    """It comes back from a build that failed later."""
    (record,) = Transformer(None).transform([Raw("/app/a", "transformed", "exports.a = 1")])
    assert (record.kind, record.source) == ("esm", "exports.a = 1")


def test_a_mistake_has_its_place_and_harms_no_other_module(transformer):
    """The text begins with path, line and column, as tools print it."""
    modules = [Raw("/app/a.ts", "ts", "const a = 1;\nconst b: = 2;"), Raw("/app/b.ts", "ts", "export const n = 6;")]
    broken, good = transformer.transform(modules)
    assert broken.kind == "broken"
    assert broken.source.startswith("/app/a.ts:2:")
    assert "Error transforming" not in broken.source
    assert exports(good) == '{"n":6}'


def test_without_a_snapshot_the_bundle_is_used():
    """Slower, and the same."""
    assert exports(transform(Transformer(None), "ts", "export const n: number = 6;")) == '{"n":6}'


def test_a_type_that_is_exported_by_name_leaves_nothing(transformer):
    """Which names are types is seen by what is left; a name that is missing in JavaScript is a mistake."""
    source = "import { type A, b } from './b';\ntype C = A;\nconst d = b;\nexport { A, b, C, d };"
    record = transform(transformer, "ts", source)
    assert record.kind == "esm"
    assert exports(record, around="({ b: 6 })") == '{"b":6,"d":6}'
    assert transform(transformer, "esm", "export { nothing };").kind == "broken"


def test_a_long_sum_is_no_deep_one(transformer):
    """As tools write long texts."""
    record = transform(transformer, "esm", f"import {{ r }} from 'p';\nexport const n = {' + '.join(['r'] * 3000)};")
    assert exports(record, around="({ r: 2 })") == '{"n":6000}'


def test_what_awaits_at_its_top_level_is_known(transformer):
    """In functions, classes and their static blocks an await is another matter."""
    waiting = [
        "await 1;",
        "for await (const a of []) ;",
        "{ await using a = null; }",
        "if (1) { f(await 1); }",
        "class A { [await 1]() {} }",
    ]
    others = ["async () => { await 1 };", "class A { async a() { await 1 } }", "const o = { async a() { await 1 } };"]
    assert all(transform(transformer, "esm", f"export {{}};{source}").waits for source in waiting)
    assert not any(transform(transformer, "esm", f"export {{}};{source}").waits for source in others)
