"""What can be wrong with `[telemetry]` beyond the types of its keys."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from edge.config.pattern import check_host
from edge.config.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.telemetry_model import TelemetryConfig

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\x21-\x7e\x80-\xff]+(?:[ \t]+[\x21-\x7e\x80-\xff]+)*|")
_OWN: Final = frozenset(
    {"content-type", "content-length", "content-encoding", "host", "transfer-encoding", "connection"}
)


def check_telemetry(telemetry: TelemetryConfig) -> Iterator[Problem]:
    """Values that may be secret are left out of messages."""
    for key in ("otlp_endpoint", "otlp_traces_endpoint"):
        text = getattr(telemetry, key)
        if text and not is_endpoint(text):
            yield Problem(("telemetry", key), "the value is not known (http://HOST:PORT | https://...)")
    yield from _check_headers(telemetry.headers)
    if not telemetry.service_name.strip():
        yield Problem(("telemetry", "service_name"), "is empty (edge)")
    for number, host in enumerate(telemetry.propagate):
        if not _is_destination(host):
            what = f"{host[:60]!r} is no host (*, api.example.com, *.example.com, 10.0.0.0/8)"
            yield Problem(("telemetry", "propagate", number), what)
    if telemetry.max_batch > telemetry.max_queue:
        what = f"{telemetry.max_batch} is more than telemetry.max_queue (1..{telemetry.max_queue})"
        yield Problem(("telemetry", "max_batch"), what, (("telemetry", "max_queue"),))
    if bool(telemetry.client_cert) != bool(telemetry.client_key):
        keys = (("telemetry", "client_cert"), ("telemetry", "client_key"))
        yield Problem(("telemetry",), "needs both client_cert and client_key, or neither", keys)


def _check_headers(headers: dict[str, str]) -> Iterator[Problem]:
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _OWN:
            yield Problem(("telemetry", "headers", name), "is no header that can be set (Authorization, X-Api-Key)")
        elif not _VALUE.fullmatch(value):
            yield Problem(("telemetry", "headers", name), "holds what no header may (visible characters)")


def is_endpoint(text: str) -> bool:
    """Whether it is an absolute http(s) URL with a host."""
    if not text.isascii() or any(character <= " " for character in text):
        return False
    try:
        parts, port = urlsplit(text), urlsplit(text).port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0 and not parts.fragment


def _is_destination(host: str) -> bool:
    if host == "*":
        return True
    try:
        ipaddress.ip_network(host.strip("[]"))
    except ValueError:
        pass
    else:
        return True
    try:
        check_host(host.lower())
    except ValueError:
        return False
    return "/" not in host and ":" not in host
