"""Deferred invocations as operators, callbacks and dead-letter functions see them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from edge.services.queue.records import FINISHED

if TYPE_CHECKING:
    from edge.services.queue.records import Attempt, Deferred, Result
    from edge.wire.messages import Request


def summary(record: Deferred) -> dict[str, Any]:
    """One line of a listing."""
    fields: dict[str, Any] = {
        "id": record.id,
        "function": record.function,
        "type": "async",
        "status": record.state,
        "created": instant(record.created),
        "attempts": len(record.attempts),
        "retries": max(0, record.tries - 1),
    }
    if record.state in FINISHED:
        fields["finished"] = instant(record.changed)
    elif record.due:
        fields["next_attempt"] = instant(record.due)
    optional = {"reason": record.reason, "idempotency_key": record.key, "dead_letter_of": record.origin}
    return fields | {key: value for key, value in optional.items() if value}


def detail(record: Deferred) -> dict[str, Any]:
    """Everything about one."""
    fields = summary(record) | {"attempts": [_attempt(attempt) for attempt in record.attempts]}
    fields["result"] = _result(record.result) if record.result is not None else None
    if record.callback is not None:
        fields["callback"] = msgspec.to_builtins(record.callback)
    return fields


def letter(record: Deferred, request: Request) -> dict[str, Any]:
    """What a dead-letter function gets: how it failed, and all that is needed to try again."""
    fields = ("method", "path", "query", "headers")
    wanted = {field: getattr(request, field) for field in fields}
    return detail(record) | {"request": wanted | _body(request.body or b"")}


def instant(ms: int) -> str:
    """Like 2026-11-30T14:40:00.123Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _attempt(attempt: Attempt) -> dict[str, Any]:
    fields = msgspec.to_builtins(attempt) | {"started": instant(attempt.started)}
    fields["ok"] = attempt.outcome == "ok" and attempt.status < 400
    return fields  # type: ignore[no-any-return]


def _result(result: Result) -> dict[str, Any]:
    return {
        "status": result.status,
        "headers": result.headers,
        **_body(result.body),
        "truncated": result.truncated,
    }


def _body(data: bytes) -> dict[str, Any]:
    """Text as it is, all else in base64, which the event contract's word says."""
    try:
        return {"body": data.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(data).decode("ascii"), "isBase64Encoded": True}
