"""npm packages for tests, from a lock file in the repository; what a function needs of them is copied beside it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hatch_build import BuildError, Node, NpmFolder
from tests.support.gateway_process import environment

ROOT = Path(__file__).parents[2]
# Types and maps are for editors, and large.
_NOT_NEEDED = ("*.d.ts", "*.d.mts", "*.d.cts", "*.map", "*.md", "*.flow")
_DEVELOPMENT = frozenset({"typescript"})
_IMPORT = re.compile(
    r"""(?:\bfrom|\bimport|@jsxImportSource)\s*\(?\s*['"]?((?:@[\w.-]+/)?[\w-][\w.-]*)(?:/[\w./-]*)?['" ]"""
)


def installed(sources, folder):
    """The folder with the packages of `sources/package-lock.json`, installed unless they are there already.

    Without a registry and without packages of an earlier run the test is skipped; in CI that counts as failed.
    """
    packages = NpmFolder(ROOT / sources, ROOT / "build" / folder)
    try:
        with packages.locked():
            packages.install(Node())
    except BuildError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the npm packages of {sources} are not here and cannot be installed: {str(error)[:300]}")
    return packages.folder


def told_by_node(script, plan, folder, answers, **variables):
    """What `node SCRIPT PLAN` writes into the file `answers`; both files are JSON in `folder`, where it runs."""
    (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    done = subprocess.run(
        [Node().node, "--no-warnings", script, folder / "plan.json"],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / answers).read_text("utf-8"))


class Lock:
    """A package-lock.json: which packages a package needs, by Node's rules."""

    def __init__(self, folder):
        self._folder = folder
        self._packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]

    def copy(self, names, target):
        """Put the packages of these names, and all that they need, into `target`/node_modules."""
        for path in self._closure(names):
            if not (target / path).exists():
                ignored = shutil.ignore_patterns("node_modules", *_NOT_NEEDED)
                shutil.copytree(self._folder / path, target / path, copy_function=os.link, ignore=ignored)

    def _closure(self, names):
        waiting = [("", name) for name in names]
        found = set()
        while waiting:
            importer, name = waiting.pop()
            path = self._find(importer, name)
            if path is None or path in found:
                continue
            found.add(path)
            entry = self._packages[path]
            needed = {**entry.get("dependencies", {}), **entry.get("peerDependencies", {})}
            waiting += [(path, other) for other in needed if other not in _DEVELOPMENT]
        return sorted(found)

    def _find(self, importer, name):
        """The nearest package of this name, seen from another one; None when there is none."""
        while True:
            path = f"{importer}/node_modules/{name}".lstrip("/")
            if path in self._packages:
                return path
            if not importer:
                return None
            importer = importer.rpartition("/node_modules/")[0] if "/node_modules/" in importer else ""


def imported(source):
    """Names of the packages that a source imports."""
    return set(_IMPORT.findall(source))
