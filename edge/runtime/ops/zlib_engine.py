"""The codecs of `node:zlib`: as `CompressionStream`'s, with every option of zlib and every kind of flush.

Operations (see `edge.services.api.Answer`); an engine belongs to the isolate that opened it:

    zlib.open    {"kind": KIND, "level", "window_bits", "mem_level", "strategy", "quality", "lgwin", "mode"},
                 data: dictionary -> its number
    zlib.write   {"engine", "flush"}, data: at most 64 KiB of input -> data: output; value: [more, ended, unused]
    zlib.more    {"engine"} -> the next output, as from `write`
    zlib.params  {"engine", "level", "strategy"}: for what is written from now on
    zlib.close   {"engine"}
    zlib.crc32   {"value"}, data -> value

`more`: there is output left; `ended`: the compressed data has come to its end; `unused`: bytes of input behind it.
Errors have zlib's names as codes.  https://zlib.net/manual.html
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import brotli
import msgspec

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.units import KIB, MIB

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal[
    "deflate",
    "inflate",
    "gzip",
    "gunzip",
    "deflate_raw",
    "inflate_raw",
    "unzip",
    "brotli",
    "unbrotli",
    "zstd",
    "unzstd",
]

PIECE = 64 * KIB
BUDGET = 128 * MIB
"""Most memory that the open engines of an isolate may take; beyond it, those used longest ago are given up."""

NO_FLUSH = 0
FINISH = 4
_ENGINE_SIZE = 512 * KIB
_BROTLI_SIZE = 8 * MIB
_BROTLI_FLUSH = 1
_BROTLI_FINISH = 2
_BROTLI_MODES = (brotli.MODE_GENERIC, brotli.MODE_TEXT, brotli.MODE_FONT)
_ZSTD_LEVEL, _ZSTD_WORKERS = 100, 400
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP = 16
_WINDOW = 32 * KIB
_DETECT = 32
_MAGIC = 0x1F
# The library makes output in blocks of 32 KiB, less their heads.
_BROTLI_PIECE = 32 * KIB - 16


class _Open(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    level: Annotated[int, msgspec.Meta(ge=-1, le=9)] = -1
    window_bits: Annotated[int, msgspec.Meta(ge=0, le=15)] = 15
    mem_level: Annotated[int, msgspec.Meta(ge=1, le=9)] = 8
    strategy: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    quality: Annotated[int, msgspec.Meta(ge=0, le=11)] = 11
    lgwin: Annotated[int, msgspec.Meta(ge=10, le=24)] = 22
    mode: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    parameters: dict[int, int] = {}
    pledged: Annotated[int, msgspec.Meta(ge=0)] | None = None


class _Write(msgspec.Struct, forbid_unknown_fields=True):
    engine: int
    flush: Annotated[int, msgspec.Meta(ge=0, le=5)] = NO_FLUSH


class _Use(msgspec.Struct, forbid_unknown_fields=True):
    engine: int


class _Params(_Use):
    level: Annotated[int, msgspec.Meta(ge=-1, le=9)]
    strategy: Annotated[int, msgspec.Meta(ge=0, le=4)]


class _Crc(msgspec.Struct, forbid_unknown_fields=True):
    value: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] = 0


class Engine(Protocol):
    """`write` takes input; `more` gives output and whether there is more of it.  Both raise HostCallError."""

    ended: bool

    def write(self, data: bytes, flush: int) -> None: ...
    def more(self) -> tuple[bytes, bool]: ...
    @property
    def unused(self) -> int: ...


def _error(code: str, message: str) -> HostCallError:
    return HostCallError(message, js_code=code)


class _Deflate:
    """Compression.  The library sets level and strategy once: to change them, another compressor takes over.

    It is one of raw deflate that knows the last 32 KiB of input; then the checksum at the end is written here.
    """

    unused = 0

    def __init__(self, wanted: _Open, dictionary: bytes) -> None:
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
                raise _error("Z_STREAM_ERROR", "stream error")
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
            raise _error("Z_STREAM_ERROR", "stream error")
        self._output += self._codec.flush(zlib.Z_SYNC_FLUSH)
        self._codec = self._compressor(level, strategy, -self._window, self._recent[-(1 << self._window) :])
        self._is_raw = True

    def more(self) -> tuple[bytes, bool]:
        output, self._output = self._output, b""
        return output, False


class _Inflate:
    def __init__(self, wanted: _Open, dictionary: bytes) -> None:
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
            raise _TruncatedError(piece)
        return piece, more

    def _next_member(self) -> bool:
        """A gzip file may consist of several; zeros behind one are padding."""
        return self._members and bool(self._input) and self._input[0] != 0

    def _failure(self, text: str) -> HostCallError:
        """From zlib's own words: `Error -3 while decompressing data: incorrect header check`."""
        number, _, reason = text.removeprefix("Error ").partition(" while ")
        if number == "2":
            return _error("Z_NEED_DICT", "Missing dictionary")
        if "zdict" in reason or "dictionary" in reason:
            return _error("Z_DATA_ERROR", "Bad dictionary")
        return _error("Z_DATA_ERROR", reason.rpartition(": ")[2] or "data error")


