"""What clients have begun to send, or the function has not read yet, over all of their sockets.

Each socket is bounded, but they are many, and what a client compresses costs it a thousandth.
"""

from __future__ import annotations

from typing import Protocol

from edge.units import MIB


class Holder(Protocol):
    """A socket."""

    def shed(self) -> None:
        """Let go of what it holds, and end."""


class Budget:
    """Bytes in memory: beyond the limit, the socket that holds the most has to go, unless it is the only one."""

    def __init__(self, limit: int = 256 * MIB) -> None:
        self.limit = limit
        self._held: dict[Holder, int] = {}
        self._sum = 0

    def note(self, holder: Holder, size: int) -> None:
        """It holds so much now."""
        self._sum += size - self._held.pop(holder, 0)
        if size:
            self._held[holder] = size
        while self._sum > self.limit and len(self._held) > 1:
            largest = max(self._held, key=self._held.__getitem__)
            self._sum -= self._held.pop(largest)
            largest.shed()
