"""From a package to the template of its isolates, through the caches in memory and on disk."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine import bundles
from edge.engine.build import BuildRequest, Built, Level, Record
from edge.engine.builder_client import Builder, Outcome
from edge.engine.evaluation import HELD, may_be_born, may_evaluate
from edge.engine.late_builtins import late_builtins
from edge.engine.outcome_store import OutcomeStore, Summary
from edge.engine.package_modules import PackageModules
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.snapshot import Blob
from edge.engine.stored_package import Program, StoredPackage
from edge.engine.template import Template, modules_event, problems_of
from edge.engine.transform import Transformer

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from edge.engine.mailbox import SyncOps
    from edge.function import Function
    from edge.packages.blob_cache import BlobCache
    from edge.packages.bundle import Bundle
    from edge.packages.cache import CompiledCache


class Compiler:
    """Compiles packages.  Without `builder` and `runtime` (no snapshots on this platform) every level is *source*.

    `hasty`: somebody waits for each build, who changes the package again soon: snapshots are not rehearsed, nor kept.
    `lazy`: templates leave snapshots and modules on disk until a cell needs them, so that a package that does not run
    takes next to no memory; isolates of this process (mode `embedded`) cannot be made from such ones.
    """

    hasty = False

    def __init__(
        self,
        cache: CompiledCache[Template],
        disk: BlobCache,
        builder: Builder | None,
        runtime: Blob | None,
        *,
        lazy: bool = False,
    ) -> None:
        self._cache = cache
        self._store = OutcomeStore(disk)
        self._builder = builder
        self._runtime = runtime
        self._lazy = lazy

    def template(self, function: Function, bundle: Bundle) -> AbstractAsyncContextManager[Template]:
        """The function's template, kept in the cache while the context lasts.

        Entering raises PackageError when the package has no entry or cannot be transformed.
        """
        key = compiled_key(function, bundle.hash)
        make = self._stored if self._lazy else self._whole
        return self._cache.use(f"{key}-{function.limits.memory}", lambda: make(function, bundle, key))

    async def _whole(self, function: Function, bundle: Bundle, key: str) -> Template:
        """In memory."""
        modules = await trio.to_thread.run_sync(PackageModules, bundle, function.handler, function.mocks)
        outcome = await trio.to_thread.run_sync(self._store.get, key)
        if outcome is None:
            outcome, _ = await self._build(function, modules, key)
        built = outcome.built
        blob = await trio.to_thread.run_sync(Blob, built.blob) if built.blob else self._runtime
        memory = function.limits.memory
        return Template(
            f"{key}-{memory}",
            modules.main,
            built,
            blob,
            outcome.records,
            RUNTIME_OPS,
            memory=memory,
            may_eval=function.eval,
            report=modules.report,
            bundle=bundle,
            package_ops=modules.ops(outcome.records),
            late=await trio.to_thread.run_sync(late_builtins, bundle),
        )

    async def _stored(self, function: Function, bundle: Bundle, key: str) -> Template:
        """On disk, or where that does not keep it, held by the template."""
        held = None
        summary = await trio.to_thread.run_sync(self._store.summary, key)
        if summary is None:
            summary, held = await self._summarised(function, bundle, key)
        stored = StoredPackage(
            partial(self._store.get, key),
            partial(self._build_again, function, bundle, key),
            partial(_ops_of, function, bundle),
            main=summary.main,
            memory=function.limits.memory,
            may_eval=function.eval,
            runtime=self._runtime,
            held=held,
            program=self._program_of(function, summary, key),
        )
        return Template(
            f"{key}-{function.limits.memory}",
            summary.main,
            summary.built,
            None,
            [] if held is None else held.records,
            {},
            memory=function.limits.memory,
            report=summary.report,
            bundle=bundle,
            late=summary.late,
            problems=summary.problems,
            load=stored.material,
        )

    def _program_of(self, function: Function, summary: Summary, key: str) -> Program | None:
        if not summary.program or not may_be_born(function.limits.memory):
            return None

        def read() -> bytes:
            found = self._store.summary(key)
            return b"" if found is None else found.program

        return Program(summary.program if len(summary.program) <= HELD else b"", read)

    async def _summarised(self, function: Function, bundle: Bundle, key: str) -> tuple[Summary, Outcome | None]:
        """The summary of a package for which there is none yet; with its build when the disk has not kept that."""
        modules = await trio.to_thread.run_sync(PackageModules, bundle, function.handler, function.mocks)
        outcome, kept = await trio.to_thread.run_sync(self._store.get, key), True
        if outcome is None:
            outcome, kept = await self._build(function, modules, key)
        summary = await trio.to_thread.run_sync(_summary_of, modules, outcome, bundle, function)
        if kept:
            await trio.to_thread.run_sync(self._store.put_summary, key, summary)
        return summary, None if kept else outcome

    async def _build_again(self, function: Function, bundle: Bundle, key: str) -> tuple[Outcome, bool]:
        modules = await trio.to_thread.run_sync(PackageModules, bundle, function.handler, function.mocks)
        return await self._build(function, modules, key)

    async def _build(self, function: Function, modules: PackageModules, key: str) -> tuple[Outcome, bool]:
        """What a package becomes, and whether the disk keeps it."""
        request = BuildRequest(
            modules.main,
            await trio.to_thread.run_sync(modules.raws),
            function.env,
            sorted(function.secrets),
            contract=function.contract,
            handler=function.handler,
            eval=function.eval,
        )
        if self._builder is None:
            return await trio.to_thread.run_sync(_without_snapshots, request), False
        outcome = await self._builder.build(request, rehearsed=not self.hasty)
        if self.hasty:
            return outcome, False
        return outcome, await trio.to_thread.run_sync(self._store.put, key, outcome)


def compiled_key(function: Function, package: str) -> str:
    """Hex key of everything that a compiled package depends on.

    The environment is part of it, because a top level may have read it; of secrets only the names are.
    """
    parts = [
        bundles.fingerprint("runtime"),
        bundles.fingerprint("transform"),
        package,
        function.handler,
        function.contract,
        sorted(function.env.items()),
        sorted(function.secrets),
        sorted(function.mocks.items()),
        function.eval,
    ]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _without_snapshots(request: BuildRequest) -> Outcome:
    records: list[Record] = Transformer(None).transform(request.modules)
    return Outcome(records, Built(Level.SOURCE, b"", "snapshots are not available with this build of V8"))


def _summary_of(modules: PackageModules, outcome: Outcome, bundle: Bundle, function: Function) -> Summary:
    """Blocks: reads the whole package."""
    built = msgspec.structs.replace(outcome.built, blob=b"")
    program = modules_event(modules.main, outcome.records, may_eval=function.eval, env=function.env)
    return Summary(
        *(modules.main, built, problems_of(built, outcome.records), modules.report, late_builtins(bundle)),
        program if may_evaluate(built, program) else b"",
    )


def _ops_of(function: Function, bundle: Bundle, records: list[Record]) -> SyncOps:
    """Blocks."""
    return PackageModules(bundle, function.handler, function.mocks).ops(records)
