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

import zlib
from typing import TYPE_CHECKING, Annotated

import msgspec

from edge.errors import HostCallError
from edge.runtime.ops.nodezlib.brotli_codec import Brotli, Unbrotli
from edge.runtime.ops.nodezlib.deflate import Deflate, Inflate
from edge.runtime.ops.nodezlib.engine import BUDGET, LARGE, NO_FLUSH, PIECE, SMALL, Open, TruncatedError, failure
from edge.runtime.ops.nodezlib.zstd_codec import Unzstd, Zstd, ZstdError, size_of
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.runtime.ops.nodezlib.engine import Engine


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


def _engine(wanted: Open, dictionary: bytes) -> tuple[Engine, int]:
    """An engine and about what it holds, in bytes."""
    if wanted.kind == "zstd":
        size = size_of(wanted.parameters, compresses=True)
        return Zstd(wanted, dictionary), size
    if wanted.kind == "unzstd":
        size = size_of(wanted.parameters, compresses=False)
        return Unzstd(wanted, dictionary), size
    if wanted.kind == "brotli":
        return Brotli(wanted), LARGE
    if wanted.kind == "unbrotli":
        return Unbrotli(), LARGE
    if wanted.kind in {"deflate", "gzip", "deflate_raw"}:
        return Deflate(wanted, dictionary), SMALL
    return Inflate(wanted, dictionary), SMALL


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
            engine, size = _engine(arguments(Open, args), dictionary)
        except (ValueError, ZstdError, MemoryError):
            raise failure("ERR_ZLIB_INITIALIZATION_FAILED", "Setting parameter failed") from None
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
        if isinstance(engine, Deflate):  # others have neither, as in Node
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
    except TruncatedError as error:
        if not error.piece:
            raise
        return Answer([True, False, 0], error.piece)
    return Answer([more, engine.ended, engine.unused], data)


def _crc32(args: msgspec.Raw, data: bytes) -> Answer:
    return Answer(zlib.crc32(data, arguments(_Crc, args).value))
