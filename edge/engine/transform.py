"""TypeScript, JSX and ES module syntax to CommonJS, by sucrase in an isolate: lines stay where they are."""

from __future__ import annotations

import queue
import re
from typing import TYPE_CHECKING

import msgspec

from edge.engine import bundles
from edge.engine.build import Raw, Record
from edge.engine.isolate import Isolate, Result
from edge.errors import EngineCrashError
from edge.packages.jsx import Jsx
from edge.packages.module_syntax import without_module_syntax

if TYPE_CHECKING:
    from edge.engine.snapshot import Blob

_PLAIN = {"cjs": "cjs", "json": "json", "text": "text", "transformed": "esm", "broken": "broken"}
_DEADLINE = 15.0


class _Output(msgspec.Struct, frozen=True):
    code: str = ""
    map: str = ""
    error: str = ""


class Transformer:
    """Transforms modules; the isolate is made when the first module needs it."""

    def __init__(self, blob: Blob | None) -> None:
        self._blob = blob

    def transform(self, modules: list[Raw]) -> list[Record]:
        """The modules as records, in the same order; one that cannot be transformed is `broken`."""
        results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        isolate: Isolate | None = None
        records = []
        try:
            for module in modules:
                if module.kind in _PLAIN:
                    kind = _PLAIN[module.kind]
                    records.append(
                        Record(module.path, kind, module.source, module.resolutions, module.imported, module.map)
                    )
                    continue
                if isolate is None:
                    isolate = Isolate(
                        self._blob, {}, results.put, source="" if self._blob else bundles.bundle("transform")
                    )
                wanted = {"path": module.path, "kind": module.kind, "source": module.source, "jsx": module.jsx or Jsx()}
                isolate.turn(msgspec.json.encode(wanted))
                records.append(_record(module, results.get(timeout=_DEADLINE)))
        finally:
            if isolate is not None:
                isolate.dispose()
        return records


def _record(module: Raw, result: Result) -> Record:
    if result.failed:
        raise EngineCrashError(f"the transform of {module.path} failed")
    output = msgspec.json.decode(result.text, type=_Output)
    if output.error:
        return Record(module.path, "broken", _with_path(module.path, output.error))
    code = without_module_syntax(output.code)
    return Record(module.path, "esm", code, module.resolutions, module.imported, output.map)


def _with_path(path: str, error: str) -> str:
    """`sucrase` ends its message with `(LINE:COLUMN)`; ours begin with `PATH:LINE:COLUMN`."""
    error = error.replace(f"Error transforming {path}: ", "")
    match = re.search(r"^(.*?)\s*\((\d+):(\d+)\)\s*$", error, re.DOTALL)
    return f"{path}:{match[2]}:{match[3]}: {match[1]}" if match else f"{path}: {error}"
