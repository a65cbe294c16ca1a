"""One line per request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.invocation import Receipt

if TYPE_CHECKING:
    from edge.services.bindings.service import CallEntry


class AccessEntry(msgspec.Struct, frozen=True):
    """What is known about a request when it is over.

    Durations in seconds, sizes in bytes of bodies.  `outcome` and `function` are "" when no function had part in it;
    `code` is the error code of the answer, "" when the function answered itself.  `error` and `stack` are for the
    operator, not for clients.
    """

    method: str
    path: str
    status: int
    request_id: str
    ip: str
    duration: float
    bytes_in: int
    bytes_out: int
    host: str = ""
    function: str = ""
    outcome: str = ""
    code: str = ""
    error: str = ""
    stack: str = ""
    receipt: Receipt | None = None


AccessLog = Callable[[AccessEntry], None]


def silent(entry: AccessEntry) -> None:
    """No access log."""


class StructlogAccessLog:
    """Writes entries through structlog as event `request`: errors as warnings, all others as info."""

    def __init__(self, logger: structlog.typing.FilteringBoundLogger | None = None) -> None:
        self._logger = logger or structlog.get_logger("edge.access")

    def __call__(self, entry: AccessEntry) -> None:
        log = self._logger.warning if entry.status >= 500 or entry.error else self._logger.info
        log("request", **_fields(entry))


def log_call(entry: CallEntry) -> None:
    """One line per call from function to function, as event `function_call`; the callee is `function`."""
    error = entry.receipt.error
    fields = {
        "caller": entry.caller,
        "function": entry.function,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "ms": round(entry.duration * 1000, 3),
        "request_id": entry.request_id,
        "outcome": entry.receipt.outcome,
        **({"error": str(error), "stack": getattr(error, "stack", "")} if error is not None else {}),
        **_used(entry.receipt),
    }
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger("edge.access")
    (logger.info if error is None else logger.warning)("function_call", **fields)


def _fields(entry: AccessEntry) -> dict[str, object]:
    """Short names, milliseconds, and nothing that says nothing."""
    fields: dict[str, object] = {
        "method": entry.method,
        "host": entry.host,
        "path": entry.path,
        "status": entry.status,
        "ms": round(entry.duration * 1000, 3),
        "bytes_in": entry.bytes_in,
        "bytes_out": entry.bytes_out,
        "ip": entry.ip,
        "request_id": entry.request_id,
    }
    for name in ("function", "outcome", "code", "error", "stack"):
        value = getattr(entry, name)
        if value:
            fields[name] = value
    if entry.receipt is not None:
        fields |= _used(entry.receipt)
    return fields


def _used(receipt: Receipt) -> dict[str, object]:
    used: dict[str, object] = {
        "queued_ms": round(receipt.queued * 1000, 3),
        "wall_ms": round(receipt.wall * 1000, 3),
        "cpu_ms": round(receipt.cpu * 1000, 3),
        "calls": receipt.calls,
    }
    if receipt.background is not None:
        used |= {"background": receipt.background, "background_ms": round(receipt.background_wall * 1000, 3)}
    return used
