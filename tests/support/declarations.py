"""What edge/types declares: globals, and the members of their interfaces, read from the text of the files."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "edge" / "types"
_GLOBAL = re.compile(r"^declare (?:var|function|namespace) (\w+)", re.MULTILINE)
_INTERFACE = re.compile(r"^interface (\w+)(?:<[^{]*?>)?(?: extends ([^{]+))? \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_OBJECT = re.compile(r"^declare var (\w+): \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
_MEMBER = re.compile(r"^  (?:readonly )?(?:(\w+)|\[(Symbol\.\w+)\])\??[(:<]", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def text():
    """All declarations, without comments."""
    return "\n".join(_COMMENT.sub("", path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.d.ts")))


def global_names():
    """Names that every function finds."""
    return set(_GLOBAL.findall(text()))


def members(body):
    """Names of the members in the body of an interface; those of well-known symbols as `Symbol.name`."""
    return {name or symbol for name, symbol in _MEMBER.findall(body)}


def interfaces():
    """Interface -> (names of the interfaces that it extends, its own members)."""
    found = {}
    for name, parents, body in _INTERFACE.findall(text()):
        bases = re.findall(r"(\w+)(?:<[^,]*>)?", re.sub(r"<[^<>]*(?:<[^<>]*>[^<>]*)*>", "", parents))
        old = found.get(name, (set(), set()))
        found[name] = (old[0] | set(bases), old[1] | members(body))
    return found


def all_members(name, table):
    """Members of an interface and of those that it extends."""
    if name not in table:
        return set()
    bases, own = table[name]
    return own.union(*(all_members(base, table) for base in bases))


def statics():
    """Constructor -> what is declared on it."""
    return {name: members(body) - {"prototype", "new"} for name, body in _OBJECT.findall(text())}
