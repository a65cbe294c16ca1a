"""From a package to the template of its isolates, through the caches in memory and on disk."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine import bundles
from edge.engine.build import BuildRequest, Built, Level, Record
from edge.engine.builder_client import Builder, Outcome
from edge.engine.late_builtins import late_builtins
from edge.engine.package_modules import PackageModules
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.snapshot import Blob
from edge.engine.template import Template
from edge.engine.transform import Transformer

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from edge.function import Function
    from edge.packages.blob_cache import BlobCache
    from edge.packages.bundle import Bundle
    from edge.packages.cache import CompiledCache


class Compiler:
    """Compiles packages.  Without `builder` and `runtime` (no snapshots on this platform) every level is *source*.

    `hasty`: somebody waits for each build, who changes the package again soon: snapshots are not rehearsed, nor kept.
    """

    hasty = False

    def __init__(
        self, cache: CompiledCache[Template], disk: BlobCache, builder: Builder | None, runtime: Blob | None
    ) -> None:
        self._cache = cache
        self._disk = disk
        self._builder = builder
        self._runtime = runtime

    def template(self, function: Function, bundle: Bundle) -> AbstractAsyncContextManager[Template]:
        """The function's template, kept in the cache while the context lasts.

        Entering raises PackageError when the package has no entry or cannot be transformed.
        """
        key = compiled_key(function, bundle.hash)
        memory = function.limits.memory
        return self._cache.use(f"{key}-{memory}", lambda: self._make(function, bundle, key))

    async def _make(self, function: Function, bundle: Bundle, key: str) -> Template:
        modules = await trio.to_thread.run_sync(PackageModules, bundle, function.handler, function.mocks)
        outcome = await self._outcome(function, modules, key)
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

    async def _outcome(self, function: Function, modules: PackageModules, key: str) -> Outcome:
        stored = await trio.to_thread.run_sync(self._disk.get, key)
        if stored is not None:
            return msgspec.msgpack.decode(stored, type=Outcome)
        request = BuildRequest(
            modules.main,
            modules.raws(),
            function.env,
            sorted(function.secrets),
            contract=function.contract,
            handler=function.handler,
            eval=function.eval,
        )
        if self._builder is None:
            return await trio.to_thread.run_sync(_without_snapshots, request)
        outcome = await self._builder.build(request, rehearsed=not self.hasty)
        if self.hasty:
            return outcome
        await trio.to_thread.run_sync(self._disk.put, key, msgspec.msgpack.encode(outcome))
        return outcome


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
