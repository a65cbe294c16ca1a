"""Why a WebSocket was not opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import HostCallError

if TYPE_CHECKING:
    from edge.services.websocket.handshake import HandshakeError


class ConnectError(HostCallError):
    """A WebSocket that was not opened; `answer` is the server's, when there was one."""

    def __init__(self, reason: str, code: str, answer: HandshakeError | None = None) -> None:
        super().__init__(reason, js_class="Error", js_code=code)
        self.answer = answer
