"""Reload as a transaction: read, validate, build everything, swap; or change nothing at all.

Each generation lives in a task of its own, which holds its compiled packages and outgoing connections and
lets them go when the last request of the generation has ended.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import structlog
import trio

from edge.config.diff import diff, live
from edge.errors import ConfigError, EdgeError
from edge.gateway.control import ReloadResult
from edge.gateway.duties.compiler import PolicyCompiler
from edge.gateway.generation import Generation, GenerationHolder, LoadedFunction, find_function
from edge.gateway.loader import Prepared, prepare, problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from edge.config.model import Config
    from edge.config.route_model import Route
    from edge.function import Function
    from edge.gateway.duties.policy import Policies
    from edge.gateway.metrics import Metrics
    from edge.gateway.source import ConfigSource

    Find = Callable[[str], Function]
    Open = Callable[[Prepared, Find], AbstractAsyncContextManager[LoadedFunction]]
    Warm = Callable[[Prepared], Awaitable[None]]
    Applied = Callable[[Config], None]

_PARALLEL = 2

log = structlog.get_logger()


class Reloader:
    """Makes generations from a source.

    `warm` compiles a function's package into the cache (it may fail); `open_function` makes the function
    ready and keeps it so while its context lasts, and gets what finds the other functions of its generation;
    `applied` is told each config that has come into force; `duties` makes the policies of routes.
    """

    def __init__(
        self,
        source: ConfigSource,
        holder: GenerationHolder,
        nursery: trio.Nursery,
        metrics: Metrics,
        warm: Warm,
        open_function: Open,
        applied: Applied,
        duties: PolicyCompiler | None = None,
    ) -> None:
        self._source = source
        self._holder = holder
        self._nursery = nursery
        self._metrics = metrics
        self._warm = warm
        self._open = open_function
        self._applied = applied
        self._duties = duties or PolicyCompiler()
        self._lock = trio.Lock()
        self._started = trio.Event()
        self.last_error = ""
        self.count = 0

    async def start(self, config: Config) -> None:
        """Put the first generation in place; functions that cannot be loaded answer an error."""
        async with self._lock:
            prepared, errors = await self._prepare(config)
            for name, error in errors.items():
                log.error("function_broken", function=name, error=str(error))
            policies = await self._compile(config, prepared)
            for line in policies.problems:
                log.error("route_broken", error=line)
            await self._swap(config, prepared, errors, policies)
        self._started.set()

    async def reload(self, content: bytes | None = None) -> ReloadResult:
        """Read the source again and serve it.  Raises ConfigError, after which nothing has changed."""
        await self._started.wait()
        async with self._lock:
            try:
                changed = await self._reload(content)
            except EdgeError as error:
                self.last_error = error.message
                self._metrics.reloaded(ok=False)
                log.error("reload_failed", error=error.message, generation=self._holder.current().hash)  # noqa: TRY400 - not our bug
                raise
            self.last_error = ""
            self._metrics.reloaded(ok=True)
            return ReloadResult(changed, self._holder.current().hash)

    async def _reload(self, content: bytes | None) -> bool:
        running = self._holder.current()
        wanted = await trio.to_thread.run_sync(self._source.read, content)
        config, warnings = live(running.config, wanted)
        for warning in (*warnings, *wanted.origin.warnings):
            log.warning("config", warning=warning)
        prepared, errors = await self._prepare(config)
        if errors and not self._source.tolerant:
            raise ConfigError([problem(name, error) for name, error in errors.items()])
        policies = await self._compile(config, prepared)
        if policies.problems and not self._source.tolerant:
            raise ConfigError(list(policies.problems))
        if _candidate(config, prepared, errors, policies).hash == running.hash:
            return False
        await self._swap(config, prepared, errors, policies)
        self._log_change(running.config, config)
        return True

    def _log_change(self, old: Config, new: Config) -> None:
        changes = diff(old, new)
        current = self._holder.current()
        log.info(
            "reloaded",
            generation=current.hash,
            added=list(changes.functions_added),
            removed=list(changes.functions_removed),
            broken=[name for name, loaded in current.functions.items() if loaded.error],
        )

    # -- building

    async def _prepare(self, config: Config) -> tuple[dict[str, Prepared], dict[str, EdgeError]]:
        """Read and compile every function, a few at a time."""
        prepared: dict[str, Prepared] = {}
        errors: dict[str, EdgeError] = {}
        limiter = trio.CapacityLimiter(_PARALLEL)

        async def one(name: str) -> None:
            async with limiter:
                try:
                    found = await trio.to_thread.run_sync(prepare, config, name, self._source.environ)
                    await self._warm(found)
                except EdgeError as error:
                    errors[name] = error
                else:
                    prepared[name] = found

        async with trio.open_nursery() as nursery:
            for name in config.functions:
                nursery.start_soon(one, name)
        order = list(config.functions)
        return {name: prepared[name] for name in order if name in prepared}, {
            name: errors[name] for name in order if name in errors
        }

    async def _compile(self, config: Config, prepared: dict[str, Prepared]) -> Policies:
        """The duties of all routes."""
        routes = _routes(config, prepared)
        return await trio.to_thread.run_sync(self._duties.compile, config, routes, self._source.environ)

    async def _swap(
        self, config: Config, prepared: dict[str, Prepared], errors: dict[str, EdgeError], policies: Policies
    ) -> None:
        generation: Generation = await self._nursery.start(self._live, config, prepared, errors, policies)
        self._holder.swap(generation)
        self._applied(config)
        self.count += 1

    async def _live(
        self,
        config: Config,
        prepared: dict[str, Prepared],
        errors: dict[str, EdgeError],
        policies: Policies,
        task_status: trio.TaskStatus[Generation],
    ) -> None:
        """The life of one generation."""
        async with AsyncExitStack() as stack:
            functions = {name: LoadedFunction(name, error=error) for name, error in errors.items()}
            for name, found in prepared.items():
                functions[name] = await stack.enter_async_context(self._open(found, partial(find_function, functions)))
            generation = Generation(config, functions, _routes(config, prepared), policies)
            task_status.started(generation)
            await generation.retired.wait()
            await generation.unused.wait()


def _routes(config: Config, prepared: dict[str, Prepared]) -> list[Route]:
    """The gateway's routes, then those that packages bring: the gateway's file wins."""
    return [*config.routes, *(route for found in prepared.values() for route in found.routes)]


def _candidate(
    config: Config, prepared: dict[str, Prepared], errors: dict[str, EdgeError], policies: Policies
) -> Generation:
    """What the generation would be, without making anything ready: for its hash."""
    functions = {name: LoadedFunction(name, error=error) for name, error in errors.items()}
    functions.update(
        {name: LoadedFunction(name, found.function, schedules=found.schedules) for name, found in prepared.items()}
    )
    return Generation(config, functions, _routes(config, prepared), policies)
