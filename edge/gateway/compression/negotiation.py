"""Which content coding a client gets: RFC 9110 section 12.5.3.  Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

IDENTITY = ""
"""No coding."""

_MEMBERS = 64
_QVALUE = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_CODING = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ALIASES = {"x-gzip": "gzip", "x-compress": "compress"}


def choose(accept: str, offered: Sequence[str]) -> str:
    """The coding of `offered` that the client likes best, the earlier of two that it likes as much; or IDENTITY.

    `accept` is the value of Accept-Encoding, "" without one.  `identity` counts only when it is named: then a coding
    has to be liked at least as much.  Members that cannot be read say nothing.
    """
    if not accept:
        return IDENTITY
    weights = parse(accept)
    rest = weights.get("*", 0)
    best, weight = IDENTITY, max(weights.get("identity", 0), 1)
    for coding in offered:
        found = weights.get(coding, rest)
        if found > weight or (found == weight and best == IDENTITY):
            best, weight = coding, found
    return best


def parse(accept: str) -> dict[str, int]:
    """Codings in lower case and their weights in thousandths; of one that is there twice, the first."""
    weights: dict[str, int] = {}
    for member in accept.split(",", _MEMBERS)[:_MEMBERS]:
        coding, _, parameters = member.partition(";")
        name = coding.strip(" \t").lower()
        weight = _weight(parameters)
        if weight is not None and _CODING.fullmatch(name):
            weights.setdefault(_ALIASES.get(name, name), weight)
    return weights


def _weight(parameters: str) -> int | None:
    """Of `q=0.5`, in any case and with blanks around; 1000 without, None when it is no weight."""
    if not parameters.strip(" \t"):
        return 1000
    name, _, value = parameters.partition("=")
    value = value.strip(" \t")
    if name.strip(" \t").lower() != "q" or not _QVALUE.fullmatch(value):
        return None
    return round(float(value) * 1000)
