"""The host calls `websocket.*` of one invocation: WebSockets that its function opens.

The function numbers its sockets.  `websocket.open` is answered when the socket is open; a `websocket.cancel` may come
first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import trio

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.services.websocket import calls
from edge.services.websocket.endpoint import GOING_AWAY
from edge.services.websocket.failure import ConnectError
from edge.wire.messages import Header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.api import Handler
    from edge.services.websocket.client import SocketClient
    from edge.services.websocket.link import Link
    from edge.tracing.invocation import InvocationTrace

MAX_OPEN = 50
"""Sockets of one invocation at a time."""
MAX_PROTOCOLS = 100


class _Open(msgspec.Struct, forbid_unknown_fields=True):
    socket: int
    url: str
    protocols: Annotated[list[str], msgspec.Meta(max_length=MAX_PROTOCOLS)] = []
    headers: list[Header] = []
    whatever: bool = False  # another answer than 101 is no failure


class _Socket(msgspec.Struct):
    socket: int  # and more, which calls.py knows


class _Slot:
    """A number that a function has given to a socket."""

    def __init__(self) -> None:
        self.opening = trio.CancelScope()
        self.link: Link | None = None


class SocketService:
    """See services.api.Service."""

    def __init__(self, client: SocketClient, trace: InvocationTrace | None = None) -> None:
        self._client = client
        self._trace = trace
        self._slots: dict[int, _Slot] = {}
        self._closed = False

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {
            "websocket.open": self._open,
            "websocket.read": self._read,
            "websocket.send": self._send,
            "websocket.close": self._close,
            "websocket.cancel": self._cancel,
        }

    async def aclose(self) -> None:
        """The invocation is over: say goodbye, and do not wait for an answer.  Never raises."""
        self._closed = True
        slots, self._slots = list(self._slots.values()), {}
        with trio.move_on_after(1, shield=True):
            async with trio.open_nursery() as nursery:
                for slot in slots:
                    slot.opening.cancel()
                    if slot.link is not None:
                        nursery.start_soon(_leave, slot.link)
        for slot in slots:
            if slot.link is not None:
                slot.link.abort()

    async def _open(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Open, args)
        slot = self._slots.get(wanted.socket)
        if self._closed or (slot is not None and (slot.link is not None or not slot.opening.cancel_called)):
            raise HostCallError(f"the socket {wanted.socket} was used before", js_class="TypeError")
        if slot is None and len(self._slots) >= MAX_OPEN:
            raise HostCallError(f"{MAX_OPEN} WebSockets of this invocation are open, the limit", js_code="EMFILE")
        slot = self._slots.setdefault(wanted.socket, _Slot())
        try:
            with slot.opening:
                slot.link = await self._client.open(wanted.url, wanted.protocols, wanted.headers, self._trace)
        except ConnectError as error:
            answer = error.answer
            if not wanted.whatever or answer is None or not 200 <= answer.answered <= 599:
                raise
            return Answer({"status": answer.answered, "headers": answer.headers})
        finally:
            if slot.link is None:
                self._slots.pop(wanted.socket, None)
        link = slot.link
        if link is None:
            raise HostCallError("it was given up", js_class="AbortError")
        value = {"status": 101, "protocol": link.protocol, "extensions": link.extensions, "headers": link.headers}
        return Answer(value)

    async def _read(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        number = arguments(_Socket, args).socket
        slot = self._slots.get(number)
        if slot is None or slot.link is None:
            return Answer([])
        answer = await calls.read(slot.link)
        if slot.link.ended is not None and not slot.link.has_more:
            self._slots.pop(number, None)
        return answer

    async def _send(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        slot = self._slots.get(arguments(_Socket, args).socket)
        if slot is None or slot.link is None:
            return Answer(False)
        return await calls.send(slot.link, args, data)

    async def _close(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        slot = self._slots.get(arguments(_Socket, args).socket)
        return Answer() if slot is None or slot.link is None else await calls.close(slot.link, args)

    async def _cancel(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """End it at any stage, without a closing handshake."""
        number = arguments(_Socket, args).socket
        if self._closed or (number not in self._slots and len(self._slots) >= MAX_OPEN):
            return Answer()
        slot = self._slots.setdefault(number, _Slot())
        slot.opening.cancel()
        if slot.link is not None:
            slot.link.abort()
        return Answer()


async def _leave(link: Link) -> None:
    await link.close(GOING_AWAY)
