"""Reload as a transaction: read, validate, build what has changed, try it, swap; or change nothing at all.

Each generation lives in a task of its own, which holds its functions and lets them go when its last request has ended.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import structlog
import trio

from edge.config.diff import diff, live
from edge.config.model import Config
from edge.errors import ConfigError, EdgeError
from edge.gateway.all_routes import all_routes
from edge.gateway.control import ReloadResult
from edge.gateway.deploys.deployed import deployed_config, mentioned, pinned, serving_numbers
from edge.gateway.deploys.redeploy import Redeployed
from edge.gateway.duties.compiler import PolicyCompiler
from edge.gateway.duties.policy import NO_POLICIES, Policies
from edge.gateway.generation import Generation, GenerationHolder, LoadedFunction, find_function, generation_hash
from edge.gateway.loader import Prepared, Surveyed, finish, problem, survey
from edge.gateway.plan.planner import plan_reload
from edge.gateway.smoke import smoke
from edge.gateway.standing import Standing, affected
from edge.gateway.versions.compiler import compile_splits, put_in_force
from edge.gateway.versions.expand import is_version_of, said_splits, with_overrides, with_targets, with_versions
from edge.gateway.versions.overrides import Overrides
from edge.gateway.versions.rollout import Rollouts
from edge.packages.reads import PackageReads
from edge.packages.versions import split_reference

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable

    from edge.config.function_file import PackageSettings
    from edge.config.route_model import Route
    from edge.config.smoke_model import SmokeConfig
    from edge.function import Function
    from edge.gateway.metrics import Metrics
    from edge.gateway.plan.compare import Plan
    from edge.gateway.plan.planner import Inspect
    from edge.gateway.source import ConfigSource
    from edge.gateway.standing import Open
    from edge.gateway.versions.split_store import SplitStore
    from edge.invocation import Invoker
    from edge.packages.uploads import Uploads
    from edge.packages.versions import Versions

    Warm = Callable[[Prepared], Awaitable[list[str]]]
    GetReady = Callable[[Function, Iterable[Function]], Awaitable[None]]
    Applied = Callable[[Config], None]

_PARALLEL = 2
_TOLD = 50  # functions that a log line names

log = structlog.get_logger()


class _Parts(msgspec.Struct):
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
        marks = {name: str(error) for name, error in self.errors.items()}
        marks |= {name: found.fingerprint for name, found in self.surveyed.items() if name not in self.errors}
        return generation_hash(self.config, marks, self.routes, self.policies.digest)


class Workshop(NamedTuple):
    """What makes functions ready.

    `warm` compiles a function's package into the cache (it may fail), and says what in it cannot work;
    `open_function` makes the function ready and keeps it so while its context lasts, and gets what finds the other
    functions of its generation; `invoker` tries it; `inspect` says what there is to be known of a package;
    `get_ready` has the first request to a function find it warm, when those that were there before it are in use.
    """

    warm: Warm
    open_function: Open
    invoker: Invoker
    inspect: Inspect
    get_ready: GetReady


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
        self._said = Config()  # by the source, without what was uploaded
        self._serving = _Parts(self._said, {}, {}, {}, {})
        self._reads: PackageReads[PackageSettings] = PackageReads()
        self._lock = trio.Lock()
        self._started = trio.Event()
        self.uploads: Uploads | None = None
        """Packages that were uploaded; to be set before the start, where there are some."""
        self.splits: SplitStore | None = None
        """Weights that are set at run time; likewise."""
        self.rollouts = Rollouts(trio.current_time)
        self.last_error = ""
        self.smoke: dict[str, list[str]] = {}
        self.count = 0
        self.content: bytes | None = None  # of the config file, as it serves

    async def start(self, config: Config) -> None:
        """Put the first generation in place; functions that cannot be loaded answer an error."""
        async with self._lock:
            parts = await self._build(config, {})
            self._said = config
            for name, error in parts.errors.items():
                log.error("function_broken", function=name, error=str(error))
            for line in parts.policies.lines:
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
            return await trio.to_thread.run_sync(self._plan, running, salt)

    def _plan(self, running: Generation, salt: str) -> Plan:
        """Blocks."""
        said, inspect = said_splits(self._said), self._workshop.inspect
        return plan_reload(self._source, running, inspect, salt, self._deployed, self.uploads, said)

    def _deployed(self, config: Config) -> Config:
        """A config with the versions that serve."""
        return deployed_config(config, serving_numbers(config, self._documents(), {}))

    def _documents(self) -> Mapping[str, Versions]:
        return self.uploads.index.documents if self.uploads else {}

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
            raise ConfigError(parts.policies.lines)
        changed = await trio.to_thread.run_sync(lambda: parts.hash) != running.hash
        if changed:
            await self._swap(parts)
        self._said = config
        self.content = content
        if not changed:
            return False
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

    # -- versions: edge.gateway.deploys.redeploy.Redeployer

    async def redeploy(
        self,
        functions: Collection[str],
        proposal: Mapping[str, int] = MappingProxyType({}),
        commit: Callable[[], Awaitable[object]] | None = None,
    ) -> Redeployed:
        """See Redeployer."""
        await self._started.wait()
        async with self._lock:
            running = self._holder.current()
            began = time.perf_counter()
            parts = await self._build(self._said, running.standing, proposal, frozenset(functions))
            if commit is not None:
                self._check(parts, functions)
            changed = await trio.to_thread.run_sync(lambda: parts.hash) != running.hash
            if changed:
                await self._swap(parts, commit)
                self._log_change(running.config, parts, time.perf_counter() - began)
            elif commit is not None:
                await commit()
            failed = {name: error for name, error in parts.errors.items() if name in functions}
            return Redeployed(changed, self._holder.current().hash, failed | dict(parts.stuck))

    def _check(self, parts: _Parts, functions: Collection[str]) -> None:
        """Raise what has become worse than it is."""
        before = self._serving
        errors = {name: error for name, error in parts.errors.items() if name in functions or name not in before.errors}
        for name, error in errors.items():
            if len(errors) == 1 and name in functions:
                raise error
        routes = [line for line in parts.policies.lines if line not in before.policies.lines]
        if errors or routes:
            raise ConfigError([*(problem(name, error) for name, error in errors.items()), *routes])

    @property
    def config(self) -> Config | None:
        """What the source said last; None before the start."""
        return self._said if self._started.is_set() else None

    def behind(self) -> frozenset[str]:
        """See Redeployer."""
        wanted, serving = serving_numbers(self._said, self._documents(), {}), self._serving.numbers
        return frozenset(name for name in wanted.keys() | serving.keys() if wanted.get(name) != serving.get(name))

    def loaded(self, function: str) -> LoadedFunction | None:
        """See Redeployer."""
        return self._holder.current().functions.get(function)

    def has_own_package(self, function: str) -> bool:
        """See Redeployer."""
        return function in self._said.functions

    def is_pinned(self, function: str) -> bool:
        """See Redeployer."""
        return pinned(self._said, function)

    def mentioned(self, function: str) -> frozenset[str]:
        """See Redeployer."""
        return mentioned(with_overrides(self._said, self._overrides()), function)

    # -- weights: edge.gateway.versions.keeper.Splitter

    def said(self) -> Config:
        """See Splitter."""
        return self._said

    async def resplit(
        self, overrides: Overrides | None = None, commit: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        """See Splitter."""
        await self._started.wait()
        async with self._lock:
            running = self._holder.current()
            began = time.perf_counter()
            parts = await self._build(self._said, running.standing, only=frozenset(), overrides=overrides)
            self._check(parts, [name for name in parts.config.functions if is_version_of(name)])
            if parts.hash != running.hash:
                await self._swap(parts, commit)
                self._log_change(running.config, parts, time.perf_counter() - began)
            elif commit is not None:
                await commit()

    async def open_version(self, generation: Generation, target: str, stack: ExitStack) -> Standing:
        """A version of a function, ready beside the functions of a generation, and held by the stack.

        Raises NotFoundError when it is none, and what is wrong with its package.
        """
        config = with_targets(generation.config, [target])
        prepare_it = partial(survey, config, target, self._source.environ, PackageReads(), self.uploads)
        surveyed, found = await trio.to_thread.run_sync(lambda: self._finish(config, prepare_it()))
        await self._workshop.warm(found)
        standing = Standing(surveyed)
        stack.enter_context(standing.held())
        find = partial(find_function, generation.functions)
        await self._nursery.start(partial(standing.run, found, find, self._workshop.open_function))
        return standing

    def _overrides(self) -> Overrides:
        return self.splits.known if self.splits else Overrides()

    # -- building

    async def _build(
        self,
        config: Config,
        running: Mapping[str, Standing],
        proposal: Mapping[str, int] = MappingProxyType({}),
        only: Collection[str] | None = None,
        overrides: Overrides | None = None,
    ) -> _Parts:
        """The generation of a config, of what was uploaded, and of weights that were set (`overrides`).

        A version that cannot be built leaves the one that runs, unless it is the `proposal`.
        """
        config = with_overrides(config, overrides or self._overrides())
        documents = self._documents()
        numbers = serving_numbers(config, documents, proposal)
        parts = await self._make(config, numbers, running, only, proposal)
        before = self._serving.numbers
        stuck = {
            name: error
            for name, error in parts.errors.items()
            if name in running and name not in proposal and numbers.get(name) != before.get(name)
        }
        if stuck:
            older = {name: before.get(name, 0) for name in stuck}
            numbers = serving_numbers(config, documents, {**proposal, **older})
            parts = await self._make(config, numbers, running, only, proposal)
            parts.stuck = stuck
        return parts

    async def _make(
        self,
        said: Config,
        numbers: Mapping[str, int],
        running: Mapping[str, Standing],
        only: Collection[str] | None,
        proposed: Collection[str],
    ) -> _Parts:
        """Read and compile what is not running already, a few at a time; what is `proposed` must be without fault."""
        config = with_versions(deployed_config(said, numbers))
        surveyed, errors = await trio.to_thread.run_sync(self._survey, config, only)
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
                    problems = await self._workshop.warm(found)
                    if problems and name in proposed:
                        raise ConfigError(problems)
                except EdgeError as error:
                    errors[name] = error
                else:
                    built[name] = found

        async with trio.open_nursery() as nursery:
            for name in surveyed:
                if name in fresh:
                    nursery.start_soon(one, name)
        if only is not None:
            _keep_versions(surveyed, errors, running, fresh)
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
        parts.numbers = numbers
        return parts

    def _survey(self, config: Config, only: Collection[str] | None) -> tuple[dict[str, Surveyed], dict[str, EdgeError]]:
        """All functions; what is not in `only` is as it was when it was looked at last.  Blocks."""
        surveyed: dict[str, Surveyed] = {}
        errors: dict[str, EdgeError] = {}
        for name in config.functions:
            if only is not None and split_reference(name)[0] not in only:
                if name in self._serving.surveyed:
                    surveyed[name] = self._serving.surveyed[name]
                    continue
                if name in self._serving.errors:
                    errors[name] = self._serving.errors[name]
                    continue
            try:
                surveyed[name] = survey(config, name, self._source.environ, self._reads, self.uploads)
            except EdgeError as error:
                errors[name] = error
        return surveyed, errors

    def _finish(self, config: Config, found: Surveyed) -> tuple[Surveyed, Prepared]:
        """With its package, which may have changed meanwhile.  Blocks."""
        if found.bundle is None:
            found = survey(config, found.name, self._source.environ, self._reads, self.uploads, fresh=True)
        return msgspec.structs.replace(found, bundle=None), finish(config, found)

    # -- the swap

    async def _swap(self, parts: _Parts, commit: Callable[[], Awaitable[object]] | None = None) -> None:
        """Raises ConfigError when a function fails its smoke tests and another generation can go on serving.

        `commit` is awaited when nothing else can fail any more; what it raises stops the swap.
        """
        generation: Generation = await self._nursery.start(self._live, parts)
        failed = True
        try:
            found = await self._smoke(generation, parts)
            problems = [line for lines in found.values() for line in lines]
            for line in problems:
                log.error("smoke_failed", problem=line, generation=generation.hash)
            if problems and not self._holder.is_empty:
                raise ConfigError(problems)
            await self._get_ready(generation, parts)
            if commit is not None:
                await commit()
            failed = False
        finally:
            if failed:
                generation.retire()
        self.smoke = {name: lines for name, lines in self.smoke.items() if name in parts.kept} | found
        self._serving = parts
        self._holder.swap(generation)
        put_in_force(parts.routes, self.rollouts, self._age)
        self._applied(parts.config)
        self._metrics.generation(generation.hash)
        self.count += 1

    async def _get_ready(self, generation: Generation, parts: _Parts) -> None:
        """What is in use is not to wait because it has changed: versions of a function stand for each other."""
        if self._holder.is_empty:
            return
        before: dict[str, list[Function]] = {}
        for name, loaded in self._holder.current().functions.items():
            if loaded.function is not None:
                before.setdefault(split_reference(name)[0], []).append(loaded.function)
        async with trio.open_nursery() as nursery:
            for name in parts.built:
                function = generation.functions[name].function
                if function is not None:
                    earlier = before.get(split_reference(name)[0], ())
                    nursery.start_soon(self._workshop.get_ready, function, earlier)

    def _age(self, target: str) -> tuple[int, int]:
        """When a version was uploaded, and its number."""
        try:
            found = self.uploads.index.resolve(target) if self.uploads else None
        except EdgeError:
            return 0, 0
        return (found.created, found.number) if found else (0, 0)

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
            splits = compile_splits(parts.routes, self.rollouts)
            generation = await trio.to_thread.run_sync(  # ten thousand routes take their time
                lambda: Generation(
                    *(parts.config, functions, parts.routes, parts.hash, standing, parts.policies), splits
                )
            )
            task_status.started(generation)
            await generation.retired.wait()
            await generation.unused.wait()


def _keep_versions(
    surveyed: dict[str, Surveyed], errors: dict[str, EdgeError], running: Mapping[str, Standing], fresh: set[str]
) -> None:
    """An alias that now stands for what cannot be built goes on to stand, in splits, for what it did."""
    for name in [name for name in errors if is_version_of(name) and name in running]:
        log.error("version_stuck", function=name, error=str(errors.pop(name)))
        surveyed[name] = running[name].surveyed
        fresh.discard(name)


def _same(found: Surveyed, running: Standing | None) -> bool:
    return running is not None and running.fingerprint == found.fingerprint
