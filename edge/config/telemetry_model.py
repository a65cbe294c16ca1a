"""`[telemetry]`: traces."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct, field

from edge.config.types import Connections, Idle, Share, about

Parents = Literal["any", "trusted", "none"]
Samplers = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]


class TelemetryConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Traces, sent to a collector by OTLP; a change is for requests that come from then on.

    The standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME` and others) work too, and win over the
    file.
    """

    otlp_endpoint: Annotated[
        str,
        about(
            "OTLP/HTTP endpoint, such as `http://collector:4318`; traces go to `/v1/traces` below it. Empty is off.",
            secret=True,
        ),
    ] = ""
    otlp_traces_endpoint: Annotated[
        str, about("The same as the whole address for traces, to which nothing is added; it wins.", secret=True)
    ] = ""
    headers: Annotated[
        dict[str, str], about("Headers of every request to the collector, such as its key.", secret=True)
    ] = field(default_factory=dict)
    service_name: Annotated[str, about("`service.name` of the traces.")] = "edge"
    resource: Annotated[dict[str, str], about("Further attributes of whoever sends the traces.")] = field(
        default_factory=dict
    )
    sampler: Annotated[
        Samplers,
        about(
            "Which traces are recorded; those that begin with `parentbased_` ask the request's `traceparent` first, "
            "and decide about the others."
        ),
    ] = "parentbased_traceidratio"
    sampling: Annotated[Share, about("Share of traces that `traceidratio` records.")] = 1.0
    parents: Annotated[
        Parents,
        about(
            "Whose `traceparent` is believed: that of `any` client, of `server.trusted_proxies` (`trusted`) or of "
            "`none`. Otherwise a request begins a trace of its own."
        ),
    ] = "any"
    propagate: Annotated[
        list[str],
        about(
            "Hosts to which functions' requests carry `traceparent` and `tracestate`: names, `*.example.com`, "
            "addresses, networks, or `*`."
        ),
    ] = field(default_factory=lambda: ["*"])
    interval: Annotated[Idle, about("How often spans are sent when there are only a few.")] = 5.0
    timeout: Annotated[Idle, about("Within this time the collector must have answered.")] = 10.0
    max_queue: Annotated[Connections, about("Spans of a gateway process that may wait; more are dropped.")] = 2048
    max_batch: Annotated[Connections, about("Spans that are sent together at most.")] = 512
    compression: Annotated[Literal["none", "gzip"], about("How what is sent is compressed.")] = "none"
    ca_file: Annotated[str, about("Further authorities for the collector's certificate (PEM).")] = ""
    client_cert: Annotated[str, about("Certificate that the collector is shown (PEM).")] = ""
    client_key: Annotated[str, about("Its key (PEM).")] = ""
