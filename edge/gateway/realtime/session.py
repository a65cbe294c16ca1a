"""One connection of a Socket.IO client, whatever carries it: polls first, then often a WebSocket.

What goes out waits here, within bounds, for the transport that there is; what comes in goes to the namespaces that
the client has connected to.  The clocks are Engine.IO's: a ping of ours has to be answered in time.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

import trio

from edge.gateway.realtime import engineio
from edge.gateway.realtime.engineio import CLOSE, MESSAGE, NOOP, PING, PONG
from edge.services.realtime.packet import Kind, Packet, PacketError, decode
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.services.websocket.budget import Budget

PING_INTERVAL = 25.0
PING_TIMEOUT = 20.0
CONNECT_TIMEOUT = 45.0
UPGRADE_TIMEOUT = 10.0
"""Seconds in which a WebSocket has to take over from polling."""
MAX_WAITING = 4 * MIB
"""Bytes that may wait for a client that does not take them; then it is disconnected."""
MAX_PACKETS = 10_000
MAX_NAMESPACES = 10
"""Namespaces that one connection may be connected to."""
_OVERHEAD = 64


class _Message(NamedTuple):
    """A packet of Socket.IO that waits."""

    text: str

    def __len__(self) -> int:
        """Characters."""
        return len(self.text)


class Joined(Protocol):
    """A namespace that the client has connected to, or is about to."""

    async def take(self, packet: Packet, attachments: Sequence[bytes]) -> None:
        """A packet for it; waits while too many are waiting."""

    def leave(self, reason: str) -> None:
        """The client has gone from it."""


class Session:
    """See the module.  `connect` makes a namespace of a CONNECT packet."""

    def __init__(self, sid: str, connect: Connector, limit: int, budget: Budget) -> None:
        self.sid = sid
        self.limit = limit
        self.reason = ""  # why it has closed
        self.transport = "polling"
        self.polling = False  # a poll is waiting
        self.joined: dict[str, Joined] = {}
        self._connect = connect
        self._budget = budget
        self._outgoing: deque[engineio.Packet | _Message] = deque()
        self._waiting = 0
        self._change = trio.Event()
        self._pending: Packet | None = None
        self._attachments: list[bytes] = []
        self._heard = trio.Event()

    @property
    def closed(self) -> bool:
        """It is over."""
        return self.reason != ""

    # -- out

    def push(self, packet: engineio.Packet | _Message) -> None:
        """Queue a packet of Engine.IO."""
        if self.closed:
            return
        self._outgoing.append(packet)
        self._waiting += len(packet) + _OVERHEAD
        if self._waiting > MAX_WAITING or len(self._outgoing) > MAX_PACKETS:
            self.close("transport error")
        self.changed()

    def send(self, packet: Packet, attachments: Sequence[bytes] = ()) -> None:
        """Queue a packet of Socket.IO."""
        self.deliver(packet.encode(), attachments)

    def deliver(self, text: str, attachments: Sequence[bytes] = ()) -> None:
        """The same as text, which other sessions may hold as well."""
        self.push(_Message(text))
        for attachment in attachments:
            self.push(attachment)

    def changed(self) -> None:
        """Wake whoever waits for something to send."""
        self._change.set()
        self._change = trio.Event()

    async def outgoing(self) -> list[engineio.Packet]:
        """What is to be sent, at least one packet; nothing when it has closed, or its transport is another one now."""
        transport = self.transport
        while not self._outgoing and not self.closed and self.transport == transport:
            await self._change.wait()
        if self.transport != transport:
            return []
        packets: list[engineio.Packet] = []
        size = 0
        while self._outgoing and (not packets or size + len(self._outgoing[0]) <= self.limit):
            packet = self._outgoing.popleft()
            size += len(packet)
            self._waiting -= len(packet) + _OVERHEAD
            packets.append(MESSAGE + packet.text if isinstance(packet, _Message) else packet)
        return packets

    # -- in

    async def take(self, packet: engineio.Packet) -> None:
        """A packet of the client.  What is none closes the session."""
        if self.closed:
            return
        if isinstance(packet, bytes):
            await self._take_attachment(packet)
        elif packet.startswith(MESSAGE):
            await self._take_message(packet[1:])
        elif packet.startswith(PONG):
            self._heard.set()
        elif packet.startswith(CLOSE):
            self.close("transport close")
        elif not packet.startswith(NOOP):
            self.close("parse error")

    async def _take_message(self, text: str) -> None:
        try:
            packet = decode(text)
        except PacketError:
            self.close("parse error")
            return
        if self._pending is not None:
            self.close("parse error")
        elif packet.attachments:
            self._pending, self._attachments = packet, []
        else:
            await self._dispatch(packet, ())

    async def _take_attachment(self, data: bytes) -> None:
        if self._pending is None:
            self.close("parse error")
            return
        self._attachments.append(data)
        size = sum(map(len, self._attachments))
        if size > self.limit:
            self.close("parse error")
        elif len(self._attachments) < self._pending.attachments:
            self._budget.note(self, size)
        else:
            packet, attachments = self._pending, self._attachments
            self._let_go()
            await self._dispatch(packet, attachments)

    def _let_go(self) -> None:
        self._pending, self._attachments = None, []
        self._budget.note(self, 0)

    def shed(self) -> None:
        """See budget.Holder: attachments of an event that is not complete."""
        self.close("transport error")

    async def _dispatch(self, packet: Packet, attachments: Sequence[bytes]) -> None:
        joined = self.joined.get(packet.namespace)
        if packet.kind is Kind.CONNECT:
            if joined is not None or len(self.joined) >= MAX_NAMESPACES:
                self.close("parse error")
            else:
                self._connect(self, packet)
        elif joined is None:
            return  # it may be late for one that has gone
        elif packet.kind is Kind.DISCONNECT:
            self.depart(packet.namespace, "client namespace disconnect")
        else:
            await joined.take(packet, attachments)

    def depart(self, namespace: str, reason: str) -> None:
        """One of its namespaces is over."""
        joined = self.joined.pop(namespace, None)
        if joined is not None:
            joined.leave(reason)

    # -- its life

    async def run(self) -> None:
        """Until it has closed: pings, and the time in which a client has to say what it wants."""
        with trio.move_on_after(CONNECT_TIMEOUT):
            while not self.joined and not self.closed:
                await self._wait(PING_INTERVAL)
        if not self.joined:
            self.close("forced close")
        while not self.closed:
            await self._wait(PING_INTERVAL)

    async def _wait(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            while not self.closed:
                await self._change.wait()
        if self.closed:
            return
        self._heard = trio.Event()
        self.push(PING)
        with trio.move_on_after(PING_TIMEOUT):
            await self._heard.wait()
            return
        self.close("ping timeout")

    def close(self, reason: str) -> None:
        """End it, and all that it is connected to; the reasons are Socket.IO's."""
        if self.closed:
            return
        self.reason = reason
        self._heard.set()
        self._let_go()
        for namespace in list(self.joined):
            self.depart(namespace, reason)
        self.changed()


class Connector(Protocol):
    """What makes a namespace of a CONNECT packet, and answers it in time."""

    def __call__(self, session: Session, packet: Packet) -> None: ...
