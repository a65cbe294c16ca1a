"""Functions to measure: real ones, small, as folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HELLO_EXPRESS = "module.exports = (req, res) => res.send('hello');\n"
HELLO_WEB = "export default { fetch: () => new Response('hello') };\n"
HELLO_EVENT = "exports.handler = async (event) => ({ statusCode: 200, body: 'hello' });\n"
COUNTER = "module.exports = async (req, res) => res.json({ count: await kv.incr('visits') });\n"
JSON_ECHO = "module.exports = (req, res) => res.json(req.body);\n"
BYTE_ECHO = "export default { fetch: async (request) => new Response(await request.arrayBuffer()) };\n"

# A top level that reads the clock cannot be kept in a snapshot, so these two are compiled and no more.
CLOCK_EXPRESS = "const started = Date.now();\nmodule.exports = (req, res) => res.send(started > 0 ? 'hello' : '');\n"
CLOCK_WEB = "const started = Date.now();\nexport default { fetch: () => new Response(started > 0 ? 'hello' : '') };\n"

LIBRARIES = 6
FILES_PER_LIBRARY = 5  # one of them package.json
OWN_FILES = 20


def write_function(root: Path, name: str, source: str, *, module: bool = False) -> None:
    """The folder `root/name` with one module; `module` when it is written in ES module syntax."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("index.mjs" if module else "index.js")).write_text(source, "utf-8")


def write_tree(root: Path, name: str, own_files: int = OWN_FILES) -> None:
    """The folder `root/name` with 30 files in node_modules and `own_files`, of about 1.5 KB; every one is loaded."""
    folder = root / name
    for library in range(LIBRARIES):
        _write_library(folder / "node_modules" / f"library{library}", library)
    (folder / "lib").mkdir(parents=True)
    for number in range(own_files - 1):
        needs = f"const base = require('library{number % LIBRARIES}');\n"
        (folder / "lib" / f"part{number}.js").write_text(needs + _body(number), "utf-8")
    parts = "".join(f"  require('./lib/part{number}.js'),\n" for number in range(own_files - 1))
    main = f"const parts = [\n{parts}];\nmodule.exports = (req, res) => res.json({{ total: parts.reduce(sum, 0) }});\n"
    (folder / "index.js").write_text(f"{main}function sum(total, part) {{ return total + part.value(1); }}\n", "utf-8")


def _write_library(folder: Path, library: int) -> None:
    (folder / "src").mkdir(parents=True)
    about = {"name": folder.name, "version": "1.0.0", "main": "./src/index.js"}
    (folder / "package.json").write_text(json.dumps(about), "utf-8")
    others = range(1, FILES_PER_LIBRARY - 1)
    needs = "".join(f"require('./file{number}.js');\n" for number in others)
    (folder / "src" / "index.js").write_text("const base = null;\n" + needs + _body(library), "utf-8")
    for number in others:
        (folder / "src" / f"file{number}.js").write_text("const base = null;\n" + _body(number), "utf-8")


def _body(seed: int) -> str:
    """About 1.5 KB of functions that the module exports."""
    helpers = "".join(
        f"function step{number}(input) {{\n  const scaled = input * {seed + number} + {number};\n"
        f"  return scaled % 7 === 0 ? scaled / 7 : scaled;\n}}\n"
        for number in range(10)
    )
    chain = "".join(f"  result = step{number}(result);\n" for number in range(10))
    first = "  let result = base === null ? input : base.value(input);\n"
    return f"{helpers}function value(input) {{\n{first}{chain}  return result;\n}}\nmodule.exports = {{ value }};\n"
