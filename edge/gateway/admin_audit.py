"""Watches the admin listener's answers, and writes down who changed what."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog
import trio

from edge.gateway.audit import AuditEntry, AuditLog

if TYPE_CHECKING:
    from edge.gateway.admin_access import Principal
    from edge.gateway.exchange import Send

_READ: Final = 4096  # bytes of an error's body
_SHOWN: Final = 500
log = structlog.get_logger()


class Watched:
    """One request that changes something; `send` is to be used in the place of the listener's."""

    def __init__(self, audit: AuditLog, scope: Any, path: str, request_id: str, send: Send) -> None:
        self._audit = audit
        self._written = False
        self.status = 0
        self.principal: Principal | None = None
        self._method: str = scope["method"]
        self._client = scope["client"]
        self._query: str = scope["query_string"].decode("latin-1")
        self._path = path
        self._request_id = request_id
        self._send = send
        self._began = time.perf_counter()
        self._body = b""

    async def send(self, message: Any) -> None:
        """Note the status, and what an error says of itself; an answer that is complete is in the log already."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif self.status >= 400 and len(self._body) < _READ:
            self._body += message.get("body", b"")[:_READ]
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            await self.write()
        await self._send(message)

    async def write(self) -> None:
        """The line, once.  What has been done stays done when that fails; the gateway's own log has it then."""
        if self._written:
            return
        self._written, entry = True, self._entry()
        with trio.CancelScope(shield=True):
            try:
                await trio.to_thread.run_sync(self._audit.write, entry)
            except OSError as error:
                log.error("audit_failed", error=error.strerror, **msgspec.to_builtins(entry))  # noqa: TRY400 - not our bug

    def _entry(self) -> AuditEntry:
        return AuditEntry(
            time=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            who=self.principal.name if self.principal else "",
            role=self.principal.role if self.principal else "",
            ip=self._client[0] if self._client else "",
            method=self._method,
            path=self._path[:_SHOWN],
            query=self._query[:_SHOWN],
            status=self.status,
            request_id=self._request_id,
            ms=round((time.perf_counter() - self._began) * 1000, 3),
            code=_code(self._body),
        )


def _code(body: bytes) -> str:
    """The code of an error, "" when the body is none."""
    try:
        return str(msgspec.json.decode(body, type=dict[str, Any])["error"]["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""
