"""What a path inside a package may look like, and which files are not part of a package.

A package path is relative, with `/` between its segments: `lib/index.js`.  The rules are those of the
strictest reader of an archive, so that no tool sees another file under the same name.
"""

from __future__ import annotations

import re

from edge.errors import PackageError
from edge.packages.limits import DEFAULT_LIMITS, PackageLimits

SEGMENT_BYTES = 255

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_IGNORED_NAMES = frozenset({
    ".git", ".hg", ".svn", ".bzr", ".jj", ".idea", ".vscode",
    ".DS_Store", "__MACOSX", "Thumbs.db", "desktop.ini", ".edge",
})  # fmt: skip
_IGNORED = re.compile(r"\._.*|\.#.*|#.*#|.*~|\..*\.sw[a-p]")


def ignored(segment: str) -> bool:
    """Whether a file or folder of this name is left out: version control, editors, file managers, a gateway's data."""
    return segment in _IGNORED_NAMES or _IGNORED.fullmatch(segment) is not None


def ignored_path(path: str) -> bool:
    """Whether any segment of a package path is left out."""
    return any(map(ignored, path.split("/")))


def check_path(path: str, limits: PackageLimits = DEFAULT_LIMITS) -> str:
    """The path itself when it is a proper package path; raises PackageError that says why not."""
    problem = _problem(path, limits)
    if problem:
        raise PackageError(f"{shown(path)} cannot be in a package: {problem}")
    return path


def shown(path: str) -> str:
    """A path for a message: quoted, control characters escaped, of bounded length."""
    return ascii(path) if len(path) <= 200 else f"{path[:200]!a}..."


def _problem(path: str, limits: PackageLimits) -> str:
    return _unsafe(path) or _too_long(path, limits)


def _unsafe(path: str) -> str:
    segments = path.split("/")
    if path.startswith("/") or _DRIVE.match(path):
        return "its path is absolute"
    if ".." in segments:
        return "its path leads out of the package"
    if "" in segments or "." in segments:
        return "its path has an empty segment or '.'"
    if "\\" in path:
        return "its path has a backslash (write / between folders)"
    if _CONTROL.search(path):
        return "its path has a control character"
    return ""


def _too_long(path: str, limits: PackageLimits) -> str:
    try:
        size = len(path) if path.isascii() else len(path.encode())
    except UnicodeEncodeError:
        return "its path is not valid UTF-8"
    if size > limits.path:
        return f"its path has {size} bytes, the limit is {limits.path}"
    if size <= SEGMENT_BYTES and path.count("/") < limits.depth:
        return ""
    segments = path.split("/")
    if len(segments) > limits.depth:
        return f"it is {len(segments)} levels deep, the limit is {limits.depth}"
    longest = max(len(segment.encode()) for segment in segments)
    return f"a name in it has {longest} bytes, the limit is {SEGMENT_BYTES}" if longest > SEGMENT_BYTES else ""
