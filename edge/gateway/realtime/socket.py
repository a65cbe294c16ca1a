"""A client in a namespace: each of its events is an invocation of the function behind it, one after the other.

The function is found as a request for the namespace's path would find it, in the generation that the client began on.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.errors import EdgeError, HeadersTooLargeError, OverloadedError
from edge.function import Function
from edge.gateway.request_id import request_id
from edge.gateway.scheduled_run import CollectingExchange
from edge.services.realtime.packet import Kind, Packet, acknowledgement, is_json, split_event
from edge.tracing.span import Attributes
from edge.tracing.span import Kind as SpanKind
from edge.units import KIB, MIB
from edge.wire.messages import Header, Realtime, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.gateway.dispatch_parts import DispatchParts
    from edge.gateway.realtime.session import Session
    from edge.invocation import Receipt
    from edge.services.realtime.hub import Hub

MAX_EVENTS = 100
MAX_WAITING = MIB
"""Events, and their bytes, of a client that wait for their turn; beyond, nothing is read from it."""
MAX_HELD = 1000
"""Packets for a client that is still connecting."""
MAX_AUTH = 64 * KIB
_LOGGED_EVENT = 100
_MAX_REFUSAL = 64 * KIB

log = structlog.get_logger()


class Visit(msgspec.Struct, frozen=True):
    """What is known about the client from its first request.  `base` is the path that comes before a namespace."""

    base: str
    name: str  # of the host, for routing
    host: str
    scheme: str
    ip: str
    ips: list[str]
    headers: list[Header]
    query: dict[str, str]
    time: str


class Place(msgspec.Struct, frozen=True):
    """The function behind a namespace, and how it is called; `headers` are those of the handshake."""

    function: Function
    path: str
    base_path: str
    params: dict[str, str]
    headers: list[Header]


class NamespaceSocket:
    """See the module; session.Joined to the connection, hub.Member to functions."""

    def __init__(self, session: Session, namespace: str, visit: Visit, hub: Hub, parts: DispatchParts) -> None:
        self.id = secrets.token_urlsafe(15)
        self.namespace = namespace
        self._session = session
        self._visit = visit
        self._hub = hub
        self._invoker = parts.invoker
        self._tracing = parts.tracing
        self._data = "{}"
        self._handshake = "{}"
        self._connected = False
        self._held: list[tuple[str, Sequence[bytes]]] = []
        self._ack: int | None = None
        self._reason = ""
        self._events: deque[tuple[Packet, Sequence[bytes]]] = deque()
        self._waiting = 0
        self._change = trio.Event()

    # -- the client's side

    async def take(self, packet: Packet, attachments: Sequence[bytes]) -> None:
        """See Joined."""
        if packet.kind not in (Kind.EVENT, Kind.BINARY_EVENT):
            return
        while (len(self._events) >= MAX_EVENTS or self._waiting > MAX_WAITING) and not self._reason:
            await self._change.wait()
        if not self._reason:
            self._events.append((packet, attachments))
            self._waiting += _size(packet, attachments)
            self._changed()

    def leave(self, reason: str) -> None:
        """See Joined."""
        self._reason = self._reason or reason
        self._changed()

    def _changed(self) -> None:
        self._change.set()
        self._change = trio.Event()

    async def _next(self) -> tuple[Packet, Sequence[bytes]] | None:
        """The next event; None when the client has gone, and all that it said was heard."""
        while not self._events:
            if self._reason:
                return None
            await self._change.wait()
        packet, attachments = self._events.popleft()
        self._waiting -= _size(packet, attachments)
        self._changed()
        return packet, attachments

    # -- the function's side

    def deliver(self, text: str, attachments: Sequence[bytes]) -> None:
        """See Member; what is sent while it connects follows the answer to that."""
        if self._connected:
            self._session.deliver(text, attachments)
        elif len(self._held) >= MAX_HELD:
            self.dismiss()
        elif not self._reason:
            self._held.append((text, attachments))

    def dismiss(self) -> None:
        """See Member."""
        if self._connected:
            self._session.send(Packet(Kind.DISCONNECT, self.namespace))
        self._session.depart(self.namespace, "server namespace disconnect")

    def acknowledge(self, payload: str, attachments: Sequence[bytes]) -> None:
        """See Member."""
        if self._ack is not None:
            self._session.send(acknowledgement(self.namespace, payload, len(attachments), self._ack), attachments)
            self._ack = None

    def keep(self, data: str) -> None:
        """See Member."""
        self._data = data

    # -- its life

    async def run(self, find: Callable[[str], Awaitable[Place]], auth: str, most: int, ended: EventLog) -> None:
        """From `$connect` to `$disconnect`.  `find` raises EdgeError when no function is behind the namespace."""
        try:
            place = await find(self.namespace)
            if self._hub.count(place.function.family) >= most:
                raise OverloadedError(f"function {place.function.name} has {most} sockets open")
            if len(auth) > MAX_AUTH:
                raise HeadersTooLargeError(f"auth of a client has {len(auth)} characters, over the limit of {MAX_AUTH}")
        except EdgeError as error:
            self._refuse(_message(_public(error)))
            return
        self._visit = msgspec.structs.replace(self._visit, headers=place.headers)
        self._handshake = _handshake(self._visit, self.namespace, auth)
        self._hub.arrive(self.id, self)
        try:
            if await self._connect(place, ended):
                while (event := await self._next()) is not None:
                    packet, attachments = event
                    self._ack = packet.ack
                    name, payload = split_event(packet.payload)
                    await self._invoke(place, name, ended, payload, attachments)
                    self._ack = None
        finally:
            rooms = self._hub.rooms(self.id)
            self._hub.depart(self.id)
        if self._connected:
            self._connected = False
            payload = msgspec.json.encode([self._reason]).decode()
            await self._invoke(place, "$disconnect", ended, payload, rooms=rooms)

    async def _connect(self, place: Place, ended: EventLog) -> bool:
        """Whether the function lets it in."""
        receipt, refusal = await self._invoke(place, "$connect", ended)
        if refusal or receipt.error is not None or self._reason or not self._hub.has(self.id):
            self._refuse(refusal or _message(_public(receipt.error)))
            return False
        self._connected = True
        self._session.send(Packet(Kind.CONNECT, self.namespace, msgspec.json.encode({"sid": self.id}).decode()))
        for text, attachments in self._held:
            self._session.deliver(text, attachments)
        self._held.clear()
        return True

    def _refuse(self, payload: str) -> None:
        self._session.joined.pop(self.namespace, None)
        self._session.send(Packet(Kind.CONNECT_ERROR, self.namespace, payload))

    async def _invoke(
        self,
        place: Place,
        event: str,
        ended: EventLog,
        payload: str = "[]",
        attachments: Sequence[bytes] = (),
        *,
        rooms: list[str] | None = None,
    ) -> tuple[Receipt, str]:
        """One event; the receipt, and the JSON that the function has for a client that it refuses."""
        visit = self._visit
        realtime = Realtime(
            event=event,
            socket=self.id,
            namespace=self.namespace,
            payload=payload,
            sizes=[len(attachment) for attachment in attachments],
            rooms=self._hub.rooms(self.id) if rooms is None else rooms,
            data=self._data,
            handshake=self._handshake,
            connected=rooms is None,
            ack=self._ack is not None,
        )
        request = Request(
            method="POST",
            url=f"{visit.scheme}://{visit.host}{place.path}",
            path=place.path[len(place.base_path) :] or "/",
            base_path=place.base_path,
            headers=visit.headers,
            params=place.params,
            ip=visit.ip,
            ips=visit.ips,
            body=b"".join(attachments) or None,
            realtime=realtime,
        )
        rid = request_id(None, None)
        exchange = CollectingExchange(_MAX_REFUSAL)
        began = time.perf_counter()
        about: Attributes = {"faas.name": place.function.name, "messaging.operation.name": event[:_LOGGED_EVENT]}
        with self._tracing.root(request, f"realtime {place.function.name}", SpanKind.CONSUMER, about) as root:
            receipt = await self._invoker.invoke(place.function, root.request, rid, exchange)
            root.ended(receipt, exchange.status)
        ended(place.function.name, self, event, rid, receipt, time.perf_counter() - began)
        refused = exchange.status == 403 and event == "$connect"
        return receipt, _refusal(exchange) if refused else ""


if TYPE_CHECKING:
    EventLog = Callable[[str, NamespaceSocket, str, str, Receipt, float], None]


def log_event(function: str, socket: NamespaceSocket, event: str, rid: str, receipt: Receipt, duration: float) -> None:
    """One line for each event, as event `realtime`."""
    error = receipt.error
    (log.info if error is None else log.warning)(
        "realtime",
        function=function,
        socket=socket.id,
        namespace=socket.namespace,
        name=event[:_LOGGED_EVENT],
        request_id=rid,
        outcome=receipt.outcome,
        ms=round(duration * 1000, 3),
        **({"error": str(error), "stack": getattr(error, "stack", "")} if error is not None else {}),
    )


def _size(packet: Packet, attachments: Sequence[bytes]) -> int:
    return len(packet.payload) + sum(map(len, attachments))


def _refusal(exchange: CollectingExchange) -> str:
    """What the function has for the client, when that is JSON: anything else would be no packet, or several."""
    text = exchange.body.decode(errors="replace")
    return text if not exchange.truncated and is_json(text, "{") else _message("refused")


def _message(text: str) -> str:
    return msgspec.json.encode({"message": text}).decode()


def _public(error: EdgeError | None) -> str:
    """What a client is told: codes, which are public, and nothing of what a function said when it failed."""
    if error is None or error.status == 404 or error.code == "bad_function":
        return "Invalid namespace"
    return error.code


def _handshake(visit: Visit, namespace: str, auth: str) -> str:
    """The JSON of `socket.handshake`."""
    headers: dict[str, str] = {}
    for name, value in visit.headers:
        headers[name] = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in headers else value
    handshake = {
        "headers": headers,
        "query": visit.query,
        "auth": msgspec.Raw(auth.encode() or b"{}"),
        "address": visit.ip,
        "time": visit.time,
        "secure": visit.scheme == "https",
        "url": namespace,
    }
    return msgspec.json.encode(handshake).decode()
