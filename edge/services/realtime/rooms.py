"""Who is in which room: pure, and quick in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ROOMS = 256
"""Rooms of one socket."""


class Rooms:
    """The sockets of one group (the namespace of a function), each in a room of its own name from the start."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, None]] = {}
        self._of: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        """Sockets."""
        return len(self._of)

    def enter(self, socket: str) -> None:
        """A socket is there."""
        self._of[socket] = {}
        self.join(socket, socket)

    def join(self, socket: str, room: str) -> bool:
        """Whether it could be: a socket that has gone is in no room, and nobody is in too many."""
        mine = self._of.get(socket)
        if mine is None or (room not in mine and len(mine) > MAX_ROOMS):
            return False
        mine[room] = None
        self._rooms.setdefault(room, {})[socket] = None
        return True

    def leave(self, socket: str, room: str) -> None:
        """A socket leaves a room, if it is there."""
        mine = self._of.get(socket)
        if mine is None or room not in mine:
            return
        del mine[room]
        members = self._rooms[room]
        del members[socket]
        if not members:
            del self._rooms[room]

    def depart(self, socket: str) -> None:
        """A socket is gone, from all rooms."""
        for room in list(self._of.get(socket, ())):
            self.leave(socket, room)
        self._of.pop(socket, None)

    def of(self, socket: str) -> list[str]:
        """The rooms of a socket, in the order in which it joined them."""
        return list(self._of.get(socket, ()))

    def select(self, rooms: Iterable[str], without: Iterable[str]) -> list[str]:
        """Sockets that are in one of `rooms` (none: everybody) and in none of `without`, each once."""
        wanted: dict[str, None] = {}
        chosen = list(rooms)
        for room in chosen:
            wanted.update(self._rooms.get(room, {}))
        if not chosen:
            wanted = dict.fromkeys(self._of)
        unwanted = {socket for room in without for socket in self._rooms.get(room, {})}
        return [socket for socket in wanted if socket not in unwanted]
