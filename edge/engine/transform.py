"""TypeScript, JSX and ES modules to functions, in an isolate: lines stay where they are (runtime/transform)."""

from __future__ import annotations

import queue
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

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


class _Input(msgspec.Struct, frozen=True):
    path: str
    kind: str
    source: str
    jsx: Jsx
    esm: bool

    @classmethod
    def of(cls, module: Raw) -> _Input:
        return cls(module.path, module.kind, module.source, module.jsx or Jsx(), module.esm)


class _Output(msgspec.Struct, frozen=True):
    code: str = ""
    map: str = ""
    waits: bool = False
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
                    records.append(_as_it_is(module, kind))
                    continue
                if isolate is None:
                    isolate = Isolate(
                        self._blob, {}, results.put, source="" if self._blob else bundles.bundle("transform")
                    )
                isolate.turn(msgspec.json.encode(_Input.of(module)))
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
        return Record(module.path, "broken", _with_path(module.path, output.error), late=module.late)
    code = output.code if module.esm else without_module_syntax(output.code)
    done = structs.replace(module, source=code, waits=output.waits, map=output.map)
    return _as_it_is(done, "esm" if module.esm else "cjs")


def _as_it_is(module: Raw, kind: str) -> Record:
    return Record(
        *(module.path, kind, module.source, module.resolutions, module.others),
        *(module.imported, module.waits, module.interop, module.map, module.late),
    )


def _with_path(path: str, error: str) -> str:
    """`sucrase` ends its message with `(LINE:COLUMN)`; ours begin with `PATH:LINE:COLUMN`."""
    error = error.replace(f"Error transforming {path}: ", "")
    match = re.search(r"^(.*?)\s*\((\d+):(\d+)\)\s*$", error, re.DOTALL)
    return f"{path}:{match[2]}:{match[3]}: {match[1]}" if match else f"{path}: {error}"
