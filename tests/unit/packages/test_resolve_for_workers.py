"""What runtimes other than Node ask of resolution: builds that packages have for them, and Deno's specifiers."""

from __future__ import annotations

import json

import pytest

from edge.packages.bundle import Bundle
from edge.packages.module_error import ModuleError
from edge.packages.resolve import Resolver

FILES = {
    "index.js": "",
    "node_modules/both/package.json": {"main": "node.js", "module": "web.js", "browser": "web.js"},
    "node_modules/both/node.js": "",
    "node_modules/both/web.js": "",
    "node_modules/gone/package.json": {"main": "nothing.js", "browser": "web.js"},
    "node_modules/gone/web.js": "",
    "node_modules/table/package.json": {"main": "index.js", "browser": {"./index.js": "./web.js"}},
    "node_modules/table/index.js": "",
    "node_modules/table/web.js": "",
    "node_modules/odd/package.json": {"main": "a.js", "browser": [1]},
    "node_modules/odd/a.js": "",
    "node_modules/@s/p/index.js": "",
    "node_modules/@s/p/sub/x.js": "",
}


def resolver(files):
    contents = {
        path: (json.dumps(value) if isinstance(value, dict) else value).encode() for path, value in files.items()
    }
    return Resolver(Bundle.build(contents))


@pytest.mark.parametrize("how", ["import", "require"])
@pytest.mark.parametrize(
    ("specifier", "found"),
    [
        ("both", "both/node.js"),
        ("gone", "gone/web.js"),
        ("table", "table/index.js"),
        ("odd", "odd/a.js"),
        ("npm:both", "both/node.js"),
        ("npm:both@^1.2.3", "both/node.js"),
        ("npm:@s/p@2", "@s/p/index.js"),
        ("npm:/@s/p@2/sub/x.js", "@s/p/sub/x.js"),
    ],
)
def test_builds_for_bundlers_are_the_last_resort(specifier, found, how):
    """They ask for a browser, or leave out what Node has; a package that has nothing else is still found."""
    assert resolver(FILES).resolve(specifier, "/app/index.js", how).path == f"/app/node_modules/{found}"


@pytest.mark.parametrize(
    ("exports", "found"),
    [
        ({"node": "./node.js", "default": "./web.js"}, "node"),
        ({"node": "./node.js", "workerd": "./edge.js", "default": "./web.js"}, "edge"),
        ({"browser": "./web.js", "node": "./node.js", "edge-light": "./edge.js"}, "edge"),
        ({"import": {"node": "./node.js", "default": "./web.js"}, "default": "./web.js"}, "node"),
        ({"import": "./node.js", "worker": {"import": "./edge.js"}}, "edge"),
        ({"worker": {"browser": "./web.js"}, "node": {"module-sync": "./node.js"}, "default": "./web.js"}, "node"),
        ({"workerd": None, "default": "./web.js"}, None),
        ({"node": [{"browser": "./web.js"}, {"import": "./node.js"}], "default": "./web.js"}, "node"),
        ([{"browser": "./web.js"}, {"workerd": "./edge.js"}, "./node.js"], "edge"),
        ({"node-addons": "./web.js", "default": "./node.js"}, "node"),
        ({"import": "../escape.js", "edge": "./edge.js"}, "edge"),
    ],
)
def test_the_build_for_edge_runtimes_wins_and_then_the_one_for_node(exports, found):
    """Wherever the package lists it; what has neither is resolved as in Node."""
    files = {f"node_modules/p/{name}.js": "" for name in ("edge", "node", "web")}
    files |= {"index.js": "", "node_modules/p/package.json": {"name": "p", "exports": exports}}
    app = resolver(files)
    if found is None:
        with pytest.raises(ModuleError) as caught:
            app.resolve("p", "/app/index.js", "import")
        assert caught.value.js_code == "ERR_PACKAGE_PATH_NOT_EXPORTED"
    else:
        assert app.resolve("p", "/app/index.js", "import").path == f"/app/node_modules/p/{found}.js"


def test_what_a_package_calls_its_own_is_chosen_alike():
    """`imports` has conditions too: chalk names its terminal support by them."""
    files = {f"node_modules/p/{name}.js": "" for name in ("index", "node", "web")}
    files["node_modules/p/package.json"] = {"imports": {"#support": {"node": "./node.js", "default": "./web.js"}}}
    found = resolver(files).resolve("#support", "/app/node_modules/p/index.js", "import")
    assert found.path == "/app/node_modules/p/node.js"


@pytest.mark.parametrize("specifier", ["npm:", "npm:@s", "npm:nothing@1", "npm:../../etc/passwd", "npm:.hidden"])
def test_what_is_not_there_is_not_found(specifier):
    """However it is asked for."""
    with pytest.raises(ModuleError):
        resolver(FILES).resolve(specifier, "/app/index.js", "import")
