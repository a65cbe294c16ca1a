"""What edge/ imports is what pyproject.toml declares, and the lock files hold it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Runs from a checkout or with the extra `test`: what it needs is no burden for a gateway.
CHECKS = ROOT / "edge" / "corpus"
# Stubs of type checkers, which exist at no run time.
NO_DISTRIBUTION = {"_typeshed"}
# Nothing but data, which the standard library looks up by name.
DATA = {"tzdata"}
# In the standard library of later Pythons than this one may be.
LATER = {"compression"}


def canonical(requirement: str) -> str:
    """Name of the distribution that a requirement asks for, as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def declared(*extras: str) -> set[str]:
    project = PROJECT["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {canonical(requirement) for requirements in lists for requirement in requirements} - {"edge-gateway"}


def imported_modules(*, checks: bool = False) -> set[str]:
    """Top-level names of the modules from outside that edge/ imports; its `checks` are edge/corpus."""
    names = set()
    for path in (ROOT / "edge").rglob("*.py"):
        if (CHECKS in path.parents) is not checks:
            continue
        for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - NO_DISTRIBUTION - LATER - {"edge"}


def undeclared(names: set[str], known: set[str]) -> set[str]:
    distributions = packages_distributions()
    return {name for name in names if not {canonical(found) for found in distributions.get(name, [])} & known}


def test_every_module_from_outside_is_declared():
    """A package that is there only because another one needs it can vanish with the next version of that one."""
    assert undeclared(imported_modules(), declared()) == set()
    assert undeclared(imported_modules(checks=True), declared("test")) == set()


def test_every_declared_package_is_imported():
    """What nothing imports is only there to be attacked."""
    used = {canonical(d) for name in imported_modules() for d in packages_distributions().get(name, [])}
    assert declared() - used == DATA


LOCKS = {
    "requirements.lock": declared(),
    "requirements-test.lock": declared("test"),
    "requirements-dev.lock": declared("test", "dev"),
    "requirements-build.lock": {canonical(requirement) for requirement in PROJECT["dependency-groups"]["build"]},
    "requirements-binary.lock": {canonical(requirement) for requirement in PROJECT["dependency-groups"]["binary"]},
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_pins_what_is_declared_with_hashes(name):
    """`./scripts/lock` was run after the last change, and its result names no place to download from."""
    text = (ROOT / name).read_text("utf-8")
    pinned = re.findall(r"^([\w.-]+)==\S+ (?:;[^\\\n]*)?\\\n    --hash=sha256:[0-9a-f]{64}", text, flags=re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^\w", text, flags=re.MULTILINE))
    assert LOCKS[name] <= {canonical(requirement) for requirement in pinned}
    assert "://" not in text


def test_lock_files_agree():
    """All of them go into one environment, so a package has one version everywhere."""
    versions: dict[str, set[str]] = {}
    for name in LOCKS:
        for package, version in re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE):
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def test_the_npm_lock_names_no_registry():
    """Whoever builds decides where packages come from; the hashes decide what they are."""
    for lock in (ROOT / "edge/runtime/package-lock.json", ROOT / "scripts/lib/eslint/package-lock.json"):
        text = lock.read_text("utf-8")
        assert '"integrity": "sha512-' in text
        assert '"resolved"' not in text
