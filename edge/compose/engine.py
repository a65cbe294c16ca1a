"""The engine of a gateway process: zygote, snapshots, builder, caches, pool and host."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Literal

import msgspec
import structlog
import trio

from edge.compose.sandbox import Sandbox, probe
from edge.engine import base_snapshots, library_file, snapshot
from edge.engine.alarm_clock import AlarmClock
from edge.engine.builder_client import Builder
from edge.engine.compiler import Compiler
from edge.engine.host import Host
from edge.engine.isolate_pool import IsolatePool
from edge.engine.template import Template
from edge.errors import EdgeError, EngineCrashError, UnsupportedError
from edge.packages.blob_cache import BlobCache
from edge.packages.cache import CompiledCache
from edge.supervisor.cell import Cell
from edge.supervisor.pool import CellPool
from edge.supervisor.zygote import Zygote, adopt
from edge.units import GIB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.config.model import Config
    from edge.engine.account import LogSink
    from edge.engine.host import GrantsOf
    from edge.engine.tape import Recorder
    from edge.supervisor.member import CellInfo
    from edge.tracing.switch import TracingSwitch

    Mode = Literal["cells", "embedded"]

COMPILED_BYTES = 1 * GIB
"""Memory for compiled packages; those in use do not count."""

log = structlog.get_logger()


class Engine:
    """What runs functions, and what makes them runnable."""

    def __init__(
        self,
        pool: CellPool | IsolatePool,
        host: Host,
        compiler: Compiler,
        cache: CompiledCache[Template],
        zygote: Zygote,
        ends: Counter[str],
        sandbox: Sandbox | None,
    ) -> None:
        """`ends` counts how cells ended, `sandbox` is what confines them (None: nothing)."""
        self.pool = pool
        self.host = host
        self.compiler = compiler
        self.cache = cache
        self.zygote = zygote
        self.ends = ends
        self.sandbox = sandbox

    @property
    def mode(self) -> Mode:
        """Where isolates are."""
        return "cells" if isinstance(self.pool, CellPool) else "embedded"

    def cells(self) -> list[CellInfo]:
        """All cells; none in mode `embedded`."""
        return self.pool.cells() if isinstance(self.pool, CellPool) else []


@asynccontextmanager
async def open_engine(
    config: Config,
    grants: GrantsOf,
    sink: LogSink,
    *,
    mode: Mode | None = None,
    snapshots: bool = True,
    sandboxed: bool = True,
    tracing: TracingSwitch | None = None,
    recorder: Recorder | None = None,
) -> AsyncIterator[Engine]:
    """An engine in the config's mode, or in another one.

    `grants` says what a function may do, `sink` takes its log lines, `recorder` what is recorded.  Without
    `sandboxed`, cells and builds are plain processes.  Raises UnsupportedError where cells cannot be had.
    """
    mode = mode or config.engine.mode
    data = config.path(config.storage.data_dir)
    async with AsyncExitStack() as stack:
        zygote = await stack.enter_async_context(Zygote.open(sandboxed=sandboxed and sys.platform == "linux"))
        runtime, builder = None, None
        if snapshots:
            runtime, builder = await _open_snapshots(data / "snapshots", zygote)
            if builder is not None:
                await stack.enter_async_context(builder.ready())
        disk = await trio.to_thread.run_sync(BlobCache, data / "compiled", config.packages.cache_size)
        cache: CompiledCache[Template] = CompiledCache(
            max(config.packages.module_cache_size, 1), COMPILED_BYTES, lambda template: template.size, trio.Event
        )
        sandbox = await _check_sandbox(zygote, sandboxed=sandboxed) if mode == "cells" else None
        ends: Counter[str] = Counter()
        alarms = await stack.enter_async_context(AlarmClock.open())
        pool = await stack.enter_async_context(_open_pool(config, mode, zygote, ends))
        host = Host(pool, grants, sink, alarms, exclusive=mode == "cells", tracing=tracing, recorder=recorder)
        compiler = Compiler(cache, disk, builder, runtime, lazy=mode == "cells")
        yield Engine(pool, host, compiler, cache, zygote, ends, sandbox)


@asynccontextmanager
async def _open_pool(
    config: Config, mode: Mode, zygote: Zygote, ends: Counter[str]
) -> AsyncIterator[CellPool | IsolatePool]:
    engine = config.engine
    limits = (engine.pool_size, engine.max_pool_size, engine.idle_timeout)
    if mode == "embedded":
        async with IsolatePool.open(*limits) as isolates:
            yield isolates
        return
    async with trio.open_nursery() as cells:
        start = partial(Cell.start, zygote, cells, log=log, counts=ends, rewind=engine.rewind)
        async with CellPool.open(start, *limits, engine.isolates_per_cell) as pool:
            yield pool
        cells.cancel_scope.cancel()


async def _check_sandbox(zygote: Zygote, *, sandboxed: bool) -> Sandbox | None:
    """Cells need their sandbox: what it consists of here; None where it is switched off."""
    if sys.platform != "linux":
        raise UnsupportedError("engine.mode cells needs Linux", hint='use engine.mode = "embedded" here')
    if not sandboxed:
        return None
    try:
        return await probe(zygote)
    except EngineCrashError as error:
        raise UnsupportedError(
            f"cells cannot be sandboxed on this machine: {error.message}",
            hint="see `edge doctor`; --insecure-no-sandbox runs them without a sandbox",
        ) from error


async def _open_snapshots(folder: Path, zygote: Zygote) -> tuple[snapshot.Blob | None, Builder | None]:
    """The runtime's snapshot and a builder on top of it; neither where this build of V8 cannot do it."""
    if not library_file.has_snapshots():
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
        await zygote.prime(files[0], files[1])
    except (EdgeError, OSError) as error:
        log.warning("snapshots_unavailable", reason=str(error))
        return None, None
    return runtime, Builder(partial(zygote.spawn, "build"), adopt)


def divided(config: Config, workers: int) -> Config:
    """What one of several workers may use of cells: together they have what the config says, each at least one."""
    engine = config.engine
    own = msgspec.structs.replace(
        engine,
        pool_size=ceil(engine.pool_size / workers),
        max_pool_size=max(ceil(engine.max_pool_size / workers), 1),
    )
    return msgspec.structs.replace(config, engine=own)


def limit_sockets(engine: Engine, config: Config) -> None:
    """Open WebSockets may keep half of all isolates, so that requests find some."""
    isolates = config.engine.max_pool_size * (config.engine.isolates_per_cell if engine.mode == "cells" else 1)
    engine.host.sockets.isolates = max(isolates // 2, 1)
    engine.host.sockets.per_function = config.server.websocket.max_per_function
