"""Collects `*.test.js`: each file runs in a fresh isolate with the whole runtime, as the module of a function."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge.engine.build import Missing, Record
from edge.packages.bundle import Bundle
from edge.runtime.node_modules import BUILTINS, FALLBACKS
from edge.wire.messages import Request
from tests.support.isolate_driver import IsolateDriver
from tests.support.snapshot_files import snapshot_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest._code.code import TerminalRepr

HERE = Path(__file__).parent
_REQUIRE = re.compile(r"""\brequire\(\s*['"]([^'"]+)['"]\s*\)""")


@functools.cache
def _driver() -> IsolateDriver:
    return IsolateDriver(snapshot_folder())


@functools.cache
def _files() -> Bundle:
    """The package that the tests are in: tests of node:fs find these files in /app/files."""
    found = [path for path in (HERE / "files").rglob("*") if path.is_file()]
    contents = {"index.js": b""} | {path.relative_to(HERE).as_posix(): path.read_bytes() for path in found}
    return Bundle.build(contents, {"files/link.txt": "hello.txt", "files/linked": "folder"})


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """One item per behaviour file."""
    return JsFile.from_parent(parent, path=file_path) if file_path.name.endswith(".test.js") else None


class JsFile(pytest.File):
    """A behaviour file."""

    def collect(self) -> Iterator[JsItem]:
        """Its tests run together."""
        yield JsItem.from_parent(self, name=self.path.name.removesuffix(".test.js"))


class JsTestError(Exception):
    """Some test of a file failed."""


class JsItem(pytest.Item):
    """The tests of one file."""

    obj = None  # pytest-trio asks every item for its function

    def runtest(self) -> None:
        """Run them in an isolate."""
        mounted = f"/app/{self.path.relative_to(HERE)}"
        records = [_record("/app/harness/harness.js", {mounted: mounted}), *_reachable(mounted)]
        request = Request("POST", f"http://test/?file={mounted}", "/", query=f"file={mounted}")
        answer = _driver().run(records, request, contract="express", files=_files())
        report = json.loads(answer.body)
        assert report["count"] > 0, "the file has no test"
        if report["failures"]:
            raise JsTestError("\n".join(report["failures"]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        """The failed tests and their stacks inside the isolate; for all else, what pytest shows."""
        return str(excinfo.value) if isinstance(excinfo.value, JsTestError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is."""
        return self.path, 0, self.name


def _reachable(entry: str) -> list[Record]:
    """The file and what it requires of its neighbours."""
    records: dict[str, Record] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path in records:
            continue
        record = records[path] = _record(path, {})
        waiting += [
            target for target in record.resolutions.values() if isinstance(target, str) and target.startswith("/app/")
        ]
    return list(records.values())


def _record(path: str, extra: dict[str, str]) -> Record:
    source = (HERE / path.removeprefix("/app/")).read_text()
    resolutions: dict[str, str | Missing] = {**extra}
    for specifier in _REQUIRE.findall(source):
        resolutions[specifier] = _target(specifier, path)
    return Record(path, "cjs", source, resolutions)


def _target(specifier: str, path: str) -> str | Missing:
    name = specifier.removeprefix("node:")
    if name in BUILTINS | FALLBACKS:
        return f"node:{name}"
    if specifier.startswith("."):
        found = (HERE / path.removeprefix("/app/")).parent / specifier
        return "/app/" + str(found.resolve().relative_to(HERE))
    return Missing(f"Cannot find module '{specifier}'")
