"""The kinds of values that config keys take: quantities with their units and ranges, and choices.

A `Meta` carries what the reference manual and the decoder need: `description` is the manual's text,
`extra["unit"]` says how text becomes a number ("size": bytes, "duration": seconds, "share": a part of 1; "ignored":
anything goes), `extra["secret"]` keeps a value out of messages, and `extra["restart"]` marks keys that a running
gateway cannot change.
"""

from __future__ import annotations

import sys
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from edge.units import DAYS, GIB, KIB, MIB, MILLISECONDS

_SIZE = {"unit": "size"}
_DURATION = {"unit": "duration"}


def about(description: str, *, restart: bool = False, secret: bool = False) -> Meta:
    """Describe a key for the manual; `restart`: takes effect at the next start only; `secret`: never echoed."""
    marks = {name: True for name, set_ in (("restart", restart), ("secret", secret)) if set_}
    return Meta(description=description, extra=marks or None)


Ignored: TypeAlias = Annotated[str, Meta(extra={"unit": "ignored"})]

Size: TypeAlias = Annotated[int, Meta(ge=0, le=1024 * GIB, extra=_SIZE)]
HeaderSize: TypeAlias = Annotated[int, Meta(ge=4 * KIB, le=1 * MIB, extra=_SIZE)]
MessageSize: TypeAlias = Annotated[int, Meta(ge=1, le=32 * MIB, extra=_SIZE)]
EntrySize: TypeAlias = Annotated[int, Meta(ge=0, le=256 * MIB, extra=_SIZE)]
Memory: TypeAlias = Annotated[int, Meta(ge=16 * MIB, le=2 * GIB, extra=_SIZE)]

Pause: TypeAlias = Annotated[float, Meta(ge=0, le=1 * DAYS, extra=_DURATION)]
Idle: TypeAlias = Annotated[float, Meta(ge=10 * MILLISECONDS, le=7 * DAYS, extra=_DURATION)]
Deadline: TypeAlias = Annotated[float, Meta(ge=10 * MILLISECONDS, le=900.0, extra=_DURATION)]
Patience: TypeAlias = Annotated[float, Meta(ge=10 * MILLISECONDS, le=1 * DAYS, extra=_DURATION)]
Age: TypeAlias = Annotated[float, Meta(ge=0, le=30 * DAYS, extra=_DURATION)]
Leeway: TypeAlias = Annotated[float, Meta(ge=0, le=3600.0, extra=_DURATION)]

Retention: TypeAlias = Annotated[float, Meta(ge=0, le=365 * DAYS, extra=_DURATION)]

Workers: TypeAlias = Annotated[int, Meta(ge=1, le=256)] | Literal["auto"]
PoolSize: TypeAlias = Annotated[int, Meta(ge=0, le=10_000)]
MaxPoolSize: TypeAlias = Annotated[int, Meta(ge=1, le=10_000)]
CellSize: TypeAlias = Annotated[int, Meta(ge=1, le=64)]
QueueSize: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
Concurrency: TypeAlias = Annotated[int, Meta(ge=1, le=100_000)]
Connections: TypeAlias = Annotated[int, Meta(ge=1, le=10_000_000)]
CacheCount: TypeAlias = Annotated[int, Meta(ge=0, le=10_000_000)]
VersionCount: TypeAlias = Annotated[int, Meta(ge=1, le=1000)]
Attempts: TypeAlias = Annotated[int, Meta(ge=1, le=10)]
Failures: TypeAlias = Annotated[int, Meta(ge=1, le=1000)]
Percent: TypeAlias = Annotated[int, Meta(ge=1, le=100)]
Amount: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
Status: TypeAlias = Annotated[int, Meta(ge=100, le=599)]
AnswerStatus: TypeAlias = Annotated[int, Meta(ge=200, le=599)]
RedirectStatus: TypeAlias = Annotated[int, Meta(ge=301, le=308)]
ErrorStatus: TypeAlias = Annotated[int, Meta(ge=400, le=599)]
Port: TypeAlias = Annotated[int, Meta(ge=1, le=65535)]
Weight: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1, extra={"unit": "share"})]

EngineMode: TypeAlias = Literal["cells", "embedded"]
DEFAULT_MODE: EngineMode = "cells" if sys.platform == "linux" else "embedded"
"""Cells stand on Linux's sandboxes."""

Retried: TypeAlias = Literal["exception", "timeout", "cpu", "memory", "crash", "bad-response", "4xx", "5xx", "busy"]
RetryCount: TypeAlias = Annotated[int, Meta(ge=0, le=1000)]

Contract: TypeAlias = Literal["express", "web", "event"]
Scheme: TypeAlias = Literal["http", "https", "ws", "wss", "tcp", "tls"]
ClientAuth: TypeAlias = Literal["require", "optional"]
TlsVersion: TypeAlias = Literal["1.2", "1.3"]
KVCommit: TypeAlias = Literal["write", "response"]
TrustedHeaders: TypeAlias = Literal["auto", "x-forwarded", "forwarded"]
OnFailure: TypeAlias = Literal["local", "deny"]
LineRate: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
ServerTiming: TypeAlias = Literal["never", "asked", "always"]
LogFormat: TypeAlias = Literal["json", "console"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
HttpScheme: TypeAlias = Literal["http", "https"]
Role: TypeAlias = Literal["read", "deploy", "admin"]
Coding: TypeAlias = Literal["zstd", "br", "gzip"]
