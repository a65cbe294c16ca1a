"""The cell's end of the socket to the gateway.

One thread receives, any thread sends; frames are sent whole.  Sending blocks while the gateway does not read:
that is the back-pressure.  When the gateway has gone, the process ends at once.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import msgspec

from edge.units import KIB, MIB
from edge.wire.cell import Command, Report
from edge.wire.frames import LENGTH, FrameReader

if TYPE_CHECKING:
    import socket

MAX_FRAME = 512 * MIB
"""Most that the gateway sends at once, in bytes: the snapshot of a function, or the events of a run."""

_CHUNK = 64 * KIB
_SMALL = 512  # bytes that most reports fit in

_decoder = msgspec.msgpack.Decoder(Command)
_encoder = msgspec.msgpack.Encoder()


class Link:
    """Commands in, reports out, over a blocking stream socket."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._reader = FrameReader(MAX_FRAME)
        self._sending = threading.Lock()

    def receive(self) -> list[Command]:
        """The next commands, at least one; none when the gateway has gone.  Raises FrameError, DecodeError."""
        while data := self._received():
            frames = self._reader.feed(data)
            if frames:
                return [_decoder.decode(frame) for frame in frames]
        return []

    def send(self, report: Report) -> None:
        """Send a report, from any thread."""
        buffer = bytearray(_SMALL)
        _encoder.encode_into(report, buffer, LENGTH.size)
        LENGTH.pack_into(buffer, 0, len(buffer) - LENGTH.size)
        try:
            with self._sending:
                self._channel.sendall(buffer)
        except OSError:
            os._exit(0)

    def _received(self) -> bytes:
        try:
            return self._channel.recv(_CHUNK)
        except OSError:
            return b""
