"""Packets of Socket.IO, as pure functions: https://github.com/socketio/socket.io-protocol (version 5).

<type>[<number of attachments>-][<namespace>,][<id of the acknowledgement>][<payload, JSON>]
"""

from __future__ import annotations

import json
import re
from enum import IntEnum

import msgspec

MAX_ATTACHMENTS = 100
MAX_NAMESPACE = 1000
"""Characters; it becomes a path, and stands in a line of the log for each event."""
OWN_EVENTS = frozenset({"$connect", "$disconnect"})
"""Events that the gateway makes: a client that could send them would be believed to have come or gone."""
_PACKET = re.compile(r"([0-6])(?:(\d{1,3})-)?(?:(/[^,]*),|(/[^,]*)$)?(\d{1,15})?(.*)", re.DOTALL)

_BEGIN = re.compile(r"\s*\[\s*(?=[\"0-9-])")
_values = json.JSONDecoder()


class Kind(IntEnum):
    """Types of packets."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


class PacketError(ValueError):
    """Text that is no packet."""


class Packet(msgspec.Struct, frozen=True):
    """`payload` is JSON text, "" without one.  `attachments` binary messages follow, for which it has placeholders."""

    kind: Kind
    namespace: str = "/"
    payload: str = ""
    ack: int | None = None
    attachments: int = 0

    def encode(self) -> str:
        """The text of a message."""
        count = f"{self.attachments}-" if self.kind in (Kind.BINARY_EVENT, Kind.BINARY_ACK) else ""
        place = "" if self.namespace == "/" else f"{self.namespace},"
        number = "" if self.ack is None else str(self.ack)
        return f"{self.kind.value}{count}{place}{number}{self.payload}"


def decode(text: str) -> Packet:
    """A packet that a client sent.  Raises PacketError."""
    match = _PACKET.fullmatch(text)
    if match is None:
        raise PacketError("this is no packet of Socket.IO")
    kind = Kind(int(match[1]))
    binary = kind in (Kind.BINARY_EVENT, Kind.BINARY_ACK)
    if binary != (match[2] is not None) or (binary and not 0 < int(match[2]) <= MAX_ATTACHMENTS):
        raise PacketError("the number of attachments does not fit the packet")
    namespace = (match[3] or match[4] or "/").partition("?")[0]
    if len(namespace) > MAX_NAMESPACE:
        raise PacketError("the namespace is too long")
    packet = Packet(kind, namespace, match[6], int(match[5]) if match[5] else None, int(match[2] or 0))
    _check_payload(packet)
    return packet


def _check_payload(packet: Packet) -> None:
    if packet.payload and not is_json(packet.payload):
        raise PacketError("the payload of a packet is not JSON")
    begin = packet.payload.lstrip()[:1]
    match packet.kind:
        case Kind.CONNECT:
            fits = begin in ("", "{")
        case Kind.DISCONNECT:
            fits = begin in ("", "n")
        case Kind.EVENT | Kind.BINARY_EVENT:
            fits = begin == "[" and split_event(packet.payload)[0] not in OWN_EVENTS
        case Kind.ACK | Kind.BINARY_ACK:
            fits = begin == "[" and packet.ack is not None
        case _:
            fits = False  # a client refuses nobody
    if not fits:
        raise PacketError("the payload does not fit the packet")


def is_json(text: str, begin: str = "") -> bool:
    """Whether it is JSON of a value that begins so; no value is made, which could take many times the text's size."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return text.lstrip().startswith(begin)


def split_event(payload: str) -> tuple[str, str]:
    """The name of an event, and the JSON array of its arguments.  `payload` is a JSON array.  Raises PacketError."""
    start = _BEGIN.match(payload)
    if start is None:
        raise PacketError("an event begins with its name, a text or a number")
    try:
        _, end = _values.raw_decode(payload, start.end())
        name = msgspec.json.decode(payload[start.end() : end], type=str | int)
    except (ValueError, msgspec.DecodeError):
        raise PacketError("the name of an event is a text or a whole number") from None
    return str(name), "[" + payload[end:].lstrip().removeprefix(",")


def event(namespace: str, payload: str, attachments: int, ack: int | None = None) -> Packet:
    """An event; `payload` is a JSON array, its name first."""
    return Packet(Kind.BINARY_EVENT if attachments else Kind.EVENT, namespace, payload, ack, attachments)


def acknowledgement(namespace: str, payload: str, attachments: int, ack: int) -> Packet:
    """The answer to an event; `payload` is a JSON array."""
    return Packet(Kind.BINARY_ACK if attachments else Kind.ACK, namespace, payload, ack, attachments)
