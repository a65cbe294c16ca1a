"""The life of a gateway process: bind, build, serve, reload, drain."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.compose.access import admin_tokens, audit_log, renew_tokens
from edge.compose.control import GatewayControl
from edge.compose.deferred import Deferring
from edge.compose.deploying import Deploying, certain_problems
from edge.compose.engine import Engine, divided, limit_sockets, open_engine
from edge.compose.journal import journal_bounds, log_limits, open_journal
from edge.compose.limits import limiting
from edge.compose.place import Place
from edge.compose.plan import inspect
from edge.compose.recorder import GatewayRecorder
from edge.compose.recordings import Recordings
from edge.compose.sampling import sample
from edge.compose.schedules import ScheduledFunctions, run_until
from edge.compose.services import FunctionServices, cache_store, deferred_queue, kv_store, socket_limits, try_store
from edge.compose.telemetry import Telemetry
from edge.compose.tls import open_tls
from edge.compose.uploads import open_uploads
from edge.compose.watching import Unasked, watch
from edge.config.diff import live
from edge.config.model import Config
from edge.engine.process import give_back
from edge.errors import OutsideError
from edge.gateway.access_log import RequestLog, log_call, log_socket
from edge.gateway.admin import create_admin
from edge.gateway.admin_guard import AdminGuard
from edge.gateway.caching.shared import Caching
from edge.gateway.dispatch import Dispatch
from edge.gateway.dispatch_parts import DispatchSettings
from edge.gateway.duties.compiler import PolicyCompiler
from edge.gateway.duties.key_service import KeyService
from edge.gateway.generation import GenerationHolder, LoadedFunction
from edge.gateway.journal_view import JournalView
from edge.gateway.listeners import Listener
from edge.gateway.maker import Workshop
from edge.gateway.metrics import Metrics
from edge.gateway.realtime.endpoint import RealtimeEndpoint
from edge.gateway.recorded import Recorded
from edge.gateway.reload import Reloader
from edge.gateway.schedule_store import ScheduleStore
from edge.gateway.scheduler import Scheduler
from edge.gateway.server import serve as serve_http
from edge.gateway.server_log import LoggedObserver
from edge.gateway.server_settings import ServerSettings
from edge.gateway.source import ConfigSource
from edge.gateway.versions.keeper import SplitKeeper
from edge.gateway.versions.previews import Previews
from edge.gateway.versions.split_store import SplitStore
from edge.services.function_logs import FunctionLogs
from edge.services.logs import keeping
from edge.services.observation.report import EgressReport
from edge.services.realtime.hub import Hub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    from edge.compose.signals import Signals
    from edge.engine.template import Template
    from edge.function import Function
    from edge.gateway.loader import Prepared
    from edge.gateway.stream import Application
    from edge.invocation import Receipt
    from edge.services.bindings.service import CallEntry

TOLD = 10  # imports that do not work, in the log line of a deployed function
ADMIN_MAX_BODY = 64 * 1024 * 1024
_YOUNG = 10_000  # new objects until the collector looks at them
log = structlog.get_logger()


class Start(msgspec.Struct, frozen=True):
    """What a gateway process begins with: its config, the listeners that it serves, and where it stands.

    `content` are the bytes of the config file.  Without `sandboxed`, cells are plain processes.  `quick`: see
    edge.compose.life.Options.
    """

    source: ConfigSource
    config: Config
    content: bytes | None
    public: list[Listener]
    admin: list[Listener]
    place: Place
    sandboxed: bool = True
    quick: bool = False


async def serve(start: Start) -> None:
    """Serve until SIGTERM or SIGINT.  Raises ConfigError, OutsideError."""
    _allow_descriptors()
    _spare_the_collector()
    async with trio.open_nursery() as nursery:
        await _Process(start, nursery).run()
        nursery.cancel_scope.cancel()


class _Process:
    """The parts of a gateway process."""

    def __init__(self, start: Start, nursery: trio.Nursery) -> None:
        self._source = start.source
        self._sandboxed = start.sandboxed
        self._quick = start.quick
        self._place = start.place
        self._config = start.config
        self._content = start.content
        self._public = start.public
        self._admin = start.admin
        self._nursery = nursery
        self._dispatch: Dispatch | None = None
        self._scheduler: Scheduler | None = None
        self._follow: Callable[[], Awaitable[object]] = trio.lowlevel.checkpoint
        self._holder = GenerationHolder()
        self._metrics = Metrics()
        self._metrics.workers.read = self._place.workers
        self._tls = open_tls(start.config, self._metrics)
        self._journal = open_journal(start.config)
        self._access_log = RequestLog(keep=self._journal.put)
        self._logs = FunctionLogs(keep=self._journal.put)
        self._metrics.logs.functions, self._metrics.logs.journal = self._logs.statistics, self._journal.statistics
        self._hub = Hub()
        self._caching: Caching
        self._telemetry: Telemetry
        self._recorder: GatewayRecorder
        self._shutdown = trio.Event()
        self._admin_shutdown = trio.Event()
        self._guard = AdminGuard(admin_tokens(start.config, os.environ))

    async def run(self) -> None:
        """From opening to draining."""
        with self._open_logs():
            await self._run()

    async def _run(self) -> None:
        config = self._config
        async with AsyncExitStack() as stack:
            kv = await stack.enter_async_context(kv_store(config))
            telemetry = self._telemetry = await stack.enter_async_context(Telemetry(self._metrics.spans))
            caching = self._caching = Caching(await stack.enter_async_context(cache_store(config)))
            services = FunctionServices(
                kv,
                _own_addresses([*self._public, *self._admin]),
                self._called,
                max_connections=config.egress.max_connections,
                report=EgressReport(self._metrics.egress),
                hub=self._hub,
                answers=caching.store,
                bound=self._metrics.bound,
            )
            self._metrics.watch_connections(lambda: services.quota.open)
            self._metrics.watch_tasks(lambda: trio.lowlevel.current_statistics().tasks_living)
            self._metrics.watch_draining(lambda: len(self._holder.draining))
            engine = await stack.enter_async_context(self._open_engine(services, telemetry))
            queue = await stack.enter_async_context(deferred_queue(config))
            uploads = await open_uploads(config)
            generations = await stack.enter_async_context(trio.open_nursery())
            stack.callback(generations.cancel_scope.cancel)
            if config.storage.kv.startswith("redis"):
                generations.start_soon(try_store, kv, config.storage.kv)
            await generations.start(caching.refresher.run)
            await generations.start(services.bindings.run)
            keys = KeyService(services.dialer)
            generations.start_soon(keys.run)
            limits = stack.enter_context(limiting(config, kv, self._metrics))
            duties = PolicyCompiler(caching, limits, keys, engine.host)
            reloader = self._reloader(engine, services, generations, duties)
            reloader.uploads = uploads
            splits = reloader.splits = SplitStore(uploads.objects)
            with suppress(OutsideError):  # then the weights of the config hold until the store answers
                await trio.to_thread.run_sync(splits.refresh)
            keeper = SplitKeeper(
                *(splits, reloader.rollouts, reloader, self._metrics),
                lambda: self._holder.current().config.packages.poll,
                uploads.index.resolve,
                audit_log(config).write,
            )
            deferring = Deferring(
                *(queue, self._holder, self._recorded(engine, "deferred"), self._metrics, services.post),
                telemetry.switch,
            )
            functions = ScheduledFunctions(
                self._holder, self._recorded(engine, "schedule", self._metrics.invoked), self._metrics, telemetry.switch
            )
            deploying = Deploying(config, uploads, reloader, self._holder, self._metrics)
            control = GatewayControl(
                self._holder,
                engine,
                reloader,
                kv,
                functions,
                services,
                deferring,
                tls=self._tls,
                deploying=deploying,
                splits=keeper,
                recordings=Recordings(self._recorder, engine, uploads),
                logs=partial(JournalView, self._journal),
            )
            self._scheduler = Scheduler(ScheduleStore(kv), functions.entries, functions.invoke, self._metrics)
            place = self._place
            # Each worker reads its files again; one of them writes that down.
            unasked = Unasked(reloader, audit_log(config).write if place.index == 0 else None)
            reload = partial(place.reload, partial(unasked.reload, "signal"))
            await generations.start(place.signals.listen, reload, place.upgrade, self._nursery)
            await generations.start(partial(watch, quick=self._quick), self._source, config, self._content, unasked)
            self._tls.start(generations)
            found = await trio.to_thread.run_sync(self._source.read, self._content)  # folders may be others by now
            if not await place.signals.unless_stopped(partial(reloader.start, live(config, found)[0])):
                return
            generations.start_soon(deploying.follower.run)
            generations.start_soon(keeper.run)
            self._follow = deploying.follower.look
            try:
                await self._serve(control, engine, deferring, place.signals)
            finally:
                self._logs.report()

    @asynccontextmanager
    async def _open_engine(self, services: FunctionServices, telemetry: Telemetry) -> AsyncIterator[Engine]:
        """With what it tells to traces and recordings."""
        config = self._config
        async with (
            GatewayRecorder.open(config, config.engine.mode, self._metrics.recorded) as self._recorder,
            open_engine(
                *(divided(config, self._place.count), services.grants, self._logs.write),
                sandboxed=self._sandboxed,
                tracing=telemetry.switch,
                recorder=self._recorder,
            ) as engine,
        ):
            _tell_sandbox(engine)
            engine.compiler.hasty = self._quick
            yield engine

    def _called(self, entry: CallEntry) -> None:
        self._metrics.called(entry)
        log_call(entry, self._journal.put)

    async def _flush(self) -> None:
        await trio.to_thread.run_sync(self._journal.flush)

    def _recorded(self, engine: Engine, trigger: str, ended: Callable[[Receipt], None] = lambda _: None) -> Recorded:
        return Recorded(engine.host, self._journal.put, trigger, ended)

    @contextmanager
    def _open_logs(self) -> Iterator[None]:
        with self._journal, keeping(self._journal.put):
            self._configure_logs(self._config)
            yield

    def _configure_logs(self, config: Config) -> None:
        self._journal.configure(journal_bounds(config))
        self._access_log.sample = config.log.sample
        self._logs.configure(log_limits(config), config.log.secret_headers)

    def _reloader(
        self, engine: Engine, services: FunctionServices, nursery: trio.Nursery, duties: PolicyCompiler
    ) -> Reloader:
        async def warm(prepared: Prepared) -> list[str]:
            await services.bindings.ready(prepared.function.bindings)
            async with engine.compiler.template(prepared.function, prepared.bundle) as template:
                return certain_problems(template)

        told: dict[str, str] = {}

        @asynccontextmanager
        async def open_function(prepared: Prepared, find: Callable[[str], Function]) -> AsyncIterator[LoadedFunction]:
            function = prepared.function
            async with (
                engine.compiler.template(function, prepared.bundle) as template,
                services.open(function, prepared.outbound, find),
            ):
                engine.host.prepare(function, template)
                _tell(function, template, told)
                try:
                    yield LoadedFunction(
                        function.name,
                        function,
                        level=template.level,
                        reason=template.reason,
                        report=template.report,
                        bundle=template.bundle,
                        outbound=prepared.outbound,
                        schedules=prepared.schedules,
                    )
                finally:
                    engine.host.retire(function)

        async def told_parent() -> None:
            await self._place.serving(self._holder.current().config, reloader.content)

        def applied(config: Config) -> None:
            own = divided(config, self._place.count)
            engine.pool.configure(own.engine.pool_size, own.engine.max_pool_size, own.engine.idle_timeout)
            limit_sockets(engine, own)
            nursery.start_soon(told_parent)
            nursery.start_soon(trio.to_thread.run_sync, give_back)  # what builds and readings have left
            self._tls.configure(config)
            self._telemetry.configure(config)
            self._recorder.configure(config)
            self._caching.store.size, self._caching.store.max_entry = config.cache.size, config.cache.max_entry
            self._configure_logs(config)
            renew_tokens(self._guard, config, os.environ)
            services.sockets = socket_limits(config)
            serving = self._holder.current().functions.values()
            services.enforce(loaded.function for loaded in serving if loaded.function is not None)
            self._previews.forget(self._holder.current())
            if self._dispatch is not None:
                self._dispatch.reconfigure(_dispatch_settings(config))
            if self._scheduler is not None:
                self._scheduler.changed()

        workshop = Workshop(warm, open_function, self._recorded(engine, "smoke"), inspect, engine.host.get_ready)
        reloader = Reloader(self._source, self._holder, nursery, self._metrics, workshop, applied, duties)
        self._previews = Previews(reloader.open_version)
        return reloader

    # -- serving

    async def _serve(self, control: GatewayControl, engine: Engine, deferring: Deferring, signals: Signals) -> None:
        config = self._config
        dispatch = self._dispatch = Dispatch(
            self._holder,
            engine.host,
            _dispatch_settings(config),
            metrics=self._metrics,
            access_log=self._access_log,
            observer=LoggedObserver(self._metrics),
            ready=lambda: control.accepting and self._place.complete,
            socket_log=log_socket,
        )
        dispatch.keep_in(self._journal.put)
        admin = create_admin(
            *(control, dispatch, self._metrics, deferring.acceptance),
            guard=self._guard,
            audit=audit_log(config),
            share=partial(self._place.share_api, self._follow, self._flush),
        )
        settings = _server_settings(config)
        public_settings = msgspec.structs.replace(
            settings, tls=self._tls.public, trusts=dispatch.trusts, balance=self._place.balance
        )
        admin_settings = msgspec.structs.replace(settings, tls=self._tls.admin)
        dispatch.trace_by(self._telemetry.switch)
        dispatch.preview_by(lambda _, version: self._previews.open(self._holder.current(), version))
        dispatch.realtime = RealtimeEndpoint(self._hub)
        self._place.connect(dispatch, dispatch.realtime)
        async with trio.open_nursery() as nursery:
            await nursery.start(dispatch.realtime.run, self._admin_shutdown)
            public = await nursery.start(
                self._listen, dispatch, self._public, public_settings, self._shutdown, self._admin_shutdown
            )
            admin_addresses = await nursery.start(
                self._listen, admin, self._admin, admin_settings, self._admin_shutdown, trio.Event()
            )
            assert self._scheduler is not None  # made before anything serves
            nursery.start_soon(sample, self._metrics, control, signals.stop)
            nursery.start_soon(run_until, self._scheduler, signals.stop, config.server.grace)
            nursery.start_soon(deferring.run, self._shutdown, config.server.grace)
            control.accepting = True
            await self._place.ready(public, admin_addresses[0])
            await signals.stop.wait()
            control.accepting = False
            self._place.stopping()
            delay = 0.0 if signals.handed_over else self._holder.current().config.server.shutdown_delay
            log.info("shutting_down", delay=delay, grace=config.server.grace, handed_over=signals.handed_over)
            with trio.move_on_after(delay):
                await signals.hurry.wait()
            self._shutdown.set()
            await self._place.draining()
            self._nursery.start_soon(signals.cancel_on_hurry, nursery.cancel_scope)

    async def _listen(
        self,
        app: Application,
        listeners: list[Listener],
        settings: ServerSettings,
        shutdown: trio.Event,
        ended: trio.Event,
        task_status: trio.TaskStatus[list[str]],
    ) -> None:
        """Serve one application until `shutdown` and its draining; then set `ended`."""
        observer = LoggedObserver(self._metrics, counts=listeners is self._public)
        await serve_http(app, listeners, settings, shutdown=shutdown, observer=observer, task_status=task_status)
        ended.set()


def _tell(function: Function, template: Template, told: dict[str, str]) -> None:
    """What was deployed, when it is another package than before; what is wrong with it, each time."""
    for problem in template.problems:
        log.warning("function_problem", function=function.name, problem=problem)
    if told.get(function.name) == template.key:
        return
    told[function.name] = template.key
    report = template.report
    log.info(
        "function_deployed",
        function=function.name,
        package=function.package,
        snapshot=template.level,
        reason=template.reason,
        files=report.files,
        size=report.size,
        modules=report.modules,
        native=len(report.native),
        unsupported=[str(one) for one in report.unsupported[:TOLD]],
    )


def _tell_sandbox(engine: Engine) -> None:
    """What confines functions, once."""
    if engine.sandbox is not None:
        log.info("sandbox", layers=engine.sandbox.layers, missing=engine.sandbox.missing)
    elif engine.mode == "cells":
        log.warning("sandbox_off", reason="--insecure-no-sandbox", advice="run trusted code only")


def _spare_the_collector() -> None:
    """Let Python look for cycles less often, and never among what was imported.

    Its full passes take time by the number of all objects: those of one function's open requests would be paid by the
    requests of all others.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)


