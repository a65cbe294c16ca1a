"""Request bodies that the function is still writing."""

from __future__ import annotations

from collections import deque

import trio

from edge.services.http.failure import FetchError


class Keeping:
    """Room for what is kept of bodies that have been sent, in bytes; many uploads share it."""

    def __init__(self, room: int) -> None:
        self._room = room

    def take(self, size: int) -> bool:
        """Use room, if there is enough."""
        if size > self._room:
            return False
        self._room -= size
        return True

    def give(self, size: int) -> None:
        """Have it back."""
        self._room += size


class Upload:
    """A request body in pieces: one side writes, the other takes.

    `length` is its size, None when nobody knows.  `ahead` bytes may wait for the peer before a writer has to.  A body
    whose size is known is kept as long as there is room in `keeping`, so that a redirect can send it again.
    """

    def __init__(self, length: int | None, ahead: int, keeping: Keeping) -> None:
        self.length = length
        self._ahead = ahead
        self._keeping = keeping
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._missing = length
        self._kept: list[bytes] | None = None if length is None else []
        self._taken = False
        self._ended = length == 0
        self._stopped = False
        self._changed = trio.Event()

    async def write(self, data: bytes) -> bool:
        """Add a piece; comes back when there is room again.  Whether anybody wants more.  Raises FetchError."""
        if not self._stopped:
            self._add(data)
        while self._waiting > self._ahead:
            await self._changed.wait()
        return not self._stopped

    def _add(self, data: bytes) -> None:
        if self._ended and data:
            raise FetchError("the request body has ended, or is longer than announced", "request")
        if self._missing is not None:
            if len(data) > self._missing:
                raise FetchError(f"the request body is longer than the {self.length} bytes announced", "request")
            self._missing -= len(data)
            self._ended = self._missing == 0
        if data:
            self._pieces.append(data)
            self._waiting += len(data)
            self._notify()

    def end(self) -> None:
        """Nothing more comes.  Raises FetchError when something is missing."""
        if self._missing and not self._stopped:
            raise FetchError(f"the request body is shorter than the {self.length} bytes announced", "request")
        self._ended = True
        self._notify()

    def stop(self) -> None:
        """Nobody wants more: writers learn it, and takers fail, so that what was sent does not look complete."""
        self._stopped = self._ended = True
        self._pieces.clear()
        self._forget()
        self._waiting = 0
        self._notify()

    def rewind(self) -> bool:
        """Begin again; False when what was taken is gone."""
        if not self._taken:
            return True
        if self._kept is None:
            return False
        self._pieces.extendleft(reversed(self._kept))
        self._waiting += sum(map(len, self._kept))
        self._forget()
        self._kept = []
        self._taken = False
        return True

    async def take(self) -> bytes:
        """The next piece; b"" at the end.  Raises FetchError when it was stopped."""
        while not self._pieces:
            if self._stopped:
                raise FetchError("the request body was given up", "request")
            if self._ended:
                return b""
            await self._changed.wait()
        self._taken = True
        piece = self._pieces.popleft()
        self._waiting -= len(piece)
        self._keep(piece)
        self._notify()
        return piece

    def _keep(self, piece: bytes) -> None:
        if self._kept is None:
            return
        if self._keeping.take(len(piece)):
            self._kept.append(piece)
        else:
            self._forget()

    def _forget(self) -> None:
        self._keeping.give(sum(map(len, self._kept or ())))
        self._kept = None

    def _notify(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
