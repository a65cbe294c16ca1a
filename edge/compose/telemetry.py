"""Traces of a gateway process: from its config to what records spans and sends them."""

from __future__ import annotations

import base64
import os
import platform
import uuid
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit, urlunsplit

import structlog
import trio

from edge import __version__
from edge.config.telemetry_endpoint import is_encrypted, traces_url
from edge.services.telemetry.collector import Collector
from edge.services.telemetry.exporter import ExportSettings, SpanExporter
from edge.services.telemetry.tls import collector_context
from edge.tracing.destinations import Destinations
from edge.tracing.sampler import Sampler
from edge.tracing.switch import TracingSwitch
from edge.tracing.tracer import Tracer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from edge.config.model import Config
    from edge.config.telemetry_model import TelemetryConfig
    from edge.tracing.span import Value
    from edge.wire.messages import Header

TRACES = "/v1/traces"
log = structlog.get_logger(component="gateway")


class Telemetry:
    """An async context manager around all that is traced; `count` is told what became of spans."""

    def __init__(self, count: Callable[[str, int], None]) -> None:
        self.switch = TracingSwitch()
        self._count = count
        self._instance = str(uuid.uuid4())
        self._known: TelemetryConfig | None = None
        self._exporter: SpanExporter | None = None
        self._manager = trio.open_nursery()
        self._nursery: trio.Nursery | None = None

    async def __aenter__(self) -> Self:
        self._nursery = await self._manager.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Wait for the last spans, as long as they may take."""
        self._end()
        await self._manager.__aexit__(None, None, None)

    def configure(self, config: Config) -> None:
        """Trace as `config` says from the next request on."""
        telemetry = config.telemetry
        if self._nursery is None or telemetry == self._known:
            return
        self._known = telemetry
        self._end()
        url = traces_url(telemetry)
        if not url:
            return
        try:
            context = _context(config) if is_encrypted(url) else None
        except OSError as error:  # ssl.SSLError is one
            hint = "telemetry.ca_file, client_cert or client_key"
            log.warning("telemetry_off", error=error.strerror or "no certificate", hint=hint)
            return
        url, headers = without_password(url)
        collector = Collector(url, [*telemetry.headers.items(), *headers], context, telemetry.timeout)
        self._exporter = SpanExporter(_settings(telemetry, self._instance), collector, self._count)
        self._nursery.start_soon(self._exporter.run)
        sampler = Sampler.named(telemetry.sampler, telemetry.sampling)
        self.switch.parents = telemetry.parents
        self.switch.tracer = Tracer(sampler, self._exporter.put, Destinations(telemetry.propagate))

    def _end(self) -> None:
        self.switch.tracer = None
        if self._exporter is not None:
            self._exporter.stop()
            self._exporter = None


def without_password(url: str) -> tuple[str, list[Header]]:
    """The URL without user name and password, and the header that says them."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, []
    basic = base64.b64encode(unquote(user).encode()).decode()
    return urlunsplit(parts._replace(netloc=host)), [("authorization", f"Basic {basic}")]


def _settings(telemetry: TelemetryConfig, instance: str) -> ExportSettings:
    return ExportSettings(
        resource=resource(telemetry, instance),
        interval=telemetry.interval,
        max_queue=telemetry.max_queue,
        max_batch=telemetry.max_batch,
        compress=telemetry.compression == "gzip",
    )


def resource(telemetry: TelemetryConfig, instance: str) -> dict[str, Value]:
    """Who sends the traces: https://opentelemetry.io/docs/specs/semconv/resource/ ; `instance` is this process."""
    own: dict[str, Value] = {
        "service.version": __version__,
        "service.instance.id": instance,
        "host.name": platform.node(),
        "process.pid": os.getpid(),
    }
    sdk: dict[str, Value] = {
        "telemetry.sdk.name": "edge",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": __version__,
    }
    return {**own, **telemetry.resource, **sdk, "service.name": telemetry.service_name}


def _context(config: Config) -> ssl.SSLContext:
    telemetry = config.telemetry
    files = (telemetry.ca_file, telemetry.client_cert, telemetry.client_key)
    return collector_context(*(config.path(file) if file else None for file in files))
