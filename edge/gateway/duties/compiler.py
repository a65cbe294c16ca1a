"""From routes of the config to the policies of a generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.gateway.compression.duty import Compressors, compression_of
from edge.gateway.duties.policy import NO_POLICIES, Policies, RoutePolicy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.config.model import Config
    from edge.config.route_model import Route


class PolicyCompiler:
    """Makes policies.  Lives as long as the process: it has what outlives a generation (counters, caches, keys)."""

    def __init__(self) -> None:
        self._compressors = Compressors()

    def compile(self, config: Config, routes: Sequence[Route], environ: Mapping[str, str]) -> Policies:
        """The policies of these routes.  Reads the disk."""
        del environ
        policies = tuple(self._policy(config, route) for route in routes)
        return Policies(policies) if any(policies) else NO_POLICIES

    def _policy(self, config: Config, route: Route) -> RoutePolicy | None:
        """None for a route without duties."""
        compression = compression_of(config, route, self._compressors)
        on_answer = tuple(duty for duty in (compression,) if duty is not None)
        return RoutePolicy(on_answer=on_answer) if on_answer else None
