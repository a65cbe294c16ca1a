"""Conditions of routes on request headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edge.config.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.keypath import KeyPath

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # token, RFC 9110 section 5.6.2
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,1000}")
_NEVER: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "proxy", "expect"}
)


def check_headers(headers: dict[str, str], path: KeyPath) -> Iterator[Problem]:
    """What is wrong with a route's conditions."""
    seen: set[str] = set()
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            yield Problem((*path, name), "is not the name of a header (x-beta)")
        elif name.lower() == "host":
            yield Problem((*path, name), "is no condition (host = NAME beside path)")
        elif name.lower() in _NEVER or name.lower().startswith(("edge-", "x-edge-")):
            yield Problem((*path, name), "never reaches a route (a header that goes from end to end)")
        elif name.lower() in seen:
            yield Problem((*path, name), "is there twice (case makes no difference)")
        if not _VALUE.fullmatch(value) or value != value.strip():
            yield Problem((*path, name), "no header has this value (text without control characters or spaces around)")
        seen.add(name.lower())


def header_shape(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Conditions in a form that can be compared: equal shapes hold for the same requests."""
    return tuple(sorted((name.lower(), re.sub(r"\*+", "*", value)) for name, value in headers.items()))
