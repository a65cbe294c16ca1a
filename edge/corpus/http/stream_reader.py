"""Reads the frames of an HTTP/2 server, and says what a client has to answer.  Pure."""

from __future__ import annotations

import h2.connection

from edge.corpus.http.frame import ACK, END_HEADERS, END_STREAM, TYPES, frame

_NAMES = {number: name for name, number in TYPES.items()}
_WINDOW = 65_535


class StreamReader:
    """Takes bytes.

    `goaways` are codes, `resets` codes by stream, `statuses` by stream; `done` are streams whose answer is complete.
    `hoards` says never to widen a window.  `windows` is what may be sent on a stream (0: on all of them).
    """

    def __init__(self) -> None:
        self.goaways: list[int] = []
        self.resets: dict[int, int] = {}
        self.statuses: dict[int, int] = {}
        self.done: set[int] = set()
        self.pongs: set[bytes] = set()
        self.windows: dict[int, int] = {0: _WINDOW}
        self.initial_window = _WINDOW
        self.junk = False
        self.hoards = False
        self.kept = bytearray()
        self._buffer = bytearray()
        # The decoder of header blocks, which h2 makes; its tables are those of a client.
        self._decoder = h2.connection.H2Connection().decoder

    def feed(self, data: bytes) -> bytes:
        """More bytes; answers what is to be sent back."""
        self._buffer += data
        self.kept += data[: max(0, 65_536 - len(self.kept))]
        replies = b""
        while len(self._buffer) >= 9 and not self.junk:
            size = int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < 9 + size:
                break
            kind, flags = self._buffer[3], self._buffer[4]
            stream = int.from_bytes(self._buffer[5:9], "big") & 0x7FFFFFFF
            payload = bytes(self._buffer[9 : 9 + size])
            del self._buffer[: 9 + size]
            replies += self._take(_NAMES.get(kind, ""), flags, stream, payload)
        return replies

    def room(self, stream: int) -> int:
        """Bytes of DATA that may be sent."""
        return min(self.windows[0], self.windows.setdefault(stream, self.initial_window))

    def sent(self, stream: int, size: int) -> None:
        """DATA was sent."""
        self.windows[0] -= size
        self.windows[stream] = self.windows.get(stream, self.initial_window) - size

    def _take(self, kind: str, flags: int, stream: int, payload: bytes) -> bytes:
        if kind == "SETTINGS" and not flags & ACK:
            self._settings(payload)
            return frame(TYPES["SETTINGS"], b"", ACK)
        if kind == "PING":
            if not flags & ACK:
                return frame(TYPES["PING"], payload, ACK)
            self.pongs.add(payload)
        elif kind == "GOAWAY":
            self.goaways.append(int.from_bytes(payload[4:8], "big"))
        elif kind == "RST_STREAM":
            self.resets.setdefault(stream, int.from_bytes(payload[:4], "big"))
        elif kind == "WINDOW_UPDATE":
            increment = int.from_bytes(payload[:4], "big")
            self.windows[stream] = self.windows.get(stream, self.initial_window) + increment
        elif kind == "HEADERS":
            self._headers(stream, flags, payload)
        elif kind == "DATA":
            if flags & END_STREAM:
                self.done.add(stream)
            return self._consumed(stream, len(payload), flags)
        return b""

    def _settings(self, payload: bytes) -> None:
        for at in range(0, len(payload) - 5, 6):
            if int.from_bytes(payload[at : at + 2], "big") == 4:
                value = int.from_bytes(payload[at + 2 : at + 6], "big")
                for stream in self.windows:
                    if stream:
                        self.windows[stream] += value - self.initial_window
                self.initial_window = value

    def _headers(self, stream: int, flags: int, payload: bytes) -> None:
        if not flags & END_HEADERS:
            self.junk = True  # an answer of this server fits into a frame
            return
        try:
            fields = dict(self._decoder.decode(payload, raw=True))
        except Exception:  # noqa: BLE001 - whatever is wrong with it
            self.junk = True
            return
        status = int(fields.get(b":status", b"0"))
        if status >= 200:
            self.statuses[stream] = status
        if flags & END_STREAM:
            self.done.add(stream)

    def _consumed(self, stream: int, size: int, flags: int) -> bytes:
        if not size or self.hoards:
            return b""
        update = size.to_bytes(4, "big")
        reply = frame(TYPES["WINDOW_UPDATE"], update)
        return reply if flags & END_STREAM else reply + frame(TYPES["WINDOW_UPDATE"], update, 0, stream)
