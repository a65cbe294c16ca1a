"""What the server tells about itself, in the log."""

from __future__ import annotations

import time
from math import inf
from typing import TYPE_CHECKING, Final

import structlog

from edge.gateway.observer import ServerObserver

if TYPE_CHECKING:
    from edge.errors import EdgeError


_EVERY: Final = 1.0  # seconds
_ADVICE: Final = {
    "limit": "server.max_connections",
    "address": "server.max_connections_per_address; name proxies in server.trusted_proxies",
    "descriptors": "raise the limit of open files (ulimit -n)",
}


class LoggedObserver(ServerObserver):
    """Logs through structlog and passes everything on to `inner`, the metrics; connections only with `counts`."""

    def __init__(
        self,
        inner: ServerObserver,
        logger: structlog.typing.FilteringBoundLogger | None = None,
        *,
        counts: bool = True,
    ) -> None:
        self._inner = inner
        self._counts = counts
        self._logger = logger or structlog.get_logger("edge.server")
        self._away: dict[str, int] = {}
        self._told = -inf

    def connected(self, open_connections: int) -> None:
        if self._counts:
            self._inner.connected(open_connections)

    def disconnected(self, open_connections: int) -> None:
        if self._counts:
            self._inner.disconnected(open_connections)

    def turned_away(self, reason: str) -> None:
        """Told once a second: whoever floods the gateway is not to flood its log."""
        self._inner.turned_away(reason)
        self._away[reason] = self._away.get(reason, 0) + 1
        now = time.monotonic()
        if now - self._told > _EVERY:
            self._told = now
            for one, count in self._away.items():
                self._logger.warning("connection turned away", reason=one, count=count, advice=_ADVICE.get(one, ""))
            self._away.clear()

    def distrusted(self, why: str, peer: str) -> None:
        self._logger.info("proxy_protocol_refused", reason=why, ip=peer)
        self._inner.distrusted(why, peer)

    def handshake_failed(self, reason: str) -> None:
        self._inner.handshake_failed(reason)

    def refused(self, error: EdgeError, request_id: str, client: str) -> None:
        self._logger.info(
            "bad request", status=error.status, code=error.code, error=str(error), request_id=request_id, ip=client
        )
        self._inner.refused(error, request_id, client)

    def crashed(self, error: BaseException, where: str) -> None:
        self._logger.error("internal error", where=where, exc_info=error)
        self._inner.crashed(error, where)
