"""The cell's end of the socket to the gateway.

One thread receives, any thread sends; frames are sent whole.  Sending blocks while the gateway does not read:
that is the back-pressure.  When the gateway has gone, the process ends at once.
"""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING

import msgspec

from edge.units import KIB, MIB
from edge.wire.cell import Command, Report
from edge.wire.frames import LENGTH, FrameError

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
        self._held = b""  # the beginning of a frame
        self._sending = threading.Lock()
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)

    def waits(self, seconds: float | None) -> bool:
        """Whether something is there to be received, or comes in that time; None: until it comes.

        Who waits in `receive` right after a `send` is woken twice: once when the gateway has read what was sent,
        because the kernel then wakes whoever sleeps at this end of the socket.  A poll is for what is asked.
        """
        return bool(self._poll.poll(None if seconds is None else seconds * 1000))

    def receive(self) -> list[Command]:
        """The next commands, at least one; none when the gateway has gone.  Raises FrameError, DecodeError."""
        commands: list[Command] = []
        while not commands:
            data = self._received()
            if not data:
                return []
            self._held += data
            while (frame := self._next()) is not None:
                commands.append(_decoder.decode(frame))
        return commands

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

    def _next(self) -> memoryview | None:
        """The next frame, when it is there.  One that is larger than a chunk is waited for."""
        held = self._held
        if len(held) < LENGTH.size:
            return None
        (size,) = LENGTH.unpack_from(held)
        if size > MAX_FRAME:
            raise FrameError(f"a frame of {size} bytes was announced, at most {MAX_FRAME} are allowed")
        end = LENGTH.size + size
        if len(held) >= end:
            self._held = held[end:]
            return memoryview(held)[LENGTH.size : end]
        if size <= _CHUNK:
            return None
        self._held = b""
        return self._large(held[LENGTH.size :], size)

    def _large(self, beginning: bytes, size: int) -> memoryview:
        """A frame of `size` bytes; received in place, because a snapshot is what a cold start waits for."""
        frame = memoryview(bytearray(size))
        frame[: len(beginning)] = beginning
        got = len(beginning)
        try:
            while got < size:
                part = self._channel.recv_into(frame[got:])
                if not part:
                    os._exit(0)
                got += part
        except OSError:
            os._exit(0)
        return frame

    def _received(self) -> bytes:
        try:
            return self._channel.recv(_CHUNK)
        except OSError:
            return b""
