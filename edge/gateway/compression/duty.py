"""Compression as a duty of a route: see edge.gateway.duties.policy."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import trio

from edge.gateway.compression.encoders import SIZES, Encoder, encoder
from edge.gateway.compression.negotiation import IDENTITY
from edge.gateway.compression.plan import DEFAULT_TYPES, CompressionSettings, RawHeader, not_modified, plan
from edge.gateway.duties.filters import AnswerFilter
from edge.services.cache.fields import field
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from edge.config.model import Config
    from edge.config.route_model import Route
    from edge.gateway.duties.routed import RoutedRequest

INLINE = 16 * KIB
"""More than this at once is compressed in a thread: it takes longer than other requests should wait (0.3 ms)."""
PIECE = 512 * KIB
"""Bytes that one turn of a thread takes."""
MEMORY = 128 * MIB
"""What all encoders of a process may hold; then answers are sent as they are."""


class Compressors:
    """What all compressed answers of a process share: threads, and memory for encoders."""

    def __init__(self, memory: int = MEMORY) -> None:
        self.threads = trio.CapacityLimiter(max(1, os.cpu_count() or 1))
        self.free = memory

    def take(self, coding: str) -> bool:
        """Whether there is memory for one more encoder, which is taken."""
        if self.free < SIZES[coding]:
            return False
        self.free -= SIZES[coding]
        return True

    def give_back(self, coding: str) -> None:
        """It is no longer needed."""
        self.free += SIZES[coding]


class Compression:
    """Implements edge.gateway.duties.policy.ResponseDuty."""

    def __init__(self, settings: CompressionSettings, compressors: Compressors) -> None:
        self._settings = settings
        self._compressors = compressors

    def filter(self, request: RoutedRequest) -> CompressionFilter:
        """For the answer to one request."""
        found = CompressionFilter(request, self._settings, self._compressors)
        request.when_over(found.close)
        return found


def compression_of(config: Config, route: Route, compressors: Compressors) -> Compression | None:
    """What a route does; None when it does not compress."""
    said = config.compression
    if not (said.enabled if route.compression is None else route.compression):
        return None
    types = tuple(text.lower() for text in said.types) or DEFAULT_TYPES
    return Compression(CompressionSettings(tuple(said.codings), said.min_size, types), compressors)


class CompressionFilter(AnswerFilter):
    """Compresses one answer: every part of it that comes is sent on at once."""

    reads_body = True

    def __init__(self, request: RoutedRequest, settings: CompressionSettings, compressors: Compressors) -> None:
        self._is_head = request.method == "HEAD"
        self._accept = field(request.headers, "accept-encoding") or ""
        self._if_none_match = field(request.headers, "if-none-match") or ""
        self._settings = settings
        self._compressors = compressors
        self._coding = IDENTITY  # of the encoder whose memory is taken
        self._encoder: Encoder | None = None

    def head(self, status: int, headers: list[RawHeader]) -> list[RawHeader]:
        """See AnswerFilter."""
        if status == 304:
            return not_modified(headers, self._if_none_match)
        found = plan(status, headers, _length(headers), self._accept, self._settings)
        if found is None:
            return headers
        if found.coding == IDENTITY or self._is_head:
            return found.headers
        if not self._compressors.take(found.coding):
            uncoded = plan(status, headers, None, "", self._settings)
            return headers if uncoded is None else uncoded.headers
        self._coding = found.coding
        self._encoder = encoder(found.coding)
        return found.headers

    async def data(self, data: bytes, *, end: bool) -> bytes:
        """See AnswerFilter."""
        if self._encoder is None or not (data or end):
            return data
        if len(data) <= INLINE:
            out = _step(self._encoder, data, flush=not end, end=end)
        else:
            out = await self._in_threads(self._encoder, data, end=end)
        if end:
            self.close()
        return out

    async def _in_threads(self, codec: Encoder, data: bytes, *, end: bool) -> bytes:
        """A piece at a time, so that many large answers take turns."""
        parts: list[bytes] = []
        for start in range(0, len(data), PIECE):
            last = start + PIECE >= len(data)
            step = partial(_step, codec, data[start : start + PIECE], flush=last and not end, end=last and end)
            parts.append(await trio.to_thread.run_sync(step, limiter=self._compressors.threads))
        return b"".join(parts)

    def close(self) -> None:
        """Give back what the encoder held."""
        if self._coding != IDENTITY:
            self._compressors.give_back(self._coding)
            self._coding = IDENTITY
            self._encoder = None


def _step(codec: Encoder, data: bytes, *, flush: bool, end: bool) -> bytes:
    out = codec.add(data) if data else b""
    if end:
        return out + codec.end()
    return out + codec.flush() if flush else out


def _length(headers: list[RawHeader]) -> int | None:
    for name, value in headers:
        if name == b"content-length":
            return int(value)
    return None
