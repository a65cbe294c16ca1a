"""Path patterns of rules, such as `/v1/*`, and the readings of a path that a server might choose."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

_MAX_DECODINGS = 4


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)


def readings(path: str) -> frozenset[str]:
    r"""`path` as it is sent, and as servers may read it that decode `%2f` or drop `\`, `;x`, `//` and `..`."""
    forms = {path}
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(path, errors="replace")
        forms.add(_normalised(decoded))
        if decoded == path:
            break
        path = decoded
    return frozenset(forms)


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
    return all(_pattern(pattern).fullmatch(form) for form in readings(path))


def touches(pattern: str, path: str) -> bool:
    """Whether any reading of `path` is covered: what a deny rule needs."""
    return any(_pattern(pattern).fullmatch(form) for form in readings(path))
