"""Path patterns of rules, such as `/v1/*`, and the readings of a path that a server might choose."""

from __future__ import annotations

from urllib.parse import unquote

_MAX_DECODINGS = 4


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
    return all(matches(pattern, form) for form in readings(path))


def touches(pattern: str, path: str) -> bool:
    """Whether any reading of `path` is covered: what a deny rule needs."""
    return any(matches(pattern, form) for form in readings(path))
