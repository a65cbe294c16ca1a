from __future__ import annotations

import json

import pytest

from edge.errors import PackageError
from edge.packages.bundle import Bundle
from edge.packages.manifest import find_entry
from edge.packages.module_kind import Format, Kind, module_kind
from edge.packages.package_json import PackageJsons


def entry(files, handler="", **package):
    files = dict.fromkeys(files, b"")
    if package:
        files["package.json"] = json.dumps(package).encode()
    return find_entry(Bundle.build(files), handler)


@pytest.mark.parametrize("name", ["index.js", "index.mjs", "index.cjs", "index.ts", "index.tsx", "index.jsx"])
def test_an_index_file_is_the_entry(name):
    """Of each kind that the contract names."""
    assert entry([name, "other.js"]).path == f"/app/{name}"


def test_index_js_comes_first():
    """A built file is preferred to its source."""
    assert entry(["index.ts", "index.js", "index.jsx"]).path == "/app/index.js"


@pytest.mark.parametrize(
    ("package", "path"),
    [
        ({"main": "lib/main.js"}, "lib/main.js"), ({"main": "./lib/main"}, "lib/main.js"),
        ({"main": "lib"}, "lib/index.mjs"),
        ({"main": "lib/"}, "lib/index.mjs"), ({"main": "gone.js"}, "index.js"), ({"main": ["x"]}, "index.js"),
        ({"main": "../../etc/passwd"}, "index.js"), ({"main": "."}, "index.js"), ({"name": "x"}, "index.js"),
        ({"exports": "./lib/main.js", "main": "index.js"}, "lib/main.js"),
        ({"exports": {".": {"import": "./lib/index.mjs", "require": "./index.js"}}}, "lib/index.mjs"),
        ({"exports": {".": {"require": "./lib/main.js"}}}, "lib/main.js"),
        ({"exports": {"workerd": "./lib/main.js", "default": "./index.js"}}, "lib/main.js"),
        ({"exports": {"./sub": "./x.js"}, "main": "lib/main.js"}, "lib/main.js"),
        ({"exports": "./gone.js", "main": "lib/main.js"}, "lib/main.js"), ({"module": "lib/main.js"}, "index.js"),
    ],
)  # fmt: skip
def test_package_json_names_the_entry(package, path):
    """`exports` first, then `main`, as Node finds a package's own entry; then the index file."""
    assert entry(["index.js", "lib/main.js", "lib/index.mjs"], **package).path == f"/app/{path}"


def test_the_module_field_is_better_than_nothing():
    """Some packages have only what bundlers read."""
    assert entry(["lib/main.js"], module="lib/main.js").path == "/app/lib/main.js"


@pytest.mark.parametrize(
    ("handler", "path", "export"),
    [
        ("index.handler", "index.js", "handler"), ("src/app.handler", "src/app.ts", "handler"),
        ("./index.handler", "index.js", "handler"), ("index.api.get", "index.js", "api.get"),
        ("app.v2.handler", "app.v2.mjs", "handler"), ("index.js.handler", "index.js", "js.handler"),
    ],
)  # fmt: skip
def test_a_handler_names_file_and_export(handler, path, export):
    """As Lambda writes it; an extension is not part of it."""
    found = entry(["index.js", "src/app.ts", "app.v2.mjs"], handler)
    assert (found.path, found.export) == (f"/app/{path}", export)


def test_a_handler_wins_over_package_json():
    """What the operator says counts."""
    assert entry(["index.js", "b.js"], "b.handler", main="index.js").path == "/app/b.js"


@pytest.mark.parametrize(
    ("files", "handler", "package", "message"),
    [
        (
            [],
            "",
            {},
            r"no entry; looked for package.json, index.js\|mjs\|cjs\|ts\|tsx\|jsx.* \(it has no files at all\)",
        ),
        (["src/a.js"], "", {}, r"it has src/a.js: set \"main\""),
        (["a.js"], "", {"main": "gone.js"}, r"looked for main 'gone.js' in package.json, index.js"),
        (["a.js"], "", {"exports": {"./x": "./a.js"}}, r"looked for exports\[\".\"\] in package.json"),
        (["a.js"], "handler", {}, r"the handler 'handler' is not FILE.EXPORT \(write it like \"index.handler\"\)"),
        (["a.js"], "a..b", {}, "is not FILE.EXPORT"),
        (["a.js"], "b.handler", {}, r"the handler 'b.handler' names no file; looked for b.js\|mjs"),
        (["a.js"], "../b.handler", {}, "names no file"),
        (["a.node"], "", {"main": "a.node"}, "Cannot load the native addon '/app/a.node'"),
        (["a.json"], "", {"main": "a.json"}, "the entry /app/a.json is not JavaScript"),
        (["a.js"], "", {"exports": {".": "../a.js"}}, 'Invalid "exports" target'),
    ],
)
def test_errors_say_what_was_looked_for(files, handler, package, message):
    """Whoever deploys a package can fix it from the message alone."""
    with pytest.raises(PackageError, match=message):
        entry(files, handler, **package)


def test_a_broken_package_json_is_named():
    """With the place where it is broken."""
    with pytest.raises(PackageError, match=r"Invalid package config /app/package.json: JSON is malformed.*byte 8"):
        find_entry(Bundle.build({"package.json": b'{"main":}', "index.js": b""}))
    with pytest.raises(PackageError, match="not an object"):
        find_entry(Bundle.build({"package.json": b"[]", "index.js": b""}))
    with pytest.raises(PackageError, match="Invalid package config"):
        find_entry(Bundle.build({"package.json": b"[" * 100_000, "index.js": b""}))


def test_an_entry_behind_a_link_is_its_real_file():
    """Modules are known by their real paths."""
    assert find_entry(Bundle.build({"src/a.js": b""}, {"index.js": "src/a.js"})).path == "/app/src/a.js"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.js", Kind(Format.DETECT, "js")), ("m/a.js", Kind(Format.ESM, "js")), ("m/c/a.js", Kind(Format.CJS, "js")),
        ("m/a.cjs", Kind(Format.CJS, "js")), ("m/c/a.mjs", Kind(Format.ESM, "js")),
        ("m/deep/a.tsx", Kind(Format.ESM, "tsx")),
        ("m/node_modules/x/a.js", Kind(Format.DETECT, "js")), ("a.ts", Kind(Format.DETECT, "ts")),
        ("a.mts", Kind(Format.ESM, "ts")), ("a.cts", Kind(Format.CJS, "ts")), ("a.jsx", Kind(Format.DETECT, "jsx")),
        ("a.json", Kind(Format.JSON)), ("a.txt", Kind(Format.TEXT)), ("a.wasm", Kind(Format.WASM)),
        ("a.node", Kind(Format.NATIVE)),
        ("a.png", Kind(Format.DATA)), ("bin/tool", Kind(Format.DETECT, "js")), ("a.JS", Kind(Format.DETECT, "js")),
        (".eslintrc", Kind(Format.DETECT, "js")), ("odd/a.js", Kind(Format.DETECT, "js")),
    ],
)  # fmt: skip
def test_the_kind_of_a_module(path, kind):
    """By its extension, then by the nearest package.json; a node_modules folder is a border."""
    files = {
        "m/package.json": b'{"type":"module"}',
        "m/c/package.json": b'{"type":"commonjs"}',
        "odd/package.json": b'{"type":"x"}',
    }
    assert module_kind(path, PackageJsons(Bundle.build(files))) == kind
