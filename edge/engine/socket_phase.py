"""An invocation whose answer is a WebSocket: how long it may compute, and how many there may be.

While its socket is open an invocation has no deadline.  Each run may take its `timeout`; what it computes is paid from
a budget of `cpu` seconds that is full again with each message of the client, and otherwise fills at `cpu` seconds in
each `timeout`.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any

from edge.errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.function import Limits
    from edge.invocation import Upgraded

MAX_PER_FUNCTION = 1024


class CpuBudget:
    """Seconds of CPU; `used` is always the total of the invocation."""

    def __init__(self, limits: Limits, used: float, now: float) -> None:
        self._full = limits.cpu
        self._rate = limits.cpu / limits.timeout
        self._granted = used + limits.cpu
        self._at = now

    def refill(self, used: float) -> None:
        """A message has come."""
        self._granted = max(self._granted, used + self._full)

    def left(self, used: float, now: float) -> float:
        """Seconds that may still be used; 0 or less when it is used up."""
        grown = self._granted + (now - self._at) * self._rate
        self._at = now
        self._granted = min(grown, used + self._full)
        return self._granted - used


class SocketPhase:
    """The time of an open socket.  `turn` is told whether a run is out, as often as that may have changed."""

    def __init__(self, socket: Upgraded, limits: Limits, used: float, now: float) -> None:
        self.socket = socket
        self.budget = CpuBudget(limits, used, now)
        self._timeout = limits.timeout
        self._run_began: float | None = None

    def came_back(self) -> None:
        """A run has ended."""
        self._run_began = None

    def turn(self, *, running: bool, now: float) -> None:
        """See the class."""
        if not running:
            self._run_began = None
        elif self._run_began is None:
            self._run_began = now

    @property
    def until(self) -> float:
        """When the run that is out has to be back."""
        return inf if self._run_began is None else self._run_began + self._timeout


class SocketRoom:
    """How many sockets functions have open, and how many isolates those keep.

    Sockets of a function share isolates; `isolates` bounds what all functions' sockets keep together, so that requests
    still find some.
    """

    def __init__(self, per_function: int = MAX_PER_FUNCTION, isolates: int = 1 << 30) -> None:
        self.per_function = per_function
        self.isolates = isolates
        self._open: Counter[str] = Counter()
        self._kept: Counter[int] = Counter()

    def open(self, function: str) -> int:
        """Sockets of a function."""
        return self._open[function]

    @contextmanager
    def socket(self, function: str, isolate: object) -> Iterator[None]:
        """Hold a place for one.  Raises OverloadedError."""
        self._check(function, id(isolate))
        self._open[function] += 1
        self._kept[id(isolate)] += 1
        try:
            yield
        finally:
            _give(self._open, function)
            _give(self._kept, id(isolate))

    def _check(self, function: str, isolate: int) -> None:
        if self._open[function] >= self.per_function:
            raise OverloadedError(
                f"function {function} has {self.per_function} WebSockets open (server.websocket.max_per_function)"
            )
        if isolate not in self._kept and len(self._kept) >= self.isolates:
            raise OverloadedError(
                f"WebSockets keep {self.isolates} isolates, half of what there is (engine.max_pool_size)"
            )


def _give(counts: Counter[Any], key: object) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
