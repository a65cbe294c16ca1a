"""Who wins: what a config becomes with what was uploaded.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.config.function_checks import check_function_name
from edge.config.function_model import FunctionConfig
from edge.config.route_model import Route
from edge.packages.uploads import is_uploaded, is_version
from edge.packages.versions import split_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.config.model import Config
    from edge.packages.versions import Versions


def pinned(config: Config, function: str) -> bool:
    """Whether the config itself says which upload serves: then nobody else can say it."""
    own = config.functions.get(function)
    return own is not None and is_uploaded(own.package)


def mentioned(config: Config, function: str) -> frozenset[str]:
    """The versions of a function that a config names, as it writes them: `v3`, `stable`."""
    named = [own.package for own in config.functions.values()]
    named += [reference for route in config.routes for reference in route.split]
    found = [split_reference(reference) for reference in named if is_version(reference)]
    return frozenset(version for name, version in found if name == function)


def serving_numbers(config: Config, documents: Mapping[str, Versions], proposal: Mapping[str, int]) -> dict[str, int]:
    """The version that serves each function that has one, by number.

    `proposal` overrules what the documents say is active; 0 there means none.
    """
    serving = {name: document.serving for name, document in documents.items()}
    numbers = {name: version.number for name, version in serving.items() if version} | dict(proposal)
    return {name: number for name, number in sorted(numbers.items()) if number and _usable(config, name)}


def deployed_config(config: Config, numbers: Mapping[str, int]) -> Config:
    """A config in which the versions serve: they replace the packages that it names, and add functions to it.

    A function that only was uploaded has the settings and routes of its own package.  Without a config file, where
    folders are served under their names, it is too.
    """
    if not numbers:
        return config
    functions = dict(config.functions)
    routes = list(config.routes)
    for name, number in numbers.items():
        if name not in functions and not config.origin.file:
            routes.append(Route(path=f"/{name}/*rest", function=name, strip_prefix=True))
        own = functions.get(name, FunctionConfig())
        functions[name] = msgspec.structs.replace(own, package=f"{name}@v{number}")
    return msgspec.structs.replace(config, functions=functions, routes=routes)


def _usable(config: Config, function: str) -> bool:
    return not pinned(config, function) and check_function_name(function) is None
