"""What the server tells about itself, in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from edge.gateway.observer import ServerObserver

if TYPE_CHECKING:
    from edge.errors import EdgeError


class LoggedObserver(ServerObserver):
    """Logs through structlog and passes everything on to `inner`, the metrics."""

    def __init__(self, inner: ServerObserver, logger: structlog.typing.FilteringBoundLogger | None = None) -> None:
        self._inner = inner
        self._logger = logger or structlog.get_logger("edge.server")

    def connected(self, open_connections: int) -> None:
        self._inner.connected(open_connections)

    def disconnected(self, open_connections: int) -> None:
        self._inner.disconnected(open_connections)

    def turned_away(self, reason: str) -> None:
        self._logger.warning("connection turned away", reason=reason)
        self._inner.turned_away(reason)

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
