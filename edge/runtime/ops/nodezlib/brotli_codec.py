"""Brotli: RFC 7932."""

from __future__ import annotations

from typing import TYPE_CHECKING

import brotli

from edge.runtime.ops.nodezlib.engine import FINISH_STREAM, TruncatedError, failure
from edge.units import KIB

if TYPE_CHECKING:
    from edge.runtime.ops.nodezlib.engine import Open

_FLUSH = 1
_MODES = (brotli.MODE_GENERIC, brotli.MODE_TEXT, brotli.MODE_FONT)
# The library makes output in blocks of 32 KiB, less their heads.
_PIECE = 32 * KIB - 16


class Brotli:
    unused = 0

    def __init__(self, wanted: Open) -> None:
        mode = _MODES[wanted.mode]
        self._codec = brotli.Compressor(mode=mode, quality=wanted.quality, lgwin=wanted.lgwin)
        self._output = b""
        self.ended = False

    def write(self, data: bytes, flush: int) -> None:
        if self.ended:
            return
        self._output = self._codec.process(data)
        if flush == _FLUSH:
            self._output += self._codec.flush()
        elif flush == FINISH_STREAM:
            self._output += self._codec.finish()
            self.ended = True

    def more(self) -> tuple[bytes, bool]:
        output, self._output = self._output, b""
        return output, False


class Unbrotli:
    unused = 0

    def __init__(self) -> None:
        self._codec = brotli.Decompressor()
        self._input = b""
        self._flush = 0
        self._full = False
        self.ended = False

    def write(self, data: bytes, flush: int) -> None:
        self._input += data
        self._flush = flush

    def more(self) -> tuple[bytes, bool]:
        if self.ended:
            self._input = b""
            return b"", False
        waits = self._full or not self._codec.can_accept_more_data()
        data, self._input = (b"", self._input) if waits else (self._input, b"")
        try:
            piece = self._codec.process(data, output_buffer_limit=_PIECE)
        except brotli.error:
            raise failure("ERR__ERROR_FORMAT_PADDING_1", "Decompression failed") from None
        self._full = len(piece) >= _PIECE
        self.ended = self._codec.is_finished()
        more = not self.ended and (self._full or bool(self._input))
        if not self.ended and not more and self._flush == FINISH_STREAM:
            raise TruncatedError(piece)
        return piece, more
