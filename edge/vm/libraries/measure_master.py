"""How much several VMs use together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import trio

from edge.vm.libraries.measure import MeasureLibrary, UsageStats

if TYPE_CHECKING:
    from collections.abc import Callable


class OverallUsageStats(UsageStats, frozen=True, kw_only=True):
    """Of the VM itself, and of each other by its name."""

    nested: dict[str, UsageStats]


class CombinedStats(UsageStats, frozen=True, kw_only=True):
    """Sums of memory; `response_time` is the longest, `response_average_time` the mean; of `managed_count` VMs."""

    response_average_time: float
    managed_count: int


class MeasureMasterLibrary(MeasureLibrary):
    """Measures the VMs that its libraries are given to, and, when it is given to one itself, that one too."""

    def __init__(self, *, response_time_limit: float | None = None, interval: float | None = None) -> None:
        super().__init__(response_time_limit=response_time_limit, interval=interval)
        self._new: Callable[..., MeasureLibrary] = partial(
            MeasureLibrary, response_time_limit=response_time_limit, interval=interval
        )
        self._nested: dict[str, MeasureLibrary] = {}

    def get_new_library(self, name: str) -> MeasureLibrary:
        """A library for one more VM, which is known by this name until that VM is gone."""
        library: MeasureLibrary = self._new(on_dispose=lambda: self._forget(name, library))
        self._nested[name] = library
        return library

    async def ping_all(self) -> None:
        """Ping all at once, and wait for the last."""
        async with trio.open_nursery() as nursery:
            for library in self._all():
                nursery.start_soon(library.measure)

    async def get_overall_usage_stats(self) -> OverallUsageStats:
        """One by one."""
        found = await self._gather()
        own = found.pop("", UsageStats())
        return OverallUsageStats(
            own.used_memory, own.total_memory, own.memory_used_percentage, own.response_time, nested=found
        )

    async def get_combined_stats(self) -> CombinedStats:
        """All together."""
        found = list((await self._gather()).values())
        used, total = sum(stats.used_memory for stats in found), sum(stats.total_memory for stats in found)
        times = [stats.response_time for stats in found]
        return CombinedStats(
            used,
            total,
            100 * used / total if total else 0.0,
            max(times, default=0.0),
            response_average_time=sum(times) / len(times) if times else 0.0,
            managed_count=len(found),
        )

    def _all(self) -> list[MeasureLibrary]:
        return [library for library in (self, *self._nested.values()) if library.is_alive]

    async def _gather(self) -> dict[str, UsageStats]:
        """By name; its own VM's is ""."""
        found: dict[str, UsageStats] = {}

        async def ask(name: str, library: MeasureLibrary) -> None:
            stats = await library.get_usage_stats()
            if library.is_alive:
                found[name] = stats

        async with trio.open_nursery() as nursery:
            for name, library in [("", self), *self._nested.items()]:
                if library.is_alive:
                    nursery.start_soon(ask, name, library)
        return found

    def _forget(self, name: str, library: MeasureLibrary) -> None:
        if self._nested.get(name) is library:
            del self._nested[name]
