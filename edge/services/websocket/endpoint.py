"""One end of a WebSocket as a pure state machine over wsproto: bytes in, messages out, and the other way round.

RFC 6455.  Messages are put together here, held to their limit while they arrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import LOCAL_ONLY_CLOSE_REASONS, CloseReason

from edge.services.websocket.deflate import DeclaredSize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.services.websocket.deflate import BoundedDeflate

NORMAL = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
NO_STATUS = 1005
ABNORMAL = 1006
POLICY = 1008
TOO_BIG = 1009
INTERNAL = 1011
TRY_AGAIN_LATER = 1013
MAX_REASON = 123
_MAX_EMPTY = 10_000
"""Frames without a byte in one message."""


class Text(msgspec.Struct, frozen=True):
    """A text message."""

    data: str


class Binary(msgspec.Struct, frozen=True):
    """A binary message."""

    data: bytes


class Pinged(msgspec.Struct, frozen=True):
    """The peer sent a ping, which has been answered."""

    data: bytes


class Ponged(msgspec.Struct, frozen=True):
    """The peer sent a pong."""

    data: bytes


class Closed(msgspec.Struct, frozen=True):
    """The end.  `clean`: after both closing frames; `code` is the peer's, 1005 without one, 1006 without a frame."""

    code: int
    reason: str
    clean: bool


Incoming = Text | Binary | Pinged | Ponged | Closed
Outgoing = Text | Binary | Pinged | Ponged


class Endpoint:
    """`receive` takes bytes; `outgoing` holds what is to be sent, the answers to pings and to a close among it."""

    def __init__(self, *, client: bool, limit: int, deflate: BoundedDeflate | None = None) -> None:
        extensions = [DeclaredSize(limit), *([deflate] if deflate is not None else ())]
        self._connection = Connection(ConnectionType.CLIENT if client else ConnectionType.SERVER, extensions)
        self._limit = limit
        self._begun = bytearray()  # of a message whose end has not come: fragments may be tiny, and very many
        self._empty = 0
        self._failed: tuple[int, str] | None = None
        self._peer_close: tuple[int, str] | None = None
        self._out = bytearray()

    # -- what comes

    def receive(self, data: bytes) -> Iterator[Incoming]:
        """What these bytes amount to, lazily; Closed comes from `end` alone."""
        if not self.is_over:
            self._connection.receive_data(data)
            yield from self._events()

    def _events(self) -> Iterator[Incoming]:
        for event in self._connection.events():
            incoming = self._take(event)
            if incoming is not None:
                yield incoming
            if self.is_over:
                return

    def _take(self, event: object) -> Incoming | None:
        match event:
            case TextMessage() | BytesMessage():
                return self._gather(event)
            case Ping(payload=payload):
                if self._connection.state is ConnectionState.OPEN:
                    self._out += self._connection.send(Pong(payload=payload))
                return Pinged(bytes(payload))
            case Pong(payload=payload):
                return Ponged(bytes(payload))
            case CloseConnection(code=code, reason=reason):
                self._closed(int(code), reason or "")
        return None

    def _gather(self, event: TextMessage | BytesMessage) -> Incoming | None:
        data = event.data.encode() if isinstance(event.data, str) else event.data
        self._empty += not data
        self._begun += data
        if len(self._begun) > self._limit or self._empty > _MAX_EMPTY:
            self._fail(TOO_BIG, f"a message may have {self._limit} bytes at most")
            return None
        if not event.message_finished:
            return None
        whole, self._begun, self._empty = self._begun, bytearray(), 0
        return Text(whole.decode()) if isinstance(event, TextMessage) else Binary(bytes(whole))

    def _closed(self, code: int, reason: str) -> None:
        if self._connection.state in (ConnectionState.REMOTE_CLOSING, ConnectionState.CLOSED):
            self._peer_close = (code, reason)
            if self._connection.state is ConnectionState.REMOTE_CLOSING:
                self._out += self._connection.send(_close_event(code))
        else:
            words = "" if code != TOO_BIG else f"a message may have {self._limit} bytes at most"
            self._fail(code, words)  # what it sent is no WebSocket: wsproto tells by an event that is no frame

    def _fail(self, code: int, reason: str) -> None:
        """Section 7.1.7: say why, and take no more."""
        self._failed = (code, reason)
        self._begun.clear()
        if self._connection.state is ConnectionState.OPEN:
            self._out += self._connection.send(CloseConnection(code=code, reason=reason))

    @property
    def held(self) -> int:
        """Bytes of the message that has begun."""
        return len(self._begun)

    def drop(self) -> None:
        """Let go of these."""
        self._begun.clear()

    # -- what goes

    def send(self, message: Outgoing) -> bool:
        """Frame a message; False when none can be sent any more."""
        if self._connection.state is not ConnectionState.OPEN or self._failed is not None:
            return False
        match message:
            case Text(data=text):
                self._out += self._connection.send(TextMessage(data=text))
            case Binary(data=data):
                self._out += self._connection.send(BytesMessage(data=data))
            case Pinged(data=data):
                self._out += self._connection.send(Ping(payload=data))
            case Ponged(data=data):
                self._out += self._connection.send(Pong(payload=data))
        return True

    def close(self, code: int | None = None, reason: str = "") -> None:
        """Begin the closing handshake, unless it has begun."""
        if self._connection.state is ConnectionState.OPEN:
            self._out += self._connection.send(_close_event(NO_STATUS if code is None else code, reason))

    def outgoing(self) -> bytes:
        """Bytes for the peer; each is given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    # -- how it stands

    @property
    def is_closing(self) -> bool:
        """A closing frame has gone or come."""
        return self._connection.state is not ConnectionState.OPEN

    @property
    def is_over(self) -> bool:
        """Nothing that the peer still sends counts."""
        return self._peer_close is not None or self._failed is not None

    def end(self) -> Closed:
        """How it ended, once the connection is gone or nothing counts any more."""
        if self._peer_close is not None:
            return Closed(*self._peer_close, clean=True)
        if self._failed is not None:
            return Closed(*self._failed, clean=False)
        return Closed(ABNORMAL, "", clean=False)


def _close_event(code: int, reason: str = "") -> CloseConnection:
    """A closing frame; without a code it is empty, which wsproto spells as this very 1005."""
    if code == NO_STATUS:
        return CloseConnection(code=CloseReason.NO_STATUS_RCVD, reason=None)
    return CloseConnection(code=code, reason=reason)


def is_sendable(code: int) -> bool:
    """Whether a close code may be put into a frame (section 7.4)."""
    return code not in {int(reason) for reason in LOCAL_ONLY_CLOSE_REASONS} and (
        (1000 <= code <= 1014 and code != 1004) or 3000 <= code <= 4999
    )
