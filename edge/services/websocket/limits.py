"""Limits of WebSockets."""

from __future__ import annotations

import msgspec

from edge.units import KIB, MIB, SECONDS


class SocketLimits(msgspec.Struct, frozen=True):
    """Sizes in bytes, times in seconds; 0 switches a time off.

    `message` is the largest message, compressed or not.  After `heartbeat` of silence a ping is sent, and the peer
    has as long again to answer.  A socket ends after `idle` without a message in either direction, and after `life` in
    any case.  `queue` and `queued` bound what has arrived and was not read yet, in bytes and in messages: beyond, no
    more is read from the peer.  `send` is the time that the peer may take for 64 KiB, `closing` the time for its
    half of the closing handshake.
    """

    message: int = 10 * MIB
    heartbeat: float = 30 * SECONDS
    idle: float = 3600 * SECONDS
    life: float = 86400 * SECONDS
    compression: bool = True
    queue: int = 256 * KIB
    queued: int = 1000
    send: float = 20 * SECONDS
    closing: float = 5 * SECONDS
