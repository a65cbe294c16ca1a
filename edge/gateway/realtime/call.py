"""One request of a Socket.IO client: the handshake, a poll, packets, or the WebSocket that carries on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import trio

from edge.errors import CallerError
from edge.gateway.answers import NO_STORE, Answer, json_answer
from edge.gateway.call import RequestCall
from edge.gateway.dispatch_parts import DispatchParts
from edge.gateway.realtime import engineio
from edge.gateway.realtime.engineio import NOOP, PING, PONG, UPGRADE
from edge.gateway.realtime.session import PING_INTERVAL, PING_TIMEOUT, UPGRADE_TIMEOUT, Session
from edge.gateway.realtime.socket import Visit
from edge.gateway.request_head import function_headers
from edge.gateway.upgrade import Upgrading
from edge.invocation import Outcome, Receipt
from edge.services.websocket.endpoint import Binary, Closed, Text
from edge.services.websocket.handshake import read_offer

if TYPE_CHECKING:
    from edge.gateway.exchange import Receive, Send
    from edge.gateway.generations import Generation
    from edge.gateway.realtime.endpoint import RealtimeEndpoint
    from edge.gateway.target import Target
    from edge.services.websocket.link import Link

_TEXT = (b"content-type", b"text/plain; charset=UTF-8")
_ERRORS = {
    0: "Transport unknown",
    1: "Session ID unknown",
    2: "Bad handshake method",
    3: "Bad request",
    5: "Unsupported protocol version",
}
_PROBE = "probe"


class _RefusedError(Exception):
    """An error of Engine.IO's own."""

    def __init__(self, code: int) -> None:
        self.code = code


class RealtimeCall(RequestCall):
    """Serves it; `base` is the path before that of Socket.IO."""

    def __init__(
        self, endpoint: RealtimeEndpoint, parts: DispatchParts, scope: Any, receive: Receive, send: Send
    ) -> None:
        super().__init__(parts, scope, receive, send)
        self._endpoint = endpoint
        self.quiet = not self.upgrade

    async def _serve(self, generation: Generation) -> Receipt:
        target = self._read_target()
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        try:
            await self._answer_engine(target, query)
        except _RefusedError as refused:
            answer = json_answer(400, {"code": refused.code, "message": _ERRORS[refused.code]}, [NO_STORE])
            await self.exchange.answer(answer)
        return Receipt(Outcome.OK)

    async def _answer_engine(self, target: Target, query: dict[str, str]) -> None:
        if query.get("EIO") != engineio.VERSION:
            raise _RefusedError(5)
        transport = query.get("transport")
        if transport not in ("polling", "websocket") or (transport == "websocket") != self.upgrade:
            raise _RefusedError(0 if transport not in ("polling", "websocket") else 3)
        sid = query.get("sid")
        session = self._endpoint.sessions.get(sid) if sid is not None else None
        if sid is not None and session is None:
            raise _RefusedError(1)
        if self.upgrade:
            await self._carry(target, query, session)
        elif session is None:
            if self.method != "GET":
                raise _RefusedError(2)
            opened = self._open(target, query, ["websocket"])
            await self._say(engineio.join(await opened.outgoing()))
        elif self.method == "GET":
            await self._poll(session)
        elif self.method == "POST":
            await self._post(session)
        else:
            raise _RefusedError(3)

    # -- opening

    def _open(self, target: Target, query: dict[str, str], upgrades: list[str]) -> Session:
        visit = Visit(
            base=target.path.rstrip("/").removesuffix(self._endpoint.path),
            name=self.authority.host,
            host=str(self.authority),
            scheme=self.origin.scheme,
            ip=self.origin.ip,
            ips=self.origin.ips,
            headers=function_headers(self.headers, trusted=self.origin.trusted),
            query=query,
            time=time.strftime("%a %b %d %Y %H:%M:%S GMT+0000", time.gmtime()),
        )
        session = self._endpoint.open(self._endpoint.new_sid(), visit)
        handshake = engineio.Handshake(
            session.sid, upgrades, int(PING_INTERVAL * 1000), int(PING_TIMEOUT * 1000), session.limit
        )
        session.push(handshake.encode())
        return session

    # -- polling

    async def _poll(self, session: Session) -> None:
        if session.polling or session.transport != "polling":
            if session.transport == "polling":
                session.close("transport error")  # two at once: one of them would miss what the other gets
            raise _RefusedError(3)
        session.polling = True
        try:
            packets = await session.outgoing()
        finally:
            session.polling = False
        await self._say(engineio.join(packets or [NOOP]))

    async def _post(self, session: Session) -> None:
        if session.transport != "polling":
            raise _RefusedError(3)
        body = b""
        while part := await self.exchange.read():
            body += part
            if len(body) > session.limit:
                session.close("transport error")
                raise _RefusedError(3)
        try:
            packets = engineio.split(body)
        except engineio.PayloadError:
            session.close("parse error")
            raise _RefusedError(3) from None
        for packet in packets:
            await session.take(packet)
        await self._say("ok")

    async def _say(self, text: str) -> None:
        body = text.encode("utf-8", "surrogatepass")
        await self.exchange.answer(Answer(200, [_TEXT, (b"content-length", b"%d" % len(body)), NO_STORE], body))

    # -- a WebSocket

    async def _carry(self, target: Target, query: dict[str, str], session: Session | None) -> None:
        offer = read_offer(self.headers, keyed=self.scope["http_version"] == "1.1")
        self.exchange.upgrading = Upgrading(offer, self.parts.settings.websocket, self._nursery, self.parts.budget)
        self.exchange.upgraded = self._note_socket
        link = (await self.exchange.upgrade([], "")).link
        if session is None:
            session = self._open(target, query, [])
            session.transport = "websocket"
        elif not await moves(link, session):
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._send_all, link, session)
            try:
                await self._receive_all(link, session)
            finally:
                session.close("transport close")
        if self._endpoint.closing:
            raise CallerError("the gateway is shutting down")

    async def _receive_all(self, link: Link, session: Session) -> None:
        while not session.closed:
            for message in await link.read():
                if isinstance(message, Closed):
                    return
                if isinstance(message, (Text, Binary)):
                    await session.take(message.data)

    async def _send_all(self, link: Link, session: Session) -> None:
        while packets := await session.outgoing():
            if not await link.send(Text(packet) if isinstance(packet, str) else Binary(packet) for packet in packets):
                break
        await link.close()


async def moves(link: Link, session: Session) -> bool:
    """The client tries the WebSocket, then moves there: the poll that is under way ends before that."""
    with trio.move_on_after(UPGRADE_TIMEOUT):
        while True:
            for message in await link.read():
                if isinstance(message, Closed) or session.transport != "polling":
                    return False
                if message == Text(PING + _PROBE):
                    await link.send([Text(PONG + _PROBE)])
                    session.push(NOOP)
                elif message == Text(UPGRADE):
                    session.transport = "websocket"
                    session.changed()
                    return True
    return False
