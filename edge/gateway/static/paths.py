"""From the path of a request to names in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from edge.gateway.target import decode_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH: Final = "{path}"
_WELL_KNOWN: Final = ".well-known"  # RFC 8615
_LONGEST_NAME: Final = 255  # bytes; what file systems take


class Wanted(msgspec.Struct, frozen=True):
    """Names below the folder, and whether the path ended with a slash, and so can only be a folder."""

    names: tuple[str, ...]
    slash: bool


def wanted(rest: str, *, hidden: bool) -> Wanted | None:
    """What the rest of a canonical path asks for; None for what is no name of a file, or hidden.

    Each segment has been decoded once after this, and stays one name: an encoded slash does not divide.
    """
    if not rest:
        return Wanted((), slash=True)
    slash = rest.endswith("/")
    names = tuple(decode_segment(segment) for segment in rest.removesuffix("/").split("/"))
    good = all(_is_name(name) and (hidden or _shown(name, first=not index)) for index, name in enumerate(names))
    return Wanted(names, slash=slash) if good else None


def _is_name(name: str) -> bool:
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        return False
    return len(name.encode()) <= _LONGEST_NAME


def _shown(name: str, *, first: bool) -> bool:
    return not name.startswith(".") or (first and name == _WELL_KNOWN)


def tries(patterns: tuple[str, ...], path: Wanted) -> Iterator[Wanted]:
    """What is looked for, in order; `{path}` stands for the path."""
    for pattern in patterns:
        if pattern == PATH:
            yield path
        elif path.names or PATH not in pattern or pattern.startswith(f"{PATH}/"):
            text = pattern.replace(PATH, "/".join(path.names))
            names = tuple(name for name in text.split("/") if name)
            yield Wanted(names, text.endswith("/"))
