"""Limits of outgoing requests."""

from __future__ import annotations

import msgspec

from edge.units import GIB, KIB, MIB, SECONDS


class FetchLimits(msgspec.Struct, frozen=True):
    """Sizes in bytes, times in seconds.

    `connections` counts open connections of one function, `subrequests` and `concurrent` the requests
    of one invocation in all and at a time.  `url` counts characters, `response_body` decoded bytes.
    `first_byte` is the time from sending the request to the whole response head, `idle` the longest pause
    in a body, `total` all of a request with its redirects and its response.  Of the request bodies of one
    invocation `replay` bytes are kept for redirects.  `expansion` is the ratio of decoded to received bytes
    that is refused beyond `expansion_floor` bytes.
    """

    connections: int = 256
    subrequests: int = 1000
    concurrent: int = 32
    redirects: int = 20
    loops: int = 16
    url: int = 64 * KIB
    request_headers: int = 64 * KIB
    response_headers: int = 64 * KIB
    response_header_count: int = 256
    response_body: int = 16 * GIB
    data_url: int = 10 * MIB
    chunk: int = 64 * KIB
    replay: int = 10 * MIB
    expansion: int = 200
    expansion_floor: int = 64 * MIB
    connect: float = 10 * SECONDS
    first_byte: float = 60 * SECONDS
    idle: float = 60 * SECONDS
    total: float = 900 * SECONDS
    keep_alive: float = 30 * SECONDS
