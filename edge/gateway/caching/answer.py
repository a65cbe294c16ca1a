"""Giving what is kept to a client: whole, in part, or not at all when the client has it already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.services.cache.conditional import not_modified, of_304
from edge.services.cache.fields import field
from edge.services.cache.ranges import UNSATISFIABLE, wanted_part
from edge.units import KIB
from edge.wire.messages import Header

if TYPE_CHECKING:
    from edge.invocation import Exchange
    from edge.services.cache.records import Head
    from edge.services.cache.status import CacheStatus
    from edge.wire.messages import Request

SLICE = 128 * KIB
"""Bytes that are handed over at once; the whole is in memory once, however many clients are slow to take it."""


class Answered(msgspec.Struct, frozen=True):
    """A status, its fields and the bytes that follow, which are a part of the content."""

    status: int
    headers: list[Header]
    start: int
    stop: int


def reply(request: Request, head: Head, size: int, age: float, status: CacheStatus) -> Answered:
    """How a GET or HEAD is answered with what is kept.  Pure."""
    headers = [*visible(head.headers), ("age", str(int(age)))]
    headers = with_status(headers, status)
    if head.status != 200:
        return Answered(head.status, _sized(headers, size), 0, size)
    if not_modified(request.headers, head.headers):
        return Answered(304, of_304(headers), 0, 0)
    if field(headers, "accept-ranges") is None:
        headers.append(("accept-ranges", "bytes"))
    part = wanted_part(request.headers, head.headers, size) if request.method == "GET" else None
    if part is None:
        return Answered(200, _sized(headers, size), 0, size)
    if part == UNSATISFIABLE:
        unknown = [*of_304(headers), ("content-range", f"bytes */{size}")]
        return Answered(416, _sized(unknown, 0), 0, 0)
    ranged = [*_sized(headers, part.stop - part.start), ("content-range", part.content_range(size))]
    return Answered(206, ranged, part.start, part.stop)


def visible(headers: tuple[Header, ...] | list[Header]) -> list[Header]:
    """Without what is for the cache only."""
    return [header for header in headers if header[0] not in {"cache-tag", "age"}]


def with_status(headers: list[Header], status: CacheStatus) -> list[Header]:
    """With our member of Cache-Status behind those of others (RFC 9211 section 2)."""
    return [*headers, ("cache-status", status.text())]


def _sized(headers: list[Header], size: int) -> list[Header]:
    return [*(header for header in headers if header[0] != "content-length"), ("content-length", str(size))]


async def give(
    exchange: Exchange, request: Request, head: Head, content: bytes, age: float, status: CacheStatus
) -> None:
    """Answer with what is kept.  Raises trio.BrokenResourceError without a client."""
    found = reply(request, head, len(content), age, status)
    if request.method == "HEAD" or found.stop - found.start <= SLICE:
        body = b"" if request.method == "HEAD" else content[found.start : found.stop]
        await exchange.head(found.status, found.headers, body, end=True)
        return
    await exchange.head(found.status, found.headers)
    for start in range(found.start, found.stop, SLICE):
        await exchange.write(content[start : min(start + SLICE, found.stop)])
    await exchange.end()
