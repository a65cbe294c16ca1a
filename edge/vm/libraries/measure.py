"""How much a VM uses, and whether it answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import trio

from edge.vm.errors import LostError
from edge.vm.functions import HostFunction
from edge.vm.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class UsageStats(msgspec.Struct, frozen=True):
    """Bytes in use and allowed, the one in percent of the other, and the last response time in seconds."""

    used_memory: int = 0
    total_memory: int = 0
    memory_used_percentage: float = 0.0
    response_time: float = 0.0


class MeasureLibrary(Library):
    """Measures one VM, by pings: how long until it has done nothing at all.

    A VM that answers later than `response_time_limit` (seconds) is stopped.  `interval`: it is pinged so often by
    itself.  Its code can `__ping()` too.
    """

    def __init__(
        self,
        *,
        response_time_limit: float | None = None,
        interval: float | None = None,
        on_dispose: Callable[[], object] | None = None,
    ) -> None:
        self._limit = response_time_limit
        self._interval = interval
        self._on_dispose = on_dispose
        self._response_time = 0.0
        self._pinging = False

    @property
    def is_alive(self) -> bool:
        """Whether it belongs to a VM that is there."""
        return self._vm is not None and not self._vm.is_disposed

    def ping(self) -> None:
        """Send a ping, unless one is on its way; `get_response_time` has the result when it is back."""
        if self.is_alive and not self._pinging:
            self._pinging = True
            self.vm.start_soon(self._ping)

    async def measure(self) -> float:
        """Send a ping and wait for it: the response time.  Of a VM that does not answer in time it is the limit."""
        if self.is_alive:
            await self._ping()
        return self._response_time

    def get_response_time(self) -> float:
        """Of the last ping that came back, in seconds; 0.0 before the first."""
        return self._response_time

    async def get_usage_stats(self) -> UsageStats:
        """As of now; of a VM that is gone, nothing."""
        await self.measure()
        if not self.is_alive:
            return UsageStats(response_time=self._response_time)
        used, total = self.vm.statistics().heap_used, self.vm.memory_limit
        return UsageStats(used, total, 100 * used / total, self._response_time)

    async def start(self) -> None:
        """See Library."""
        if self._interval is not None:
            self.vm.start_soon(self._ping_often, self._interval)

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {"__ping": HostFunction(self.ping, waits=False)}

    def dispose(self) -> None:
        """See Library."""
        if self._on_dispose is not None:
            self._on_dispose()

    async def _ping(self) -> None:
        try:
            with trio.move_on_after(math.inf if self._limit is None else self._limit) as patience:
                self._response_time = await self.vm.ping()
            if patience.cancelled_caught and self._limit is not None:
                self._response_time = self._limit
                self.vm.stop(f"the VM did not answer within {self._limit:g} s")
        except LostError:
            return
        finally:
            self._pinging = False

    async def _ping_often(self, interval: float) -> None:
        while True:
            await trio.sleep(interval)
            self.ping()
