"""What is told of a package when it is deployed."""

from __future__ import annotations

import pytest

from edge.engine.package_modules import PackageModules
from edge.packages.bundle import Bundle
from edge.packages.report import MAX_LARGEST, MAX_LISTED, about, home_of
from tests.support.embedded_rig import make_bundle


def report(files):
    return PackageModules(make_bundle(files)).report


def test_files_sizes_and_modules_are_counted():
    """All files; of modules those that the entry reaches."""
    files = {
        "index.js": "require('./a'); require('./b.json')",
        "a.js": "",
        "b.json": "{}",
        "unused.js": "",
        "x.txt": "xyz",
    }
    found = report(files)
    assert (found.files, found.size) == (5, sum(map(len, files.values())))
    assert (found.modules, found.modules_size) == (3, len(files["index.js"]) + 2)
    assert (found.complete, found.dependencies, found.native, found.unsupported) == (True, 0, (), ())


def test_the_largest_dependencies_come_first():
    """Each without those in its own node_modules; scopes and pnpm's folders are seen through."""
    files = {"index.js": ""}
    files |= {f"node_modules/d{n}/index.js": "x" * n for n in range(12)}
    files |= {"node_modules/@s/p/a.js": "x" * 50, "node_modules/@s/p/node_modules/q/b.js": "x" * 60}
    files |= {"node_modules/.pnpm/r@1/node_modules/r/c.js": "x" * 70, "node_modules/.package-lock.json": "x" * 99}
    found = report(files)
    assert found.dependencies == 15
    assert [(one.name, one.files, one.size) for one in found.largest[:4]] == [
        ("r", 1, 70),
        ("q", 1, 60),
        ("@s/p", 1, 50),
        ("d11", 1, 11),
    ]
    assert len(found.largest) == MAX_LARGEST


def test_imports_that_do_not_work_have_their_place_and_reason():
    """Modules of Node that are not there, native addons, names that lead nowhere."""
    files = {
        "index.mjs": "import cluster from 'node:cluster';\nimport './lib.js';\nimport x from './none.mjs';",
        "lib.js": "'use strict';\n\ntry { require('repl') } catch {}\nrequire('./addon.node'); require('nothing');",
        "addon.node": "\x7fELF",
    }
    found = {(one.place, one.specifier): one for one in report(files).unsupported}
    assert set(found) == {
        ("/app/index.mjs:1", "node:cluster"),
        ("/app/index.mjs:3", "./none.mjs"),
        ("/app/lib.js:3", "repl"),
        ("/app/lib.js:4", "./addon.node"),
        ("/app/lib.js:4", "nothing"),
    }
    assert "cannot start processes" in found["/app/index.mjs:1", "node:cluster"].reason
    assert found["/app/lib.js:3", "repl"].reason
    assert found["/app/lib.js:4", "./addon.node"].code == "ERR_DLOPEN_FAILED"
    assert [one.specifier for one in found.values() if one.certain] == ["node:cluster", "./none.mjs"]
    assert str(found["/app/lib.js:4", "nothing"]) == "/app/lib.js:4: Cannot find module 'nothing'"


def test_native_addons_are_listed_whether_they_are_loaded_or_not():
    """Those that are there, and what would build them."""
    names = ("node_modules/a/prebuilds/linux-x64/a.node", "node_modules/b/binding.gyp")
    assert report({"index.js": "", **dict.fromkeys(names, "")}).native == names


def test_lists_are_bounded_and_counts_are_not():
    """A package can have any number of mistakes."""
    found = report({"index.js": "".join(f"require('./none{n}');" for n in range(MAX_LISTED + 5))})
    assert (len(found.unsupported), found.unsupported_count) == (MAX_LISTED, MAX_LISTED + 5)


def test_a_line_says_it_all():
    """For people."""
    files = {"index.js": "require('repl'); require('big')", "node_modules/big/index.js": "x" * 3000}
    summary = report(files).summary
    assert summary == "2 files, 3.0 KiB; 1 dependencies, the largest big; 2 modules reached; 1 imports that do not work"
    assert about(5 * 1024 * 1024) == "5.0 MiB"


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("index.js", ""),
        ("node_modules/a/index.js", "node_modules/a"),
        ("node_modules/a/lib/x.js", "node_modules/a"),
        ("node_modules/@s/a/x.js", "node_modules/@s/a"),
        ("node_modules/a/node_modules/@s/b/c/x.js", "node_modules/a/node_modules/@s/b"),
        ("node_modules/.package-lock.json", ""),
        ("node_modules/@s/README", ""),
        ("lib/node_modules", ""),
    ],
)
def test_the_package_that_a_file_belongs_to(path, home):
    """Its folder, or none for what lies about."""
    assert home_of(path) == home


def test_an_empty_package_folder_is_no_dependency():
    """Links count where they lead."""
    bundle = Bundle.build({"index.js": b"", "pkgs/a/x.js": b"12"}, {"node_modules/a": "../pkgs/a"})
    assert PackageModules(bundle).report.dependencies == 0
