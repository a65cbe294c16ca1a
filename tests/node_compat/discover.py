"""Which of Node's tests can say something about a function: files of test/parallel, by the module that they are about.

What needs the inside of Node, other processes, threads or flags of its command line is not for functions: such files
are left out by what they ask for, and counted with the reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "test/parallel"

# Area -> beginnings of file names behind `test-`.
AREAS = {
    "assert": ("assert",),
    "async_hooks": ("async-local-storage", "asyncresource"),
    "buffer": ("buffer", "btoa-atob"),
    "crypto": ("crypto",),
    "diagnostics_channel": ("diagnostics-channel",),
    "events": ("event", "events"),
    "fs": ("fs",),
    "os": ("os",),
    "path": ("path",),
    "punycode": ("punycode",),
    "querystring": ("querystring",),
    "stream": ("stream", "streams", "readable", "webstreams"),
    "string_decoder": ("string-decoder",),
    "timers": ("timers",),
    "url": ("url", "whatwg-url"),
    "util": ("util",),
    "zlib": ("zlib",),
}
MAIN = ("assert", "buffer", "events", "path", "punycode", "querystring", "string_decoder", "url", "util", "zlib")
"""What runs when no area is named."""

_NEEDS = tuple(
    (re.compile(pattern, re.MULTILINE), what)
    for pattern, what in (
        (r"--expose[-_]internals|internalBinding|require\('internal/|process\.binding", "the inside of Node"),
        (r"child_process|spawnPromisified|\bfork\(", "other processes"),
        (r"worker_threads|require\('(?:node:)?cluster'\)", "threads or a cluster"),
        (r"--expose[-_]gc|--allow-natives-syntax|common/gc|require\('(?:node:)?v8'\)", "the engine's own switches"),
        (
            r"require\('(?:node:)?(?:repl|inspector|trace_events|domain|dgram|wasi)'\)",
            "a module that functions do not get",
        ),
        (
            r"^// Flags: (?!.*--(?:no-)?(?:pending-deprecation|warnings|deprecation)\b)",
            "a switch of node's command line",
        ),
    )
)


class Test(msgspec.Struct, frozen=True):
    """One file; `needs` says what it wants that no function has, "" when it can run."""

    name: str
    area: str
    needs: str


def area_of(name: str) -> str:
    """The area of `test-path-join.js`; "" when it is of none."""
    if not name.startswith("test-") or not name.endswith(".js"):
        return ""
    subject = name.removeprefix("test-").removesuffix(".js")
    for area, beginnings in AREAS.items():
        if any(subject == beginning or subject.startswith(f"{beginning}-") for beginning in beginnings):
            return area
    return ""


def needs(source: str) -> str:
    """What a test wants that no function has."""
    return next((what for pattern, what in _NEEDS if pattern.search(source)), "")


def discover(corpus: Path, areas: list[str], part: str = "") -> Iterator[Test]:
    """The tests of some areas, in order; `part` is a part of their names."""
    for file in sorted((corpus / FOLDER).glob("test-*.js")):
        area = area_of(file.name)
        if area and area in (areas or MAIN) and part in file.name:
            yield Test(file.name, area, needs(file.read_text("utf-8")))
