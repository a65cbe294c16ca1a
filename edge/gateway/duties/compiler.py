"""From routes of the config to the policies of a generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config.problems import Problem
from edge.errors import EdgeError
from edge.gateway.caching.duty import cache_of
from edge.gateway.compression.duty import Compressors, compression_of
from edge.gateway.duties.auth_basic import PasswordChecks
from edge.gateway.duties.auth_compiler import AuthCompiler
from edge.gateway.duties.cors import Cors
from edge.gateway.duties.header_rules import ResponseRules, Rules
from edge.gateway.duties.key_service import KeyService
from edge.gateway.duties.policy import NO_POLICIES, Auth, Policies, ResponseDuty, RoutePolicy
from edge.gateway.duties.rate_limit import Limiting
from edge.gateway.duties.route_auth import BrokenAuth
from edge.gateway.own_answers import methods_of
from edge.services.dial.dialer import Dialer
from edge.services.rate.buckets import LocalBuckets
from edge.services.rate.table import SlotTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from edge.config.keypath import KeyPath
    from edge.config.model import Config
    from edge.config.route_model import Route
    from edge.gateway.caching.shared import Caching
    from edge.invocation import Invoker

_NOTHING = RoutePolicy()


class PolicyCompiler:
    """Makes policies.  Lives as long as the process: it has what outlives a generation (counters, caches, keys)."""

    def __init__(
        self,
        caching: Caching | None = None,
        limiting: Limiting | None = None,
        keys: KeyService | None = None,
        invoker: Invoker | None = None,
    ) -> None:
        """`keys` fetches those of issuers; `invoker` runs the functions that are asked who may call."""
        self._limiting = limiting or Limiting(LocalBuckets(SlotTable()))
        self._compressors = Compressors()
        self._caching = caching
        self._checks = PasswordChecks()
        self._keys = keys or KeyService(lambda _name, outbound: Dialer(outbound.policy))
        self._invoker = invoker

    def compile(self, config: Config, routes: Sequence[Route], environ: Mapping[str, str]) -> Policies:
        """The policies of these routes.  Reads the disk."""
        self._keys.configure(config)
        auths = AuthCompiler(config, environ, self._checks, self._keys, self._invoker)
        problems: list[Problem] = []
        own = len(config.routes)
        paths: Iterable[KeyPath] = (
            ("routes", number) if number < own else ("functions", route.function, "trigger")
            for number, route in enumerate(routes)
        )
        made = (self._policy(config, *place, auths, problems) for place in zip(routes, paths, strict=True))
        policies = tuple(made)
        return Policies(policies, auths.digest, tuple(problems)) if any(policies) else NO_POLICIES

    def _policy(
        self, config: Config, route: Route, path: KeyPath, auths: AuthCompiler, problems: list[Problem]
    ) -> RoutePolicy | None:
        """None for a route without duties."""
        cors = Cors(route.cors, methods_of(route) or ()) if route.cors is not None else None
        rules = ResponseRules(route.response_headers) if route.response_headers is not None else None
        compression = compression_of(config, route, self._compressors)
        limits, marks = self._limiting.of(config, route)
        on_answer: tuple[ResponseDuty | None, ...] = (*marks, rules, cors, compression)
        policy = RoutePolicy(
            cors=cors,
            limits=limits,
            auth=_auth(route, path, auths, problems),
            max_body=route.max_body,
            body_timeout=route.body_timeout,
            timeout=route.timeout,
            cache=cache_of(route, self._caching),
            request_headers=Rules(route.request_headers) if route.request_headers is not None else None,
            on_answer=tuple(duty for duty in on_answer if duty is not None),
        )
        return policy if policy != _NOTHING else None


def _auth(route: Route, path: KeyPath, auths: AuthCompiler, problems: list[Problem]) -> Auth | None:
    """The duty, or one that lets nobody in when it cannot be set up."""
    if route.auth is None:
        return None
    try:
        return auths.duty(route.auth)
    except EdgeError as error:
        problems.append(Problem((*path, "auth"), str(error)))
        return BrokenAuth()
