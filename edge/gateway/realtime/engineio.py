"""Packets of Engine.IO, as pure functions: https://github.com/socketio/engine.io-protocol (version 4)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0", "1", "2", "3", "4", "5", "6"
VERSION = "4"
_SEPARATOR = "\x1e"
_MAX_PACKETS = 1000

Packet = str | bytes
"""Text with its type as first character, or a binary message."""


class PayloadError(ValueError):
    """A body that holds no packets."""


class Handshake(msgspec.Struct, frozen=True):
    """The first packet of a server."""

    sid: str
    upgrades: list[str]
    pingInterval: int  # noqa: N815 - the protocol's
    pingTimeout: int  # noqa: N815 - the protocol's
    maxPayload: int  # noqa: N815 - the protocol's

    def encode(self) -> str:
        """The packet."""
        return OPEN + msgspec.json.encode(self).decode()


def join(packets: Iterable[Packet]) -> str:
    """The body of an answer to a poll."""
    return _SEPARATOR.join(
        packet if isinstance(packet, str) else "b" + base64.b64encode(packet).decode() for packet in packets
    )


def split(body: bytes) -> list[Packet]:
    """The packets of a client's body.  Raises PayloadError."""
    try:
        parts = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        raise PayloadError("the body is not UTF-8") from None
    if len(parts) > _MAX_PACKETS:
        raise PayloadError(f"more than {_MAX_PACKETS} packets in one body")
    return [_packet(part) for part in parts]


def _packet(part: str) -> Packet:
    if part.startswith("b"):
        try:
            return base64.b64decode(part[1:], validate=True)
        except (binascii.Error, ValueError):
            raise PayloadError("a binary packet is not base64") from None
    if part[:1] not in set("0123456"):
        raise PayloadError("a packet has no type")
    return part