class _TruncatedError(HostCallError):
    """The input ended too early; `piece` came out of it all the same."""

    def __init__(self, piece: bytes) -> None:
        super().__init__("unexpected end of file", js_code="Z_BUF_ERROR")
        self.piece = piece


class _Brotli:
    unused = 0

    def __init__(self, wanted: _Open) -> None:
        mode = _BROTLI_MODES[wanted.mode]
        self._codec = brotli.Compressor(mode=mode, quality=wanted.quality, lgwin=wanted.lgwin)
        self._output = b""
        self.ended = False

    def write(self, data: bytes, flush: int) -> None:
        if self.ended:
            return
        self._output = self._codec.process(data)
        if flush == _BROTLI_FLUSH:
            self._output += self._codec.flush()
        elif flush == _BROTLI_FINISH:
            self._output += self._codec.finish()
            self.ended = True

    def more(self) -> tuple[bytes, bool]:
        output, self._output = self._output, b""
        return output, False


class _Unbrotli:
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
            piece = self._codec.process(data, output_buffer_limit=_BROTLI_PIECE)
        except brotli.error:
            raise _error("ERR__ERROR_FORMAT_PADDING_1", "Decompression failed") from None
        self._full = len(piece) >= _BROTLI_PIECE
        self.ended = self._codec.is_finished()
        more = not self.ended and (self._full or bool(self._input))
        if not self.ended and not more and self._flush == _BROTLI_FINISH:
            raise _TruncatedError(piece)
        return piece, more


class _Zstd:
    unused = 0

    def __init__(self, wanted: _Open, dictionary: bytes) -> None:
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
                finish = flush >= _BROTLI_FINISH
                self._output += self._codec.flush(self._codec.FLUSH_FRAME if finish else self._codec.FLUSH_BLOCK)
        except zstd.ZstdError as error:
            raise _error("ZSTD_error_srcSize_wrong", _zstd_reason(error)) from None
        self.ended = flush == _BROTLI_FINISH

    def more(self) -> tuple[bytes, bool]:
        output, self._output = self._output, b""
        return output, False


class _Unzstd:
    def __init__(self, wanted: _Open, dictionary: bytes) -> None:
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
            raise _error("ZSTD_error_prefix_unknown", _zstd_reason(error)) from None
        self.ended = self._codec.eof
        if self.ended:
            self._input = self._codec.unused_data
        more = self._next_frame() if self.ended else not self._codec.needs_input
        if not self.ended and not more and self._flush == _BROTLI_FINISH:
            raise _TruncatedError(piece)
        return piece, more

    def _next_frame(self) -> bool:
        return self._input.startswith(_ZSTD_MAGIC)


