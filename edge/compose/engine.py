"""The engine in this process: snapshots, builder, caches, pool and host."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import structlog
import trio

from edge.engine import base_snapshots, snapshot
from edge.engine.builder_client import Builder
from edge.engine.compiler import Compiler
from edge.engine.host import Host
from edge.engine.isolate_pool import IsolatePool
from edge.engine.template import Template
from edge.errors import EdgeError
from edge.packages.blob_cache import BlobCache
from edge.packages.cache import CompiledCache
from edge.units import GIB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.config.model import Config
    from edge.engine.host import GrantsOf
    from edge.engine.invocation_task import LogSink

COMPILED_BYTES = 1 * GIB
"""Memory for compiled packages; those in use do not count."""

log = structlog.get_logger()


class Engine:
    """What runs functions, and what makes them runnable."""

    def __init__(self, pool: IsolatePool, host: Host, compiler: Compiler, cache: CompiledCache[Template]) -> None:
        self.pool = pool
        self.host = host
        self.compiler = compiler
        self.cache = cache


@asynccontextmanager
async def open_engine(
    config: Config, grants: GrantsOf, sink: LogSink, *, snapshots: bool = True
) -> AsyncIterator[Engine]:
    """An embedded engine.  `grants` says what a function may do, `sink` takes its log lines."""
    data = config.path(config.storage.data_dir)
    async with AsyncExitStack() as stack:
        runtime, builder = None, None
        if snapshots:
            runtime, builder = await _open_snapshots(data / "snapshots", stack)
        disk = await trio.to_thread.run_sync(BlobCache, data / "compiled", config.packages.cache_size)
        cache: CompiledCache[Template] = CompiledCache(
            max(config.packages.module_cache_size, 1), COMPILED_BYTES, lambda template: template.size, trio.Event
        )
        pool = await stack.enter_async_context(
            IsolatePool.open(config.engine.pool_size, config.engine.max_pool_size, config.engine.idle_timeout)
        )
        yield Engine(pool, Host(pool, grants, sink), Compiler(cache, disk, builder, runtime), cache)


async def _open_snapshots(folder: Path, stack: AsyncExitStack) -> tuple[snapshot.Blob | None, Builder | None]:
    """The runtime's snapshot and a builder on top of it; neither where this build of V8 cannot do it."""
    if not snapshot.available():
        log.warning(
            "snapshots_unavailable",
            reason="this build of mini-racer does not export what they need; functions start slower",
        )
        return None, None
    try:
        files = [
            await trio.to_thread.run_sync(base_snapshots.ensure, folder, name) for name in ("runtime", "transform")
        ]
        runtime = snapshot.Blob(await trio.to_thread.run_sync(base_snapshots.read, files[0]))
    except (EdgeError, OSError) as error:
        log.warning("snapshots_unavailable", reason=str(error))
        return None, None
    return runtime, await stack.enter_async_context(Builder.open(files[0], files[1]))
