"""The engine in this process, for functions of a folder, as `edge serve` composes it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from edge.compose.engine import Engine, open_engine
from edge.compose.services import FunctionServices, kv_store
from edge.errors import EdgeError
from edge.gateway.loader import Prepared, prepare
from edge.gateway.scheduled_run import CollectingExchange
from edge.gateway.source import ConfigSource
from edge.invocation import Outcome
from edge.wire.messages import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.compose.engine import Mode
    from edge.config.model import Config
    from edge.function import Function


class Rig:
    """An engine with services, and the config that it runs on."""

    def __init__(self, config: Config, engine: Engine, services: FunctionServices) -> None:
        self.config = config
        self.engine = engine
        self.services = services

    def prepare(self, name: str, *, reuse: bool = False) -> Prepared:
        """Read the package of a function.  Raises PackageError."""
        prepared = prepare(self.config, name, {})
        return msgspec.structs.replace(prepared, function=msgspec.structs.replace(prepared.function, reuse=reuse))

    @asynccontextmanager
    async def deployed(self, prepared: Prepared) -> AsyncIterator[Function]:
        """A function that can be invoked while the context lasts.  Raises PackageError."""
        function, engine = prepared.function, self.engine
        compiled, services = engine.compiler.template(function, prepared.bundle), self.services
        async with compiled as template, services.open(function, prepared.outbound):
            engine.host.prepare(function, template)
            try:
                yield function
            finally:
                engine.host.retire(function)

    async def invoke(self, function: Function, request: Request) -> None:
        """One invocation that must succeed.  Raises EdgeError when it does not."""
        exchange = CollectingExchange()
        receipt = await self.engine.host.invoke(function, request, "bench", exchange)
        if receipt.outcome is not Outcome.OK or exchange.status != 200:
            raise receipt.error or EdgeError(f"{function.name} answered {exchange.status}")


@asynccontextmanager
async def open_rig(functions: Path, data: Path, *, mode: Mode = "cells", snapshots: bool = True) -> AsyncIterator[Rig]:
    """An engine for the folders in `functions`, with default settings and everything it writes in `data`."""
    config = ConfigSource(folder=functions, sets=(f"storage.data_dir={data}",), environ={}).read()
    async with kv_store(config) as kv:
        services = FunctionServices(kv)
        async with open_engine(config, services.grants, _drop_log, mode=mode, snapshots=snapshots) as engine:
            yield Rig(config, engine, services)


def get(path: str = "/") -> Request:
    """The request of a client that asks for `path`, with the headers that curl sends."""
    headers = [("host", "localhost"), ("user-agent", "curl/8.5.0"), ("accept", "*/*")]
    return Request("GET", f"http://localhost{path}", path, headers=headers, ip="127.0.0.1")


def post(body: bytes, content_type: str) -> Request:
    """A request with a body that has arrived whole."""
    described = [("content-type", content_type), ("content-length", str(len(body)))]
    asked = get()
    return msgspec.structs.replace(asked, method="POST", headers=[*asked.headers, *described], body=body)


def _drop_log(_invocation: object, _level: str, _text: str) -> None:
    """Functions that are measured say nothing."""
