"""The thread that makes isolates, and rests when none is wanted."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_SECONDS = 2.0
"""A cell that has had no new isolate for so long holds on to less."""


class Maker:
    """Calls `make` for each that is ordered, and `rest` after a while without orders, until that says it has rested."""

    def __init__(self, make: Callable[[], None], rest: Callable[[], bool]) -> None:
        self._make = make
        self._rest = rest
        self._orders: queue.SimpleQueue[None] = queue.SimpleQueue()

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._work, name="make", daemon=True).start()

    def order(self) -> None:
        """One more, as soon as those before are made."""
        self._orders.put(None)

    def _work(self) -> None:
        patience: float | None = None  # how long to wait for an order before resting; after a rest, for ever
        while True:
            try:
                self._orders.get(timeout=patience)
            except queue.Empty:
                patience = None if self._rest() else IDLE_SECONDS
            else:
                patience = IDLE_SECONDS
                self._make()
