"""Conditions of routes on request headers: exact values, and patterns in which `*` stands for any text.

A header that comes on several lines counts as one, joined by ", " (RFC 9110 section 5.3).  Names are in lower case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from edge.wire.messages import Header

SCHEME = ":scheme"
"""Stands among the headers for how the request came, as in HTTP/2."""

_PIECE = re.compile(r"\\(?P<plain>[*\\])|(?P<star>\*+)|(?P<text>[^*\\]+|\\)")


class Glob(msgspec.Struct, frozen=True):
    """`*` in a value: `pieces` are the texts around the stars, which must occur in this order."""

    pieces: tuple[str, ...]

    def matches(self, value: str) -> bool:
        """Leftmost occurrences decide, so the time grows with the length of `value` and not with its square."""
        first, *middle, last = self.pieces
        if len(value) < len(first) + len(last) or not (value.startswith(first) and value.endswith(last)):
            return False
        at, end = len(first), len(value) - len(last)
        for piece in middle:
            at = value.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True


class Conditions(msgspec.Struct, frozen=True):
    """All of them must hold.  Both are sorted by name; more of them, then more exact ones, are more specific."""

    exact: tuple[tuple[str, str], ...] = ()
    globs: tuple[tuple[str, Glob], ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        """Smaller is more specific."""
        return -len(self.exact) - len(self.globs), -len(self.exact)

    def failing(self, headers: Mapping[str, str]) -> str:
        """The name of the first header that does not meet its condition; "" when all do."""
        for name, value in self.exact:
            if headers.get(name) != value:
                return name
        return next((name for name, glob in self.globs if not _meets(headers.get(name), glob)), "")


def _meets(value: str | None, glob: Glob) -> bool:
    return value is not None and glob.matches(value)


def conditions(headers: Iterable[tuple[str, str]]) -> Conditions:
    """From the config's names and values; a backslash before a star makes it stand for itself."""
    exact, globs = [], []
    for name, text in sorted((name.lower(), text) for name, text in headers):
        pieces = _pieces(text)
        if len(pieces) == 1:
            exact.append((name, pieces[0]))
        else:
            globs.append((name, Glob(tuple(pieces))))
    return Conditions(tuple(exact), tuple(globs))


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for match in _PIECE.finditer(text):
        if match["star"]:
            pieces.append("")
        else:
            pieces[-1] += match["plain"] or match["text"]
    return pieces


def joined(headers: Iterable[Header]) -> dict[str, str]:
    """Headers by name, those on several lines joined."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
