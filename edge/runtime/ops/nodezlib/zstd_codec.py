"""Zstandard: RFC 8878."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from edge.runtime.ops.nodezlib.engine import BUDGET, FINISH_STREAM, LARGE, PIECE, TruncatedError, failure

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from edge.runtime.ops.nodezlib.engine import Open

ZstdError = zstd.ZstdError
# https://facebook.github.io/zstd/zstd_manual.html: hashLog, chainLog and ldmHashLog are tables of 4 bytes and more.
_LEVEL, _WINDOW, _WORKERS = 100, 101, 400
_TABLES = (102, 103, 161)
_WINDOW_MAX = 100
_USUAL_WINDOW = 27
_MAGIC = b"\x28\xb5\x2f\xfd"


class Zstd:
    unused = 0

    def __init__(self, wanted: Open, dictionary: bytes) -> None:
        trained = zstd.ZstdDict(dictionary, is_raw=True) if dictionary else None
        self._codec = zstd.ZstdCompressor(options=wanted.parameters or None, zstd_dict=trained)
        if wanted.pledged is not None:
            self._codec.set_pledged_input_size(wanted.pledged)
        self._output = b""
        self.ended = False

    def write(self, data: bytes, flush: int) -> None:
        if self.ended:
            return
        try:
            self._output = self._codec.compress(data)
            if flush:
                finish = flush >= FINISH_STREAM
                self._output += self._codec.flush(self._codec.FLUSH_FRAME if finish else self._codec.FLUSH_BLOCK)
        except zstd.ZstdError as error:
            raise failure("ZSTD_error_srcSize_wrong", _reason(error)) from None
        self.ended = flush == FINISH_STREAM

    def more(self) -> tuple[bytes, bool]:
        output, self._output = self._output, b""
        return output, False


class Unzstd:
    def __init__(self, wanted: Open, dictionary: bytes) -> None:
        self._dictionary = zstd.ZstdDict(dictionary, is_raw=True) if dictionary else None
        self._parameters = wanted.parameters or None
        self._codec = self._make()
        self._input = b""
        self._flush = 0
        self.ended = False

    def _make(self) -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(zstd_dict=self._dictionary, options=self._parameters)

    @property
    def unused(self) -> int:
        return len(self._input) if self.ended else 0

    def write(self, data: bytes, flush: int) -> None:
        self._input += data
        self._flush = flush

    def more(self) -> tuple[bytes, bool]:
        if self.ended and self._next_frame():
            self._codec, self.ended = self._make(), False
        if self.ended:
            return b"", False
        data, self._input = self._input, b""
        try:
            piece = self._codec.decompress(data, PIECE)
        except zstd.ZstdError as error:
            raise failure("ZSTD_error_prefix_unknown", _reason(error)) from None
        self.ended = self._codec.eof
        if self.ended:
            self._input = self._codec.unused_data
        more = self._next_frame() if self.ended else not self._codec.needs_input
        if not self.ended and not more and self._flush == FINISH_STREAM:
            raise TruncatedError(piece)
        return piece, more

    def _next_frame(self) -> bool:
        return self._input.startswith(_MAGIC)


def size_of(parameters: dict[int, int], *, compresses: bool) -> int:
    """Roughly what a codec holds.  Raises ValueError for more than that, and for threads, which a cell cannot start."""
    if not compresses:
        window = parameters.get(_WINDOW_MAX, 0)
        return _allowed(LARGE, window if window > _USUAL_WINDOW else 0)
    if parameters.get(_WORKERS, 0) > 0:
        raise ValueError("threads")
    level = parameters.get(_LEVEL, 3)
    size = BUDGET if level > 16 else 4 * LARGE if level > 9 else LARGE
    return _allowed(size, parameters.get(_WINDOW, 0), *(parameters.get(table, 0) + 2 for table in _TABLES))


def _allowed(size: int, *logarithms: int) -> int:
    whole = size + sum(1 << min(max(one, 0), 64) for one in logarithms)
    if whole > 2 * BUDGET:
        raise ValueError("too much memory")
    return min(whole, BUDGET)


def _reason(error: zstd.ZstdError) -> str:
    """Without what the binding puts before it: `Unable to decompress Zstandard data: Data corruption detected`."""
    return str(error).rpartition(": ")[2]
