"""Memory for answers that are on their way into the store."""

from __future__ import annotations


class Budget:
    """Bytes that all of a process may hold."""

    def __init__(self, size: int) -> None:
        self.free = size

    def take(self, size: int) -> bool:
        """Whether there is room for so many more, which are taken."""
        if size > self.free:
            return False
        self.free -= size
        return True

    def give_back(self, size: int) -> None:
        """They are no longer held."""
        self.free += size
