"""What ends at one pattern of one host: rules told apart by headers and methods.

Rules with more conditions on headers come first, then those with more exact ones, then the order of the config.
Found through tables of exact values, so a thousand tenants told apart by a header cost as much as two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.gateway.header_match import Conditions, conditions
from edge.gateway.route_rule import RouteRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Compiled(msgspec.Struct, frozen=True):
    """A rule, and where its pattern has what: `indexes` are the segments of its parameters, in the order of `names`."""

    rule: RouteRule
    order: int
    names: tuple[str, ...]
    indexes: tuple[int, ...]
    statics: int  # how many segments the pattern begins with that are text
    rest: bool  # the last parameter is *rest


class Methods:
    """The rules of one pattern and one set of conditions."""

    def __init__(self) -> None:
        self.by_method: dict[str, Compiled] = {}
        self.any: Compiled | None = None
        self.rules: list[Compiled] = []

    def add(self, compiled: Compiled) -> None:
        """Earlier rules win.  A rule for all methods ends the matter for methods that come later."""
        self.rules.append(compiled)
        if self.any is not None:
            return
        if not compiled.rule.methods:
            self.any = compiled
        for method in compiled.rule.methods or ():
            self.by_method.setdefault(method, compiled)

    def find(self, method: str) -> Compiled | None:
        found = self.by_method.get(method)
        if found is None and method == "HEAD":
            found = self.by_method.get("GET")
        return found or self.any

    def allow(self) -> set[str]:
        return {*self.by_method, "HEAD"} if "GET" in self.by_method else set(self.by_method)


class _Level:
    """Rules whose conditions are equally specific, by the values of their exact conditions.

    `_shapes` is keyed by one header that each of them needs, so only headers that the request has are looked at.
    """

    def __init__(self) -> None:
        self._shapes: dict[str, dict[tuple[str, ...], dict[tuple[str, ...], list[tuple[Conditions, Methods]]]]] = {}

    def methods(self, wanted: Conditions) -> Methods:
        """The table of these conditions, made when it is not there."""
        names = tuple(name for name, _ in wanted.exact)
        values = tuple(value for _, value in wanted.exact)
        first = names[0] if names else wanted.globs[0][0]
        sharing = self._shapes.setdefault(first, {}).setdefault(names, {}).setdefault(values, [])
        for others, methods in sharing:
            if others == wanted:
                return methods
        sharing.append((wanted, Methods()))
        return sharing[-1][1]

    def matching(self, headers: Mapping[str, str]) -> Iterator[Methods]:
        for name in headers.keys() & self._shapes.keys():
            for names, by_values in self._shapes[name].items():
                values = tuple(headers.get(name, "") for name in names)
                for wanted, methods in by_values.get(values, ()):
                    if not wanted.failing(headers):
                        yield methods

    def find(self, method: str, headers: Mapping[str, str]) -> Compiled | None:
        found = [hit for methods in self.matching(headers) if (hit := methods.find(method)) is not None]
        return min(found, key=lambda hit: hit.order, default=None)

    def rules(self) -> list[Compiled]:
        tables = [methods for by_names in self._shapes.values() for by_values in by_names.values()
                  for sharing in by_values.values() for _, methods in sharing]  # fmt: skip
        return sorted((rule for methods in tables for rule in methods.rules), key=lambda rule: rule.order)


class Leaf:
    """All rules of one pattern of one host."""

    def __init__(self) -> None:
        self.plain = Methods()
        self._levels: dict[tuple[int, int], _Level] = {}

    @property
    def conditional(self) -> bool:
        """Whether headers matter here."""
        return bool(self._levels)

    @property
    def final(self) -> bool:
        """Whether something here serves every request, so that nothing behind it is ever reached."""
        return self.plain.any is not None

    def add(self, compiled: Compiled) -> None:
        wanted = conditions(compiled.rule.headers)
        if wanted == Conditions():
            self.plain.add(compiled)
            return
        if wanted.rank not in self._levels:
            self._levels = dict(sorted({**self._levels, wanted.rank: _Level()}.items()))
        self._levels[wanted.rank].methods(wanted).add(compiled)

    def find(self, method: str, headers: Mapping[str, str]) -> Compiled | None:
        for level in self._levels.values():
            found = level.find(method, headers)
            if found is not None:
                return found
        return self.plain.find(method)

    def allow(self, headers: Mapping[str, str]) -> set[str]:
        """The methods of the rules whose conditions hold."""
        tables = [methods for level in self._levels.values() for methods in level.matching(headers)]
        return set().union(*(methods.allow() for methods in (*tables, self.plain)))

    def rules(self) -> list[Compiled]:
        """All of them, the most specific first."""
        return [*(rule for level in self._levels.values() for rule in level.rules()), *self.plain.rules]
