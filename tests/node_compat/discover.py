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

FOLDER = "parallel"

# Area -> beginnings of file names behind `test-`.
AREAS = {
    "assert": ("assert",),
    "async_hooks": ("als", "async-hooks", "async-local-storage", "asyncresource", "eventemitter-asyncresource"),
    "buffer": ("blob", "btoa-atob", "buffer", "file"),
    "console": ("console",),
    "crypto": ("crypto", "x509"),
    "diagnostics_channel": ("diagnostics-channel",),
    "events": ("event", "events", "eventtarget"),
    "fs": ("file-read", "file-validate", "file-write", "filehandle", "fs"),
    "os": ("os",),
    "path": ("path",),
    "perf_hooks": ("perf-hooks", "performance", "performanceobserver"),
    "process": ("next-tick", "process"),
    "punycode": ("punycode",),
    "querystring": ("querystring",),
    "readline": ("readline",),
    "stream": ("readable", "stream", "stream2", "stream3", "streams", "webstream", "webstreams", "writable"),
    "string_decoder": ("string-decoder",),
    "timers": ("timers",),
    "url": ("fileurltopathbuffer", "url", "urlpattern", "whatwg-url"),
    "util": ("mime", "parse-args", "util"),
    "vm": ("vm",),
    "webcrypto": ("webcrypto",),
    "zlib": ("zlib",),
}

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
            r"(?:http2?|https|net|tls)\.createServer|createSecureServer|common/(?:http2|net|tls)|\bcreateServer\(",
            "a server of its own",
        ),
        (r"terminal: true|setRawMode|emitKeypressEvents|isTTY = true", "a terminal"),
        (r"\bwatch(?:File)?\(|common/watch", "files that others change while it looks"),
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


def folder_of_tests(corpus: Path) -> Path | None:
    """The folder `test` of a checkout of Node: `corpus` is its root or that folder; None when it is neither."""
    return next((folder for folder in (corpus / "test", corpus) if (folder / FOLDER).is_dir()), None)


def area_of(name: str) -> str:
    """The area of `test-path-join.js`; "" when it is of none.  The longest of the beginnings that fit tells."""
    if not name.startswith("test-") or not name.endswith((".js", ".mjs")):
        return ""
    subject = name.removeprefix("test-").removesuffix(".mjs").removesuffix(".js")
    fitting = [
        (len(beginning), area)
        for area, beginnings in AREAS.items()
        for beginning in beginnings
        if subject == beginning or subject.startswith(f"{beginning}-")
    ]
    return max(fitting)[1] if fitting else ""


def needs(source: str) -> str:
    """What a test wants that no function has."""
    return next((what for pattern, what in _NEEDS if pattern.search(source)), "")


def discover(tests: Path, areas: list[str], part: str = "") -> Iterator[Test]:
    """The tests of some areas, or of all, in order; `part` is a part of their names."""
    for file in sorted((tests / FOLDER).glob("test-*js")):
        area = area_of(file.name)
        if area and (not areas or area in areas) and part in file.name and file.is_file():
            yield Test(file.name, area, needs(file.read_text("utf-8", "replace")))
