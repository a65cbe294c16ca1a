"""What the engine of a gateway has: isolates or cells, and compiled packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client.metrics_core import Metric

CELL_ENDS = ("stopped", "memory", "crash", "policy", "violation")
REWINDING = ("yes", "crowded", "off", "library", "snapshot", "image")
"""It does; not any more; not asked to; V8 cannot be driven so; the function has no snapshot; no image could be made."""


class PoolStats(msgspec.Struct, frozen=True):
    """Isolates: `total`, `available` and `active` now; `corrupted`, `created` and `destroyed` since the start."""

    total: int = 0
    available: int = 0
    active: int = 0
    corrupted: int = 0
    created: int = 0
    destroyed: int = 0


class CellStats(msgspec.Struct, frozen=True):
    """Processes of mode `cells`: how many ended and why, private bytes of all now, zygotes that were replaced.

    `ended` has the keys stopped (by the gateway), memory, crash, policy (its system call filter) and violation (of
    the protocol; counted besides).  `rewinding` are those that have a function now, by whether they set their isolate
    back after each use (see REWINDING), `rewinds` how often that was done, `crowded` how many had to stop doing it.
    """

    ended: dict[str, int] = {}
    memory: int = 0
    zygote_restarts: int = 0
    rewinding: dict[str, int] = {}
    rewinds: int = 0
    crowded: int = 0


class CacheStats(msgspec.Struct, frozen=True):
    """The cache of compiled packages: `size` now; the others since the start."""

    size: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0


class EngineMetrics(Collector):
    """Asks for each of them whenever metrics are asked for."""

    def __init__(
        self, isolates: Callable[[], PoolStats], cache: Callable[[], CacheStats], cells: Callable[[], CellStats]
    ) -> None:
        self._isolates = isolates
        self._cache = cache
        self._cells = cells

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before the engine is there."""
        return []

    def collect(self) -> Iterable[Metric]:
        """See Collector."""
        isolates, cache = self._isolates(), self._cache()
        states = GaugeMetricFamily("edge_isolates", "Isolates, or cells in mode cells, by state.", labels=["state"])
        for state in ("total", "available", "active"):
            states.add_metric([state], getattr(isolates, state))
        yield states
        for name in ("created", "destroyed", "corrupted"):
            yield _counter(f"edge_isolates_{name}", f"Isolates, or cells, {name}.", getattr(isolates, name))
        yield from _of_cells(self._cells())
        yield GaugeMetricFamily("edge_package_cache_entries", "Compiled packages in memory.", value=cache.size)
        for name in ("hits", "misses", "evictions"):
            yield _counter(f"edge_package_cache_{name}", f"Package cache {name}.", getattr(cache, name))


def _of_cells(cells: CellStats) -> Iterable[Metric]:
    ended = CounterMetricFamily("edge_cells_ended", "Cells that ended, by how.", labels=["kind"])
    for kind in CELL_ENDS:
        ended.add_metric([kind], cells.ended.get(kind, 0))
    yield ended
    yield GaugeMetricFamily(
        "edge_cells_memory_bytes",
        "Anonymous memory of cells, shared pages in each.",
        value=cells.memory,
    )
    rewinding = GaugeMetricFamily(
        "edge_cells_rewinding", "Cells with a function, by whether they rewind their isolate.", labels=["state"]
    )
    for state in REWINDING:
        rewinding.add_metric([state], cells.rewinding.get(state, 0))
    yield rewinding
    yield _counter("edge_cells_rewinds", "Isolates set back after a use, instead of made anew.", cells.rewinds)
    yield _counter("edge_cells_crowded", "Cells that had to run several at once, and rewind no more.", cells.crowded)
    yield _counter("edge_zygote_restarts", "Zygotes that ended unasked and were replaced.", cells.zygote_restarts)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)
