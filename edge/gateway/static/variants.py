"""Which of the forms of a file a client gets: `Accept-Encoding` (RFC 9110 section 12.5.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDINGS: Final = {".br": "br", ".zst": "zstd", ".gz": "gzip"}
"""Of files that hold another one, compressed, and what that is called."""

_CODING: Final = re.compile(
    r"\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*(?:;\s*[qQ]\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?(?:,|\Z)"
)
_LONGEST: Final = 1000
_ALIASES: Final = {"x-gzip": "gzip"}


def weights(header: str | None) -> dict[str, float]:
    """What a client takes of the codings that there are and `identity`, and how gladly; 0 stands for not at all."""
    said: dict[str, float] = {}
    for match in _CODING.finditer((header or "")[:_LONGEST]):
        name = match[1].lower()
        said[_ALIASES.get(name, name)] = min(float(match[2] or 1), 1.0)
    rest = said.get("*", 0.0)
    found = {coding: said.get(coding, rest) for coding in ENDINGS.values()}
    found["identity"] = said.get("identity", said.get("*", _IDENTITY))
    return found


_IDENTITY: Final = 0.0005
"""Acceptable, but less so than whatever is named."""


def choose(sizes: Mapping[str, int], taken: Mapping[str, float]) -> str:
    """One of the codings of `sizes`, which has "identity" among them: the most welcome, then the smallest.

    When nothing is acceptable, the plain file: most clients that say so do not mean it.
    """
    acceptable = [coding for coding in sizes if taken.get(coding, 0.0) > 0]
    if not acceptable:
        return "identity"
    return min(acceptable, key=lambda coding: (-taken[coding], sizes[coding]))
