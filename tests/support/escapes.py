"""Code that tries to get out of where it runs.  Our own, after classes of published advisories and of seed 003.

Each case of tests/data/escapes.txt is a script.  It may use what every place of the tests has: `later(...)` and
`now(...)`, functions of the host (one answers with a promise, one at once, both with their first argument), `shared`, a
list of the host, and from the prelude `win(what)`, which reports that something was reached that must not be,
`hunt(value)`, which looks through all that can be reached from a value and calls `win` for what is of another realm or
of the runtime, and `useFunction(F)`.  A case that is stopped has failed to escape too.
"""

from __future__ import annotations

import re
from pathlib import Path

_TEXT = (Path(__file__).parents[1] / "data" / "escapes.txt").read_text("utf-8")
_CASE = re.compile(r"^=== ([^\n]+)\n(.*?)(?=^(?:===|#) |\Z)", re.MULTILINE | re.DOTALL)

ESCAPES: dict[str, str] = {found[1]: found[2].strip() for found in _CASE.finditer(_TEXT)}
PRELUDE = ESCAPES.pop("prelude")
