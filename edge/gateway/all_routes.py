"""All routes of a generation: those of the gateway's file, which wins, and those that packages bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.config.model import Config
    from edge.config.route_model import Route


def all_routes(config: Config, packaged: Mapping[str, Sequence[Route]]) -> list[Route]:
    """In order of precedence; `packaged` are those of each function's package.

    Without a file, a folder of functions is served: each at its name.  What a package says about who may call it holds
    there as well.
    """
    own = config.routes
    if not config.origin.file:
        own = [_guarded(route, packaged.get(route.function, ())) for route in own]
    return [*own, *(route for routes in packaged.values() for route in routes)]


def _guarded(mount: Route, triggers: Sequence[Route]) -> Route:
    """The mount with the duties of the package's triggers, the first that has one.

    So a function that wants a token on one of its triggers wants it here: the mount leads to all that it does.
    """
    wanted = {key: next(filter(None, (getattr(one, key) for one in triggers)), None) for key in _DUTIES}
    said = {key: value for key, value in wanted.items() if value is not None and getattr(mount, key) is None}
    return msgspec.structs.replace(mount, **said) if said else mount


_DUTIES = ("auth", "cors", "rate_limit")
