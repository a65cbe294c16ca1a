"""The `Forwarded` header (RFC 7239), strictly: a client may have written the left part of it, to be misread.  Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_PLAIN = r"[!#$%&'*+.^_`|~0-9A-Za-z:\[\]/@-]*"  # tokens, and what many write without the quotes that they need
_PAIR = re.compile(rf"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=({_QUOTED}|{_PLAIN})[ \t]*(?:(;)|(,)|\Z)")
_GAP = re.compile(r"[ \t]*(?:(;)|(,)|\Z)")
_ESCAPE = re.compile(r"\\(.)")


class Unreadable(dict[str, str]):
    """A field that is not written as it must be.  Who wrote which part of it cannot be told."""


Element = dict[str, str]


def read_forwarded(fields: Iterable[str]) -> list[Element]:
    """The elements of all fields of that name, in order; parameters by their names in small letters.

    A field that breaks the grammar becomes one Unreadable: an open quote could swallow what a proxy appends.
    """
    found: list[Element] = []
    for field in fields:
        found += _read(field)
    return found


def _read(field: str) -> list[Element]:
    elements: list[Element] = []
    current: Element = {}
    at = 0
    while at < len(field):
        match = _PAIR.match(field, at) or _GAP.match(field, at)
        if match is None:
            return [Unreadable()]
        if match.re is _PAIR:
            name = match[1].lower()
            if name in current:
                return [Unreadable()]  # section 4: no parameter twice
            current[name] = _unquoted(match[2])
        separator = match[match.re.groups]  # a comma ends the element
        if separator and current:
            elements.append(current)
            current = {}
        at = match.end()
        if not match[match.re.groups - 1] and not separator and at < len(field):
            return [Unreadable()]
    return [*elements, current] if current else elements


def _unquoted(value: str) -> str:
    return _ESCAPE.sub(r"\1", value[1:-1]) if value.startswith('"') else value
