"""Sessions of other workers: polls come on connections of their own, which any worker may have accepted.

The name of a session begins with the number of its worker, and polls are passed on to that one.  A WebSocket that is to
carry a polling session on cannot be: its client is told that there is no such session, and goes on polling.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from edge.errors import BodyTooLargeError, OverloadedError
from edge.fleet.messages import PeerAnswer, PeerRequest
from edge.gateway.answers import error_answer
from edge.gateway.collected import Collected, once
from edge.gateway.request_id import request_id
from edge.gateway.stream import WEBSOCKET

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.gateway.answers import Answer
    from edge.gateway.exchange import Receive, Send
    from edge.gateway.stream import Application

    Ask = Callable[[int, PeerRequest], Awaitable[PeerAnswer]]

PATIENCE = 90.0
"""Seconds: longer than a poll may wait for a packet."""
MAX_BODY = 16 * 1024 * 1024
_SID = re.compile(rb"(?:^|&)sid=w([0-9]{1,3})-")
_WEBSOCKET = re.compile(rb"(?:^|&)transport=websocket(?:&|$)")


class Elsewhere:
    """`index` is this worker's own number."""

    def __init__(self, index: int, ask: Ask) -> None:
        self._index = index
        self._ask = ask

    def sid(self, token: str) -> str:
        """The name of a session of this worker."""
        return f"w{self._index}-{token}"

    def worker_of(self, scope: Any) -> int | None:
        """The other worker that has the session of a poll; None for all other requests."""
        query: bytes = scope["query_string"]
        found = _SID.search(query)
        if found is None or int(found[1]) == self._index or _WEBSOCKET.search(query):
            return None
        return None if WEBSOCKET in (scope.get("extensions") or {}) else int(found[1])

    async def forward(self, worker: int, scope: Any, receive: Receive, send: Send) -> None:
        """Let that one answer."""
        body = await _read(receive)
        if body is None:
            await _send(send, error_answer(BodyTooLargeError(f"packets are over {MAX_BODY} bytes"), _rid()))
            return
        request = PeerRequest(
            *(
                scope["method"],
                scope["raw_path"].decode("latin-1"),
                scope["query_string"],
                list(scope["headers"]),
                body,
            ),
            patience=PATIENCE,
            client=tuple(scope["client"][:2]) if scope["client"] else None,
            scheme=scope["scheme"],
        )
        answer = await self._ask(worker, request)
        if not answer.status:
            await _send(send, error_answer(OverloadedError("the worker that has the session does not answer"), _rid()))
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def takes(self, request: PeerRequest) -> bool:
        """Whether another worker passes a poll on to this one."""
        found = _SID.search(request.query)
        return found is not None and int(found[1]) == self._index

    async def answer(self, app: Application, request: PeerRequest) -> PeerAnswer:
        """Serve it, as if it had come here."""
        collected = Collected()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.scheme,
            "path": request.path,
            "root_path": "",
            "raw_path": request.path.encode("latin-1"),
            "query_string": request.query,
            "extensions": {},
            "headers": request.headers,
            "client": request.client,
            "server": None,
        }
        await app(scope, once(request.body), collected.send)
        return PeerAnswer(self._index, collected.status, collected.headers, bytes(collected.body))


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})


def _rid() -> str:
    return request_id(None, None)
