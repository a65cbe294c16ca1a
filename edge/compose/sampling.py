"""Reads what stands at this moment, time and again, for those who look at the last minutes (edge.gateway.activity)."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from edge.gateway.activity import INTERVAL

if TYPE_CHECKING:
    from edge.compose.control import GatewayControl
    from edge.gateway.metrics import Metrics


_SETTLE: Final = 0.02
"""Seconds, so that a timer that is a little early does not count for the interval before."""
_STATM: Final = Path("/proc/self/statm")


async def sample(metrics: Metrics, control: GatewayControl, stop: trio.Event) -> None:
    """Until `stop`.  The numbers are known already, or one system call away."""
    while not stop.is_set():
        isolates, cells = control.isolates(), control.cells()
        own = resource.getrusage(resource.RUSAGE_SELF)
        metrics.activity.gauge(
            {
                "isolates": isolates.total,
                "active": isolates.active,
                "cells_memory": cells.memory,
                "gateway_memory": _resident(),
                "gateway_cpu": round(own.ru_utime + own.ru_stime, 3),
            }
        )
        # Once in each interval, at its beginning: what several workers say of one interval adds up.
        with trio.move_on_after(INTERVAL - time.time() % INTERVAL + _SETTLE):
            await stop.wait()


def _resident() -> int:
    """Bytes of memory of this process; 0 where the system does not say."""
    try:
        pages = _STATM.read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()
