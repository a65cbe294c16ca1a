"""What runtimes other than Node ask of resolution: builds that packages have for them, and Deno's specifiers."""

from __future__ import annotations

import json

import pytest

from edge.packages.bundle import Bundle
from edge.packages.module_error import ModuleError
from edge.packages.resolve import Resolver

FILES = {
    "index.js": "",
    "node_modules/both/package.json": {"main": "node.js", "browser": "web.js"},
    "node_modules/both/node.js": "",
    "node_modules/both/web.js": "",
    "node_modules/gone/package.json": {"main": "node.js", "browser": "nothing.js"},
    "node_modules/gone/node.js": "",
    "node_modules/table/package.json": {
        "main": "lib/index.js",
        "browser": {
            "./lib/http.js": "./lib/fetch.js",
            "./lib/gone.js": "./nothing.js",
            "crypto": False,
            "./lib/no.js": False,
        },
    },
    **dict.fromkeys([f"node_modules/table/lib/{name}.js" for name in ("index", "http", "fetch", "gone", "no")], ""),
    "node_modules/exported/package.json": {"exports": "./esm.js", "browser": {"./esm.js": "./web.js"}},
    "node_modules/exported/esm.js": "",
    "node_modules/exported/web.js": "",
    "node_modules/odd/package.json": {"main": "a.js", "browser": [1]},
    "node_modules/odd/a.js": "",
    "node_modules/@s/p/index.js": "",
    "node_modules/@s/p/sub/x.js": "",
}


@pytest.fixture(scope="module")
def resolver():
    contents = {
        path: (json.dumps(value) if isinstance(value, dict) else value).encode() for path, value in FILES.items()
    }
    return Resolver(Bundle.build(contents))


@pytest.mark.parametrize(
    ("specifier", "importer", "imported", "required"),
    [
        ("both", "index.js", "both/web.js", "both/node.js"),
        ("gone", "index.js", "gone/node.js", "gone/node.js"),
        ("table", "index.js", "table/lib/index.js", "table/lib/index.js"),
        ("./http", "node_modules/table/lib/index.js", "table/lib/fetch.js", "table/lib/http.js"),
        ("table/lib/http.js", "index.js", "table/lib/fetch.js", "table/lib/http.js"),
        ("./gone.js", "node_modules/table/lib/index.js", "table/lib/gone.js", "table/lib/gone.js"),
        ("./no.js", "node_modules/table/lib/index.js", "table/lib/no.js", "table/lib/no.js"),
        ("exported", "index.js", "exported/web.js", "exported/esm.js"),
        ("odd", "index.js", "odd/a.js", "odd/a.js"),
        ("npm:both", "index.js", "both/web.js", "both/node.js"),
        ("npm:both@^1.2.3", "index.js", "both/web.js", "both/node.js"),
        ("npm:@s/p@2", "index.js", "@s/p/index.js", "@s/p/index.js"),
        ("npm:/@s/p@2/sub/x.js", "index.js", "@s/p/sub/x.js", "@s/p/sub/x.js"),
    ],
)
def test_imports_take_builds_for_other_runtimes(resolver, specifier, importer, imported, required):
    """As bundlers for Workers do; `require` is Node's and takes what Node takes."""
    for how, wanted in (("import", imported), ("require", required)):
        assert resolver.resolve(specifier, f"/app/{importer}", how).path == f"/app/node_modules/{wanted}", how


@pytest.mark.parametrize("specifier", ["npm:", "npm:@s", "npm:nothing@1", "npm:../../etc/passwd", "npm:.hidden"])
def test_what_is_not_there_is_not_found(resolver, specifier):
    """However it is asked for."""
    with pytest.raises(ModuleError):
        resolver.resolve(specifier, "/app/index.js", "import")
