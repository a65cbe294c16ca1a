"""Frames: a 32-bit little-endian length, then so many bytes.

The length is checked before anything is kept, and memory grows with what has arrived, never with what was
announced.
"""

from __future__ import annotations

import struct

from edge.errors import InternalError

LENGTH = struct.Struct("<I")


class FrameError(InternalError):
    """A peer announced a frame that is larger than allowed."""


def frame(data: bytes) -> bytes:
    """`data` as a frame."""
    return LENGTH.pack(len(data)) + data


class FrameReader:
    """Cuts a stream of bytes into frames; each holds at most `maximum` bytes (may be changed at any time)."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Frames that are complete with `data`.  Raises FrameError."""
        held = self._held
        if (
            not held
            and len(data) > LENGTH.size
            and LENGTH.unpack_from(data)[0] == len(data) - LENGTH.size <= self.maximum
        ):
            return [data[LENGTH.size :]]  # most often it is one, and all of it
        held += data
        frames = []
        start = 0
        while len(held) - start >= LENGTH.size:
            (size,) = LENGTH.unpack_from(held, start)
            if size > self.maximum:
                raise FrameError(f"a frame of {size} bytes was announced, at most {self.maximum} are allowed")
            end = start + LENGTH.size + size
            if len(held) < end:
                break
            frames.append(bytes(memoryview(held)[start + LENGTH.size : end]))
            start = end
        if start:
            del held[:start]
        return frames
