"""Settings of the HTTP server, and Hypercorn's config made from them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from wsgiref.handlers import format_date_time

import msgspec
from hypercorn.config import Config

from edge.gateway.head_reader import HeadLimits
from edge.units import KIB

if TYPE_CHECKING:
    import ssl

    from edge.gateway.tls.certificate import ClientCertificate


class TlsContext(Protocol):
    """The TLS of a listener, whose certificates may change."""

    @property
    def context(self) -> ssl.SSLContext:
        """For the next handshake."""

    def identify(self, der: bytes | None) -> ClientCertificate | None:
        """Whose certificate a client has shown, if any."""


class Balance(Protocol):
    """Who else accepts; `connections` are those of this process."""

    def update(self, connections: int) -> None:
        """It has so many now."""

    def pause(self, connections: int) -> float:
        """Seconds for which to leave a connection that waits to others."""


def nobody(_peer: str) -> bool:
    """No peer may speak for others."""
    return False


class ServerSettings(msgspec.Struct, frozen=True):
    """Durations in seconds, sizes in bytes.

    - `head_timeout`: from the first byte of a request (or the connection's beginning) to the end of its head.
    - `idle_timeout`: between two requests of a connection.
    - `body_grace`, `body_rate`: a body must be complete after `body_grace` + its bytes / `body_rate`.
    - `send_timeout`: a client must take the next 64 KiB of an answer within this time.
    - `half_close_grace`: how long a client that shut down its side is still waiting for its answer.
    - `grace`: on shutdown, how long requests in flight have; `linger` how long idle connections are still served.
    - `trusts`: whether a peer (its address, "" on a unix socket) may say whom it speaks for, by the PROXY protocol;
      it has `proxy_timeout` for that, and as many connections as it wants.
    - `balance`: shares connections with other processes that accept from the same sockets.
    - `h2c`: HTTP/2 with prior knowledge on plaintext.
    """

    tls: TlsContext | None = None
    h2c: bool = False
    max_headers: int = 64 * KIB
    max_header_count: int = 256
    max_connections: int = 8192
    max_connections_per_address: int = 1024
    max_requests: int = 10_000  # per connection
    head_timeout: float = 10.0
    idle_timeout: float = 75.0
    handshake_timeout: float = 10.0
    body_grace: float = 10.0
    body_rate: int = 500
    send_timeout: float = 20.0
    half_close_grace: float = 0.5
    trusts: Callable[[str], bool] = nobody
    proxy_timeout: float = 5.0
    balance: Balance | None = None
    grace: float = 30.0
    linger: float = 0.5

    @property
    def head_limits(self) -> HeadLimits:
        return HeadLimits(size=self.max_headers, count=self.max_header_count)


class HypercornConfig(Config):
    """What Hypercorn's protocols read; the headers that every answer gets are rebuilt once a second."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.include_server_header = False
        self.errorlog = None
        # Heads are checked before h11 sees them; this bounds chunk headers and trailers.
        self.h11_max_incomplete_size = settings.max_headers
        self.h2_max_header_list_size = settings.max_headers
        self.keep_alive_max_requests = settings.max_requests
        self.keep_alive_timeout = settings.idle_timeout
        self._second = -1
        self._headers: list[tuple[bytes, bytes]] = []

    def response_headers(self, protocol: str) -> list[tuple[bytes, bytes]]:
        """`Date` alone: RFC 9110 section 6.6.1."""
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._headers = [(b"date", format_date_time(now).encode("ascii"))]
        return self._headers
