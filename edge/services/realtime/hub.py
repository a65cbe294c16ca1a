"""All sockets of RealtimeNamespaces in this gateway, by function: where emits find them.

A *group* is the sockets of one namespace of one function.  It belongs to the function's name, not to one of its
generations: after a reload, those who were there before and those who came since still hear each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from edge.services.realtime.packet import event
from edge.services.realtime.rooms import Rooms


class Member(Protocol):
    """A connected socket.  None of its methods waits."""

    namespace: str

    def deliver(self, text: str, attachments: Sequence[bytes]) -> None:
        """Queue a packet for its client, as text."""

    def dismiss(self) -> None:
        """Disconnect it."""

    def acknowledge(self, payload: str, attachments: Sequence[bytes]) -> None:
        """Answer the event that is being handled, when its client asked for that."""

    def keep(self, data: str) -> None:
        """What the function wants to find in `socket.data` with the next event."""


Group = tuple[str, str]


class Emitted(msgspec.Struct, frozen=True, array_like=True):
    """An event for the sockets of a group, here and in other workers of the gateway."""

    group: Group
    rooms: Sequence[str]
    without: Sequence[str]
    payload: str
    attachments: Sequence[bytes]


def alone(_: Emitted) -> None:
    """There is no other worker."""


class Hub:
    """See the module.  `pass_on` is told of every event that functions send here; it must not wait."""

    def __init__(self) -> None:
        self.pass_on: Callable[[Emitted], None] = alone
        self._rooms: dict[Group, Rooms] = {}
        self._arriving: dict[str, Member] = {}
        self._members: dict[str, tuple[Group, Member]] = {}

    def count(self, function: str) -> int:
        """Sockets of a function."""
        return sum(len(rooms) for (name, _), rooms in self._rooms.items() if name == function)

    def find(self, socket: str) -> Member | None:
        """A socket that is connected, or about to be."""
        found = self._members.get(socket)
        return found[1] if found is not None else self._arriving.get(socket)

    def arrive(self, socket: str, member: Member) -> None:
        """A socket is about to connect: its function will say where it belongs."""
        self._arriving[socket] = member

    def enter(self, group: Group, socket: str) -> None:
        """It belongs there, once."""
        member = self._arriving.pop(socket, None)
        if member is not None:
            self._members[socket] = (group, member)
            self._rooms.setdefault(group, Rooms()).enter(socket)

    def has(self, socket: str) -> bool:
        """Whether it belongs somewhere."""
        return socket in self._members

    def depart(self, socket: str) -> None:
        """A socket has gone."""
        self._arriving.pop(socket, None)
        found = self._members.pop(socket, None)
        if found is not None:
            rooms = self._rooms[found[0]]
            rooms.depart(socket)
            if not len(rooms):
                del self._rooms[found[0]]

    def rooms(self, socket: str) -> list[str]:
        """The rooms that a socket is in."""
        found = self._members.get(socket)
        return self._rooms[found[0]].of(socket) if found is not None else []

    def join(self, socket: str, room: str) -> bool:
        """Whether the socket is in the room now."""
        found = self._members.get(socket)
        return found is not None and self._rooms[found[0]].join(socket, room)

    def leave(self, socket: str, room: str) -> None:
        """The socket is not in the room any more."""
        found = self._members.get(socket)
        if found is not None:
            self._rooms[found[0]].leave(socket, room)

    def emit(
        self, group: Group, rooms: Sequence[str], without: Sequence[str], payload: str, attachments: Sequence[bytes]
    ) -> int:
        """Send an event to those of a group that are meant; how many these are here."""
        emitted = Emitted(group, rooms, without, payload, attachments)
        self.pass_on(emitted)
        return self.deliver(emitted)

    def deliver(self, emitted: Emitted) -> int:
        """The same, when it comes from another worker."""
        members = self._rooms.get(emitted.group)
        chosen = members.select(emitted.rooms, emitted.without) if members is not None else []
        texts: dict[str, str] = {}  # one for all clients: they may be many, and the event large
        for socket in chosen:
            member = self._members[socket][1]
            text = texts.get(member.namespace)
            if text is None:
                packet = event(member.namespace, emitted.payload, len(emitted.attachments))
                text = texts[member.namespace] = packet.encode()
            member.deliver(text, emitted.attachments)
        return len(chosen)
