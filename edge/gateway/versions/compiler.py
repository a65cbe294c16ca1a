"""From routes of the config to their splits, when a generation is made; and what follows when it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config.split_model import COOKIE
from edge.gateway.versions.overrides import route_id
from edge.gateway.versions.split import Split, sticky_of
from edge.gateway.versions.verdict import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from edge.config.route_model import Route
    from edge.config.split_model import RollbackConfig
    from edge.gateway.versions.rollout import Rollouts

    Age = Callable[[str], tuple[int, int]]


def compile_splits(routes: Sequence[Route], rollouts: Rollouts) -> tuple[Split | None, ...]:
    """In the order of the routes; None for a route with one function."""
    return tuple(
        Split(rollouts.of(route_id(route)), sticky_of(route.sticky, COOKIE), route.version_header.lower())
        if route.split
        else None
        for route in routes
    )


def put_in_force(routes: Iterable[Route], rollouts: Rollouts, age: Age) -> None:
    """Let the weights of a generation hold that serves from now on.

    `age` tells of a version when it was uploaded and its number: the newest of a route is the one that is watched.
    """
    named: dict[str, Route] = {}
    for route in routes:
        if route.split:
            named.setdefault(route_id(route), route)
    for name, route in named.items():
        newest = newest_of(route.split, age) if route.rollback is not None else ""
        rollouts.of(name).configure(route.split, newest, _rule(route.rollback))
    rollouts.keep(named)


def newest_of(weights: Mapping[str, int], age: Age) -> str:
    """The version that was uploaded last; "" when there is only one."""
    return max(weights, key=lambda target: (age(target), target)) if len(weights) > 1 else ""


def _rule(said: RollbackConfig | None) -> Rule | None:
    return None if said is None else Rule(said.errors / 100, said.timeouts / 100, said.min_requests, said.bake)
