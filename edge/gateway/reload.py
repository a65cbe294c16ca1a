"""Reload as a transaction: read, validate, build what has changed, try it, swap; or change nothing at all.

Each generation lives in a task of its own, which holds its functions and lets them go when its last request has ended.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog
import trio

from edge.config.diff import diff, live
from edge.config.model import Config
from edge.errors import ConfigError, EdgeError
from edge.gateway.control import ReloadResult
from edge.gateway.deploys.deployed import deployed_config, mentioned, pinned, serving_numbers
from edge.gateway.deploys.redeploy import Redeployed
from edge.gateway.duties.compiler import PolicyCompiler
from edge.gateway.generation import Generation, GenerationHolder, LoadedFunction
from edge.gateway.loader import problem
from edge.gateway.maker import Maker
from edge.gateway.parts import Parts
from edge.gateway.plan.planner import plan_reload
from edge.gateway.standing import Standing
from edge.gateway.versions.compiler import put_in_force
from edge.gateway.versions.expand import is_version_of, said_splits, with_overrides
from edge.gateway.versions.overrides import Overrides
from edge.gateway.versions.rollout import Rollouts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from edge.gateway.maker import Workshop
    from edge.gateway.metrics import Metrics
    from edge.gateway.plan.compare import Plan
    from edge.gateway.source import ConfigSource
    from edge.gateway.versions.split_store import SplitStore
    from edge.packages.uploads import Uploads
    from edge.packages.versions import Versions

    Applied = Callable[[Config], None]

_TOLD = 50  # functions that a log line names

log = structlog.get_logger()


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
        self._inspect = workshop.inspect
        self._applied = applied
        self._said = Config()  # by the source, without what was uploaded
        self.rollouts = Rollouts(trio.current_time)
        self._maker = Maker(source, nursery, workshop, duties or PolicyCompiler(), self.rollouts)
        self.open_version = self._maker.open_version
        self._lock = trio.Lock()
        self._started = trio.Event()
        self.splits: SplitStore | None = None
        """Weights that are set at run time; to be set before the start, where there are some."""
        self.last_error = ""
        self.smoke: dict[str, list[str]] = {}
        self.count = 0
        self.content: bytes | None = None  # of the config file, as it serves

    @property
    def uploads(self) -> Uploads | None:
        """Packages that were uploaded; to be set before the start, where there are some."""
        return self._maker.uploads

    @uploads.setter
    def uploads(self, uploads: Uploads) -> None:
        self._maker.uploads = uploads

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
        said, inspect = said_splits(self._said), self._inspect
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
            for name, error in parts.errors.items():
                log.error("function_broken", function=name, error=str(error))
            await self._swap(parts)
        self._said = config
        self.content = content
        if not changed:
            return False
        self._log_change(running.config, parts, time.perf_counter() - began)
        return True

    def _log_change(self, old: Config, parts: Parts, seconds: float) -> None:
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

    def _check(self, parts: Parts, functions: Collection[str]) -> None:
        """Raise what has become worse than it is."""
        before = self._maker.serving
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
        wanted, serving = serving_numbers(self._said, self._documents(), {}), self._maker.serving.numbers
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
    ) -> Parts:
        """The generation of a config, of what was uploaded, and of weights that were set (`overrides`).

        A version that cannot be built leaves the one that runs, unless it is the `proposal`.
        """
        config = with_overrides(config, overrides or self._overrides())
        documents = self._documents()
        numbers = serving_numbers(config, documents, proposal)
        parts = await self._maker.make(config, numbers, running, only, proposal)
        before = self._maker.serving.numbers
        stuck = {
            name: error
            for name, error in parts.errors.items()
            if name in running and name not in proposal and numbers.get(name) != before.get(name)
        }
        if stuck:
            older = {name: before.get(name, 0) for name in stuck}
            numbers = serving_numbers(config, documents, {**proposal, **older})
            parts = await self._maker.make(config, numbers, running, only, proposal)
            parts.stuck = stuck
        return parts

    # -- the swap

    async def _swap(self, parts: Parts, commit: Callable[[], Awaitable[object]] | None = None) -> None:
        """Raises ConfigError when a function fails its smoke tests and another generation can go on serving.

        `commit` is awaited when nothing else can fail any more; what it raises stops the swap.
        """
        generation: Generation = await self._nursery.start(self._maker.live, parts)
        failed = True
        try:
            found = await self._maker.smoke(generation, parts)
            problems = [line for lines in found.values() for line in lines]
            for line in problems:
                log.error("smoke_failed", problem=line, generation=generation.hash)
            if problems and not self._holder.is_empty:
                raise ConfigError(problems)
            if not self._holder.is_empty:
                await self._maker.get_ready(generation, parts, self._holder.current())
            if commit is not None:
                await commit()
            failed = False
        finally:
            if failed:
                generation.retire()
        self.smoke = {name: lines for name, lines in self.smoke.items() if name in parts.kept} | found
        self._maker.serving = parts
        self._holder.swap(generation)
        put_in_force(parts.routes, self.rollouts, self._age)
        self._applied(parts.config)
        self._metrics.generation(generation.hash)
        self.count += 1

    def _age(self, target: str) -> tuple[int, int]:
        """When a version was uploaded, and its number."""
        try:
            found = self.uploads.index.resolve(target) if self.uploads else None
        except EdgeError:
            return 0, 0
        return (found.created, found.number) if found else (0, 0)
