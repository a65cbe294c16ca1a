"""Bytes out of a gzip stream (RFC 1952), counted as they come: a bomb is noticed before it has gone off."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from edge.errors import PackageError

if TYPE_CHECKING:
    from edge.packages.limits import Meter

_CHUNK = 64 * 1024
_GZIP_ONLY = 16 + zlib.MAX_WBITS


class Gunzip:
    """A reader over one gzip member; what is behind it is refused."""

    def __init__(self, data: memoryview, meter: Meter) -> None:
        self._inflater = zlib.decompressobj(_GZIP_ONLY)
        self._data = data
        self._taken = 0
        self._meter = meter
        self._produced = 0
        self._ready, self._at = b"", 0
        # Contents, and for each entry a header and the padding of its content.
        self._largest = meter.limits.total + meter.limits.entries * 1024

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end.  Raises PackageError."""
        end = self._at + size
        if end > len(self._ready):
            self._fill(end - len(self._ready))
            end = size
        data = self._ready[self._at : end]
        self._at = end
        return data

    def _fill(self, missing: int) -> None:
        """Have what is left, and `missing` bytes more, from the beginning of `_ready`."""
        pieces = [self._ready[self._at :]]
        while missing > 0 and not self._inflater.eof:
            pieces.append(self._inflate())
            missing -= len(pieces[-1])
        self._ready, self._at = b"".join(pieces), 0

    def _inflate(self) -> bytes:
        """A chunk more.  Raises PackageError, also for a wrong checksum."""
        try:
            more = self._inflater.decompress(self._next_input(), _CHUNK)
        except zlib.error as error:
            raise PackageError("the archive's gzip data is corrupt") from error
        self._produced += len(more)
        self._check_size()
        if self._inflater.eof:
            self._check_end()
        return more

    def _check_size(self) -> None:
        self._meter.expansion(len(self._data), self._produced, "the archive")
        if self._produced > self._largest:
            raise PackageError(f"the archive has more than {self._largest} bytes unpacked, which is the limit")

    def _next_input(self) -> bytes | memoryview:
        if self._inflater.unconsumed_tail:
            return self._inflater.unconsumed_tail
        if self._taken == len(self._data):
            raise PackageError("the archive is cut short: its gzip data has no end")
        start = self._taken
        self._taken = min(start + _CHUNK, len(self._data))
        return self._data[start : self._taken]

    def _check_end(self) -> None:
        behind = len(self._data) - self._taken + len(self._inflater.unused_data)
        if behind:
            raise PackageError(f"the archive has {behind} bytes behind its end")
