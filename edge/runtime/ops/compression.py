"""Codecs of `CompressionStream`, `DecompressionStream` and of what `fetch` gets, by zlib, Google's brotli and zstd.

Operations (see `edge.services.api.Answer`).  A codec belongs to the isolate that opened it:

    compression.open    {"format": FORMAT, "mode": "compress" | "decompress"} -> its number; zstd only decompresses
    compression.write   {"codec"}, data: at most 64 KiB of input -> data: output; value: whether there is more
    compression.more    {"codec"} -> the next output, as from `write`
    compression.finish  {"codec"} -> data: the last output; the codec is closed
    compression.close   {"codec"}

No answer to `write` or `more` holds much more than 64 KiB: a bomb unfolds no faster than somebody asks for the next
piece.  Whoever has left codecs open when there are too many of them loses those that were used longest ago.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Literal, Protocol

import brotli
import msgspec

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable

Format = Literal["gzip", "deflate", "deflate-raw", "brotli", "zstd"]

PIECE = 64 * KIB
"""Most input of one call, and about the most output of one."""

BUDGET = 128 * MIB
"""Most memory that the open codecs of an isolate may take, by their sizes below."""

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS, "deflate-raw": -zlib.MAX_WBITS}

# As web servers compress what they make on the fly: the usual 11 takes 50 times as long.
_BROTLI_QUALITY = 5
_BROTLI_WINDOW_BITS = 19

# The library makes output in blocks of 32 KiB, less their heads.
_BROTLI_PIECE = 32 * KIB - 16

# Roughly what codecs hold.  A brotli stream says itself how far it looks back: 4 MiB is usual, 16 MiB the most.
_SIZES = {
    ("zlib", "compress"): 320 * KIB,
    ("zlib", "decompress"): 128 * KIB,
    ("brotli", "compress"): 4 * MIB,
    ("brotli", "decompress"): 8 * MIB,
    ("zstd", "decompress"): 9 * MIB,
}

# As much as a server may ask of whoever gets its content: https://www.rfc-editor.org/rfc/rfc9659
_ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class _Open(msgspec.Struct, forbid_unknown_fields=True):
    format: Format
    mode: Literal["compress", "decompress"]


class _Use(msgspec.Struct, forbid_unknown_fields=True):
    codec: int


def _bad(message: str) -> HostCallError:
    return HostCallError(message, js_class="TypeError")


class Codec(Protocol):
    """`write` takes input and gives no output; `more` gives it piece by piece, and whether that was not all.

    All of them raise HostCallError for input that is not in the format.
    """

    def write(self, data: bytes) -> None: ...
    def more(self) -> tuple[bytes, bool]: ...
    def finish(self) -> bytes: ...


class _Deflate:
    def __init__(self, window_bits: int) -> None:
        self._codec = zlib.compressobj(wbits=window_bits)
        self._input = b""

    def write(self, data: bytes) -> None:
        self._input = data

    def more(self) -> tuple[bytes, bool]:
        data, self._input = self._input, b""
        return self._codec.compress(data), False

    def finish(self) -> bytes:
        return self._codec.flush()


class _Inflate:
    def __init__(self, window_bits: int) -> None:
        self._codec = zlib.decompressobj(wbits=window_bits)
        self._input = b""

    def write(self, data: bytes) -> None:
        if data and self._codec.eof:
            raise _bad("there is more data after the end of the compressed data")
        self._input = data

    def more(self) -> tuple[bytes, bool]:
        if self._codec.unused_data:
            raise _bad("there is more data after the end of the compressed data")
        try:
            piece = self._codec.decompress(self._input, PIECE)
        except zlib.error as error:
            raise _bad(f"the compressed data is not valid: {_reason(error)}") from None
        self._input = self._codec.unconsumed_tail
        return piece, bool(self._codec.unused_data) or (len(piece) == PIECE and not self._codec.eof)

    def finish(self) -> bytes:
        if not self._codec.eof:
            raise _bad("the compressed data ends too early")
        return b""


def _reason(error: zlib.error) -> str:
    """Without the numbers of zlib's functions: `Error -3 while decompressing data: incorrect header check`."""
    return str(error).rpartition(": ")[2]


class _BrotliCompress:
    def __init__(self) -> None:
        self._codec = brotli.Compressor(quality=_BROTLI_QUALITY, lgwin=_BROTLI_WINDOW_BITS)
        self._input = b""

    def write(self, data: bytes) -> None:
        self._input = data

    def more(self) -> tuple[bytes, bool]:
        data, self._input = self._input, b""
        return self._codec.process(data), False

    def finish(self) -> bytes:
        return self._codec.finish()  # type: ignore[no-any-return]


