"""The admin API of a gateway with several workers: whichever is asked, the answer is that of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.fleet.messages import PeerAnswer, PeerRequest
from edge.gateway.admin_api import REQUEST_ID_KEY
from edge.gateway.collected import Collected, once
from edge.gateway.request_id import request_id
from edge.gateway.together import SHARED, Shared, is_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.gateway.exchange import Receive, Send
    from edge.gateway.peers import Peers
    from edge.gateway.stream import Application

_DEPLOYS = "/functions/"
_READING = frozenset({"GET", "HEAD"})
_FOLLOW = PeerRequest("FOLLOW", "/functions", patience=60.0)
"""Among workers only: no method that a client could send is called so."""
_FLUSH = PeerRequest("FLUSH", "/logs", patience=1.0)
_KEPT = ("/logs", "/invocations")
_PASSED_ON = frozenset({b"accept", b"content-type", b"if-match"})


class SharedApi:
    """`inner` answers for this worker alone; `follow` lets it serve what another one has deployed.

    `flush` writes down what it has to say of invocations, so that each worker knows of those of all others.
    """

    def __init__(
        self,
        inner: Application,
        peers: Peers,
        follow: Callable[[], Awaitable[object]],
        flush: Callable[[], Awaitable[object]],
    ) -> None:
        self._flush = flush
        self._inner = inner
        self._peers = peers
        self._follow = follow

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """ASGI's entry, behind the guard."""
        shared = SHARED.get((scope["method"], scope["path"]))
        if shared is None:
            if scope["path"].startswith(_KEPT) and scope["method"] in _READING:
                await self._peers.ask(_FLUSH)
            deploys = scope["path"].startswith(_DEPLOYS) and scope["method"] not in _READING
            await (self._deploy if deploys else self._inner)(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name.lower() in _PASSED_ON]
        request = PeerRequest(scope["method"], scope["path"], scope["query_string"], headers, patience=shared.patience)
        answer = await self._together(shared, request, scope[REQUEST_ID_KEY])
        await send({"type": "http.response.start", "status": answer.status, "headers": _framed(answer)})
        await send({"type": "http.response.body", "body": answer.body})

    async def _deploy(self, scope: Any, receive: Receive, send: Send) -> None:
        """The answer comes when all workers serve what it tells of, or have tried to."""
        held: list[Any] = []

        async def hold(message: Any) -> None:
            held.append(message)

        await self._inner(scope, receive, hold)
        if any(message["type"] == "http.response.start" and message["status"] < 300 for message in held):
            await self._peers.ask(_FOLLOW)
        for message in held:
            await send(message)

    async def _together(self, shared: Shared, request: PeerRequest, rid: str) -> PeerAnswer:
        own = await self.answer(request, rid)
        if shared.first and own.status >= 300:
            return own
        others = await self._peers.ask(request, own.body if shared.metrics and is_text(own) else b"")
        return shared.merge([own, *others], self._peers.count)

    async def answer(self, request: PeerRequest, rid: str = "") -> PeerAnswer:
        """The answer of this worker alone."""
        if request.method == _FOLLOW.method:
            await self._follow()
            return PeerAnswer(self._peers.index, 204)
        if request.method == _FLUSH.method:
            await self._flush()
            return PeerAnswer(self._peers.index, 204)
        collected = Collected()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.path,
            "root_path": "",
            "extensions": {},
            "raw_path": request.path.encode("ascii"),
            "query_string": request.query,
            "client": None,
            "server": None,
            "headers": [(b"host", b"localhost"), *request.headers],
            REQUEST_ID_KEY: rid or request_id(None, None),
        }
        await self._inner(scope, once(request.body), collected.send)
        return PeerAnswer(self._peers.index, collected.status, collected.headers, bytes(collected.body))


def _framed(answer: PeerAnswer) -> list[tuple[bytes, bytes]]:
    rest = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
    return [*rest, (b"content-length", b"%d" % len(answer.body))]
