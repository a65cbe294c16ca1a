"""Content decoding with bounded output: gzip and deflate, a little at a time.

https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from edge.services.http.failure import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.wire.messages import Header

_GZIP = frozenset({"gzip", "x-gzip"})
_DEFLATE = frozenset({"deflate"})
_MAX_LAYERS = 3
_STEPS = 16  # pieces that a layer hands to the next before others get a turn


def encodings(headers: Iterable[Header]) -> tuple[str, ...]:
    """The codings to undo, in the order of undoing; empty when there is none, or one that we do not know."""
    values = [value for name, value in headers if name == "content-encoding"]
    names = [name.strip() for name in ",".join(values).lower().split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if not set(names) <= _GZIP | _DEFLATE:
        return ()
    if len(names) > _MAX_LAYERS:
        raise FetchError(f"the response is encoded {len(names)} times, over the limit of {_MAX_LAYERS}", "limit")
    return tuple(reversed(names))


class Inflater:
    """Undoes one coding.  `feed` bytes, then call `take` until it gives nothing."""

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding in _GZIP
        self._zlib = zlib.decompressobj(31) if self._gzip else None
        self._input = b""
        self._started = False
        self.given = 0  # bytes so far

    def feed(self, data: bytes) -> None:
        """Add encoded bytes."""
        self._input += data
        self._started = self._started or bool(data)

    def take(self, size: int) -> bytes:
        """At most `size` decoded bytes; b"" when more input is needed.  Raises FetchError."""
        while self._input:
            if self._zlib is None:
                self._zlib = _deflate(self._input)
            if self._zlib.eof and not self._next_member():
                return b""
            data = self._run(self._zlib, size)
            if data:
                self.given += len(data)
                return data
        return b""

    def _run(self, inflate: zlib._Decompress, size: int) -> bytes:
        try:
            decoded = inflate.decompress(self._input, size)
        except zlib.error as error:
            raise FetchError("the response body is not what its content-encoding says", "response") from error
        self._input = inflate.unconsumed_tail or inflate.unused_data
        return decoded

    def _next_member(self) -> bool:
        """Begin the next gzip member (RFC 1952, 2.2); what else follows the end is ignored, as browsers do."""
        if self._gzip and self._input[:2] == b"\x1f\x8b":
            self._zlib = zlib.decompressobj(31)
            return True
        self._input = b""
        return False

    def finish(self) -> None:
        """Raises FetchError when the encoded data stopped in the middle."""
        if self._started and (self._zlib is None or not self._zlib.eof):
            raise FetchError("the compressed response body ended too early", "response")


def _deflate(data: bytes) -> zlib._Decompress:
    """`deflate` is zlib (RFC 1950); some servers send it raw, and browsers accept that."""
    wrapped = data[0] & 0x0F == 8 and (len(data) < 2 or (data[0] << 8 | data[1]) % 31 == 0)
    return zlib.decompressobj(15 if wrapped else -15)


class Decoder:
    """Undoes all codings of a body.

    A layer gives at most `expansion` times the bytes received once that is over `floor` bytes; otherwise it is a
    bomb, also when the next layer makes nothing of it.
    """

    def __init__(self, names: tuple[str, ...], expansion: int, floor: int) -> None:
        self._inflaters = [Inflater(name) for name in names]
        self._expansion = expansion
        self._floor = floor
        self._received = 0
        self._steps = 0
        self.busy = False
        """The last `take` stopped to let others run, not for want of input."""

    def feed(self, data: bytes) -> None:
        """Add encoded bytes."""
        self._received += len(data)
        self._inflaters[0].feed(data)

    def take(self, size: int) -> bytes:
        """At most `size` decoded bytes; b"" when more input is needed, or when `busy`.  Raises FetchError."""
        self._steps = _STEPS
        data = self._take(len(self._inflaters) - 1, size)
        self.busy = not data and self._steps == 0
        return data

    def _take(self, index: int, size: int) -> bytes:
        inflater = self._inflaters[index]
        while True:
            data = inflater.take(size)
            if data or index == 0:
                self._check(inflater.given)
                return data
            data = self._take(index - 1, size) if self._steps else b""
            if not data:
                return b""
            self._steps -= 1
            inflater.feed(data)

    def _check(self, given: int) -> None:
        if given > self._floor and given > self._expansion * self._received:
            reason = f"the response body expands more than {self._expansion} times: a decompression bomb"
            raise FetchError(reason, "limit")

    def finish(self) -> None:
        """Raises FetchError when the data stopped in the middle."""
        for inflater in self._inflaters:
            inflater.finish()
