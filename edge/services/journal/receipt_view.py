"""A receipt as operators see it: in the journal, and from there in answers of the admin listener."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge.invocation import Receipt


def receipt_view(receipt: Receipt) -> dict[str, Any]:
    """Milliseconds in names that end so, all else in the unit that stands beside it."""
    view: dict[str, Any] = {
        "id": receipt.id,
        **({"caller": receipt.caller} if receipt.caller else {}),
        "outcome": receipt.outcome.value,
        "durations": _durations(receipt),
        "resources": resources(receipt),
    }
    if receipt.isolate_uses:
        view["isolate"] = {
            "snapshot": receipt.level,
            "age_s": round(receipt.isolate_age, 3),
            "uses": receipt.isolate_uses,
        }
    if receipt.background is not None:
        view["background"] = receipt.background.value
    if receipt.host_calls:
        view["host_calls"] = [
            {
                "op": call.op,
                "at_ms": _ms(call.at),
                "ms": _ms(call.took),
                **({"about": call.about} if call.about else {}),
                **({"error": call.error} if call.error else {}),
            }
            for call in receipt.host_calls
        ]
    if receipt.more_calls:
        view["more_calls"] = [
            {"op": one.op, "count": one.count, "ms": _ms(one.took), "failed": one.failed} for one in receipt.more_calls
        ]
    return view


def _durations(receipt: Receipt) -> dict[str, float]:
    found = {
        "queue_ms": _ms(receipt.queued),
        "start_ms": _ms(receipt.start),
        "run_ms": _ms(receipt.wall),
        "host_calls_ms": _ms(calls_took(receipt)),
    }
    return found | ({"background_ms": _ms(receipt.background_wall)} if receipt.background is not None else {})


def resources(receipt: Receipt) -> dict[str, dict[str, Any]]:
    """What was used of each resource, and what there was where it is limited."""
    limits = receipt.limits
    timeout, cpu, memory = (limits.timeout, limits.cpu, limits.memory) if limits is not None else (None, None, None)
    found: dict[str, dict[str, Any]] = {
        "wall": _used(round(receipt.wall - receipt.background_wall, 6), timeout, "s"),
        "cpu": _used(round(receipt.cpu, 6), cpu, "s"),
        "memory": _used(receipt.memory, memory, "B"),
        "host_calls": _used(receipt.calls, None, ""),
        "request_body": _used(receipt.bytes_in, None, "B"),
        "response_body": _used(receipt.bytes_out, None, "B"),
        "sent": _used(receipt.sent, None, "B"),
        "received": _used(receipt.received, None, "B"),
        "log_lines": _used(receipt.log_lines, None, "") | {"dropped": receipt.log_dropped},
    }
    if receipt.background is not None:
        found["background"] = _used(round(receipt.background_wall, 6), limits.wait_until if limits else None, "s")
    return found


def _used(value: float, limit: float | None, unit: str) -> dict[str, Any]:
    return {"used": value} | ({"limit": limit} if limit is not None else {}) | ({"unit": unit} if unit else {})


def calls_took(receipt: Receipt) -> float:
    """Seconds of all host calls together; those that went on at the same time count each."""
    listed = sum(call.took for call in receipt.host_calls)
    return listed + sum(one.took for one in receipt.more_calls)


def _ms(duration: float) -> float:
    return round(duration * 1000, 3)
