"""What a config becomes with its splits: each version that a route names is a function of its own.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.config.function_model import FunctionConfig
from edge.gateway.versions.overrides import route_id
from edge.packages.versions import split_reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.config.model import Config
    from edge.config.route_model import Route
    from edge.gateway.versions.overrides import Overrides


def is_version_of(name: str) -> bool:
    """Whether a function of an expanded config is a version, which has no routes and no schedules of its own."""
    return "@" in name


def said_splits(config: Config) -> dict[str, dict[str, int]]:
    """What a config says of each route that splits."""
    return {route_id(route): route.split for route in config.routes if route.split}


def with_overrides(config: Config, overrides: Overrides) -> Config:
    """A config with the weights that were set meanwhile."""
    if not overrides.routes:
        return config
    return msgspec.structs.replace(config, routes=[_overridden(route, overrides) for route in config.routes])


def _overridden(route: Route, overrides: Overrides) -> Route:
    found = overrides.of(route_id(route), route.split) if route.split else None
    return route if found is None else msgspec.structs.replace(route, split=found.weights)


def with_versions(config: Config) -> Config:
    """A config that has a function `hello@v3` for each version in a split, with the settings of `hello`.

    They share its namespace and its secrets; schedules are the business of `hello` alone.
    """
    targets = dict.fromkeys(target for route in config.routes for target in route.split)
    if not targets:
        return config
    return with_targets(config, targets)


def with_targets(config: Config, targets: Iterable[str]) -> Config:
    """A config that has these versions as functions."""
    functions = dict(config.functions)
    for target in targets:
        name, _ = split_reference(target)
        own = functions.get(name, FunctionConfig())
        functions[target] = msgspec.structs.replace(own, package=target, kv=own.kv or name, schedule=[])
    return msgspec.structs.replace(config, functions=functions)
