"""The data path: an ASGI application that gives requests to functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from edge.errors import UnsupportedError
from edge.gateway.access_log import AccessLog, SocketLog, no_socket_log, silent
from edge.gateway.answers import NO_STORE, json_answer
from edge.gateway.call import RequestCall
from edge.gateway.client_address import ClientAddress
from edge.gateway.deferred_call import DeferredCall
from edge.gateway.dispatch_parts import DispatchParts, DispatchSettings, OpenVersion
from edge.gateway.exchange import HttpExchange
from edge.gateway.observer import HarmlessObserver
from edge.gateway.request_id import request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.gateway.access_log import Keep
    from edge.gateway.deferred_call import Acceptance
    from edge.gateway.exchange import Receive, Send
    from edge.gateway.generations import Generations
    from edge.gateway.metrics import Metrics
    from edge.gateway.observer import ServerObserver
    from edge.gateway.realtime.endpoint import RealtimeEndpoint
    from edge.invocation import Invoker
    from edge.tracing.switch import TracingSwitch


class Dispatch:
    """ASGI application for function traffic.  `ready` decides about GET health_path/ready."""

    def __init__(
        self,
        generations: Generations,
        invoker: Invoker,
        settings: DispatchSettings | None = None,
        *,
        metrics: Metrics,
        access_log: AccessLog = silent,
        observer: ServerObserver | None = None,
        ready: Callable[[], bool] = lambda: True,
        socket_log: SocketLog = no_socket_log,
    ) -> None:
        settings = settings or DispatchSettings()
        addresses = ClientAddress(settings.trusted_proxies, settings.trusted_headers)
        self.parts = DispatchParts(
            *(generations, invoker, settings, metrics, access_log, HarmlessObserver(observer or metrics), addresses),
            socket_log,
        )
        self._ready = ready
        self.realtime: RealtimeEndpoint | None = None
        self._health = _health_paths(settings)

    def keep_in(self, keep: Keep) -> None:
        """Where receipts go that belong to no line of a request."""
        self.parts = msgspec.structs.replace(self.parts, keep=keep)

    def preview_by(self, open_version: OpenVersion) -> None:
        """Where versions come from that hosts below `preview_host` name."""
        self.parts = msgspec.structs.replace(self.parts, open_version=open_version)

    def trace_by(self, tracing: TracingSwitch) -> None:
        """What says whether requests are traced."""
        self.parts = msgspec.structs.replace(self.parts, tracing=tracing)

    def reconfigure(self, settings: DispatchSettings) -> None:
        """Use other settings from the next request on."""
        self.parts = msgspec.structs.replace(
            self.parts, settings=settings, addresses=ClientAddress(settings.trusted_proxies, settings.trusted_headers)
        )
        self._health = _health_paths(settings)

    def trusts(self, peer: str) -> bool:
        """Whether a peer is one of the trusted proxies, as the settings are now."""
        return self.parts.addresses.trusts_peer(peer)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] != "http":
            raise UnsupportedError(f"{scope['type']} is not served here")
        checks_ready = self._health.get(scope["raw_path"])
        if checks_ready is not None and scope["method"] in {"GET", "HEAD"}:
            await self._answer_health(scope, receive, send, checks_ready=checks_ready)
            return
        if self.realtime is not None and self.realtime.takes(scope):
            await self.realtime.serve(self.parts, scope, receive, send)
            return
        await RequestCall(self.parts, scope, receive, send).run()

    async def invoke(self, scope: Any, receive: Receive, send: Send, *, function: str, prefix: str) -> None:
        """Give a request to `function` past the routes; it sees the path behind `prefix`, a canonical path."""
        await RequestCall(self.parts, scope, receive, send, function=function, prefix=prefix).run()

    async def defer(
        self, scope: Any, receive: Receive, send: Send, acceptance: Acceptance, *, function: str, prefix: str
    ) -> None:
        """Put a request for `function` into the queue; see edge.gateway.deferred_call."""
        await DeferredCall(self.parts, scope, receive, send, acceptance, function=function, prefix=prefix).run()

    async def _answer_health(self, scope: Any, receive: Receive, send: Send, *, checks_ready: bool) -> None:
        """Probes are not logged and not counted."""
        ok = not checks_ready or self._ready()
        rid = request_id(None, None)
        exchange = HttpExchange(rid, scope["method"], receive, send, max_body=0)
        body = {"status": "ok" if ok else "not ready"}
        await exchange.answer(json_answer(200 if ok else 503, body, [NO_STORE]))


def _health_paths(settings: DispatchSettings) -> dict[bytes, bool]:
    """Raw paths of the probes, and whether they ask for readiness."""
    prefix = settings.health_path.rstrip("/").encode()
    return {prefix + b"/live": False, prefix + b"/ready": True} if prefix else {}
