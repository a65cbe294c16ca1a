"""One line per request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import random
from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.gateway.duties.routed import Identity
from edge.invocation import Receipt
from edge.services.journal.receipt_view import calls_took
from edge.services.logs import log_often
from edge.services.websocket.link import Link

if TYPE_CHECKING:
    from edge.services.bindings.service import CallEntry


class AccessEntry(msgspec.Struct, frozen=True):
    """What is known about a request when it is over.

    Durations in seconds, sizes in bytes of bodies.  `outcome` and `function` are "" when no function had part in it;
    `code` is the error code of the answer, "" when the function answered itself.  `error` and `stack` are for the
    operator, not for clients.  `client_cert` is the subject of the client's certificate.
    `socket` is the WebSocket that was the answer, which has ended.
    `trace` is the id of the trace that it is recorded in, if it is.
    `generation` is what served it, `headers` are those that are to be shown, as they may be.
    `identity` is who sent it, where the route asks for that; `cache` is what the route's cache did, "" without one.
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
    identity: Identity | None = None
    client_cert: str = ""
    receipt: Receipt | None = None
    socket: Link | None = None
    cache: str = ""
    trace: str = ""
    generation: str = ""
    headers: dict[str, str] = {}


_MAX_IDENTITY = 256
_RARE = ("code", "error", "stack", "client_cert")
AccessLog = Callable[[AccessEntry], None]
Keep = Callable[..., None]
"""services.journal.journal.Journal.put."""
SocketLog = Callable[[str, str, str, Link], None]


def no_socket_log(function: str, path: str, request_id: str, link: Link) -> None:
    """No lines about WebSockets that open."""


def silent(entry: AccessEntry) -> None:
    """No access log."""


def keep_nothing(level: str, event: str, fields: Mapping[str, object], receipt: Receipt | None = None) -> None:
    """No journal."""


class RequestLog:
    """Writes entries as event `request`, errors as warnings, all others as info, and keeps them.

    `sample` is the share of those that went well which are written; it may be set at any time.
    """

    sample = 1.0

    def __init__(self, keep: Keep = keep_nothing) -> None:
        self._keep = keep

    def __call__(self, entry: AccessEntry) -> None:
        failed = entry.status >= 500 or bool(entry.error)
        if self.sample < 1 and not failed and random() >= self.sample:  # noqa: S311 - which ones are left out is no secret
            return
        fields = _fields(entry)
        level = "warning" if failed else "info"
        log_often(level, "request", fields)
        self._keep(level, "request", fields, entry.receipt)


def log_call(entry: CallEntry, keep: Keep = keep_nothing) -> None:
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
        "id": entry.receipt.id,
        "outcome": entry.receipt.outcome,
        **({"error": str(error), "stack": getattr(error, "stack", "")} if error is not None else {}),
        **used(entry.receipt),
    }
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger("edge.access")
    (logger.info if error is None else logger.warning)("function_call", **fields)
    keep("info" if error is None else "warning", "function_call", fields, entry.receipt)


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
    _add_names(fields, entry)
    if entry.identity is not None:
        fields |= {"auth": entry.identity.kind, "identity": entry.identity.name[:_MAX_IDENTITY]}
    if entry.socket is not None:
        fields |= _of_socket(entry.socket)
    if entry.headers:
        fields["headers"] = entry.headers
    if entry.receipt is not None:
        fields |= used(entry.receipt)
    return fields


def _add_names(fields: dict[str, object], entry: AccessEntry) -> None:
    """What is there of these; written out, because each request passes here."""
    if entry.trace:
        fields["trace_id"] = entry.trace
    if entry.function:
        fields["function"] = entry.function
    if entry.generation:
        fields["generation"] = entry.generation
    if entry.outcome:
        fields["outcome"] = entry.outcome
    if entry.cache:
        fields["cache"] = entry.cache
    if entry.code or entry.error or entry.stack or entry.client_cert:
        fields.update({name: getattr(entry, name) for name in _RARE if getattr(entry, name)})


def _of_socket(link: Link) -> dict[str, object]:
    ended = link.ended
    return {
        "close_code": ended.code if ended is not None else 0,
        "close_clean": ended is not None and ended.clean,
        **({"close_said": link.said} if link.said is not None else {}),
        "messages_in": link.tally.messages_in,
        "messages_out": link.tally.messages_out,
    }


def log_socket(function: str, path: str, request_id: str, link: Link) -> None:
    """One line when a WebSocket opens, as event `websocket`; the line of its request comes when it has ended."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger("edge.access")
    logger.info("websocket", function=function, path=path, request_id=request_id, protocol=link.protocol)


def used(receipt: Receipt) -> dict[str, object]:
    """What a line says of a receipt."""
    used: dict[str, object] = {
        "version": receipt.version,
        "queued_ms": round(receipt.queued * 1000, 3),
        "start_ms": round(receipt.start * 1000, 3),
        "wall_ms": round(receipt.wall * 1000, 3),
        "cpu_ms": round(receipt.cpu * 1000, 3),
        "memory": receipt.memory,
        "calls": receipt.calls,
    }
    if receipt.calls:
        used["calls_ms"] = round(calls_took(receipt) * 1000, 3)
    if receipt.background is not None:
        used |= {"background": receipt.background, "background_ms": round(receipt.background_wall * 1000, 3)}
    return used
