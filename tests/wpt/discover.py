"""Which tests a corpus holds: files `NAME.any.js`, and what their META comments say.

https://web-platform-tests.org/writing-tests/testharness.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_META = re.compile(r"//\s*META:\s*(\w+)=(.*)$")
_SUFFIX = ".any.js"
_DEFAULT_GLOBALS = "window,dedicatedworker"
# A test for one of these can run in a function; what names only others (window, serviceworker) cannot.
_GLOBALS = {"worker", "dedicatedworker", "jsshell"}
# Parts of file names: unfinished standards, protocols that another server would have to speak.
_LEFT_OUT = re.compile(r"\.(?:tentative|h2|optional)\.|/service-workers?/|^service-workers/(?!cache-storage/)")
_OTHER_SERVER = re.compile(r"wss|wpt_flags=(?:h2|https)")  # variants for another server
# Folders whose tests are an area of their own, and how it is called.
_AREAS = (
    ("fetch/api/", "fetch/"),
    ("fetch/", "fetch/"),
    ("html/webappapis/microtask-queuing/", "html/microtask/"),
    ("html/webappapis/", "html/"),
    ("service-workers/", ""),
    ("dom/", "dom/"),
    ("wasm/", "wasm/"),
    ("xhr/", "xhr/"),
    ("webmessaging/", "webmessaging/"),
)


class Test(msgspec.Struct, frozen=True):
    """One run of a file.  `scripts` are paths in the corpus, in the order in which they run before it."""

    path: str
    variant: str
    area: str
    scripts: tuple[str, ...]
    long: bool

    @property
    def name(self) -> str:
        """What reports and expectations call it."""
        return self.path + self.variant

    @property
    def is_idl(self) -> bool:
        """Whether it checks the shapes of interfaces."""
        return self.area == "idlharness"


def area_of(path: str) -> str:
    """The area of a file: `url` for url/x.any.js, `fetch/basic` for fetch/api/basic/x.any.js."""
    if path.rpartition("/")[2].startswith("idlharness"):
        return "idlharness"
    for folder, area in _AREAS:
        if path.startswith(folder):
            inner = path.removeprefix(folder)
            return area + inner.partition("/")[0] if "/" in inner else area.rstrip("/")
    return path.partition("/")[0]


def parse(path: str, source: str) -> list[Test]:
    """The tests of one file; none when it is not for a global scope such as a function's."""
    meta = list(_meta(source))
    scopes = {scope.strip() for key, value in meta if key == "global" for scope in value.split(",")}
    if not _GLOBALS & (scopes or set(_DEFAULT_GLOBALS.split(","))):
        return []
    folder = path.rpartition("/")[0]
    scripts = tuple(_absolute(value, folder) for key, value in meta if key == "script")
    variants = [value for key, value in meta if key == "variant"] or [""]
    long = ("timeout", "long") in meta
    served = [variant for variant in variants if not _OTHER_SERVER.search(variant)]
    return [Test(path, variant, area_of(path), scripts, long) for variant in served]


def discover(corpus: Path, areas: list[str], part: str = "") -> list[Test]:
    """All tests of some areas (none named: of all), in order; `part` is a part of their names."""
    tests = []
    for file in sorted(corpus.rglob(f"*{_SUFFIX}")):
        path = file.relative_to(corpus).as_posix()
        if _LEFT_OUT.search(path) or not wanted(path, areas):
            continue
        tests += [test for test in parse(path, file.read_text("utf-8")) if part in test.name]
    return tests


def wanted(path: str, areas: list[str]) -> bool:
    """Whether a file belongs to one of the areas, or to one below; a folder may stand for an area."""
    area = area_of(path)
    return not areas or any(
        area == name or area.startswith(f"{name}/") or path.startswith(f"{name}/")
        for name in (given.rstrip("/") for given in areas)
    )


def _meta(source: str) -> Iterator[tuple[str, str]]:
    """The META comments, which come first in a file."""
    for line in source.splitlines():
        found = _META.match(line)
        if found:
            yield found[1], found[2].strip()
        elif line.strip() and not line.startswith("//"):
            return


def _absolute(script: str, folder: str) -> str:
    parts = [] if script.startswith("/") else folder.split("/")
    for part in script.lstrip("/").split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
