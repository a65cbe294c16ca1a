"""What the server tells about itself; everything does nothing by default."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.errors import EdgeError


class ServerObserver:
    """Called by the HTTP server.  Methods must be quick; what they raise is dropped."""

    def connected(self, open_connections: int) -> None:
        """A connection was accepted; `open_connections` includes it."""

    def disconnected(self, open_connections: int) -> None:
        """A connection is gone."""

    def turned_away(self, reason: str) -> None:
        """A connection was closed at once, or none could be accepted.

        `reason` is "limit", "address" (too many of one) or "descriptors".
        """

    def distrusted(self, why: str, peer: str) -> None:
        """A connection was closed because of what `peer` said, or did not say, by the PROXY protocol."""

    def handshake_failed(self, reason: str) -> None:
        """A TLS handshake came to nothing: `reason` is "timeout" or "refused"."""

    def refused(self, error: EdgeError, request_id: str, client: str) -> None:
        """Something that never became a request was answered with `error`."""

    def crashed(self, error: BaseException, where: str) -> None:
        """A bug: `error` ended a connection or an application; the server goes on."""


class HarmlessObserver(ServerObserver):
    """Passes everything on to `inner`, whose failures (a full disk, a closed pipe) must not reach the server."""

    def __init__(self, inner: ServerObserver) -> None:
        self._inner = inner

    def connected(self, open_connections: int) -> None:
        with contextlib.suppress(Exception):
            self._inner.connected(open_connections)

    def disconnected(self, open_connections: int) -> None:
        with contextlib.suppress(Exception):
            self._inner.disconnected(open_connections)

    def turned_away(self, reason: str) -> None:
        with contextlib.suppress(Exception):
            self._inner.turned_away(reason)

    def distrusted(self, why: str, peer: str) -> None:
        with contextlib.suppress(Exception):
            self._inner.distrusted(why, peer)

    def handshake_failed(self, reason: str) -> None:
        with contextlib.suppress(Exception):
            self._inner.handshake_failed(reason)

    def refused(self, error: EdgeError, request_id: str, client: str) -> None:
        with contextlib.suppress(Exception):
            self._inner.refused(error, request_id, client)

    def crashed(self, error: BaseException, where: str) -> None:
        with contextlib.suppress(Exception):
            self._inner.crashed(error, where)
