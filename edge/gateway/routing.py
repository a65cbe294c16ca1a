"""Which rule serves a host, path, method and headers.

A match costs the depth of the path: not the number of rules, nor what their patterns have in common
(`route_states.py`).

A rule matches when host, path, headers and method match.  Of several that match, the most specific wins: the exact
host before `*.suffix` (the longer suffix first) before none; then, segment by segment from the left, text before
`:param` before `*rest`; then more conditions on headers before fewer, and more exact ones before patterns; then the
order of the rules.

- A trailing slash makes no difference, as in Express.  `*rest` also matches nothing: `/files/*rest` serves `/files`.
- Segments are compared after percent-decoding, so `/%61dmin` cannot pass beside a rule for `/admin`.
- `*.example.com` matches every name below example.com, but not example.com itself.
- HEAD is served by whatever serves GET, unless a rule for the same path and the same headers names HEAD.
- A rule whose conditions on headers do not hold is as if it were not there: it gives no method to `Allow`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.gateway.route_rule import RouteRule
from edge.gateway.route_states import Automaton
from edge.gateway.route_tree import Node, insert
from edge.gateway.target import decode_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from edge.gateway.route_leaf import Compiled

__all__ = ["Match", "MethodNotAllowed", "NotFound", "RouteRule", "Router"]


class Match(msgspec.Struct, frozen=True):
    """A rule that serves the request.

    `params` are decoded.  `matched_prefix` is what the leading text segments of the pattern matched, as it was
    written in the path: "/api/v1" for "/api/v1/:id", "" for "/:id".  `indexes` are the segments of the parameters.
    """

    route: RouteRule
    params: dict[str, str]
    matched_prefix: str
    indexes: tuple[int, ...] = ()

    @property
    def takes_rest(self) -> bool:
        """Whether the last parameter is `*rest`."""
        return bool(self.indexes) and self.route.path.rpartition("/")[2].startswith("*")

    def raw_params(self, path: str) -> dict[str, str]:
        """The parameters as they stand in `path`, which was matched."""
        segments = path[1:].split("/")
        raw = {
            name: segments[i] if i < len(segments) else "" for name, i in zip(self.params, self.indexes, strict=True)
        }
        if self.takes_rest:
            raw[next(reversed(raw))] = _raw_rest(path, segments, self.indexes[-1])
        return raw


class NotFound(msgspec.Struct, frozen=True):
    """No rule matches host, path and headers."""


class MethodNotAllowed(msgspec.Struct, frozen=True):
    """Rules match all but the method; `allow` is sorted and holds HEAD wherever GET is."""

    allow: tuple[str, ...]


def no_headers() -> Mapping[str, str]:
    """Of a request without headers."""
    return {}


class Router:
    """Compiled rules.  Raises ValueError (with the rule's path) for a pattern that cannot be understood."""

    def __init__(self, rules: Iterable[RouteRule]) -> None:
        exact: dict[str, Node] = {}
        suffix: dict[str, Node] = {}
        everywhere = Node()
        for order, rule in enumerate(rules):
            insert(_root(rule.host, exact, suffix, everywhere), rule, order)
        self._exact = {host: Automaton(root) for host, root in exact.items()}
        self._suffix = {host: Automaton(root) for host, root in suffix.items()}
        self._everywhere = Automaton(everywhere)

    def match(
        self, host: str, path: str, method: str, headers: Callable[[], Mapping[str, str]] = no_headers
    ) -> Match | NotFound | MethodNotAllowed:
        """What serves `path`, a canonical path (see target.py), on `host`, a lower-case name without a port.

        `headers` are asked for, by lower-case names, only where rules have conditions on them.
        """
        segments, decoded = _segments(path)
        known: Mapping[str, str] | None = None
        allow: set[str] = set()
        for automaton in self._automata(host):
            verdict = automaton.run(decoded)
            if verdict is None:
                continue
            if verdict.conditional and known is None:
                known = headers()
            found = verdict.find(method, known or {})
            if found is not None:
                return _matched(found, path, segments)
            allow |= verdict.allowed(known or {})
        return MethodNotAllowed(tuple(sorted(allow))) if allow else NotFound()

    def candidates(self, host: str, path: str) -> list[RouteRule]:
        """The rules that match host and path, in order of precedence; rules behind one that takes all are left out."""
        _, decoded = _segments(path)
        verdicts = [automaton.run(decoded) for automaton in self._automata(host)]
        leaves = [leaf for verdict in verdicts if verdict is not None for leaf in verdict.leaves]
        return [compiled.rule for leaf in leaves for compiled in leaf.rules()]

    def _automata(self, host: str) -> Iterator[Automaton]:
        if host in self._exact:
            yield self._exact[host]
        if self._suffix:
            _, dot, parent = host.partition(".")
            while dot:
                if parent in self._suffix:
                    yield self._suffix[parent]
                _, dot, parent = parent.partition(".")
        yield self._everywhere


def _root(host: str | None, exact: dict[str, Node], suffix: dict[str, Node], everywhere: Node) -> Node:
    if not host or host == "*":
        return everywhere
    host = host.lower().removesuffix(".")
    table = suffix if host.startswith("*.") else exact
    return table.setdefault(host.removeprefix("*."), Node())


def _segments(path: str) -> tuple[list[str], list[str]]:
    """The segments of a canonical path, as they are written and decoded; an empty last one does not count."""
    segments = path[1:].split("/")
    if not segments[-1]:
        segments.pop()
    return segments, [decode_segment(segment) for segment in segments] if "%" in path else segments


def _matched(found: Compiled, path: str, segments: list[str]) -> Match:
    singles = found.indexes[:-1] if found.rest else found.indexes
    params = {name: decode_segment(segments[index]) for name, index in zip(found.names, singles, strict=False)}
    if found.rest:
        params[found.names[-1]] = decode_segment(_raw_rest(path, segments, found.indexes[-1]))
    prefix = "/" + "/".join(segments[: found.statics]) if found.statics else ""
    return Match(found.rule, params, prefix, found.indexes)


def _raw_rest(path: str, segments: list[str], index: int) -> str:
    """What `*rest` took, as it is written, with a trailing slash when the path has one."""
    skipped = sum(len(segment) + 1 for segment in segments[:index])
    return path[skipped + 1 :]
