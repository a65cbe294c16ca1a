"""An ASGI exchange without a client: a request that is all here, and an answer that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from edge.gateway.exchange import Receive


class Collected:
    """An answer that goes nowhere yet."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()

    async def send(self, message: Any) -> None:
        """ASGI's send."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


def once(body: bytes) -> Receive:
    """ASGI's receive for a body that is complete."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if not messages:
            await trio.sleep_forever()  # the client does not leave before it is answered
        return messages.pop()

    return receive