def _allow_descriptors() -> None:
    """As many open files as this process may have; the usual soft limit is meant for programs that use select."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # some systems refuse what they say is allowed
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _server_settings(config: Config) -> ServerSettings:
    server = config.server
    return ServerSettings(
        max_headers=server.max_headers,
        max_connections=server.max_connections,
        max_connections_per_address=server.max_connections_per_address,
        head_timeout=server.header_timeout,
        idle_timeout=server.idle_timeout,
        body_rate=max(1, server.min_body_rate),
        send_timeout=server.write_timeout,
        grace=server.grace,
    )


def _dispatch_settings(config: Config) -> DispatchSettings:
    server = config.server
    return DispatchSettings(
        max_body=server.max_body,
        trusted_proxies=tuple(server.trusted_proxies),
        trusted_headers=server.trusted_headers,
        health_path=server.health_path,
        expose_errors=config.log.expose_errors,
        websocket=socket_limits(config),
        max_sockets=config.server.websocket.max_per_function,
        preview_host=config.server.preview_host,
        logged_headers=tuple(name.lower() for name in config.log.request_headers),
        secret_headers=frozenset(name.lower() for name in config.log.secret_headers),
    )


def _own_addresses(listeners: list[Listener]) -> list[tuple[str, int]]:
    return [listener.socket.getsockname()[:2] for listener in listeners if not listener.address.startswith("unix:")]
