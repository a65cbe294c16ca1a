"""Watches the lengths of HTTP/2 frames as they arrive.

h2 checks a frame's length when all of it is there, so it would collect up to 16 MiB of a frame that it then
refuses.  RFC 9113 section 4.2.
"""

from __future__ import annotations

_PREFACE = 24
_HEADER = 9
_LENGTH = 3


class FrameMeter:
    """Follows the bytes of one client from its connection preface on."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._skip = _PREFACE
        self._partial = b""

    def accepts(self, data: bytes) -> bool:
        """Whether no frame over the limit begins in `data`, the next bytes."""
        data, self._partial = self._partial + data, b""
        at, size = self._skip, len(data)
        while at + _LENGTH <= size:
            length = int.from_bytes(data[at : at + _LENGTH], "big")
            if length > self._max_size:
                return False
            at += _HEADER + length
        self._skip = max(0, at - size)
        self._partial = data[at:]
        return True
