"""docs/reference/node.md: what there is of each module of Node, from edge/runtime/node/support.json."""

from __future__ import annotations

from edge.runtime.node_modules import SUPPORT, Support
from reference.markdown import GENERATED, code, table
from reference.markdown import page as whole

_TEXT = """\
# Node compatibility

What functions have of [Node's modules](https://nodejs.org/api/), with and without `node:` in front of the name. Each
member of a module of Node 24 is either there or listed here; [the runtime](runtime.md) lists what is there. A test
compares this page with an isolate and with Node.

Beside Node's there is `ws`; and for functions that bring none of the same name `mime-types`, `node-fetch` and
`_eventtarget` (the classes of events, as functions of Invoke find them).

Packages whose `exports` or `browser` have a build for edge runtimes get that build, which needs fewer of these.
"""


def page() -> str:
    """The page."""
    there = {name: found for name, found in SUPPORT.items() if found.support != "absent"}
    full = [name for name, found in there.items() if found.support == "full"]
    partial = [(code(name), _members(found)) for name, found in there.items() if found.support == "partial"]
    absent = [
        (code(name), "never" if found.refused else "not now", found.reason)
        for name, found in SUPPORT.items()
        if found.support == "absent"
    ]
    return whole(
        GENERATED.format(source="edge/runtime/node/support.json"),
        _TEXT,
        "## All of it",
        ", ".join(map(code, full)) + ".",
        "## With exceptions",
        table(("module", "not there, or limited"), partial),
        "## Not there",
        "To load one of these throws an error that says why: `Cannot use module 'cluster': ...`, with code "
        "`ERR_UNKNOWN_BUILTIN_MODULE` for what there will never be, `MODULE_NOT_FOUND` for the others. "
        "`edge check` tells where a package asks for them.",
        table(("module", "", "why"), absent),
    )


def _members(found: Support) -> str:
    parts = [f"not there ({why}): {', '.join(map(code, names))}" for why, names in found.absent.items()]
    parts += [f"limited ({why}): {', '.join(map(code, names))}" for why, names in found.limited.items()]
    return "; ".join(parts)
