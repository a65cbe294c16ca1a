"""Host services of a running gateway, and what each function is granted of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import structlog

from edge.compose.offers import Common, Offers, Opened
from edge.errors import NotFoundError
from edge.services.cache.store import CacheStore
from edge.services.dial.dialer import Dialer
from edge.services.dial.listeners import OwnListeners
from edge.services.dial.quota import Quota
from edge.services.dial.tls import shared_context
from edge.services.dns.questions import Questions
from edge.services.http.client import FetchClient
from edge.services.kv.failures import KVUnavailableError
from edge.services.kv.memory import MemoryStore
from edge.services.kv.sqlite import SqliteStore
from edge.services.observation.report import EgressReport
from edge.services.python.hosts import BindingHosts
from edge.services.queue.store import Queue
from edge.services.realtime.hub import Hub
from edge.services.sockets.contexts import Contexts
from edge.services.websocket.client import SocketClient
from edge.services.websocket.limits import SocketLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from edge.config.model import Config
    from edge.engine.lineage import Lineage
    from edge.function import Function
    from edge.services.api import Grants
    from edge.services.bindings.service import CallEntry
    from edge.services.kv.interface import KVStore
    from edge.services.outbound import Outbound
    from edge.services.python.service import BindingCall


MAX_CONNECTIONS = 4096

log = structlog.get_logger(component="gateway")


def kv_store(config: Config) -> KVStore:
    """The store that the config names, not yet open."""
    if config.storage.kv == "memory":
        return MemoryStore()
    if config.storage.kv.startswith("redis"):
        from edge.services.kv.redis import RedisStore  # noqa: PLC0415 - half a second of imports that few need

        return RedisStore(config.storage.kv)
    return SqliteStore(config.path(config.storage.data_dir) / "kv.sqlite3")


async def try_store(store: KVStore, url: str) -> None:
    """Tell the log at once, not at the first request, that the server of the store does not answer."""
    from edge.services.kv.redis import server_of  # noqa: PLC0415 - see kv_store

    try:
        await store.namespaces()
    except KVUnavailableError as error:
        hint = "functions run without KV until it answers; storage.kv names it"
        log.warning("kv_unavailable", server=server_of(url), error=error.message, hint=hint)


def socket_limits(config: Config) -> SocketLimits:
    """Limits of WebSockets."""
    said = config.server.websocket
    return SocketLimits(
        message=said.max_message,
        heartbeat=said.heartbeat,
        idle=said.idle_timeout,
        life=said.max_age,
        compression=said.compression,
    )


def deferred_queue(config: Config) -> Queue:
    """The queue of deferred invocations, not yet open: as durable as the KV store."""
    return Queue(None if config.storage.kv == "memory" else config.path(config.storage.data_dir))


def cache_store(config: Config) -> CacheStore:
    """The store of answers that are kept, which opens its file when it is first used."""
    path = None if config.storage.kv == "memory" else config.path(config.storage.data_dir) / "cache.sqlite3"
    return CacheStore(path, size=config.cache.size, max_entry=config.cache.max_entry)


def no_other(name: str) -> Function:
    """A function that stands alone."""
    raise NotFoundError(f"there is no function {name!r}")


class FunctionServices:
    """Opens and grants the services of functions."""

    def __init__(
        self,
        kv: KVStore,
        own_listeners: Sequence[tuple[str, int]] = (),
        called: Callable[[CallEntry], None] = lambda _: None,
        *,
        max_connections: int = MAX_CONNECTIONS,
        report: EgressReport | None = None,
        hub: Hub | None = None,
        answers: CacheStore | None = None,
        bound: Callable[[BindingCall], None] = lambda _: None,
    ) -> None:
        """`called` is told of each call from function to function that is over, `bound` of each call of a binding."""
        self.report = report or EgressReport()
        self.quota = Quota(max_connections, "egress.max_connections")
        self._kv = kv
        self.answers = answers
        self._own = OwnListeners(own_listeners)
        self._contexts = Contexts()
        self._called = called
        self._bound = bound
        self.bindings = BindingHosts()
        self._offers: dict[str, Offers] = {}
        self.sockets = SocketLimits()
        self.hub = hub or Hub()

    @asynccontextmanager
    async def open(
        self, function: Function, outbound: Outbound, find: Callable[[str], Function] = no_other
    ) -> AsyncIterator[None]:
        """Keep a function's outgoing connections while the context lasts; `find` gives those that it may call."""
        dialer = self.dialer(function.family, outbound)
        context = shared_context(outbound.ca_file)
        async with (
            self.bindings.held(function.bindings.values()),
            FetchClient(dialer, limits=outbound.limits, context=context, hosts=outbound.hosts) as client,
            SocketClient(
                dialer, lambda: self.sockets, partial(shared_context, outbound.ca_file, http2=False)
            ) as sockets,
        ):
            opened = Opened(function.name, dialer, context, client, sockets, outbound, Questions(), find)
            self._offers[function.id] = Offers(function, opened, self._common())
            try:
                yield
            finally:
                del self._offers[function.id]

    def _common(self) -> Common:
        hosts = self.bindings
        return Common(self._kv, self.hub, self.answers, self._contexts, hosts, self._called, self._bound)

    def enforce(self, serving: Iterable[Function]) -> None:
        """Hold what still runs of older generations to the policies of the functions that serve from now on."""
        ids = {function.id: function.name for function in serving}
        policies = {name: self._offers[id_].opened.dialer.policy for id_, name in ids.items() if id_ in self._offers}
        for id_, offers in self._offers.items():
            if id_ not in ids and offers.opened.name in policies:
                offers.opened.dialer.policy = policies[offers.opened.name]

    def dialer(self, name: str, outbound: Outbound) -> Dialer:
        """A way out for the function of this name."""
        limits = outbound.limits
        return Dialer(
            outbound.effective,
            own=self._own,
            observe=self.report.watcher(name, learn=outbound.learn),
            quota=Quota(limits.connections, "egress.limits.connections", self.quota),
            timeout=limits.connect,
        )

    async def post(self, function: Function, url: str, body: bytes) -> int:
        """Send JSON for a function, within its policy; the status of the answer.  Raises EdgeError."""
        headers = [("content-type", "application/json"), ("user-agent", "edge")]
        response = await self._offers[function.id].opened.client.fetch("POST", url, headers, body, "error")
        await response.body.aclose()
        return response.status

    def grants(self, lineage: Lineage) -> Grants:
        """What one invocation of a function may do."""
        return self._offers[lineage.function.id].grants(lineage)
