"""What a cell does before it has a function, so that the first invocation need not: invocations of packages of ours.

A new process shares its parent's memory until it writes, and each page costs 2 us then, whether it is Python's or V8's.
Afterwards the isolate is as it was; pages that were copied stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.cell.base import LEAST
from edge.cell.home import HomeIsolate
from edge.cell.hosted import Recipe
from edge.wire.messages import Request, Start

if TYPE_CHECKING:
    from edge.cell.base import Base
    from edge.cell.paper import Witness

_NUMBER = 1
_PACKAGES = (
    ("cjs", "module.exports = (req, res) => { res.send('hello') }"),
    ("cjs", "exports.__esModule = true; exports.default = { fetch: () => new Response('hello') }"),
)


def warm_up(base: Base, witness: Witness) -> None:
    """Takes about 5 ms.  Raises ImageError, OSError: then the cell is of no use."""
    for kind, source in _PACKAGES:
        home = HomeIsolate.born(_recipe(kind, source), base, witness, lambda _: None, lambda _: None)
        home.take(_NUMBER)
        home.run([_start()], single=True)
        if not home.rewind():
            raise OSError("V8 could not be set back")


def _recipe(kind: str, source: str) -> Recipe:
    record = {"path": "/index.js", "kind": kind, "source": source, "resolutions": {}}
    program = {"t": "modules", "main": record["path"], "records": [record], "eval": True, "env": {}}
    return Recipe(None, "", msgspec.json.encode(program), LEAST, [], evaluated=True)


def _start() -> bytes:
    headers = [("host", "host.example"), ("user-agent", "warm-up"), ("accept", "*/*")]
    request = Request("GET", "http://host.example/", "/", headers=headers)
    return msgspec.json.encode(Start(_NUMBER, request, "warm-up", "", "warm-up", "", "", 0, LEAST, {}))
