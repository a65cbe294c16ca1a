"""What is called after some time, from a thread, unless it is stopped before: one thread for all of a process."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Alarm:
    """`ring` is called at most once, and never after `stop` has returned."""

    def __init__(self, ring: Callable[[], object]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._over = self._rang = False

    def ring(self) -> None:
        with self._lock:
            if not self._over:
                self._over = self._rang = True
                self._ring()

    def stop(self) -> bool:
        """Whether it rang."""
        with self._lock:
            self._over = True
        return self._rang

    @property
    def over(self) -> bool:
        """It rang, or was stopped."""
        return self._over


class Alarms:
    """All alarms of a process.  The thread starts with the first one, since processes are forked before that."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Alarm]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._wakes = math.inf

    def set(self, seconds: float, ring: Callable[[], object]) -> Alarm:
        """One that rings after so long."""
        alarm = Alarm(ring)
        at = time.monotonic() + seconds
        with self._changed:
            heapq.heappush(self._due, (at, next(self._numbers), alarm))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="edge-alarms")
                self._thread.start()
            elif at < self._wakes:
                self._changed.notify()
        return alarm

    def _run(self) -> None:
        while True:
            alarm = self._next()
            alarm.ring()

    def _next(self) -> Alarm:
        """The next one that is due; waits for it."""
        with self._changed:
            while True:
                while self._due and self._due[0][2].over:
                    heapq.heappop(self._due)
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    return heapq.heappop(self._due)[2]
                self._wakes = self._due[0][0] if self._due else math.inf
                self._changed.wait(self._wakes - now if self._due else None)


alarms = Alarms()
