"""What a snapshot build is asked and what it answers; strict types between gateway and builder."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.packages.jsx import Jsx
from edge.units import MIB


class Level(StrEnum):
    """How much of a package its snapshot holds (DESIGN, decision 1)."""

    INITIALISED = "initialised"  # the top level has run
    COMPILED = "compiled"  # the modules are compiled, none has run
    SOURCE = "source"  # nothing: modules are compiled in each invocation


THREW = "its top level threw "
"""How the reason begins why there is no snapshot of a package whose top level throws whatever happens around it.

What depends on a secret, a clock, chance, or on what is not there yet while a snapshot is built has another reason.
"""


class Missing(msgspec.Struct, frozen=True):
    """Why a specifier has no target; becomes the error that `require` throws."""

    message: str
    code: str = "MODULE_NOT_FOUND"
    type: str = "Error"


class Record(msgspec.Struct, frozen=True):
    """One module as the runtime gets it.

    `kind` is cjs, esm (already transformed), json, text, or broken (`source` is then the error's text).
    `resolutions` maps specifiers to absolute paths, `node:NAME`, or the reason why there is none; `others` are those
    of `require` in an ES module, and of `import()` in CommonJS, where they differ.
    `imported` are the modules of its import statements, in order, when some module may await at its top level.
    `waits`: it awaits at its top level.  `interop`: what it imports of CommonJS is as in Node, not as for bundlers.
    `map` are the mappings back to the module before the transform, where columns moved; the runtime asks for it.
    `late`: nothing names it, but a name that is computed may lead to it; it is no part of a snapshot.
    """

    path: str
    kind: str
    source: str
    resolutions: dict[str, str | Missing] = {}
    others: dict[str, str | Missing] = {}
    imported: list[str] | None = None
    waits: bool = False
    interop: bool = False
    map: str = ""
    late: bool = False


class BareRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a record an isolate gets before it asks for more."""

    path: str
    kind: str
    source: str
    resolutions: dict[str, str | Missing]
    others: dict[str, str | Missing] = {}
    imported: list[str] | None = None
    waits: bool = False
    interop: bool = False


def bare(record: Record) -> BareRecord:
    """A record without its map, which is needed only when something is thrown."""
    return BareRecord(
        *(record.path, record.kind, record.source, record.resolutions, record.others),
        *(record.imported, record.waits, record.interop),
    )


class Raw(msgspec.Struct, frozen=True):
    """One module before the transform.

    `kind` is a file kind (cjs, esm, json, text, ts, tsx, jsx), or `transformed` or `broken` when an earlier attempt
    has done the work already.  `esm`: it is an ES module, if it is TypeScript or JSX.  `jsx` says what becomes of JSX.
    """

    path: str
    kind: str
    source: str
    resolutions: dict[str, str | Missing] = {}
    others: dict[str, str | Missing] = {}
    esm: bool = True
    jsx: Jsx | None = None
    imported: list[str] | None = None
    waits: bool = False
    interop: bool = False
    map: str = ""
    late: bool = False


class BuildRequest(msgspec.Struct, frozen=True):
    """Build a snapshot of these modules, at `level` or below.

    `chunks` are the parts of the runtime that it is likely to load; one that needs others gets all (None: at once).
    `anchored`: with an object for each regular expression, as V8 failed without: bootstrap/regexp_anchors.js.
    """

    main: str
    modules: list[Raw]
    env: dict[str, str]
    secrets: list[str]  # names only: reading one while building drops the level
    contract: str = ""
    handler: str = ""
    level: Level = Level.INITIALISED
    eval: bool = True
    anchored: bool = False
    chunks: list[str] | None = None


class Transformed(msgspec.Struct, frozen=True, tag=True):
    """The modules in the form that the runtime runs."""

    records: list[Record]


class Built(msgspec.Struct, frozen=True, tag=True):
    """The outcome: `reason` says why the level is not a better one, `problem` why no invocation will succeed.

    `chunks` are the parts of the runtime that it took, `took` the seconds of the top level, to the millisecond.
    """

    level: Level
    blob: bytes
    reason: str = ""
    problem: str = ""
    chunks: list[str] = []
    took: float = 0.0


class Warmed(msgspec.Struct, frozen=True, tag=True):
    """The snapshot of `Built` with an invocation rehearsed in it; shown to make isolates.

    `chunks` are the parts of the runtime that both took.
    """

    blob: bytes
    chunks: list[str] = []


class Refused(msgspec.Struct, frozen=True, tag=True):
    """No build was begun: the process could not be confined, for this reason."""

    reason: str


Progress = Transformed | Built | Warmed | Refused

MAX_SNAPSHOT = 64 * MIB
"""A larger one would cost each isolate a tenth of a second."""
