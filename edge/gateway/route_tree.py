"""Path patterns as a tree of segments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge.gateway.route_leaf import Compiled, Leaf
from edge.gateway.target import canonical_path, decode_segment

if TYPE_CHECKING:
    from edge.gateway.route_rule import RouteRule

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Node:
    """A place in the tree: what may follow, and what ends here."""

    __slots__ = ("leaf", "param", "rest", "texts")

    def __init__(self) -> None:
        self.texts: dict[str, Node] = {}
        self.param: Node | None = None
        self.rest: Leaf | None = None
        self.leaf: Leaf | None = None


def insert(node: Node, rule: RouteRule, order: int) -> None:
    """Add a rule below `node`.  Raises ValueError (with the rule's path) for a pattern that cannot be understood."""
    segments = _pattern(rule.path)
    names: list[str] = []
    indexes: list[int] = []
    statics = 0
    for index, segment in enumerate(segments):
        if segment.startswith("*"):
            if index != len(segments) - 1:
                raise ValueError(f"{rule.path}: {segment} must be the last segment")
            names.append(_name(segment, rule) if segment != "*" else "0")
            indexes.append(index)
            node.rest = node.rest or Leaf()
            node.rest.add(Compiled(rule, order, _distinct(names, rule), tuple(indexes), statics, rest=True))
            return
        if segment.startswith(":"):
            names.append(_name(segment, rule))
            indexes.append(index)
            node.param = node.param or Node()
            node = node.param
        else:
            statics += not names
            node = node.texts.setdefault(decode_segment(segment), Node())
    node.leaf = node.leaf or Leaf()
    node.leaf.add(Compiled(rule, order, _distinct(names, rule), tuple(indexes), statics, rest=False))


def _pattern(path: str) -> list[str]:
    """Segments of a pattern; its text becomes canonical as a request's path does."""
    if not path.startswith("/"):
        raise ValueError(f"{path}: a path pattern begins with a slash")
    if "?" in path or re.search(r"[^/]\*", path):
        raise ValueError(f"{path}: a pattern has no query, and * stands only at the beginning of its last segment")
    raw = "".join(c if " " < c < "\x7f" else "".join(f"%{b:02X}" for b in c.encode()) for c in path)
    try:
        segments = canonical_path(raw.encode("ascii"))[1:].split("/")
    except Exception as error:
        raise ValueError(f"{path}: {error}") from error
    return segments[:-1] if not segments[-1] else segments


def _name(segment: str, rule: RouteRule) -> str:
    if _NAME.fullmatch(segment[1:]) is None:
        raise ValueError(f"{rule.path}: {segment} is not a name (letters, digits and _ after {segment[0]})")
    return segment[1:]


def _distinct(names: list[str], rule: RouteRule) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError(f"{rule.path}: a parameter is named twice")
    return tuple(names)
