"""Reload as a transaction: read, validate, build what has changed, try it, swap; or change nothing at all.

Each generation lives in a task of its own, which holds its functions and lets them go when its last request has ended.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import structlog
import trio

from edge.config.diff import diff, live
from edge.config.model import Config
from edge.errors import ConfigError, EdgeError
from edge.gateway.control import ReloadResult
from edge.gateway.duties.compiler import PolicyCompiler
from edge.gateway.duties.policy import NO_POLICIES, Policies
from edge.gateway.generation import Generation, GenerationHolder, LoadedFunction, find_function, generation_hash
from edge.gateway.loader import Prepared, Surveyed, finish, problem, survey
from edge.gateway.plan.planner import plan_reload
from edge.gateway.smoke import smoke
from edge.gateway.standing import Standing, affected
from edge.packages.reads import PackageReads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from edge.config.function_file import PackageSettings
    from edge.config.route_model import Route
    from edge.config.smoke_model import SmokeConfig
    from edge.gateway.metrics import Metrics
    from edge.gateway.plan.compare import Plan
    from edge.gateway.plan.planner import Inspect
    from edge.gateway.source import ConfigSource
    from edge.gateway.standing import Open
    from edge.invocation import Invoker

    Warm = Callable[[Prepared], Awaitable[None]]
    Applied = Callable[[Config], None]

_PARALLEL = 2
_TOLD = 50  # functions that a log line names

log = structlog.get_logger()


class _Parts(msgspec.Struct):
    """A generation in the making: `kept` stay as they are, `built` are others or new, `errors` cannot be used."""

    config: Config
    surveyed: dict[str, Surveyed]
    kept: dict[str, Standing]
    built: dict[str, Prepared]
    errors: dict[str, EdgeError]
    policies: Policies = NO_POLICIES

    @property
    def routes(self) -> list[Route]:
        """The gateway's routes, then those that packages bring: the gateway's file wins."""
        usable = (found for name, found in self.surveyed.items() if name not in self.errors)
        return [*self.config.routes, *(route for found in usable for route in found.packaged.routes)]

    @property
    def hash(self) -> str:
        marks = {name: str(error) for name, error in self.errors.items()}
        marks |= {name: found.fingerprint for name, found in self.surveyed.items() if name not in self.errors}
        return generation_hash(self.config, marks, self.routes, self.policies.digest)


class Workshop(NamedTuple):
    """What makes functions ready.

    `warm` compiles a function's package into the cache (it may fail); `open_function` makes the function
    ready and keeps it so while its context lasts, and gets what finds the other functions of its generation; `invoker`
    tries it; `inspect` says what there is to be known of a package.
    """

    warm: Warm
    open_function: Open
    invoker: Invoker
    inspect: Inspect


class Reloader:
    """Makes generations from a source.

    `applied` is told each config that has come into force; `duties` makes the policies of routes.
    """

    def __init__(
        self,
        source: ConfigSource,
        holder: GenerationHolder,
        nursery: trio.Nursery,
        metrics: Metrics,
        workshop: Workshop,
        applied: Applied,
        duties: PolicyCompiler | None = None,
    ) -> None:
        self._source = source
        self._holder = holder
        self._nursery = nursery
        self._metrics = metrics
        self._workshop = workshop
        self._applied = applied
        self._duties = duties or PolicyCompiler()
        self._reads: PackageReads[PackageSettings] = PackageReads()
        self._lock = trio.Lock()
        self._started = trio.Event()
        self.last_error = ""
        self.smoke: dict[str, list[str]] = {}
        self.count = 0
        self.content: bytes | None = None  # of the config file, as it serves

    async def start(self, config: Config) -> None:
        """Put the first generation in place; functions that cannot be loaded answer an error."""
        async with self._lock:
            parts = await self._build(config, {})
            for name, error in parts.errors.items():
                log.error("function_broken", function=name, error=str(error))
            for line in parts.policies.problems:
                log.error("route_broken", error=line)
            await self._swap(parts)
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

    async def plan(self, salt: str) -> Plan:
        """What a reload would change.  Raises ConfigError."""
        await self._started.wait()
        with self._holder.pin() as running:
            return await trio.to_thread.run_sync(plan_reload, self._source, running, self._workshop.inspect, salt)

    async def _reload(self, content: bytes | None) -> bool:
        began = time.perf_counter()
        running = self._holder.current()
        if content is None:
            content = await trio.to_thread.run_sync(self._source.content)
        wanted = await trio.to_thread.run_sync(self._source.read, content)
        config, warnings = live(running.config, wanted)
        for warning in (*warnings, *wanted.origin.warnings):
            log.warning("config", warning=warning)
        parts = await self._build(config, running.standing)
        if parts.errors and not self._source.tolerant:
            raise ConfigError([problem(name, error) for name, error in parts.errors.items()])
        if parts.policies.problems and not self._source.tolerant:
            raise ConfigError(list(parts.policies.problems))
        if parts.hash == running.hash:
            self.content = content
            return False
        await self._swap(parts)
        self.content = content
        self._log_change(running.config, parts, time.perf_counter() - began)
        return True

    def _log_change(self, old: Config, parts: _Parts, seconds: float) -> None:
        changes = diff(old, parts.config)
        log.info(
            "reloaded",
            generation=self._holder.current().hash,
            added=list(changes.functions_added)[:_TOLD],
            removed=list(changes.functions_removed)[:_TOLD],
            rebuilt=list(parts.built)[:_TOLD],
            rebuilt_count=len(parts.built),
            broken=list(parts.errors)[:_TOLD],
            ms=round(seconds * 1000, 1),
        )

    # -- building

    async def _build(self, config: Config, running: Mapping[str, Standing]) -> _Parts:
        """Read and compile what is not running already, a few at a time."""
        surveyed, errors = await trio.to_thread.run_sync(self._survey, config)
        changed = {name for name, found in surveyed.items() if not _same(found, running.get(name))}
        gone = (running.keys() | errors.keys()) - surveyed.keys()
        services = {name: found.settings.services for name, found in surveyed.items()}
        fresh = affected(changed | gone, services) & surveyed.keys()
        built: dict[str, Prepared] = {}
        limiter = trio.CapacityLimiter(_PARALLEL)

        async def one(name: str) -> None:
            async with limiter:
                try:
                    surveyed[name], found = await trio.to_thread.run_sync(self._finish, config, surveyed[name])
                    await self._workshop.warm(found)
                except EdgeError as error:
                    errors[name] = error
                else:
                    built[name] = found

        async with trio.open_nursery() as nursery:
            for name in surveyed:
                if name in fresh:
                    nursery.start_soon(one, name)
        self._reads.keep(config.functions)
        order = list(config.functions)
        parts = _Parts(
            config,
            {name: surveyed[name] for name in order if name in surveyed},
            {name: running[name] for name in order if name in surveyed and name not in fresh},
            {name: built[name] for name in order if name in built},
            {name: errors[name] for name in order if name in errors},
        )
        compile_duties = partial(self._duties.compile, config, parts.routes, self._source.environ)
        parts.policies = await trio.to_thread.run_sync(compile_duties)
        return parts

    def _survey(self, config: Config) -> tuple[dict[str, Surveyed], dict[str, EdgeError]]:
        """All functions.  Blocks."""
        surveyed: dict[str, Surveyed] = {}
        errors: dict[str, EdgeError] = {}
        for name in config.functions:
            try:
                surveyed[name] = survey(config, name, self._source.environ, self._reads)
            except EdgeError as error:
                errors[name] = error
        return surveyed, errors

    def _finish(self, config: Config, found: Surveyed) -> tuple[Surveyed, Prepared]:
        """With its package, which may have changed meanwhile.  Blocks."""
        if found.bundle is None:
            found = survey(config, found.name, self._source.environ, self._reads, fresh=True)
        return msgspec.structs.replace(found, bundle=None), finish(config, found)

    # -- the swap

    async def _swap(self, parts: _Parts) -> None:
        """Raises ConfigError when a function fails its smoke tests and another generation can go on serving."""
        generation: Generation = await self._nursery.start(self._live, parts)
        failed = True
        try:
            found = await self._smoke(generation, parts)
            problems = [line for lines in found.values() for line in lines]
            for line in problems:
                log.error("smoke_failed", problem=line, generation=generation.hash)
            if problems and not self._holder.is_empty:
                raise ConfigError(problems)
            failed = False
        finally:
            if failed:
                generation.retire()
        self.smoke = {name: lines for name, lines in self.smoke.items() if name in parts.kept} | found
        self._holder.swap(generation)
        self._applied(parts.config)
        self._metrics.generation(generation.hash)
        self.count += 1

    async def _smoke(self, generation: Generation, parts: _Parts) -> dict[str, list[str]]:
        """Try the functions that are new or have changed; of those that failed a line for everything that was wrong."""
        found: dict[str, list[str]] = {}
        limiter = trio.CapacityLimiter(_PARALLEL)

        async def one(name: str, tests: list[SmokeConfig]) -> None:
            async with limiter:
                found[name] = await smoke(self._workshop.invoker, generation.function(name), tests)

        async with trio.open_nursery() as nursery:
            for name in parts.built:
                tests = parts.surveyed[name].settings.smoke
                if tests:
                    nursery.start_soon(one, name, tests)
        return {name: found[name] for name in parts.built if found.get(name)}

    async def _live(self, parts: _Parts, task_status: trio.TaskStatus[Generation]) -> None:
        """The life of one generation."""
        with ExitStack() as stack:
            standing = {name: stack.enter_context(kept.held()) for name, kept in parts.kept.items()}
            functions = {name: LoadedFunction(name, error=error) for name, error in parts.errors.items()}
            functions |= {name: kept.loaded for name, kept in standing.items()}
            families: list[tuple[dict[str, LoadedFunction], Prepared]] = []
            for name, found in parts.built.items():
                family: dict[str, LoadedFunction] = {}
                families.append((family, found))
                standing[name] = stack.enter_context(Standing(parts.surveyed[name]).held())
                start = partial(standing[name].run, found, partial(find_function, family), self._workshop.open_function)
                functions[name] = (await self._nursery.start(start)).loaded
            for family, found in families:
                targets = found.function.services.values()
                family.update({target: functions[target] for target in targets if target in functions})
            functions = {name: functions[name] for name in parts.config.functions}
            generation = Generation(parts.config, functions, parts.routes, parts.hash, standing, parts.policies)
            task_status.started(generation)
            await generation.retired.wait()
            await generation.unused.wait()


def _same(found: Surveyed, running: Standing | None) -> bool:
    return running is not None and running.fingerprint == found.fingerprint
