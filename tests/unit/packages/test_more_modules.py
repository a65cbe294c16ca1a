"""Packages that a function gets beside its own."""

from __future__ import annotations

import pytest

from edge.errors import PackageError
from edge.packages.bundle import Bundle
from edge.packages.limits import PackageLimits
from edge.packages.more_modules import with_modules
from edge.packages.resolve import Resolver
from tests.support.embedded_rig import make_bundle


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_without_any_the_package_is_the_same():
    """Not even copied."""
    bundle = make_bundle("1")
    assert with_modules(bundle, None, {}) is bundle


def test_folders_and_files_are_found_like_packages(tmp_path):
    """Scoped ones too; a file is a package of its own."""
    root = write(tmp_path, {"a/index.js": "1", "a/lib/x.js": "2", "b.json": "{}"})
    bundle = with_modules(make_bundle("0"), root, {"a": "a", "@s/b": "b.json"})
    resolver = Resolver(bundle)
    assert resolver.resolve("a/lib/x", "/app/index.js").path == "/app/node_modules/a/lib/x.js"
    assert resolver.resolve("@s/b", "/app/index.js").path == "/app/node_modules/@s/b/index.json"


def test_its_own_of_the_same_name_is_replaced_whole(tmp_path):
    """Links among it; what only begins alike stays."""
    root = write(tmp_path, {"new/index.js": "new"})
    files = {"index.js": b"", "node_modules/a/old.js": b"", "node_modules/ab/index.js": b"", "pkgs/c/index.js": b""}
    own = Bundle.build(files, {"node_modules/c": "../pkgs/c", "node_modules/d": "../pkgs/c"})
    bundle = with_modules(own, root, {"a": "new", "c": "new"})
    assert not bundle.is_file("node_modules/a/old.js")
    assert bundle.text("node_modules/c/index.js") == "new"
    assert bundle.is_file("node_modules/ab/index.js")
    assert bundle.realpath("node_modules/d") == "pkgs/c"


def test_links_inside_an_added_package_lead_where_they_led(tmp_path):
    """As in pnpm's layout."""
    root = write(tmp_path, {"a/index.js": "", "a/real/x.js": "x"})
    (root / "a" / "linked").symlink_to("real")
    bundle = with_modules(make_bundle("0"), root, {"a": "a"})
    assert bundle.realpath("node_modules/a/linked/x.js") == "node_modules/a/real/x.js"


def test_the_hash_is_that_of_the_whole(tmp_path):
    """So that a changed module is another package to every cache."""
    root = write(tmp_path, {"a/index.js": "1"})
    first = with_modules(make_bundle("0"), root, {"a": "a"}).hash
    assert with_modules(make_bundle("0"), root, {"a": "a"}).hash == first
    write(root, {"a/index.js": "2"})
    assert with_modules(make_bundle("0"), root, {"a": "a"}).hash != first


@pytest.mark.parametrize("place", ["none", "none.js", "../secret.js", "link.js"])
def test_what_is_not_there_or_leads_out_is_refused(tmp_path, place):
    """The message has the module's name and no path of the host."""
    write(tmp_path, {"secret.js": "", "root/x": ""})
    (tmp_path / "root" / "link.js").symlink_to("../secret.js")
    with pytest.raises(PackageError, match="modules: lib: ") as caught:
        with_modules(make_bundle("0"), tmp_path / "root", {"lib": place})
    assert str(tmp_path) not in str(caught.value)


def test_limits_are_those_of_the_whole(tmp_path):
    """Many small ones together are as large as one."""
    root = write(tmp_path, {f"m{n}/index.js": "x" * 1000 for n in range(3)})
    limits = PackageLimits(total=2500)
    with pytest.raises(PackageError, match="limit"):
        with_modules(make_bundle("0"), root, {f"m{n}": f"m{n}" for n in range(3)}, limits)


def test_a_mock_stands_for_a_name_but_not_for_itself():
    """With and without `node:`, for `import` and `require`, and only for this very name."""
    bundle = make_bundle({"index.js": "", "m/fs.js": "", "m/deep/index.js": "", "node_modules/p/index.js": ""})
    mocks = {"node:fs": "./m/fs.js", "p/x": "m/deep"}
    resolver = Resolver(bundle, builtins=frozenset({"fs", "fs/promises"}), mocks=mocks)
    for name in ("fs", "node:fs"):
        assert resolver.resolve(name, "/app/index.js").path == "/app/m/fs.js"
        assert resolver.resolve(name, "/app/node_modules/p/index.js", "import").path == "/app/m/fs.js"
        assert resolver.resolve(name, "/app/m/fs.js").builtin == "fs"
    assert resolver.resolve("fs/promises", "/app/index.js").builtin == "fs/promises"
    assert resolver.resolve("p/x", "/app/index.js").path == "/app/m/deep/index.js"
    assert resolver.resolve("p", "/app/index.js").path == "/app/node_modules/p/index.js"
