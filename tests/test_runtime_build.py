"""When the JavaScript bundles are taken for what their sources say."""

from __future__ import annotations

import json

import pytest

from hatch_build import NODE_REQUIREMENT, BuildError, Bundles, Node, RuntimeBuildHook, sha256


@pytest.fixture
def tree(tmp_path):
    """A source tree whose one entry has been bundled."""
    sources = tmp_path / "edge" / "runtime"
    (sources / "bundle").mkdir(parents=True)
    (sources / "build.json").write_text('{"entries": {"runtime": "main.js"}, "alias": {}}', "utf-8")
    (sources / "main.js").write_text("export {};", "utf-8")
    (sources / "bundle" / "runtime.js").write_text("0;", "utf-8")
    bundles = Bundles(tmp_path)
    manifest = {"inputs": bundles.inputs(), "bundles": {"runtime.js": sha256(bundles.output / "runtime.js")}}
    (bundles.output / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return tmp_path


def requirements(root):
    return RuntimeBuildHook(str(root), {}, None, None, "", "wheel").dependencies()


def test_bundles_of_unchanged_sources_are_fresh_and_need_no_node(tree):
    """An sdist, which brings its bundles, installs without Node."""
    assert Bundles(tree).fresh()
    assert requirements(tree) == []


def test_an_edited_source_asks_for_node(tree):
    """Stale bundles are never shipped: the build asks for what it needs to make them."""
    (tree / "edge/runtime/main.js").write_text("export default 1;", "utf-8")
    assert not Bundles(tree).fresh()
    assert requirements(tree) == [NODE_REQUIREMENT]


@pytest.mark.parametrize("change", ["url/index.js", "package-lock.json", "build.mjs"])
def test_a_new_source_makes_the_bundles_stale(tree, change):
    """Sources in folders, locked packages and the bundler's settings all count."""
    path = tree / "edge/runtime" / change
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}", "utf-8")
    assert not Bundles(tree).fresh()


def test_a_moved_source_makes_the_bundles_stale(tree):
    """The paths count, not only what the files hold together."""
    (tree / "edge/runtime/main.js").rename(tree / "edge/runtime/other.js")
    assert not Bundles(tree).fresh()


def test_python_files_do_not_count(tree):
    """Editing an operation in Python bundles nothing."""
    (tree / "edge/runtime/extra.py").write_text("", "utf-8")
    assert Bundles(tree).fresh()


@pytest.mark.parametrize("file", ["runtime.js", "manifest.json"])
@pytest.mark.parametrize("content", ["damaged", None])
def test_a_damaged_or_missing_result_is_not_fresh(tree, file, content):
    """A half-written or deleted file is built anew."""
    path = tree / "edge/runtime/bundle" / file
    path.unlink()
    if content is not None:
        path.write_text(content, "utf-8")
    assert not Bundles(tree).fresh()


def test_a_new_entry_is_not_fresh(tree):
    """Bundles of some entries do not pass for bundles of all."""
    bundles = Bundles(tree)
    assert not bundles.fresh({"runtime": "main.js", "transform": "transform/main.js"})


def test_a_failing_command_shows_its_output(tmp_path):
    """The error says what ran and what it said."""
    script = tmp_path / "broken.mjs"
    script.write_text("console.error('the reason'); process.exit(3);", "utf-8")
    with pytest.raises(BuildError, match=r"broken\.mjs failed with code 3:\nthe reason"):
        Node().run(script, cwd=tmp_path)