def _zstd_size(parameters: dict[int, int]) -> int:
    """Roughly what a compressor holds.  Raises ValueError where it would start threads, which a cell cannot."""
    if parameters.get(_ZSTD_WORKERS, 0) > 0:
        raise ValueError("threads")
    level = parameters.get(_ZSTD_LEVEL, 3)
    return BUDGET if level > 16 else 4 * _BROTLI_SIZE if level > 9 else _BROTLI_SIZE


def _zstd_reason(error: zstd.ZstdError) -> str:
    """Without what the binding puts before it: `Unable to decompress Zstandard data: Data corruption detected`."""
    return str(error).rpartition(": ")[2]


def _engine(wanted: _Open, dictionary: bytes) -> tuple[Engine, int]:
    """An engine and about what it holds, in bytes."""
    if wanted.kind == "zstd":
        size = _zstd_size(wanted.parameters)
        return _Zstd(wanted, dictionary), size
    if wanted.kind == "unzstd":
        return _Unzstd(wanted, dictionary), _BROTLI_SIZE
    if wanted.kind == "brotli":
        return _Brotli(wanted), _BROTLI_SIZE
    if wanted.kind == "unbrotli":
        return _Unbrotli(), _BROTLI_SIZE
    if wanted.kind in {"deflate", "gzip", "deflate_raw"}:
        return _Deflate(wanted, dictionary), _ENGINE_SIZE
    return _Inflate(wanted, dictionary), _ENGINE_SIZE


class Engines:
    """Those of one isolate, which has one thread."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Engine, int]] = {}  # the one used longest ago comes first
        self._last = 0
        self._size = 0
        self.ops: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
            "zlib.open": self._begin,
            "zlib.write": self._write,
            "zlib.more": self._more,
            "zlib.params": self._params,
            "zlib.close": self._close,
            "zlib.crc32": _crc32,
        }

    def _begin(self, args: msgspec.Raw, dictionary: bytes) -> Answer:
        try:
            engine, size = _engine(arguments(_Open, args), dictionary)
        except (ValueError, zstd.ZstdError, MemoryError):
            raise _error("ERR_ZLIB_INITIALIZATION_FAILED", "Setting parameter failed") from None
        while self._size + size > BUDGET:
            self._forget(next(iter(self._open)))
        self._last += 1
        self._open[self._last] = engine, size
        self._size += size
        return Answer(self._last)

    def _write(self, args: msgspec.Raw, data: bytes) -> Answer:
        if len(data) > PIECE:
            raise HostCallError(f"{len(data)} bytes at once, at most {PIECE}", js_class="RangeError")
        wanted = arguments(_Write, args)
        engine = self._use(wanted.engine)
        engine.write(data, wanted.flush)
        return _output(engine)

    def _more(self, args: msgspec.Raw, _data: bytes) -> Answer:
        return _output(self._use(arguments(_Use, args).engine))

    def _params(self, args: msgspec.Raw, _data: bytes) -> Answer:
        wanted = arguments(_Params, args)
        engine = self._use(wanted.engine)
        if isinstance(engine, _Deflate):  # others have neither, as in Node
            engine.change(wanted.level, wanted.strategy)
        return Answer()

    def _close(self, args: msgspec.Raw, _data: bytes) -> Answer:
        number = arguments(_Use, args).engine
        if number in self._open:
            self._forget(number)
        return Answer()

    def _use(self, number: int) -> Engine:
        found = self._open.pop(number, None)
        if found is None:
            raise HostCallError("too many streams of zlib are open: this one was given up", js_code="Z_MEM_ERROR")
        self._open[number] = found
        return found[0]

    def _forget(self, number: int) -> None:
        self._size -= self._open.pop(number)[1]


def _output(engine: Engine) -> Answer:
    """Output that comes before an error is not lost: the error is what the next call gives."""
    try:
        data, more = engine.more()
    except _TruncatedError as error:
        if not error.piece:
            raise
        return Answer([True, False, 0], error.piece)
    return Answer([more, engine.ended, engine.unused], data)


def _crc32(args: msgspec.Raw, data: bytes) -> Answer:
    return Answer(zlib.crc32(data, arguments(_Crc, args).value))
