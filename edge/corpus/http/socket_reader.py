"""Reads the frames of a WebSocket server.  Pure.  RFC 6455 section 5.2."""

from __future__ import annotations

_CLOSE, _PONG = 8, 10


class SocketReader:
    """Takes bytes; `codes` are those of closing frames (1005 without one), `pongs` what came back."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.pongs: set[bytes] = set()
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """More bytes."""
        self._buffer += data
        while (size := self._size()) is not None and len(self._buffer) >= size:
            self._take(bytes(self._buffer[:size]))
            del self._buffer[:size]

    def _size(self) -> int | None:
        if len(self._buffer) < 2:
            return None
        length = self._buffer[1] & 0x7F
        extra = {126: 2, 127: 8}.get(length, 0)
        if len(self._buffer) < 2 + extra:
            return None
        return 2 + extra + (int.from_bytes(self._buffer[2 : 2 + extra], "big") if extra else length)

    def _take(self, frame: bytes) -> None:
        kind, payload = frame[0] & 0x0F, frame[2 : 2 + (frame[1] & 0x7F)]
        if kind == _CLOSE:
            self.codes.append(int.from_bytes(payload[:2], "big") if len(payload) > 1 else 1005)
        elif kind == _PONG and len(self.pongs) < 1000:
            self.pongs.add(payload)
