"""A generation: config, routes and functions that belong together, immutable, kept while requests use it."""

from __future__ import annotations

import hashlib
import time
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.errors import EdgeError, FunctionError, NotFoundError
from edge.function import Function
from edge.gateway.duties.policy import NO_POLICIES, Policies, RoutePolicy
from edge.gateway.header_match import SCHEME
from edge.gateway.own_answers import methods_of, own_answer_of
from edge.gateway.route_rule import RouteRule
from edge.gateway.routing import Router
from edge.packages.bundle import Bundle
from edge.packages.report import NOTHING, PackageReport
from edge.schedule.schedule import Schedule
from edge.services.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.config.model import Config
    from edge.config.route_model import Route
    from edge.gateway.standing import Standing
    from edge.gateway.versions.previews import Preview
    from edge.gateway.versions.split import Split


class LoadedFunction(msgspec.Struct, frozen=True):
    """A function that serves, or the reason why it does not."""

    name: str
    function: Function | None = None
    error: EdgeError | None = None
    level: str = ""
    reason: str = ""
    report: PackageReport = NOTHING
    bundle: Bundle | None = None
    outbound: Outbound | None = None
    schedules: tuple[Schedule, ...] = ()


def find_function(functions: Mapping[str, LoadedFunction], name: str) -> Function:
    """One of these, ready to be invoked.  Raises NotFoundError, or FunctionError when it could not be built."""
    loaded = functions.get(name)
    if loaded is None:
        raise NotFoundError(f"there is no function {name!r}")
    if loaded.function is None:
        reason = loaded.error.message if loaded.error else "unknown reason"
        raise FunctionError(f"function {name} could not be loaded: {reason}")
    return loaded.function


class Generation:
    """See edge.gateway.generations.Generation for what the data path uses.

    `standing` are the functions of `functions` that are ready, for the next generation to take over.
    """

    def __init__(
        self,
        config: Config,
        functions: dict[str, LoadedFunction],
        routes: list[Route],
        mark: str,
        standing: Mapping[str, Standing] = MappingProxyType({}),
        policies: Policies = NO_POLICIES,
        splits: Sequence[Split | None] = (),
    ) -> None:
        """`mark` is its hash; see `generation_hash`."""
        self.config = config
        self.functions = functions
        self.routes = routes
        duties = policies.of or (None,) * len(routes)
        each = zip(routes, duties, splits or (None,) * len(routes), strict=True)
        self.router = Router([rule_of(config, route, policy, split) for route, policy, split in each])
        self.hash = mark
        self.standing = standing
        self.since = time.time()
        self.users = 0
        self.retired = trio.Event()
        self.unused = trio.Event()

    def function(self, name: str) -> Function:
        """The function, ready to be invoked.  Raises NotFoundError, or FunctionError when it could not be built."""
        return find_function(self.functions, name)

    def preview(self, wanted: Preview) -> str:
        """The version that a preview is of, as `hello@v3`: hosts tell no capitals.  Raises NotFoundError."""
        for name in self.functions:
            if name.lower() == wanted.function:
                return f"{name}@{wanted.version}"
        raise NotFoundError(f"there is no function {wanted.function[:80]!r}")

    def hosts_of(self, name: str) -> list[str]:
        """Hosts by which routes lead to a function, a name below each wildcard."""
        leading = (route.host for route in self.routes if name in (route.function, *map(_name_of, route.split)))
        return [host.replace("*", "preview", 1) for host in dict.fromkeys(leading) if host]

    def hold(self) -> None:
        """It is in use, until `release`."""
        self.users += 1

    def release(self) -> None:
        """One use less; the last one of a retired generation ends it."""
        self.users -= 1
        if not self.users and self.retired.is_set():
            self.unused.set()

    def retire(self) -> None:
        """No new request will use it; it is unused once the last one ends."""
        self.retired.set()
        if not self.users:
            self.unused.set()


class Pinned:
    """A context manager: keeps a generation until it is left."""

    __slots__ = ("_generation",)

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    def __enter__(self) -> Generation:
        self._generation.hold()
        return self._generation

    def __exit__(self, *_: object) -> None:
        self._generation.release()


class GenerationHolder:
    """The generation that serves now (edge.gateway.generations.Generations)."""

    def __init__(self) -> None:
        self._current: Generation | None = None
        self._retired: list[Generation] = []

    @property
    def draining(self) -> list[Generation]:
        """Those that serve no new request, but still have some; the oldest first."""
        self._retired = [generation for generation in self._retired if generation.users]
        return self._retired

    @property
    def is_empty(self) -> bool:
        """Whether there has been no generation yet."""
        return self._current is None

    def current(self) -> Generation:
        """The generation that serves now."""
        assert self._current is not None  # listeners are opened after the first generation is in place
        return self._current

    def pin(self) -> Pinned:
        """The generation that serves now, kept until the context is left."""
        return Pinned(self.current())

    def swap(self, generation: Generation) -> Generation | None:
        """Put a new generation in place, atomically; answers the old one, retired."""
        old, self._current = self._current, generation
        if old is not None:
            old.retire()
            self._retired = [*self.draining, old]
        return old


def _name_of(target: str) -> str:
    return target.partition("@")[0]


def rule_of(config: Config, route: Route, policy: RoutePolicy | None, split: Split | None = None) -> RouteRule:
    """A route of the config as the router takes it."""
    return RouteRule(
        path=route.path,
        function=route.function,
        host=route.host or None,
        methods=methods_of(route),
        strip_prefix=bool(route.strip_prefix),
        policy=policy,
        headers=(*route.headers.items(), *(((SCHEME, route.scheme),) if route.scheme else ())),
        answer=own_answer_of(config, route, protected=policy is not None and policy.auth is not None),
        split=split,
    )


def generation_hash(config: Config, functions: Mapping[str, str], routes: list[Route], duties: str = "") -> str:
    """Of everything that a client could tell apart.

    `functions` has the fingerprint of each, or why it is broken; `duties` is the digest of the routes' policies.
    """
    plain = msgspec.to_builtins(msgspec.structs.replace(config, origin=type(config.origin)(), routes=[]))
    known = [plain, sorted(functions.items()), routes, duties]
    return hashlib.sha256(msgspec.json.encode(known, order="deterministic")).hexdigest()[:16]
