"""What every request of the data path needs, and its settings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import msgspec

from edge.errors import NotFoundError
from edge.function import Function
from edge.gateway.access_log import AccessLog, Keep, SocketLog, keep_nothing, no_socket_log
from edge.gateway.client_address import ClientAddress, Trusted
from edge.gateway.generations import Generation, Generations
from edge.gateway.metrics import Metrics
from edge.gateway.observer import ServerObserver
from edge.invocation import Invoker
from edge.services.websocket.budget import Budget
from edge.services.websocket.limits import SocketLimits
from edge.tracing.switch import TracingSwitch
from edge.units import MIB


class DispatchSettings(msgspec.Struct, frozen=True):
    """`max_body` in bytes, `body_timeout` in seconds for a body that its function waits for as a whole.

    `logged_headers` are shown in the log, those of `secret_headers` without their values; both in lower case.
    """

    max_body: int = 10 * MIB
    body_timeout: float = 60.0
    trusted_proxies: tuple[str, ...] = ()
    trusted_headers: Trusted = "auto"
    health_path: str = "/_edge"
    expose_errors: bool = False
    websocket: SocketLimits = SocketLimits()
    max_sockets: int = 1024
    preview_host: str = ""
    logged_headers: tuple[str, ...] = ()
    secret_headers: frozenset[str] = frozenset()


OpenVersion = Callable[[Generation, str], AbstractAsyncContextManager[Function]]


def no_versions(_generation: Generation, version: str) -> AbstractAsyncContextManager[Function]:
    """Raises NotFoundError."""
    raise NotFoundError(f"{version} cannot be had here")


class DispatchParts(msgspec.Struct, frozen=True):
    """What every request needs."""

    generations: Generations
    invoker: Invoker
    settings: DispatchSettings
    metrics: Metrics
    access_log: AccessLog
    observer: ServerObserver
    addresses: ClientAddress
    socket_log: SocketLog = no_socket_log
    budget: Budget = msgspec.field(default_factory=Budget)
    open_version: OpenVersion = no_versions
    tracing: TracingSwitch = msgspec.field(default_factory=TracingSwitch)
    keep: Keep = keep_nothing
