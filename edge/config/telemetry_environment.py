"""The standard variables of OpenTelemetry, as overrides of `[telemetry]`.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ : what cannot be used is warned about
and ignored, so that variables that are meant for every program of a machine keep none of them from starting.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from edge.config.assign import ON
from edge.config.overrides import Override
from edge.config.telemetry_checks import is_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OTLP: Final = "OTEL_EXPORTER_OTLP_"
_PROTOCOL: Final = "http/protobuf"
_SAMPLERS: Final = frozenset(
    prefix + name for prefix in ("", "parentbased_") for name in ("always_on", "always_off", "traceidratio")
)
_COUNTS: Final = {"OTEL_BSP_MAX_QUEUE_SIZE": "max_queue", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "max_batch"}
_FILES: Final = {"CERTIFICATE": "ca_file", "CLIENT_CERTIFICATE": "client_cert", "CLIENT_KEY": "client_key"}


def telemetry_overrides(environ: Mapping[str, str], warnings: list[str]) -> list[Override]:
    """Those of the variables that are set; a variable of traces wins over the one for everything."""
    return list(_Reader(environ, warnings).overrides())


class _Reader:
    def __init__(self, environ: Mapping[str, str], warnings: list[str]) -> None:
        self._environ = environ
        self._warnings = warnings

    def _get(self, name: str) -> str:
        """An empty variable is one that is not set."""
        return self._environ.get(name, "").strip()

    def _of_traces(self, name: str) -> tuple[str, str]:
        """The variable that counts, and its value."""
        for variable in (f"{_OTLP}TRACES_{name}", _OTLP + name):
            if value := self._get(variable):
                return variable, value
        return "", ""

    def _ignored(self, variable: str, why: str) -> None:
        self._warnings.append(f"{variable}: ignored, {why}")

    def overrides(self) -> Iterator[Override]:
        yield from self._endpoints()
        yield from self._tables()
        yield from self._sampler()
        yield from self._sending()

    def _endpoints(self) -> Iterator[Override]:
        off = self._off()
        if off:
            for key in ("otlp_endpoint", "otlp_traces_endpoint"):
                yield Override(("telemetry", key), "", off)
            return
        for key, variable in (
            ("otlp_endpoint", f"{_OTLP}ENDPOINT"),
            ("otlp_traces_endpoint", f"{_OTLP}TRACES_ENDPOINT"),
        ):
            if value := self._get(variable):
                if is_endpoint(value):
                    yield Override(("telemetry", key), value, variable)
                else:
                    self._ignored(variable, "it is no address (http://HOST:PORT)")

    def _off(self) -> str:
        """The variable that switches traces off, if one does."""
        if self._get("OTEL_SDK_DISABLED").lower() in ON:
            return "OTEL_SDK_DISABLED"
        exporters = self._get("OTEL_TRACES_EXPORTER").lower()
        if exporters and "otlp" not in [one.strip() for one in exporters.split(",")]:
            if exporters != "none":
                self._warnings.append(f"OTEL_TRACES_EXPORTER: no traces, {exporters[:60]!r} is not known (otlp | none)")
            return "OTEL_TRACES_EXPORTER"
        variable, protocol = self._of_traces("PROTOCOL")
        if (
            protocol
            and protocol != _PROTOCOL
            and (self._get(f"{_OTLP}ENDPOINT") or self._get(f"{_OTLP}TRACES_ENDPOINT"))
        ):
            self._warnings.append(f"{variable}: no traces, {protocol[:60]!r} is not spoken here ({_PROTOCOL})")
            return variable
        return ""

    def _tables(self) -> Iterator[Override]:
        variable, text = self._of_traces("HEADERS")
        if text:
            yield from self._table("headers", variable, text)
        variable = "OTEL_RESOURCE_ATTRIBUTES"
        resource = self._get(variable)
        name = self._get("OTEL_SERVICE_NAME")
        if resource:
            yield from self._table("resource", variable, resource)
            named = _pairs(resource) or {}
            if "service.name" in named and not name:
                yield Override(("telemetry", "service_name"), json.dumps(named["service.name"]), variable)
        if name:
            yield Override(("telemetry", "service_name"), json.dumps(name), "OTEL_SERVICE_NAME")

    def _table(self, key: str, variable: str, text: str) -> Iterator[Override]:
        pairs = _pairs(text)
        if pairs is None:
            self._ignored(variable, "it is no list of pairs (NAME=VALUE,NAME=VALUE)")
            return
        written = ", ".join(f"{_toml(name)} = {_toml(value)}" for name, value in pairs.items())
        yield Override(("telemetry", key), f"{{ {written} }}", variable)

    def _sampler(self) -> Iterator[Override]:
        name = self._get("OTEL_TRACES_SAMPLER").lower()
        if not name:
            return
        if name not in _SAMPLERS:
            self._ignored("OTEL_TRACES_SAMPLER", f"{name[:60]!r} is not known ({' | '.join(sorted(_SAMPLERS))})")
            return
        yield Override(("telemetry", "sampler"), name, "OTEL_TRACES_SAMPLER")
        if name.endswith("traceidratio"):
            yield Override(("telemetry", "sampling"), self._ratio(), "OTEL_TRACES_SAMPLER_ARG")

    def _ratio(self) -> str:
        text = self._get("OTEL_TRACES_SAMPLER_ARG")
        try:
            ratio = float(text or "1")
        except ValueError:
            ratio = math.nan
        if not 0 <= ratio <= 1:
            self._ignored("OTEL_TRACES_SAMPLER_ARG", f"{text[:60]!r} is no share (0..1)")
            ratio = 1.0
        return f"{ratio:.18f}".rstrip("0") + "0"

    def _sending(self) -> Iterator[Override]:
        variable, compression = self._of_traces("COMPRESSION")
        if compression in {"gzip", "none"}:
            yield Override(("telemetry", "compression"), compression, variable)
        elif compression:
            self._ignored(variable, f"{compression[:60]!r} is not known (gzip | none)")
        variable, timeout = self._of_traces("TIMEOUT")
        yield from self._milliseconds("timeout", variable, timeout)
        yield from self._milliseconds("interval", "OTEL_BSP_SCHEDULE_DELAY", self._get("OTEL_BSP_SCHEDULE_DELAY"))
        for variable, key in _COUNTS.items():
            if text := self._get(variable):
                if text.isdecimal() and int(text[:9]) > 0 and len(text) < 8:
                    yield Override(("telemetry", key), text, variable)
                else:
                    self._ignored(variable, "it is no number of spans (1..9999999)")
        for name, key in _FILES.items():
            variable, path = self._of_traces(name)
            if path:
                yield Override(("telemetry", key), json.dumps(path), variable)

    def _milliseconds(self, key: str, variable: str, text: str) -> Iterator[Override]:
        if text and text.isdecimal() and 10 <= int(text[:12]) <= 86_400_000:
            yield Override(("telemetry", key), f"{text}ms", variable)
        elif text:
            self._ignored(variable, "it is no time in milliseconds (10..86400000)")


def _pairs(text: str) -> dict[str, str] | None:
    """`a=b,c=d`, the values percent-encoded (https://www.w3.org/TR/baggage/#header-content); None when it is not."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not part.strip():
            continue
        if not equals or not name.strip():
            return None
        found[unquote(name.strip())] = unquote(value.strip())
    return found


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
