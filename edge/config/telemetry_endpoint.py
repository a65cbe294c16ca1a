"""Where traces go, by `[telemetry]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from edge.config.telemetry_model import TelemetryConfig

TRACES: Final = "/v1/traces"


def traces_url(telemetry: TelemetryConfig) -> str:
    """The address of the collector for traces; "" is off."""
    base = telemetry.otlp_endpoint
    if telemetry.otlp_traces_endpoint or not base:
        return telemetry.otlp_traces_endpoint
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + TRACES))


def is_encrypted(url: str) -> bool:
    """Whether it is spoken to over TLS."""
    return url.lower().startswith("https:")
