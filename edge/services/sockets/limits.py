"""Limits of the sockets of one invocation."""

from __future__ import annotations

import msgspec

from edge.units import KIB, MIB, SECONDS


class SocketLimits(msgspec.Struct, frozen=True):
    """`sockets` may be open at a time, `opened` in all; `chunk` bytes are read at a time, `write` bytes written.

    `handshake` is the time for TLS, `material` the size of certificates and keys, `contexts` the number of different
    sets of them.
    """

    sockets: int = 128
    opened: int = 1000
    chunk: int = 64 * KIB
    write: int = 1 * MIB
    material: int = 1 * MIB
    contexts: int = 32
    handshake: float = 10 * SECONDS
