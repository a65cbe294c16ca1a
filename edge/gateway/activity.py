"""What has happened in the last minutes: requests, outcomes and durations in short intervals, for the admin page.

Prometheus keeps what is to be kept; this is a window for those who look now, also where nobody runs Prometheus.  Counts
go into the slot of the present interval, and old slots fall off, so the memory is bounded.  Durations are counted in
buckets of a fixed ratio (as in HdrHistogram), whose sums over time, functions and workers have percentiles with a known
error: a quarter of an octave, 19 %.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

PER_OCTAVE: Final = 4
SMALLEST: Final = 1e-4
"""Seconds: durations below are in bucket 0; bucket n ends at SMALLEST * 2 ** (n / PER_OCTAVE)."""

LAST_BUCKET: Final = 96  # 0.1 ms * 2 ** 24: 28 minutes
_ENDS: Final = [SMALLEST * 2 ** (bucket / PER_OCTAVE) for bucket in range(LAST_BUCKET)]
INTERVAL: Final = 2  # seconds, of all requests together
LENGTH: Final = 300
FUNCTION_INTERVAL: Final = 10
FUNCTION_LENGTH: Final = 60
MOST_FUNCTIONS: Final = 2000
_FINE: Final = frozenset({"ok", "canceled"})


class Slot(msgspec.Struct):
    """One interval, which began at `time` (seconds since the epoch); `latency` counts by bucket."""

    time: int
    requests: int = 0
    outcomes: dict[str, int] = {}
    latency: dict[int, int] = {}
    gauges: dict[str, float] = {}


class Series:
    """The latest `length` intervals in which anything happened."""

    def __init__(self, interval: int, length: int) -> None:
        self.interval = interval
        self._span = interval * length
        self._slots: deque[Slot] = deque(maxlen=length)

    def slot(self, now: float) -> Slot:
        """That of the present interval; when the clock was set back, the latest one goes on."""
        start = int(now) // self.interval * self.interval
        slots = self._slots
        if not slots or start > slots[-1].time:
            slots.append(Slot(start))
        return slots[-1]

    def count(self, now: float, outcome: str, seconds: float | None) -> None:
        """One more that ended now; `seconds` is None when its duration says nothing."""
        slots = self._slots
        slot = slots[-1] if slots and now - slots[-1].time < self.interval else self.slot(now)
        slot.requests += 1
        outcomes, latency = slot.outcomes, slot.latency
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        if seconds is not None:
            bucket = bisect_left(_ENDS, seconds)
            latency[bucket] = latency.get(bucket, 0) + 1

    def since(self, then: float, now: float) -> list[Slot]:
        """The slots that ended after `then`, and are not older than the window."""
        oldest = max(then - self.interval, now - self._span)
        return [slot for slot in self._slots if slot.time > oldest]

    def is_over(self, now: float) -> bool:
        """Whether nothing of it is in the window."""
        return not self._slots or self._slots[-1].time <= now - self._span


class Activity:
    """Of one gateway process; `in_flight` requests are being answered."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.in_flight = 0
        self._clock = clock
        self._all = Series(INTERVAL, LENGTH)
        self._functions: dict[str, Series] = {}

    def request(self, outcome: str, status: int, seconds: float | None) -> None:
        """A request is over; without a function it has no outcome, and counts by the class of its status."""
        self._all.count(self._clock(), outcome or f"{status // 100}xx", seconds)

    def invoked(self, function: str, outcome: str, seconds: float) -> None:
        """An invocation is over, whatever it was for."""
        now = self._clock()
        series = self._functions.get(function)
        if series is None:
            if len(self._functions) >= MOST_FUNCTIONS and not self._forget(now):
                return
            series = self._functions[function] = Series(FUNCTION_INTERVAL, FUNCTION_LENGTH)
        series.count(now, outcome, seconds)

    def gauge(self, values: dict[str, float]) -> None:
        """What stands at this moment."""
        self._all.slot(self._clock()).gauges = {"in_flight": self.in_flight, **values}

    def overall(self, since: float) -> dict[str, Any]:
        """All requests, from the interval in which `since` was (seconds since the epoch)."""
        return self._shown(self._all, since)

    def of_function(self, name: str, since: float) -> dict[str, Any]:
        """Invocations of one function."""
        return self._shown(self._functions.get(name) or Series(FUNCTION_INTERVAL, FUNCTION_LENGTH), since)

    def functions(self) -> dict[str, Any]:
        """Sums over the window of each function that was invoked."""
        now = self._clock()
        sums = {name: _sum(series.since(0, now)) for name, series in self._functions.items()}
        seconds = FUNCTION_INTERVAL * FUNCTION_LENGTH
        return {"seconds": seconds, "functions": {name: found for name, found in sums.items() if found["requests"]}}

    def _shown(self, series: Series, since: float) -> dict[str, Any]:
        now = self._clock()
        samples = [msgspec.to_builtins(slot, str_keys=True) for slot in series.since(since, now)]
        return {
            "now": now,
            "interval": series.interval,
            "seconds": series.interval * (LENGTH if series is self._all else FUNCTION_LENGTH),
            "smallest": SMALLEST,
            "per_octave": PER_OCTAVE,
            "samples": samples,
        }

    def _forget(self, now: float) -> bool:
        """Functions of which nothing is left; whether there were any."""
        over = [name for name, series in self._functions.items() if series.is_over(now)]
        for name in over:
            del self._functions[name]
        return bool(over)


def bucket_of(seconds: float) -> int:
    """The bucket of a duration."""
    return bisect_left(_ENDS, seconds)


def merged(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """What several workers say of the same window, as one: counts and gauges of an interval add up.

    `answers` are of `overall` or `of_function`, and not none.
    """
    samples: dict[int, dict[str, Any]] = {}
    for answer in answers:
        for sample in answer.get("samples", ()):
            held = samples.get(sample["time"])
            samples[sample["time"]] = sample if held is None else _added(held, sample)
    return {**answers[0], "samples": [samples[start] for start in sorted(samples)]}


def merged_functions(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The same of `functions`."""
    total: dict[str, dict[str, Any]] = {}
    for answer in answers:
        for name, sums in answer.get("functions", {}).items():
            total[name] = _added(total[name], sums) if name in total else sums
    return {**answers[0], "functions": total}


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Numbers add up, tables by their keys; what is no count (`time`) is the same in both."""
    both = dict(one)
    for key, value in other.items():
        if isinstance(value, dict):
            table = dict(both.get(key, {}))
            for name, count in value.items():
                table[name] = table.get(name, 0) + count
            both[key] = table
        elif key != "time":
            both[key] = both.get(key, 0) + value
    return both


def _sum(slots: list[Slot]) -> dict[str, Any]:
    latency: dict[str, int] = {}
    requests = failures = 0
    for slot in slots:
        requests += slot.requests
        failures += sum(count for outcome, count in slot.outcomes.items() if outcome not in _FINE)
        for bucket, count in slot.latency.items():
            latency[str(bucket)] = latency.get(str(bucket), 0) + count
    return {"requests": requests, "failures": failures, "latency": latency}
