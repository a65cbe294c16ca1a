"""Encoders that give what they have at any moment, so that nothing of a stream is held back.

The levels are those of servers that compress what they make on the fly; docs/decisions/compression.md has their costs.
"""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from edge.units import KIB, MIB

_GZIP_LEVEL = 5
_BROTLI_QUALITY = 5
_BROTLI_WINDOW_BITS = 18
_ZSTD_LEVEL = 3
_ZSTD_WINDOW_BITS = 19  # RFC 9659: 23 at most

SIZES = {"gzip": 320 * KIB, "br": 2 * MIB, "zstd": 1 * MIB}
"""About what one encoder holds, in bytes."""


class Encoder(Protocol):
    """One response on its way."""

    def add(self, data: bytes) -> bytes:
        """Take `data`; answers what is ready."""

    def flush(self) -> bytes:
        """The rest of all that was taken so far."""

    def end(self) -> bytes:
        """The same, and the end."""


class _Gzip:
    def __init__(self) -> None:
        self._codec = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def add(self, data: bytes) -> bytes:
        return self._codec.compress(data)

    def flush(self) -> bytes:
        return self._codec.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._codec.flush()


class _Brotli:
    def __init__(self) -> None:
        self._codec = brotli.Compressor(quality=_BROTLI_QUALITY, lgwin=_BROTLI_WINDOW_BITS)

    def add(self, data: bytes) -> bytes:
        return bytes(self._codec.process(data))

    def flush(self) -> bytes:
        return bytes(self._codec.flush())

    def end(self) -> bytes:
        return bytes(self._codec.finish())


class _Zstd:
    def __init__(self) -> None:
        parameter = zstd.CompressionParameter
        options = {int(parameter.compression_level): _ZSTD_LEVEL, int(parameter.window_log): _ZSTD_WINDOW_BITS}
        self._codec = zstd.ZstdCompressor(options=options)

    def add(self, data: bytes) -> bytes:
        return self._codec.compress(data)

    def flush(self) -> bytes:
        return self._codec.flush(self._codec.FLUSH_BLOCK)

    def end(self) -> bytes:
        return self._codec.flush()


_ENCODERS: dict[str, type[Encoder]] = {"gzip": _Gzip, "br": _Brotli, "zstd": _Zstd}
CODINGS = tuple(_ENCODERS)


def encoder(coding: str) -> Encoder:
    """A new one; `coding` is one of CODINGS."""
    return _ENCODERS[coding]()
