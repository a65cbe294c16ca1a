"""The formats of zlib: deflate, bare, or with the heads of zlib and gzip (https://zlib.net/manual.html)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from edge.runtime.ops.nodezlib.engine import FINISH, NO_FLUSH, PIECE, TruncatedError, failure
from edge.units import KIB

if TYPE_CHECKING:
    from edge.errors import HostCallError
    from edge.runtime.ops.nodezlib.engine import Open

_GZIP = 16
_WINDOW = 32 * KIB
_DETECT = 32
_MAGIC = 0x1F


class Deflate:
    """Compression.  The library sets level and strategy once: to change them, another compressor takes over.

    It is one of raw deflate that knows the last 32 KiB of input; then the checksum at the end is written here.
    """

    unused = 0

    def __init__(self, wanted: Open, dictionary: bytes) -> None:
        self._kind = wanted.kind
        self._window = max(wanted.window_bits, 9)
        self._mem_level = wanted.mem_level
        bits = {"deflate": 0, "gzip": _GZIP}.get(wanted.kind)
        self._codec = self._compressor(
            wanted.level, wanted.strategy, -self._window if bits is None else self._window + bits, dictionary
        )
        self._recent = dictionary[-_WINDOW:]
        self._checksum = 0 if wanted.kind == "gzip" else 1
        self._size = 0
        self._is_raw = wanted.kind == "deflate_raw"
        self._output = b""
        self.ended = False

    def _compressor(self, level: int, strategy: int, bits: int, dictionary: bytes) -> zlib._Compress:
        options = (level, zlib.DEFLATED, bits, self._mem_level, strategy)
        return zlib.compressobj(*options, dictionary) if dictionary else zlib.compressobj(*options)

    def write(self, data: bytes, flush: int) -> None:
        if self.ended:
            if data:
                raise failure("Z_STREAM_ERROR", "stream error")
            return
        self._remember(data)
        self._output += self._codec.compress(data)
        if flush != NO_FLUSH:
            self._output += self._codec.flush(flush)
        self.ended = flush == FINISH
        if self.ended and self._is_raw:
            self._output += self._trailer()

    def _remember(self, data: bytes) -> None:
        """What a compressor that takes over needs to know."""
        self._recent = (self._recent + data)[-_WINDOW:]
        self._size += len(data)
        if self._kind == "gzip":
            self._checksum = zlib.crc32(data, self._checksum)
        elif self._kind == "deflate":
            self._checksum = zlib.adler32(data, self._checksum)

    def _trailer(self) -> bytes:
        """RFC 1950, section 2.2; RFC 1952, section 2.3.1."""
        if self._kind == "gzip":
            return self._checksum.to_bytes(4, "little") + (self._size % 2**32).to_bytes(4, "little")
        return self._checksum.to_bytes(4) if self._kind == "deflate" else b""

    def change(self, level: int, strategy: int) -> None:
        """Another level, another strategy, from here on."""
        if self.ended:
            raise failure("Z_STREAM_ERROR", "stream error")
        self._output += self._codec.flush(zlib.Z_SYNC_FLUSH)
        self._codec = self._compressor(level, strategy, -self._window, self._recent[-(1 << self._window) :])
        self._is_raw = True

    def more(self) -> tuple[bytes, bool]:
        output, self._output = self._output, b""
        return output, False


class Inflate:
    def __init__(self, wanted: Open, dictionary: bytes) -> None:
        self._wanted = wanted
        self._dictionary = dictionary
        self._members = wanted.kind == "gunzip"
        self._input = b""
        self._flush = NO_FLUSH
        self._begun = False
        self.ended = False
        self._codec = self._make()

    def _make(self) -> zlib._Decompress:
        bits = {"inflate": 0, "gunzip": _GZIP, "unzip": _DETECT}.get(self._wanted.kind)
        window = self._wanted.window_bits or zlib.MAX_WBITS
        window = -window if bits is None else window + bits
        return zlib.decompressobj(window, zdict=self._dictionary) if self._dictionary else zlib.decompressobj(window)

    @property
    def unused(self) -> int:
        return len(self._input) if self.ended else 0

    def write(self, data: bytes, flush: int) -> None:
        self._input += data
        self._flush = flush
        if data and not self._begun:
            self._begun = True
            self._members |= self._wanted.kind == "unzip" and data[0] == _MAGIC

    def more(self) -> tuple[bytes, bool]:
        if self.ended and self._next_member():
            self._codec, self.ended = self._make(), False
        if self.ended:
            return b"", False
        try:
            piece = self._codec.decompress(self._input, PIECE)
        except zlib.error as error:
            raise self._failure(str(error)) from None
        self.ended = self._codec.eof
        self._input = self._codec.unused_data if self.ended else self._codec.unconsumed_tail
        more = self._next_member() if self.ended else len(piece) == PIECE
        if not self.ended and not more and self._flush == FINISH:
            raise TruncatedError(piece)
        return piece, more

    def _next_member(self) -> bool:
        """A gzip file may consist of several; zeros behind one are padding."""
        return self._members and bool(self._input) and self._input[0] != 0

    def _failure(self, text: str) -> HostCallError:
        """From zlib's own words: `Error -3 while decompressing data: incorrect header check`."""
        number, _, reason = text.removeprefix("Error ").partition(" while ")
        if number == "2":
            return failure("Z_NEED_DICT", "Missing dictionary")
        if "zdict" in reason or "dictionary" in reason:
            return failure("Z_DATA_ERROR", "Bad dictionary")
        return failure("Z_DATA_ERROR", reason.rpartition(": ")[2] or "data error")
