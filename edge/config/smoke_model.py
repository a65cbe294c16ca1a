"""Config structs of smoke tests: requests that a function must answer before a reload lets it serve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Struct, field

from edge.config.pattern import check_method
from edge.config.problems import Problem
from edge.config.types import Deadline, Status, about

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.config.keypath import KeyPath

MAX_SMOKE: Final = 20
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATH: Final = re.compile(r"/[!-~]*")


class SmokeExpect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What the answer must be like; everything that is said must hold."""

    status: Annotated[Status | None, about("Its status; any below 400 when left out.")] = None
    body: Annotated[str, about("Text that its body must contain.")] = ""
    headers: Annotated[
        dict[str, str], about("Headers that it must have, each with a text that the value must contain.")
    ] = field(default_factory=dict)


class SmokeConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A request that the function must answer as expected before a reload lets it serve."""

    method: Annotated[str, about("Its method.")] = "GET"
    path: Annotated[str, about("Path and query, as the function sees them.")] = "/"
    headers: Annotated[dict[str, str], about("Its headers.")] = field(default_factory=dict)
    body: Annotated[str, about("Its body.")] = ""
    timeout: Annotated[Deadline, about("How long the whole answer may take.")] = 10.0
    expect: Annotated[SmokeExpect, about("What the answer must be like.")] = field(default_factory=SmokeExpect)


def check_smoke(tests: Sequence[SmokeConfig], path: KeyPath) -> Iterator[Problem]:
    """Everything that is wrong with the smoke tests of a function, apart from types."""
    if len(tests) > MAX_SMOKE:
        yield Problem(path, f"{len(tests)} smoke tests (at most {MAX_SMOKE})")
    for number, test in enumerate(tests):
        here = (*path, number)
        try:
            check_method(test.method)
        except ValueError as error:
            yield Problem((*here, "method"), str(error))
        if not _PATH.fullmatch(test.path):
            yield Problem((*here, "path"), f"{test.path[:60]!r} is not a path (/, and printable ASCII without spaces)")
        yield from _check_headers(test.headers, (*here, "headers"))
        yield from _check_headers(test.expect.headers, (*here, "expect", "headers"))


def _check_headers(headers: dict[str, str], path: KeyPath) -> Iterator[Problem]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            yield Problem((*path, name), f"{name[:60]!r} is not the name of a header")
        elif any(character in value for character in "\r\n\0"):
            yield Problem((*path, name), "the value holds a line break (one line of text)")
