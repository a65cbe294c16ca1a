"""Paths that were asked for, generalised into a bounded number of patterns.  Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge.services.egress import paths

MAX_PATTERNS = 8
MAX_METHODS = 16
ANY_METHOD = "*"
_LONGEST_METHOD = 32
_MAX_LENGTH = 256
_EVERYTHING = "/*"
_Wider = Callable[[str], str]
# Numbers, UUIDs, hexadecimal digests, and long tokens with a digit in them name a thing and no kind of thing.
_ID = re.compile(r"\d+|[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=.*\d)[\w.~%-]{20,}")


class PathSet:
    """Patterns (as in a rule's `path`) that cover every path that was added, each with the methods it was used by.

    Methods that functions make up are not remembered without end: ANY_METHOD stands for them.

    Identifiers become `*`; when there are too many patterns they are folded at the first segment, and at last
    into one that covers everything.
    """

    def __init__(self) -> None:
        self.patterns: dict[str, set[str]] = {}

    def add(self, path: str, method: str) -> None:
        """One more request."""
        known = self.patterns if len(path) <= _MAX_LENGTH else ()
        covering = next((pattern for pattern in known if paths.allows(pattern, path)), None)
        pattern = covering or _pattern(path)
        methods = self.patterns.setdefault(pattern, set())
        if method not in methods:
            methods.add(method if len(methods) < MAX_METHODS and len(method) <= _LONGEST_METHOD else ANY_METHOD)
        if len(self.patterns) > MAX_PATTERNS:
            self._fold(_first_segment)
        if len(self.patterns) > MAX_PATTERNS:
            self._fold(lambda _: _EVERYTHING)

    def _fold(self, wider: _Wider) -> None:
        """Join the patterns that have a wider one in common; one that stands alone stays as it is."""
        groups: dict[str, list[str]] = {}
        for pattern in self.patterns:
            groups.setdefault(wider(pattern), []).append(pattern)
        folded: dict[str, set[str]] = {}
        for wide, members in groups.items():
            methods = set[str]().union(*(self.patterns[member] for member in members))
            folded[members[0] if len(members) == 1 else wide] = methods
        self.patterns = folded


def _pattern(path: str) -> str:
    """The narrowest pattern that is worth having; what cannot be told exactly becomes everything."""
    if len(path) > _MAX_LENGTH or not path.startswith("/"):
        return _EVERYTHING
    pattern = "/".join("*" if _ID.fullmatch(segment) else segment for segment in path.split("/"))
    return pattern if paths.allows(pattern, path) else _EVERYTHING


def _first_segment(pattern: str) -> str:
    first = pattern.split("/")[1]
    return f"/{first}/*" if first and "*" not in first else _EVERYTHING
