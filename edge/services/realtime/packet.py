"""Packets of Socket.IO, as pure functions: https://github.com/socketio/socket.io-protocol (version 5).

<type>[<number of attachments>-][<namespace>,][<id of the acknowledgement>][<payload, JSON>]
"""

from __future__ import annotations

import re
from enum import IntEnum

import msgspec

MAX_ATTACHMENTS = 100
_PACKET = re.compile(r"([0-6])(?:(\d{1,3})-)?(?:(/[^,]*),|(/[^,]*)$)?(\d{1,15})?(.*)", re.DOTALL)


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
    packet = Packet(kind, namespace, match[6], int(match[5]) if match[5] else None, int(match[2] or 0))
    _check_payload(packet)
    return packet


def _check_payload(packet: Packet) -> None:
    try:
        value = msgspec.json.decode(packet.payload) if packet.payload else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise PacketError("the payload of a packet is not JSON") from None
    match packet.kind:
        case Kind.CONNECT:
            fits = value is None or isinstance(value, dict)
        case Kind.DISCONNECT:
            fits = value is None
        case Kind.EVENT | Kind.BINARY_EVENT:
            fits = isinstance(value, list) and len(value) > 0 and isinstance(value[0], (str, int))
        case Kind.ACK | Kind.BINARY_ACK:
            fits = isinstance(value, list) and packet.ack is not None
        case _:
            fits = False  # a client refuses nobody
    if not fits:
        raise PacketError("the payload does not fit the packet")


def event(namespace: str, payload: str, attachments: int, ack: int | None = None) -> Packet:
    """An event; `payload` is a JSON array, its name first."""
    return Packet(Kind.BINARY_EVENT if attachments else Kind.EVENT, namespace, payload, ack, attachments)


def acknowledgement(namespace: str, payload: str, attachments: int, ack: int) -> Packet:
    """The answer to an event; `payload` is a JSON array."""
    return Packet(Kind.BINARY_ACK if attachments else Kind.ACK, namespace, payload, ack, attachments)
