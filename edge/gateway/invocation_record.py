"""What is known of an invocation, from the lines of the journal.  Pure."""

from __future__ import annotations

from typing import Any, Final

EVENTS: Final = frozenset({"request", "function_call", "invocation"})
"""Lines that have a receipt."""
_TYPES: Final = {"request": "request", "function_call": "call"}
_TOLD: Final = (
    *("method", "path", "status", "outcome", "code", "error", "ms", "bytes_in", "bytes_out", "cache", "generation"),
    *("caller", "realtime_event"),
)
_DETAIL: Final = (*("host", "ip", "stack", "auth", "identity", "headers", "client_cert"),)


def summary_of(line: dict[str, Any]) -> dict[str, Any]:
    """One line of a listing."""
    receipt = line.get("receipt") or {}
    fields = {
        "id": receipt.get("id") or line.get("id") or line.get("request_id", ""),
        "request_id": line.get("request_id", ""),
        "function": line.get("function", ""),
        "version": line.get("version", ""),
        "type": _TYPES.get(line["event"]) or line.get("trigger", "request"),
        "timestamp": line["timestamp"],
    }
    durations = receipt.get("durations") or {}
    if "ms" not in line and durations:
        fields["ms"] = durations.get("run_ms")
    return fields | {name: line[name] for name in _TOLD if name in line}


def record_of(name: str, lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The invocation `name`, of the lines of its request, in order; None when they tell of none.

    The id of a request stands for its own invocation.  With its receipt, what it wrote, and whom it called.
    """
    ended = [line for line in lines if line.get("event") in EVENTS]
    main = next((line for line in reversed(ended) if summary_of(line)["id"] == name), None)
    if main is None:
        main = next((line for line in reversed(ended) if line.get("request_id") == name), None)
    if main is None:
        return None
    summary = summary_of(main)
    said = [line for line in lines if line.get("event") == "function_log" and _id(line) == summary["id"]]
    calls = [summary_of(line) for line in ended if (line.get("receipt") or {}).get("caller") == summary["id"]]
    return {
        **summary,
        **{key: main[key] for key in _DETAIL if key in main},
        "receipt": main.get("receipt"),
        "logs": [{key: line.get(key, "") for key in ("timestamp", "level", "text")} for line in said],
        "calls": calls,
    }


def _id(line: dict[str, Any]) -> str:
    return str(line.get("id") or line.get("request_id", ""))
