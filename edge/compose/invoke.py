"""One invocation without a server: for `edge invoke` and for benchmarks."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.compose.engine import open_engine
from edge.compose.services import FunctionServices
from edge.compose.uploads import uploads_if_named
from edge.errors import CallerError
from edge.gateway.loader import prepare
from edge.gateway.scheduled_run import CollectingExchange, ScheduledRun, run_of, scheduled_request
from edge.services.cache.store import CacheStore
from edge.services.function_logs import FunctionLogs
from edge.services.kv.memory import MemoryStore
from edge.services.kv.sqlite import SqliteStore
from edge.services.logs import configure
from edge.services.observation.report import EgressReport
from edge.wire.messages import Header, Request, Scheduled

if TYPE_CHECKING:
    from edge.config.model import Config
    from edge.gateway.loader import Prepared
    from edge.gateway.source import ConfigSource


class Invocation(msgspec.Struct, frozen=True):
    """What to run."""

    name: str
    path: str
    method: str
    headers: list[Header]
    body: bytes | None
    env: dict[str, str]
    kv: Path | None = None
    scheduled: Scheduled | None = None


class InvocationResult(msgspec.Struct):
    """`problem` is "" when the function answered with a status below 500 and did not fail."""

    status: int = 0
    headers: list[Header] = []
    body: bytes = b""
    problem: str = ""
    run: ScheduledRun | None = None


async def invoke(source: ConfigSource, wanted: Invocation) -> InvocationResult:
    """Run it.  Raises ConfigError, PackageError, CallerError."""
    config = await trio.to_thread.run_sync(source.read, None)
    config = msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, pool_size=1))
    configure("console", config.log.level)
    if wanted.name not in config.functions:
        raise CallerError(
            f"there is no function {wanted.name!r}", hint=f"the config has {', '.join(config.functions) or 'none'}"
        )
    family = await _prepare_family(config, wanted, source)
    exchange = CollectingExchange()
    async with AsyncExitStack() as stack:
        kv = await stack.enter_async_context(SqliteStore(wanted.kv) if wanted.kv else MemoryStore())
        answers = await stack.enter_async_context(CacheStore(None))
        services = FunctionServices(kv, report=EgressReport(denials_only=True), answers=answers)
        engine = await stack.enter_async_context(open_engine(config, services.grants, FunctionLogs().write))
        nursery = await stack.enter_async_context(trio.open_nursery())
        stack.callback(nursery.cancel_scope.cancel)
        await nursery.start(services.bindings.run)
        functions = {name: prepared.function for name, prepared in family.items()}
        for prepared in family.values():
            await services.bindings.ready(prepared.function.bindings)
            await stack.enter_async_context(services.open(prepared.function, prepared.outbound, functions.__getitem__))
            template = await stack.enter_async_context(engine.compiler.template(prepared.function, prepared.bundle))
            engine.host.prepare(prepared.function, template)
            stack.callback(engine.host.retire, prepared.function)
        rid = secrets.token_hex(8)
        receipt = await engine.host.invoke(functions[wanted.name], _request(wanted), rid, exchange)
    result = InvocationResult(exchange.status, exchange.headers, exchange.body)
    if wanted.scheduled is not None:
        result.run = run_of(wanted.name, wanted.scheduled, rid, exchange, receipt)
    if receipt.error is not None:
        result.problem = getattr(receipt.error, "stack", "") or str(receipt.error)
    elif result.status >= (500 if wanted.scheduled is None else 400):
        result.problem = f"the function answered {result.status}"
    return result


async def _prepare_family(config: Config, wanted: Invocation, source: ConfigSource) -> dict[str, Prepared]:
    """The function, and those that it may call, directly or through others."""
    found: dict[str, Prepared] = {}
    uploads = await uploads_if_named(config)
    names = [wanted.name]
    while names:
        name = names.pop()
        if name in found:
            continue
        prepared = await trio.to_thread.run_sync(prepare, config, name, source.environ, uploads)
        if name == wanted.name:
            function = msgspec.structs.replace(prepared.function, env={**prepared.function.env, **wanted.env})
            prepared = msgspec.structs.replace(prepared, function=function)
        found[name] = prepared
        names += prepared.function.services.values()
    return found


def _request(wanted: Invocation) -> Request:
    if wanted.scheduled is not None:
        return scheduled_request(wanted.scheduled)
    path, _, query = wanted.path.partition("?")
    path = path if path.startswith("/") else f"/{path}"
    url = f"http://localhost{path}{f'?{query}' if query else ''}"
    headers = [("host", "localhost"), *((name.lower(), value) for name, value in wanted.headers)]
    if wanted.body is not None:
        headers.append(("content-length", str(len(wanted.body))))
    return Request(wanted.method.upper(), url, path, query, headers=headers, ip="127.0.0.1", body=wanted.body)
