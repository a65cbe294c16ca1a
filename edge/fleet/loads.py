"""How many connections each worker has open, in memory that all of them see, so that none takes more than its share.

Workers accept from the same queue: whoever looks first takes all that waits.  Connections that stay, as those of
balancers do, would then stay unevenly.  So who has clearly more than another one lets it go first, for a moment.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile

_SLOT = struct.Struct("<i")
_ABSENT = -1
SLACK = 2
"""Connections that a worker may be ahead before it gives way."""
MOMENT = 0.002
"""Seconds for which it does; when nobody takes the connection meanwhile, it does so itself."""


class Loads:
    """A table with a line for each of `count` workers, in the memory behind `descriptor`."""

    def __init__(self, descriptor: int, count: int) -> None:
        self.descriptor = descriptor
        self._count = count
        self._table = mmap.mmap(descriptor, count * _SLOT.size)

    def close(self) -> None:
        """For this process."""
        self._table.close()
        os.close(self.descriptor)

    def set(self, index: int, connections: int) -> None:
        """A worker has so many."""
        _SLOT.pack_into(self._table, index * _SLOT.size, connections)

    def leave(self, index: int) -> None:
        """A worker accepts none any more."""
        self.set(index, _ABSENT)

    def least(self) -> int:
        """The connections of the worker that has the fewest; 0 when there is none."""
        return min((each for each in self._all() if each != _ABSENT), default=0)

    def _all(self) -> list[int]:
        return [connections for (connections,) in _SLOT.iter_unpack(self._table)]


def new_loads(count: int) -> Loads:
    """With no worker yet.  Raises OSError."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("edge-loads", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, max(count * _SLOT.size, mmap.PAGESIZE))
    loads = Loads(descriptor, count)
    for index in range(count):
        loads.leave(index)
    return loads


class Share:
    """The line of one worker."""

    def __init__(self, loads: Loads, index: int) -> None:
        self._loads = loads
        self._index = index

    def update(self, connections: int) -> None:
        """It has so many."""
        self._loads.set(self._index, connections)

    def pause(self, connections: int) -> float:
        """Seconds in which others may take the connection that waits."""
        return MOMENT if connections > self._loads.least() + SLACK else 0.0

    def leave(self) -> None:
        """It accepts none any more."""
        self._loads.leave(self._index)
