"""The embedded host for functions given as files, without config, gateway and server."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from edge.engine.alarm_clock import AlarmClock
from edge.engine.compiler import Compiler
from edge.engine.host import Host
from edge.engine.isolate_pool import IsolatePool
from edge.function import Function, Limits
from edge.packages.blob_cache import BlobCache
from edge.packages.bundle import Bundle
from edge.packages.cache import CompiledCache
from edge.services.api import Grants
from edge.units import GIB, MIB
from edge.wire.messages import Request
from tests.support.snapshot_files import runtime_blob

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from edge.engine.builder_client import Builder
    from edge.engine.lineage import Lineage
    from edge.engine.template import Template
    from edge.errors import EdgeError
    from edge.invocation import Receipt
    from edge.services.api import Service
    from edge.wire.messages import Header

_ids = itertools.count(1)


def make_bundle(files: dict[str, str] | str) -> Bundle:
    """A package; text alone is its index.js."""
    named = {"index.js": files} if isinstance(files, str) else files
    return Bundle.build({path: content.encode() for path, content in named.items()})


def make_compiler(folder: Path, builder: Builder | None = None, *, lazy: bool = False) -> Compiler:
    """A compiler with empty memory over the disk cache in `folder`; without a builder it leaves packages as source."""
    cache: CompiledCache[Template] = CompiledCache(8, GIB, lambda template: template.size, trio.Event)
    return Compiler(cache, BlobCache(folder, GIB), builder, runtime_blob(), lazy=lazy)


def make_function(bundle: Bundle, *, name: str = "f", limits: Limits | None = None, **fields: object) -> Function:
    """A function of a package, with an id of its own and limits that a test can wait for."""
    limits = limits or Limits(memory=64 * MIB, timeout=10, cpu=5)
    return Function(f"id-{next(_ids)}", name, bundle.hash, "v1", limits=limits, **fields)  # type: ignore[arg-type]


class FakeExchange:
    """A client that keeps the response.  `leave` makes it go away at the next byte, `pause` makes it slow."""

    def __init__(self, body: list[bytes] | None = None) -> None:
        self.status = 0
        self.headers: list[Header] = []
        self.body = b""
        self.ended = False
        self.left = False
        self.heads = 0
        self.failed: EdgeError | None = None
        self.leaves: Callable[[], None] = lambda: None
        self.ready = trio.Event()
        self.ready.set()
        self.begun = trio.Event()
        self._incoming = [*(body or []), b""]

    def pause(self) -> None:
        """Take nothing until `ready` is set."""
        self.ready = trio.Event()

    def watch(self, left: Callable[[], None]) -> None:
        """See edge.invocation.Exchange."""
        self.leaves = left

    async def fail(self, error: EdgeError) -> None:
        """See edge.invocation.Exchange."""
        self.failed = error
        await self._take(b"")

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """See edge.invocation.Exchange."""
        self.heads += 1
        self.begun.set()
        await self._take(body)
        self.status, self.headers = status, headers
        self.ended = end

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None]:
        """See Exchange."""
        return self.head(status, headers, body, end=True)

    async def write(self, data: bytes) -> None:
        """More of the body."""
        await self._take(data)

    async def end(self) -> None:
        """The end of the body."""
        await self._take(b"")
        self.ended = True

    async def read(self) -> bytes:
        """A part of the request's body."""
        await trio.lowlevel.checkpoint()
        return self._incoming.pop(0) if self._incoming else b""

    async def _take(self, data: bytes) -> None:
        await self.ready.wait()
        if self.left:
            raise trio.BrokenResourceError
        self.body += data


class Rig:
    """A host, and what it told of its functions."""

    def __init__(self, pool: IsolatePool, compiler: Compiler, alarms: AlarmClock) -> None:
        self.pool = pool
        self.compiler = compiler
        self.services: tuple[Service, ...] = ()
        self.granted: list[tuple[str, str]] = []
        self.logs: list[tuple[str, str, str]] = []
        self.host = Host(pool, self._grants, self._log, alarms)

    def _grants(self, lineage: Lineage) -> Grants:
        self.granted.append((lineage.function.name, lineage.cdn_loop))
        return Grants(self.services)

    def _log(self, lineage: Lineage, level: str, text: str) -> None:
        self.logs.append((lineage.request_id, level, text))

    @asynccontextmanager
    async def deployed(self, files: dict[str, str] | str, **fields: object) -> AsyncIterator[Function]:
        """A function that can be invoked."""
        bundle = make_bundle(files)
        function = make_function(bundle, **fields)  # type: ignore[arg-type]
        async with self.compiler.template(function, bundle) as template:
            self.host.prepare(function, template)
            yield function
            self.host.retire(function)

    async def invoke(
        self, function: Function, exchange: FakeExchange, request: Request | None = None, rid: str = "rid"
    ) -> Receipt:
        """One invocation; hanging is a failure of the test."""
        with trio.fail_after(20):
            return await self.host.invoke(function, request or get(), rid, exchange)


def get(path: str = "/", headers: list[Header] | None = None) -> Request:
    """A request without a body."""
    return Request("GET", f"http://localhost{path}", path, headers=[("host", "localhost"), *(headers or [])])


@asynccontextmanager
async def open_rig(folder: Path, builder: Builder | None = None) -> AsyncIterator[Rig]:
    """A host with a pool of its own.  `folder` is for its disk cache."""
    async with IsolatePool.open(1, 8, 60) as pool, AlarmClock.open() as alarms:
        yield Rig(pool, make_compiler(folder, builder), alarms)
