"""`[telemetry]` and the standard variables of OpenTelemetry."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.compose.telemetry import resource, without_password
from edge.config.load import load
from edge.config.model import Config
from edge.config.telemetry_endpoint import traces_url
from edge.config.telemetry_model import TelemetryConfig
from edge.errors import ConfigError
from edge.gateway.redact import redact
from edge.gateway.source import ConfigSource

BASE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


def read(source: str = "", **environ: str) -> Config:
    return load(source.encode(), "edge.toml", environ=environ)


def telemetry(source: str = "", **environ: str) -> TelemetryConfig:
    return read(source, **environ).telemetry


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, ""),
        ({"otlp_endpoint": "http://c:4318"}, "http://c:4318/v1/traces"),
        ({"otlp_endpoint": "http://c:4318/"}, "http://c:4318/v1/traces"),
        ({"otlp_endpoint": "https://c/otlp/"}, "https://c/otlp/v1/traces"),
        ({"otlp_endpoint": "https://c/otlp?key=1"}, "https://c/otlp/v1/traces?key=1"),
        ({"otlp_traces_endpoint": "https://c/here/"}, "https://c/here/"),
        ({"otlp_endpoint": "http://c:4318", "otlp_traces_endpoint": "http://t/"}, "http://t/"),
    ],
)
def test_traces_go_below_the_endpoint_or_to_their_own(settings: dict[str, str], url: str) -> None:
    """As the specification of the exporter says."""
    assert traces_url(TelemetryConfig(**settings)) == url


def test_a_password_in_the_address_becomes_a_header() -> None:
    """It is on no request line."""
    assert without_password("https://me:p%40ss@c:1/x") == ("https://c:1/x", [("authorization", "Basic bWU6cEBzcw==")])
    assert without_password("https://c:1/x") == ("https://c:1/x", [])


def test_the_standard_variables_are_keys() -> None:
    """Those of traces win over those for everything, empty ones do not count."""
    found = telemetry(
        'telemetry = { otlp_endpoint = "http://file:1", sampling = 0.5 }',
        OTEL_EXPORTER_OTLP_ENDPOINT="http://c:4318",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://t/v1/traces",
        OTEL_EXPORTER_OTLP_HEADERS="api-key=a%20b, x-other = 1 ,",
        OTEL_EXPORTER_OTLP_TIMEOUT="2500",
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT="1500",
        OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_CERTIFICATE="/ca.pem",
        OTEL_SERVICE_NAME='shop "front"',
        OTEL_RESOURCE_ATTRIBUTES="service.name=other,team=a%2Cb,deployment.environment.name=prod",
        OTEL_TRACES_SAMPLER="parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG="0.25",
        OTEL_BSP_SCHEDULE_DELAY="250",
        OTEL_BSP_MAX_QUEUE_SIZE="100",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE="10",
        OTEL_TRACES_EXPORTER="",
        OTEL_SDK_DISABLED="false",
    )
    assert (found.otlp_endpoint, found.otlp_traces_endpoint) == ("http://c:4318", "http://t/v1/traces")
    assert found.headers == {"api-key": "a b", "x-other": "1"}
    assert (found.timeout, found.interval, found.compression, found.ca_file) == (1.5, 0.25, "gzip", "/ca.pem")
    assert (found.sampler, found.sampling, found.max_queue, found.max_batch) == (
        *("parentbased_traceidratio", 0.25, 100, 10),
    )
    assert found.service_name == 'shop "front"'
    told = resource(found, "one")
    assert (told["service.name"], told["team"], told["deployment.environment.name"]) == ('shop "front"', "a,b", "prod")


def test_a_name_among_the_attributes_is_the_service_name() -> None:
    """When no variable of its own says it."""
    assert telemetry("", **BASE, OTEL_RESOURCE_ATTRIBUTES="service.name=shop").service_name == "shop"


def test_a_variable_of_edge_wins_over_a_standard_one() -> None:
    """It is meant for this program."""
    found = telemetry("", **BASE, EDGE_TELEMETRY_OTLP_ENDPOINT="http://mine:1", EDGE_TELEMETRY_SAMPLING="0.125")
    assert (found.otlp_endpoint, found.sampling) == ("http://mine:1", 0.125)


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_SDK_DISABLED": "TRUE"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "zipkin"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"},
    ],
)
def test_variables_can_switch_traces_off(environ: dict[str, str]) -> None:
    """Also when the file has an endpoint; what is not spoken here is not sent to an endpoint for it."""
    assert traces_url(telemetry('telemetry.otlp_endpoint = "http://file:1"', **BASE, **environ)) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://x"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no-value"),
        ("OTEL_RESOURCE_ATTRIBUTES", "=x"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"),
    ],
)
def test_a_variable_that_cannot_be_used_is_a_warning(name: str, value: str) -> None:
    """Variables that are meant for all programs of a machine must keep none from starting."""
    config = read("", **{name: value})
    [warning] = config.origin.warnings
    assert warning.startswith(f"{name}: ignored, ")
    assert config.telemetry == TelemetryConfig()


@pytest.mark.parametrize("share", ["2", "-0.1", "half", "nan"])
def test_a_share_that_is_none_counts_as_all(share: str) -> None:
    """As the specification says, with a warning."""
    config = read("", OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG=share)
    assert (config.telemetry.sampler, config.telemetry.sampling) == ("traceidratio", 1.0)
    assert config.origin.warnings[0].startswith("OTEL_TRACES_SAMPLER_ARG: ignored, ")


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ('otlp_endpoint = "collector:4318"', "telemetry.otlp_endpoint"),
        ('otlp_endpoint = "http://"', "telemetry.otlp_endpoint"),
        ('otlp_endpoint = "http://c:99999"', "telemetry.otlp_endpoint"),
        ('otlp_traces_endpoint = "ftp://c"', "telemetry.otlp_traces_endpoint"),
        ('headers = { "bad name" = "x" }', 'telemetry.headers."bad name"'),
        ('headers = { Host = "x" }', "telemetry.headers.Host"),
        ('headers = { key = "a\\nb" }', "telemetry.headers.key"),
        ('service_name = " "', "telemetry.service_name"),
        ('sampler = "sometimes"', "telemetry.sampler"),
        ("sampling = 1.5", "telemetry.sampling"),
        ("sampling = nan", "telemetry.sampling"),
        ('parents = "all"', "telemetry.parents"),
        ('propagate = ["https://api.example.com"]', "telemetry.propagate[0]"),
        ('propagate = ["a.example:80"]', "telemetry.propagate[0]"),
        ('propagate = ["ok.example", "a b"]', "telemetry.propagate[1]"),
        ("max_queue = 10", "telemetry.max_batch"),
        ("max_queue = 0", "telemetry.max_queue"),
        ('client_cert = "c.pem"', "telemetry"),
        ('compression = "br"', "telemetry.compression"),
        ("endpoint = 1", "telemetry.endpoint"),
    ],
)
def test_what_cannot_be_is_told_with_its_key(source: str, key: str) -> None:
    """In the file, where somebody has written it for this program."""
    with pytest.raises(ConfigError) as caught:
        read(f"[telemetry]\n{source}")
    assert [line.partition(": ")[2].partition(": ")[0] for line in caught.value.problems] == [key]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"ca_file": "gone.pem"}, "telemetry.ca_file: cannot be used: No such file or directory"),
        ({"ca_file": "bad.pem"}, "telemetry.ca_file: cannot be used: no certificate and key that belong together"),
        ({"client_cert": "bad.pem", "client_key": "bad.pem"}, "telemetry.client_cert, telemetry.client_key: cannot"),
    ],
)
def test_files_for_the_collector_are_looked_at(tmp_path: Path, keys: dict[str, str], told: str) -> None:
    """When it is spoken to over TLS."""
    (tmp_path / "bad.pem").write_text("no certificate")
    lines = "".join(f'{key} = "{name}"\n' for key, name in keys.items())
    file = tmp_path / "edge.toml"
    file.write_text(f'[telemetry]\n{lines}otlp_endpoint = "https://c"')
    with pytest.raises(ConfigError) as caught:
        ConfigSource(file, environ={}).read()
    assert caught.value.problems[0].startswith(f"{file}: {told}")
    file.write_text(f'[telemetry]\n{lines}otlp_endpoint = "http://c"')
    ConfigSource(file, environ={}).read()


def test_operators_do_not_see_the_keys_of_the_collector() -> None:
    """Names of headers stay."""
    shown = redact({"telemetry": {"otlp_endpoint": "https://me:secret@c", "headers": {"api-key": "hunter2"}}})
    assert shown == {"telemetry": {"otlp_endpoint": "https://***@c", "headers": {"api-key": "***"}}}
