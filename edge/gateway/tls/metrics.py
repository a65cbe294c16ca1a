"""Metrics of certificates; they are there only when a listener has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

from edge.errors import ConfigError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from edge.gateway.tls.contexts import Contexts


class TlsMetrics:
    """Labels are bounded: `listener` is the key of its section, `name` the first one of a certificate."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._expiry = Gauge(
            "edge_tls_certificate_not_after_seconds",
            "When a certificate in use expires, as Unix time.",
            ["listener", "name"],
            registry=registry,
        )
        self._loads = Counter(
            "edge_tls_certificate_loads",
            "Certificates read from their files, at the start and when they changed.",
            ["listener", "result"],
            registry=registry,
        )
        self._shown: dict[str, list[str]] = {}

    def told(self, listener: str, came: Contexts | ConfigError) -> None:
        """What came of the files of a listener."""
        if isinstance(came, ConfigError):
            self._loads.labels(listener, "failed").inc()
            return
        self._loads.labels(listener, "ok").inc()
        for name in self._shown.get(listener, []):
            self._expiry.remove(listener, name)
        named = {(certificate.names or ("",))[0]: certificate.not_after for certificate in came.certificates}
        for name, not_after in named.items():
            self._expiry.labels(listener, name).set(not_after)
        self._shown[listener] = list(named)
