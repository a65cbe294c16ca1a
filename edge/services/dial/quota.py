"""How many connections may be open: of one function, and of all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.services.dial.failure import DialError

if TYPE_CHECKING:
    from collections.abc import Callable


class Quota:
    """A bounded number of connections, within that of `parent`.

    `key` is the key of the config that holds the bound, for the error.  Before anything is refused, `reclaim`
    closes what nobody uses.
    """

    def __init__(self, limit: int, key: str, parent: Quota | None = None) -> None:
        self.limit = limit
        self.open = 0
        self._key = key
        self._parent = parent
        self.reclaimers: set[Callable[[], None]] = set()

    @property
    def chain(self) -> tuple[Quota, ...]:
        """This one and those that it is within."""
        return (self,) if self._parent is None else (self, *self._parent.chain)

    def take(self) -> None:
        """Count one more connection.  Raises DialError."""
        if self.open >= self.limit:
            for reclaim in tuple(self.reclaimers):
                reclaim()
        if self.open >= self.limit:
            raise DialError(
                f"{self.open} outgoing connections are open, the limit of {self._key}", "limit", code="EMFILE"
            )
        if self._parent is not None:
            self._parent.take()
        self.open += 1

    def give(self) -> None:
        """One of them is gone."""
        self.open -= 1
        if self._parent is not None:
            self._parent.give()
