"""Path patterns of rules, such as `/v1/*`, and the readings of a path that a server might choose."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

_MAX_DECODINGS = 4
_ESCAPE = re.compile("%[0-9a-fA-F]{2}")
_KEPT = "/*%!$&'()+,;=:@~[]|\\"  # what the path of a URL may hold unencoded, and what patterns mean something by


def matches(pattern: str, path: str) -> bool:
    """Whether `pattern` covers all of `path`; `*` is any text.

    Linear in the path, which the function chooses: a regular expression would not be.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return path == first
    last = rest.pop()
    if len(path) < len(first) + len(last) or not path.startswith(first) or not path.endswith(last):
        return False
    position, end = len(first), len(path) - len(last)
    for part in rest:
        found = path.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


@lru_cache(maxsize=8)  # one decision asks for the same path several times; paths may be long
def readings(path: str) -> frozenset[str] | None:
    r"""`path` as it is sent, and as servers may read it that decode `%2f` or drop `\`, `;x`, `//` and `..`.

    None when there is no end to its encodings: nobody knows what a server makes of that.
    """
    forms = {_ESCAPE.sub(lambda match: match[0].upper(), path)}
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(path, errors="replace")
        forms |= {_normalised(decoded), _normalised(decoded.partition("\0")[0])}
        if decoded == path:
            return frozenset(forms)
        path = decoded
    return None


def _normalised(path: str) -> str:
    segments: list[str] = []
    parts = path.replace("\\", "/").split("/")
    for part in parts:
        name = part.partition(";")[0]
        if name == "..":
            del segments[-1:]
        elif name not in ("", "."):
            segments.append(name)
    tail = "/" if segments and parts[-1] in ("", ".", "..") else ""
    return "/" + "/".join(segments) + tail


def allows(pattern: str, path: str) -> bool:
    """Whether every reading of `path` is covered: what an allow rule needs."""
    forms = readings(path)
    spellings = _spellings(pattern)
    return forms is not None and all(any(matches(one, form) for one in spellings) for form in forms)


def touches(pattern: str, path: str) -> bool:
    """Whether any reading of `path` is covered, in upper or lower case: what a deny rule needs."""
    forms = readings(path)
    if forms is None:
        return True
    return any(matches(one.lower(), form.lower()) for one in _spellings(pattern) for form in forms)


@lru_cache(maxsize=1024)
def _spellings(pattern: str) -> frozenset[str]:
    """A pattern as it was written, percent-encoded as in a URL, and decoded."""
    encoded = quote(pattern, safe=_KEPT)
    return frozenset({pattern, _ESCAPE.sub(lambda match: match[0].upper(), encoded), unquote(pattern)})
