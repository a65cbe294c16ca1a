"""The answer to a request that asks for a WebSocket: the handshake, and the socket as host calls see it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.errors import BadResponseError, EdgeError, OverloadedError
from edge.gateway.stream import UPGRADE
from edge.services.api import Answer
from edge.services.websocket import calls
from edge.services.websocket.budget import Budget
from edge.services.websocket.deflate import accept_offer
from edge.services.websocket.endpoint import GOING_AWAY, INTERNAL, NORMAL, TRY_AGAIN_LATER, Endpoint
from edge.services.websocket.handshake import OWN_HEADERS, Offer, accept_key
from edge.services.websocket.limits import SocketLimits
from edge.services.websocket.link import Link
from edge.wire.response_head import response_head

if TYPE_CHECKING:
    from edge.gateway.exchange import Receive, Send
    from edge.wire.messages import Header


class Upgrading(msgspec.Struct, frozen=True):
    """What a request asks for, and what it may have.  The nursery outlives the invocation: the end takes two."""

    offer: Offer
    limits: SocketLimits
    nursery: trio.Nursery
    budget: Budget


class TunnelStream:
    """The bytes behind a request that was upgraded; see services.websocket.link.ByteStream."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def receive(self) -> bytes:
        """See ByteStream."""
        message = await self._receive()
        if message["type"] != "http.request":
            raise trio.BrokenResourceError("the client has gone")
        data: bytes = message.get("body", b"")
        return data

    async def send(self, data: bytes) -> None:
        """See ByteStream."""
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
        except OSError as error:
            raise trio.BrokenResourceError from error

    async def aclose(self) -> None:
        """See ByteStream."""
        with contextlib.suppress(OSError, trio.BrokenResourceError, RuntimeError):
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})


class ServerSocket:
    """A WebSocket to a client; see edge.invocation.Upgraded."""

    def __init__(self, link: Link) -> None:
        self.link = link

    @property
    def is_open(self) -> bool:
        """See Upgraded."""
        return self.link.ended is None

    async def call(self, op: str, args: msgspec.Raw, data: bytes | None) -> Answer | None:
        """See Upgraded."""
        if op == "upgrade.read":
            return await calls.read(self.link)
        if op == "upgrade.send":
            return await calls.send(self.link, args, data)
        return await calls.close(self.link, args) if op == "upgrade.close" else None

    async def wait_closed(self) -> None:
        """See Upgraded."""
        await self.link.wait_closed()

    async def dismiss(self, error: EdgeError | None, *, draining: bool = False) -> None:
        """The function is over: tell the client why; it has the limits' time to answer."""
        await self.link.close(*farewell(error, draining=draining))


def farewell(error: EdgeError | None, *, draining: bool) -> tuple[int, str]:
    """Code and reason of the closing frame; the reason tells a client no more than an error answer would."""
    if draining:
        return GOING_AWAY, "the gateway is shutting down"
    if error is None:
        return NORMAL, ""
    return (TRY_AGAIN_LATER if isinstance(error, OverloadedError) else INTERNAL), error.code


async def switch_protocols(
    upgrading: Upgrading,
    headers: list[Header],
    protocol: str,
    extra: list[tuple[bytes, bytes]],
    receive: Receive,
    send: Send,
) -> ServerSocket:
    """Answer 101 and serve the socket.  Raises BadResponseError for what cannot be answered, BrokenResourceError."""
    offer = upgrading.offer
    if protocol and protocol not in offer.protocols:
        raise BadResponseError(f"the function chose the subprotocol {protocol[:60]!r}, which its client did not offer")
    checked = response_head(200, headers).headers
    agreed = accept_offer(offer.extensions, upgrading.limits.message) if upgrading.limits.compression else None
    deflate, extensions = agreed or (None, "")
    head = [header for header in checked if header[0].decode("latin-1") not in OWN_HEADERS]
    head += _own(offer, protocol, extensions)
    await send({"type": UPGRADE, "headers": [*head, *extra]})
    endpoint = Endpoint(client=False, limit=upgrading.limits.message, deflate=deflate)
    link = Link(
        *(TunnelStream(receive, send), endpoint, upgrading.limits),
        client=False,
        protocol=protocol,
        extensions=extensions,
        budget=upgrading.budget,
    )
    upgrading.nursery.start_soon(link.run)
    return ServerSocket(link)


def _own(offer: Offer, protocol: str, extensions: str) -> list[tuple[bytes, bytes]]:
    pairs = [
        *((("upgrade", "websocket"), ("connection", "Upgrade")) if offer.key else ()),
        *((("sec-websocket-accept", accept_key(offer.key)),) if offer.key else ()),
        *((("sec-websocket-protocol", protocol),) if protocol else ()),
        *((("sec-websocket-extensions", extensions),) if extensions else ()),
    ]
    return [(name.encode(), value.encode("latin-1")) for name, value in pairs]
