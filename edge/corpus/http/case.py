"""Cases of hostile clients, as `http_abuse.json` has them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from edge.corpus.http.ops import Op
from edge.corpus.http.program import Phrases, program

if TYPE_CHECKING:
    from pathlib import Path

Protocol = Literal["h1", "h2", "ws", "tls"]
_EXPECTED = re.compile(
    r"ok|close|timeout_close|rst|alert|refused|close:\d{4}|goaway(:\d+)?|rst_stream(:\d+)?",
)


class Case(msgspec.Struct, frozen=True):
    """One case of the file.

    `expect` are the outcomes that are good: status codes, and words (verdict.py).  `never` are texts that must not come
    back, or paths that must not be served.  `responses` is how many answers there must be, `ordered` that they come in
    the order of their requests, `max_s` how long all of it may take.
    """

    name: str
    proto: Protocol
    steps: list[dict[str, object]]
    expect: list[int | str]
    why: str = ""
    never: list[str] = []
    max_s: float = 0.0
    responses: int = 0
    ordered: bool = False

    @property
    def wanted(self) -> frozenset[str]:
        """The expected outcomes as words; `a|b` in one entry are two."""
        return frozenset(word for entry in self.expect for word in _alternatives(str(entry)))

    def ops(self) -> list[Op]:
        """What the client does.  Raises ValueError for what is no step of this format, which fails the case alone."""
        return program(self.steps, Phrases(self.proto))


def _alternatives(entry: str) -> list[str]:
    """`close:1009|1002` and `close:1008|ok` alike."""
    words: list[str] = []
    for part in entry.split("|"):
        prefix = words[0].partition(":")[0] if words and ":" in words[0] and part.isdigit() else ""
        words.append(f"{prefix}:{part}" if prefix else part)
    return words


def load(path: Path) -> list[Case]:
    """The cases of a file, which is an object with `cases`, or a list of them.  Raises OSError and ValueError."""
    content = json.loads(path.read_text(encoding="utf-8"))
    cases = msgspec.convert(content["cases"] if isinstance(content, dict) else content, list[Case], strict=False)
    if not cases:
        raise ValueError("there is no case in it")
    for case in cases:
        try:
            _check(case)
        except ValueError as error:
            raise ValueError(f"case {case.name}: {error}") from error
    return cases


def _check(case: Case) -> None:
    if not case.expect:
        raise ValueError("expect is empty")
    for word in case.wanted:
        if not word.isdigit() and _EXPECTED.fullmatch(word) is None:
            raise ValueError(f"expect has {word!r} (a status, ok, close, timeout_close, rst, alert, goaway:N, ...)")


def select(cases: list[Case], names: list[str]) -> list[Case]:
    """The cases whose name is in `names`, or begins with an entry that ends with `*`; all without any.

    Raises ValueError for an entry that no case has.
    """
    for name in names:
        if not any(_is_named(case, name) for case in cases):
            raise ValueError(f"no case is called {name!r}")
    return [case for case in cases if not names or any(_is_named(case, name) for name in names)]


def _is_named(case: Case, name: str) -> bool:
    return case.name.startswith(name[:-1]) if name.endswith("*") else case.name == name
