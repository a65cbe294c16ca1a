"""The source maps that a package brings.

See https://tc39.es/ecma426/.  Only found and taken apart here; positions are looked up where the function runs,
in its own time.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

import msgspec

from edge.units import MIB

if TYPE_CHECKING:
    from edge.packages.bundle import Bundle

MAX_MAP = 32 * MIB
"""Bytes of a map's JSON, or of a file that has it inline; most of it are copies of the sources, which are skipped."""
MAX_MAPPINGS = 8 * MIB
MAX_SOURCES = 10_000
MAX_NAMES = 1 * MIB
"""Characters of the names of all sources."""

_MOUNT = "/app"
_COMMENT = re.compile(r"//[#@] ?sourceMappingURL=(\S+)\s*$")
_DATA = re.compile(r"data:application/json[^,]*?(;base64)?,", re.IGNORECASE)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


class SourceMap(msgspec.Struct, frozen=True):
    """`sources` are paths in the package (`/app/src/a.ts`) or URLs, None where one is unknown."""

    sources: list[str | None]
    mappings: bytes


class _Json(msgspec.Struct, frozen=True):
    mappings: str
    sources: list[str | None]
    root: str | None = msgspec.field(name="sourceRoot", default=None)


_decoder = msgspec.json.Decoder(_Json)  # not when it is first needed: see edge/engine/outcome_store.py


class Allowance:
    """Bytes that may still be looked at for a package: to search maps is work that a function can order."""

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int) -> bool:
        """Whether there were so many left, and one map may have them."""
        if size > min(self._left, MAX_MAP):
            return False
        self._left -= size
        return True


def find_map(bundle: Bundle, path: str, allowance: Allowance) -> SourceMap | None:
    """The map of the file `path` ("dist/a.js"): inline, the one it names, or the one beside it.

    None when there is none that can be used: a stack with positions of the built file is better than none.
    """
    found = _bytes_of(bundle, path, allowance)
    if found is None:
        return None
    place, data = found
    try:
        raw = _decoder.decode(data.removeprefix(b")]}'"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if len(raw.mappings) > MAX_MAPPINGS or len(raw.sources) > MAX_SOURCES or not raw.mappings.isascii():
        return None
    if sum(len(source or "") + len(raw.root or "") for source in raw.sources) > MAX_NAMES:
        return None
    return SourceMap([_resolve(place, raw.root, source) for source in raw.sources], raw.mappings.encode())


def _bytes_of(bundle: Bundle, path: str, allowance: Allowance) -> tuple[str, bytes] | None:
    """Where the map is, and its JSON."""
    if not bundle.is_file(path) or not allowance.take(bundle.stat_size(path)):
        return None
    named = _named(bundle.text(path))
    if named is not None and (inline := _DATA.match(named)):
        return path, _inline(named[inline.end() :], encoded=bool(inline[1]))
    if named is not None and _SCHEME.match(named):
        return None
    beside = f"{path}.map" if named is None else posixpath.join(posixpath.dirname(path), unquote(named))
    file = posixpath.normpath(beside)
    if not bundle.is_file(file) or not allowance.take(bundle.stat_size(file)):
        return None
    return file, bundle.read(file)


def _named(source: str) -> str | None:
    """What the last comment of its kind names, which is on the last line that says something."""
    at = source.rfind("sourceMappingURL=")
    comment = _COMMENT.match(source, source.rfind("//", 0, at)) if at >= 0 else None
    return comment[1] if comment else None


def _inline(data: str, *, encoded: bool) -> bytes:
    try:
        return base64.b64decode(unquote(data), validate=True) if encoded else unquote_to_bytes(data)
    except (binascii.Error, ValueError):
        return b""


def _resolve(place: str, root: str | None, source: str | None) -> str | None:
    if source is None:
        return None
    name = f"{root.rstrip('/')}/{source}" if root else source
    if _SCHEME.match(name):
        return name
    return posixpath.normpath(posixpath.join(_MOUNT, posixpath.dirname(place), name))
