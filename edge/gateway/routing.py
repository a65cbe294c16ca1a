"""Which function serves a host, path and method.

Rules are compiled into one tree of path segments per host, so a match costs the depth of the path, not the
number of rules.

A rule matches when host, path and method match.  Of several that match, the most specific wins: the exact host
before `*.suffix` (the longer suffix first) before none; then, segment by segment from the left, text before
`:param` before `*rest`; then the order of the rules.

- A trailing slash makes no difference, as in Express.  `*rest` also matches nothing: `/files/*rest` serves `/files`.
- Segments are compared after percent-decoding, so `/%61dmin` cannot pass beside a rule for `/admin`.
- `*.example.com` matches every name below example.com, but not example.com itself.
- HEAD is served by whatever serves GET, unless a rule for the same path names HEAD.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.gateway.duties.policy import RoutePolicy
from edge.gateway.target import canonical_path, decode_segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class RouteRule(msgspec.Struct, frozen=True):
    """One route of the config.  `host` and `methods` None or empty mean all; `policy` are its duties, if any."""

    path: str
    function: str
    host: str | None = None
    methods: tuple[str, ...] | None = None
    strip_prefix: bool = False
    policy: RoutePolicy | None = None


class Match(msgspec.Struct, frozen=True):
    """A rule that serves the request.

    `params` are decoded.  `matched_prefix` is what the leading text segments of the pattern matched, as it was
    written in the path: "/api/v1" for "/api/v1/:id", "" for "/:id".
    """

    route: RouteRule
    params: dict[str, str]
    matched_prefix: str


class NotFound(msgspec.Struct, frozen=True):
    """No rule matches host and path."""


class MethodNotAllowed(msgspec.Struct, frozen=True):
    """Rules match host and path, none the method; `allow` is sorted and holds HEAD wherever GET is."""

    allow: tuple[str, ...]


class _Compiled(msgspec.Struct, frozen=True):
    rule: RouteRule
    names: tuple[str, ...]  # of the parameters, in order
    statics: int  # how many segments the pattern begins with that are text
    rest: bool = False  # the last parameter is *rest


class _Leaf:
    """The rules of one pattern of one host."""

    def __init__(self) -> None:
        self.by_method: dict[str, _Compiled] = {}
        self.any: _Compiled | None = None

    def add(self, compiled: _Compiled) -> None:
        """Earlier rules win.  A rule for all methods ends the matter for methods that come later."""
        if self.any is not None:
            return
        if not compiled.rule.methods:
            self.any = compiled
        for method in compiled.rule.methods or ():
            self.by_method.setdefault(method, compiled)

    def find(self, method: str) -> _Compiled | None:
        found = self.by_method.get(method)
        if found is None and method == "HEAD":
            found = self.by_method.get("GET")
        return found or self.any

    def allow(self) -> set[str]:
        return {*self.by_method, "HEAD"} if "GET" in self.by_method else set(self.by_method)


class _Node:
    """A place in the tree: what may follow, and what ends here."""

    def __init__(self) -> None:
        self.texts: dict[str, _Node] = {}
        self.param: _Node | None = None
        self.rest: _Leaf | None = None
        self.leaf: _Leaf | None = None


class Router:
    """Compiled rules.  Raises ValueError (with the rule's path) for a pattern that cannot be understood."""

    def __init__(self, rules: Iterable[RouteRule]) -> None:
        self._exact: dict[str, _Node] = {}
        self._suffix: dict[str, _Node] = {}
        self._everywhere = _Node()
        for rule in rules:
            _insert(self._root(rule.host), rule)

    def match(self, host: str, path: str, method: str) -> Match | NotFound | MethodNotAllowed:
        """What serves `path`, a canonical path (see target.py), on `host`, a lower-case name without a port."""
        segments = path[1:].split("/")
        if not segments[-1]:
            segments.pop()
        decoded = [decode_segment(segment) for segment in segments] if "%" in path else segments
        allow: set[str] = set()
        for root in self._roots(host):
            for leaf, values in _walk(root, decoded, 0):
                found = leaf.find(method)
                if found is not None:
                    return _matched(found, path, segments, values)
                allow |= leaf.allow()
        return MethodNotAllowed(tuple(sorted(allow))) if allow else NotFound()

    def _root(self, host: str | None) -> _Node:
        if not host or host == "*":
            return self._everywhere
        host = host.lower().removesuffix(".")
        table = self._suffix if host.startswith("*.") else self._exact
        return table.setdefault(host.removeprefix("*."), _Node())

    def _roots(self, host: str) -> Iterator[_Node]:
        if host in self._exact:
            yield self._exact[host]
        if self._suffix:
            _, dot, parent = host.partition(".")
            while dot:
                if parent in self._suffix:
                    yield self._suffix[parent]
                _, dot, parent = parent.partition(".")
        yield self._everywhere


def _insert(node: _Node, rule: RouteRule) -> None:
    segments = _pattern(rule.path)
    names: list[str] = []
    statics = 0
    for index, segment in enumerate(segments):
        if segment.startswith("*"):
            if index != len(segments) - 1:
                raise ValueError(f"{rule.path}: {segment} must be the last segment")
            names.append(_name(segment, rule) if segment != "*" else "0")
            node.rest = node.rest or _Leaf()
            node.rest.add(_Compiled(rule, _distinct(names, rule), statics, rest=True))
            return
        if segment.startswith(":"):
            names.append(_name(segment, rule))
            node.param = node.param or _Node()
            node = node.param
        else:
            statics += not names
            node = node.texts.setdefault(decode_segment(segment), _Node())
    node.leaf = node.leaf or _Leaf()
    node.leaf.add(_Compiled(rule, _distinct(names, rule), statics))


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


def _walk(node: _Node, segments: list[str], index: int) -> Iterator[tuple[_Leaf, tuple[int, ...]]]:
    """Leaves that match, the most specific first, with the indexes of the segments that are parameters."""
    if index == len(segments):
        if node.leaf is not None:
            yield node.leaf, ()
    else:
        segment = segments[index]
        child = node.texts.get(segment)
        if child is not None:
            yield from _walk(child, segments, index + 1)
        if node.param is not None and segment:
            for leaf, values in _walk(node.param, segments, index + 1):
                yield leaf, (index, *values)
    if node.rest is not None:
        yield node.rest, (index,)


def _matched(found: _Compiled, path: str, segments: list[str], values: tuple[int, ...]) -> Match:
    singles = values[:-1] if found.rest else values
    params = {name: decode_segment(segments[index]) for name, index in zip(found.names, singles, strict=False)}
    if found.rest:
        params[found.names[-1]] = _rest(path, segments, values[-1])
    prefix = "/" + "/".join(segments[: found.statics]) if found.statics else ""
    return Match(found.rule, params, prefix)


def _rest(path: str, segments: list[str], index: int) -> str:
    """What `*rest` took, with a trailing slash when the path has one."""
    skipped = sum(len(segment) + 1 for segment in segments[:index])
    return decode_segment(path[skipped + 1 :])