class _BrotliDecompress:
    """The library forgets the output of a call with bytes beyond the end.

    Input is therefore given to it by halves (1/2, 1/4, ...): no more output is lost than what comes of as many bytes
    as there are too many.
    """

    def __init__(self) -> None:
        self._codec = brotli.Decompressor()
        self._input = b""
        self._full = False  # there was more output than fitted
        self._broken = False

    def write(self, data: bytes) -> None:
        self._input += data

    def more(self) -> tuple[bytes, bool]:
        output = b""
        while not self._broken and len(output) < PIECE and not self._idle():
            try:
                piece = self._codec.process(self._next(), output_buffer_limit=_BROTLI_PIECE)
            except brotli.error:
                self._broken = True
            else:
                self._full = len(piece) >= _BROTLI_PIECE
                output += piece
        if self._broken and not output:
            raise _bad("the compressed data is not valid, or there is more data after its end")
        return output, self._broken or not self._idle()

    def _idle(self) -> bool:
        return not self._input and not self._has_more()

    def _has_more(self) -> bool:
        return self._full or not self._codec.can_accept_more_data()

    def _next(self) -> bytes:
        if self._has_more():
            return b""
        half = (len(self._input) + 1) // 2
        data, self._input = self._input[:half], self._input[half:]
        return data

    def finish(self) -> bytes:
        if not self._codec.is_finished():
            raise _bad("the compressed data ends too early")
        return b""


class _ZstdDecompress:
    """Frame after frame."""

    def __init__(self) -> None:
        self._codec = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
        self._input = b""
        self._fresh = True  # nothing of the next frame has come

    def write(self, data: bytes) -> None:
        self._input += data

    def more(self) -> tuple[bytes, bool]:
        if self._codec.eof:
            self._codec, self._fresh = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS), True
        self._fresh = self._fresh and not self._input
        try:
            piece = self._codec.decompress(self._input, PIECE)
        except zstd.ZstdError:
            raise _bad("the compressed data is not valid") from None
        self._input = self._codec.unused_data if self._codec.eof else b""
        return piece, bool(self._input) or not (self._codec.eof or self._codec.needs_input)

    def finish(self) -> bytes:
        if not (self._codec.eof or self._fresh):
            raise _bad("the compressed data ends too early")
        return b""


def _codec(wanted: _Open) -> tuple[Codec, int]:
    """A codec and its size."""
    compresses = wanted.mode == "compress"
    if wanted.format == "zstd":
        if compresses:
            raise _bad("nothing is compressed with zstd")
        return _ZstdDecompress(), _SIZES["zstd", "decompress"]
    if wanted.format == "brotli":
        return _BrotliCompress() if compresses else _BrotliDecompress(), _SIZES["brotli", wanted.mode]
    bits = _WINDOW_BITS[wanted.format]
    return _Deflate(bits) if compresses else _Inflate(bits), _SIZES["zlib", wanted.mode]


class Codecs:
    """Those of one isolate, which has one thread."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Codec, int]] = {}  # the one used longest ago comes first
        self._last = 0
        self._size = 0
        self.ops: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
            "compression.open": self._begin,
            "compression.write": self._write,
            "compression.more": self._more,
            "compression.finish": self._finish,
            "compression.close": self._close,
        }

    def _begin(self, args: msgspec.Raw, _data: bytes) -> Answer:
        codec, size = _codec(arguments(_Open, args))
        while self._size + size > BUDGET:
            self._forget(next(iter(self._open)))
        self._last += 1
        self._open[self._last] = codec, size
        self._size += size
        return Answer(self._last)

    def _write(self, args: msgspec.Raw, data: bytes) -> Answer:
        if len(data) > PIECE:
            raise HostCallError(f"{len(data)} bytes at once, at most {PIECE}", js_class="RangeError")
        codec = self._use(args)
        codec.write(data)
        return _output(codec)

    def _more(self, args: msgspec.Raw, _data: bytes) -> Answer:
        return _output(self._use(args))

    def _finish(self, args: msgspec.Raw, _data: bytes) -> Answer:
        codec = self._use(args)
        self._forget(self._last_used())
        return Answer(data=codec.finish())

    def _close(self, args: msgspec.Raw, _data: bytes) -> Answer:
        number = arguments(_Use, args).codec
        if number in self._open:
            self._forget(number)
        return Answer()

    def _use(self, args: msgspec.Raw) -> Codec:
        number = arguments(_Use, args).codec
        found = self._open.pop(number, None)
        if found is None:
            raise HostCallError("too many (de)compression streams are open: this one was given up")
        self._open[number] = found
        return found[0]

    def _last_used(self) -> int:
        return next(reversed(self._open))

    def _forget(self, number: int) -> None:
        self._size -= self._open.pop(number)[1]


def _output(codec: Codec) -> Answer:
    data, more = codec.more()
    return Answer(more, data)
