"""What a generation is made of, before it is one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from edge.config.model import Config
from edge.errors import EdgeError
from edge.gateway.all_routes import all_routes
from edge.gateway.duties.policy import NO_POLICIES, Policies
from edge.gateway.generation import generation_hash
from edge.gateway.loader import Prepared, Surveyed
from edge.gateway.standing import Standing
from edge.gateway.versions.expand import is_version_of

if TYPE_CHECKING:
    from edge.config.route_model import Route


class Parts(msgspec.Struct):
    """A generation in the making: `kept` stay as they are, `built` are others or new, `errors` cannot be used.

    `numbers` are the uploaded versions that serve; `stuck` are functions of which another one should, and why not.
    """

    config: Config
    surveyed: dict[str, Surveyed]
    kept: dict[str, Standing]
    built: dict[str, Prepared]
    errors: dict[str, EdgeError]
    policies: Policies = NO_POLICIES
    numbers: Mapping[str, int] = MappingProxyType({})
    stuck: Mapping[str, EdgeError] = MappingProxyType({})

    @property
    def routes(self) -> list[Route]:
        """The gateway's routes, then those that packages bring: the gateway's file wins."""
        usable = {
            name: found.packaged.routes
            for name, found in self.surveyed.items()
            if name not in self.errors and not is_version_of(name)
        }
        return all_routes(self.config, usable)

    @property
    def hash(self) -> str:
        """Of the generation that it becomes."""
        marks = {name: str(error) for name, error in self.errors.items()}
        marks |= {name: found.fingerprint for name, found in self.surveyed.items() if name not in self.errors}
        return generation_hash(self.config, marks, self.routes, self.policies.digest)
