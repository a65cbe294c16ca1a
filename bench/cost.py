"""What something costs in CPU and in wall clock, measured in rounds."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Cost(NamedTuple):
    """Seconds: `cpu` of all threads (those of V8 too), `wall` of the clock on the wall."""

    cpu: float
    wall: float

    def per(self, count: float) -> Cost:
        """The cost of one of `count` equal things."""
        return Cost(self.cpu / count, self.wall / count)

    def plus(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(self.cpu + other.cpu, self.wall + other.wall)


NOTHING = Cost(0.0, 0.0)


class StopWatch:
    """Measures from its making, or from the last `lap`, on: this process, and what `others` says that others used."""

    def __init__(self, others: Callable[[], float] | None = None) -> None:
        self._others = others or _nobody
        self._start()

    def _start(self) -> None:
        self._others_before = self._others()  # asking them costs something, which is not to be counted
        self._since = Cost(time.process_time(), time.perf_counter())

    def lap(self) -> Cost:
        """What it cost since the last lap."""
        cpu, wall = time.process_time(), time.perf_counter()
        others = self._others() - self._others_before
        spent = Cost(cpu - self._since.cpu + others, wall - self._since.wall)
        self._start()
        return spent


def middle(costs: Iterable[Cost]) -> Cost:
    """The median of CPU and of wall clock, each on its own."""
    found = list(costs)
    return Cost(median(cost.cpu for cost in found), median(cost.wall for cost in found))


def quantile(values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of the sorted `values` do not exceed; 0.0 without values."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def _nobody() -> float:
    return 0.0
