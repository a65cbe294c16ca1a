"""Weights that were set while gateways run: they replace what the config says, until it says something else.

One document for all routes, which gateways replace whole, by compare-and-set.  Nothing is read or written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import msgspec

from edge.config.split_model import MAX_VERSIONS
from edge.errors import CallerError, ConflictError, NotFoundError
from edge.packages.versions import split_reference

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from edge.config.route_model import Route

MAX_WEIGHT: Final = 1_000_000
MAX_ROUTES: Final = 10_000
FORMAT: Final = 1


class Override(msgspec.Struct, frozen=True):
    """The weights of one route.  `base` are those of the config that they stand against: when it says others, it wins.

    `at` in ms of the Unix epoch; `reason` says why, when a gateway did it by itself.
    """

    weights: dict[str, int]
    base: dict[str, int]
    who: str = ""
    at: int = 0
    reason: str = ""


class Overrides(msgspec.Struct, frozen=True):
    """By route (`route_id`).  `revision` grows with each change, `change` is a random mark of it."""

    revision: int = 0
    change: str = ""
    routes: dict[str, Override] = {}
    format: int = FORMAT

    @property
    def etag(self) -> str:
        """What HTTP calls this state."""
        return f'"{self.revision}"'

    def of(self, route: str, said: Mapping[str, int]) -> Override | None:
        """What holds for a route of which the config says this."""
        found = self.routes.get(route)
        return found if found is not None and found.base == dict(said) else None

    def with_route(self, route: str, override: Override) -> Self:
        """With other weights for a route.  Raises ConflictError when there are too many."""
        routes = {**self.routes, route: override}
        if len(routes) > MAX_ROUTES:
            raise ConflictError(f"{MAX_ROUTES} routes have weights of their own, which is the limit")
        return msgspec.structs.replace(self, routes=routes)

    def without(self, route: str) -> Self:
        """With what the config says.  Raises NotFoundError when that holds already."""
        if route not in self.routes:
            raise NotFoundError(f"the weights of {route} are those of the config")
        return msgspec.structs.replace(self, routes={name: one for name, one in self.routes.items() if name != route})

    def pruned(self, said: Mapping[str, Mapping[str, int]]) -> Self:
        """Without those of routes that are no more, or of which the config says something else by now."""
        kept = {name: one for name, one in self.routes.items() if name in said and one.base == dict(said[name])}
        return self if len(kept) == len(self.routes) else msgspec.structs.replace(self, routes=kept)


def route_id(route: Route) -> str:
    """The name of a route for operators: its path, and what else tells it apart from others."""
    methods = f"{','.join(route.methods)} " if route.methods else ""
    headers = "".join(f" {name}={value}" for name, value in sorted(route.headers.items()))
    scheme = f"{route.scheme}://" if route.scheme else ""
    return f"{methods}{scheme}{route.host}{route.path}{headers}"


def checked_weights(weights: Mapping[str, object], said: Collection[str]) -> dict[str, int]:
    """Weights that somebody sends for a route whose config names the versions `said`.

    A version of a function that the route has already may be new.  Raises CallerError.
    """
    functions = {split_reference(target)[0] for target in said}
    found: dict[str, int] = {}
    for target, weight in weights.items():
        name, version = split_reference(target)
        if name not in functions or not version:
            raise CallerError(
                f"{target[:80]!r} is no version of {' or '.join(sorted(functions))}", hint="write NAME@VERSION = WEIGHT"
            )
        if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= MAX_WEIGHT:
            raise CallerError(f"{target}: the weight must be a whole number from 0 to {MAX_WEIGHT}")
        found[target] = weight
    if not any(found.values()):
        raise CallerError("every weight is 0", hint="at least one above")
    if len(found) > MAX_VERSIONS:
        raise CallerError(f"{len(found)} versions; the limit is {MAX_VERSIONS}")
    return found
