"""Makes generations: reads packages, compiles what is new, makes functions ready, and tries them."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import structlog
import trio

from edge.config.model import Config
from edge.errors import ConfigError, EdgeError
from edge.gateway.deploys.deployed import deployed_config
from edge.gateway.generation import Generation, LoadedFunction, find_function
from edge.gateway.loader import Prepared, Surveyed, finish, survey
from edge.gateway.parts import Parts
from edge.gateway.smoke import smoke
from edge.gateway.standing import Standing, affected
from edge.gateway.versions.compiler import compile_splits
from edge.gateway.versions.expand import is_version_of, with_targets, with_versions
from edge.packages.reads import PackageReads
from edge.packages.versions import split_reference

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

    from edge.config.function_file import PackageSettings
    from edge.config.smoke_model import SmokeConfig
    from edge.function import Function
    from edge.gateway.duties.compiler import PolicyCompiler
    from edge.gateway.plan.planner import Inspect
    from edge.gateway.source import ConfigSource
    from edge.gateway.standing import Open
    from edge.gateway.versions.rollout import Rollouts
    from edge.invocation import Invoker
    from edge.packages.uploads import Uploads

    Warm = Callable[[Prepared], Awaitable[list[str]]]
    GetReady = Callable[[Function, Iterable[Function]], Awaitable[None]]

_PARALLEL = 2
log = structlog.get_logger()


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


class Maker:
    """Makes generations, in tasks of its nursery.  `serving` are the parts of the one that serves."""

    def __init__(
        self,
        source: ConfigSource,
        nursery: trio.Nursery,
        workshop: Workshop,
        duties: PolicyCompiler,
        rollouts: Rollouts,
    ) -> None:
        self._source = source
        self._nursery = nursery
        self._workshop = workshop
        self._duties = duties
        self._rollouts = rollouts
        self._reads: PackageReads[PackageSettings] = PackageReads()
        self.serving = Parts(Config(), {}, {}, {}, {})
        self.uploads: Uploads | None = None

    # -- reading and compiling

    async def make(
        self,
        said: Config,
        numbers: Mapping[str, int],
        running: Mapping[str, Standing],
        only: Collection[str] | None,
        proposed: Collection[str],
    ) -> Parts:
        """Read and compile what is not running already, a few at a time; what is `proposed` must be without fault.

        `numbers` are the uploaded versions that are to serve.  What is not in `only` is as it was.
        """
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
        parts = Parts(
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
                if name in self.serving.surveyed:
                    surveyed[name] = self.serving.surveyed[name]
                    continue
                if name in self.serving.errors:
                    errors[name] = self.serving.errors[name]
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

    # -- making ready

    async def live(self, parts: Parts, task_status: trio.TaskStatus[Generation]) -> None:
        """The life of one generation: until it is retired and its last request has ended."""
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
            splits = compile_splits(parts.routes, self._rollouts)
            generation = await trio.to_thread.run_sync(  # ten thousand routes take their time
                lambda: Generation(
                    *(parts.config, functions, parts.routes, parts.hash, standing, parts.policies), splits
                )
            )
            task_status.started(generation)
            await generation.retired.wait()
            await generation.unused.wait()

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

    async def get_ready(self, generation: Generation, parts: Parts, running: Generation) -> None:
        """What is in use is not to wait because it has changed: versions of a function stand for each other."""
        before: dict[str, list[Function]] = {}
        for name, loaded in running.functions.items():
            if loaded.function is not None:
                before.setdefault(split_reference(name)[0], []).append(loaded.function)
        async with trio.open_nursery() as nursery:
            for name in parts.built:
                function = generation.functions[name].function
                if function is not None:
                    earlier = before.get(split_reference(name)[0], ())
                    nursery.start_soon(self._workshop.get_ready, function, earlier)

    async def smoke(self, generation: Generation, parts: Parts) -> dict[str, list[str]]:
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
