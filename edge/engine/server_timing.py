"""The header `Server-Timing` (https://www.w3.org/TR/server-timing/): what took how long until the answer began."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.wire.messages import Header


def server_timing(*, queued: float, start: float, run: float, cpu: float, calls: int, calls_took: float) -> Header:
    """Of seconds; in the header they are milliseconds."""
    parts = [
        f"queue;dur={queued * 1000:.3f}",
        f"start;dur={start * 1000:.3f}",
        f"run;dur={run * 1000:.3f}",
        f"cpu;dur={cpu * 1000:.3f}",
    ]
    if calls:
        parts.append(f'calls;dur={calls_took * 1000:.3f};desc="{calls} host call{"s" if calls > 1 else ""}"')
    return "server-timing", ", ".join(parts)
