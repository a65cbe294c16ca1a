"""Cases of hostile functions, as `faults.json` has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import msgspec

WORDS = frozenset({"return", "throw", "oom", "timeout", "killed", "limit"})
"""What may become of a case; see verdict.py for which answers they stand for."""


class Case(msgspec.Struct, frozen=True):
    """`js` is a script, or for handlers the source of an ES module; `expect` are the outcomes that are good."""

    name: str
    group: str
    kind: Literal["script", "handler"]
    js: str
    expect: tuple[str, ...]
    note: str = ""


def load(path: Path) -> list[Case]:
    """The cases of a file.  Raises OSError and ValueError."""
    # Not msgspec's decoder: sources may hold lone surrogates.
    cases = msgspec.convert(json.loads(path.read_text(encoding="utf-8")), list[Case])
    if not cases:
        raise ValueError("there is no case in it")
    for case in cases:
        unknown = set(case.expect) - WORDS
        if unknown or not case.expect:
            raise ValueError(f"case {case.name}: expect is {list(case.expect)} (some of {sorted(WORDS)} are allowed)")
    return cases


def select(cases: list[Case], names: list[str], groups: list[str]) -> list[Case]:
    """The cases of these names and groups; all of them when neither is given.

    Raises ValueError for a name or group that no case has.
    """
    unknown = [*(set(names) - {case.name for case in cases}), *(set(groups) - {case.group for case in cases})]
    if unknown:
        raise ValueError(f"no case is called {min(unknown)!r}, and no group")
    if not names and not groups:
        return cases
    return [case for case in cases if case.name in names or case.group in groups]
