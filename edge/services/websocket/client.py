"""The WebSockets that one function opens, under its policy."""

from __future__ import annotations

import base64
import secrets
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

import msgspec
import trio

from edge.errors import InternalError
from edge.services.dial import DialError
from edge.services.dial.tls import shared_context
from edge.services.egress.policy import WEBSOCKET_SCHEMES
from edge.services.egress.target import Target
from edge.services.egress.url import UrlError, parse_url
from edge.services.http.failure import FetchError
from edge.services.http.request import check_headers
from edge.services.websocket.deflate import NAME, BoundedDeflate, take_answer
from edge.services.websocket.endpoint import Endpoint
from edge.services.websocket.failure import ConnectError
from edge.services.websocket.handshake import OWN_HEADERS, HandshakeError, Response, check_answer, request_head
from edge.services.websocket.limits import SocketLimits
from edge.services.websocket.link import Link
from edge.services.websocket.service import SocketService
from edge.services.websocket.streams import TrioStream
from edge.units import KIB, SECONDS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from edge.services.dial import Dialer
    from edge.services.egress.url import Url
    from edge.tracing.invocation import InvocationTrace
    from edge.wire.messages import Header

_MAX_HEAD = 64 * KIB
_MAX_URL = 64 * KIB
_HANDSHAKE = 30 * SECONDS
_OFFER = f"{NAME}; client_max_window_bits"


def http1_context() -> ssl.SSLContext:
    """TLS with the authorities that everybody trusts."""
    return shared_context(http2=False)


class SocketClient:
    """An async context manager, opened and closed in one task; closing it ends what is open."""

    def __init__(
        self,
        dialer: Dialer,
        limits: Callable[[], SocketLimits] = SocketLimits,
        context: Callable[[], ssl.SSLContext] = http1_context,
    ) -> None:
        """`limits` and `context` (TLS, of HTTP/1.1) are asked for each socket."""
        self._limits = limits
        self._dialer = dialer
        self._context = context
        self._stack = AsyncExitStack()
        self._nursery: trio.Nursery | None = None

    async def __aenter__(self) -> Self:
        self._nursery = await self._stack.enter_async_context(trio.open_nursery())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()
        await self._stack.aclose()

    def service(self, trace: InvocationTrace | None = None) -> SocketService:
        """The service for one invocation."""
        return SocketService(self, trace)

    async def open(
        self, text: str, protocols: Sequence[str], headers: Sequence[Header], trace: InvocationTrace | None = None
    ) -> Link:
        """An open WebSocket, served until it ends.  Raises ConnectError."""
        if self._nursery is None:
            raise InternalError("the socket client was not entered")
        url = _parsed(text)
        try:
            checked = [header for header in check_headers(headers, _MAX_HEAD) if header[0] not in OWN_HEADERS]
            if trace is not None:
                checked = list(trace.carrier.added(checked, url.host.name))
            stream = await self._dialer.open(Target.request("GET", url), WEBSOCKET_SCHEMES, self._context())
        except (DialError, FetchError) as error:
            raise ConnectError(error.message, error.js_code) from error
        try:
            link, first = await self._shake_hands(stream, url, protocols, checked)
        except HandshakeError as error:
            await trio.aclose_forcefully(stream)
            raise ConnectError(
                f"{Target.request('GET', url).place}: {error.message}", "ERR_WEBSOCKET_HANDSHAKE", error
            ) from error
        except BaseException:
            await trio.aclose_forcefully(stream)
            raise
        self._nursery.start_soon(link.run, first)
        return link

    async def _shake_hands(
        self, stream: trio.abc.Stream, url: Url, protocols: Sequence[str], headers: Sequence[Header]
    ) -> tuple[Link, bytes]:
        limits = self._limits()
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        offer = _OFFER if limits.compression else ""
        try:
            with trio.fail_after(_HANDSHAKE):
                await stream.send_all(request_head(url, key, headers, protocols, offer))
                status, answered, trailing = await _answer(stream)
        except trio.TooSlowError:
            raise HandshakeError(f"no answer within {_HANDSHAKE:g} s") from None
        except trio.BrokenResourceError:
            raise HandshakeError("the connection was lost before the handshake was answered") from None
        protocol, extensions = check_answer(status, answered, key, protocols)
        deflate = BoundedDeflate(limits.message) if extensions else None
        if deflate is not None and (not offer or not take_answer(extensions, deflate)):
            raise HandshakeError("the server agreed to an extension that was not offered", status, answered)
        endpoint = Endpoint(client=True, limit=limits.message, deflate=deflate)
        link = Link(TrioStream(stream), endpoint, limits, client=True, protocol=protocol, extensions=extensions)
        link.headers = answered
        return link, trailing


def _parsed(text: str) -> Url:
    if len(text) > _MAX_URL:
        raise ConnectError(f"the URL has {len(text)} characters, over the limit of {_MAX_URL}", "ERR_INVALID_URL")
    try:
        url = parse_url(text)
    except UrlError as error:
        raise ConnectError(str(error), "ERR_INVALID_URL") from error
    schemes = {"http": "ws", "https": "wss"}  # as fetch() names them
    return msgspec.structs.replace(url, scheme=schemes.get(url.scheme, url.scheme))


async def _answer(stream: trio.abc.Stream) -> tuple[int, list[Header], bytes]:
    response = Response(_MAX_HEAD)
    while True:
        data = bytes(await stream.receive_some(16 * KIB))
        found = response.feed(data)
        if found is not None:
            return (*found, response.trailing)
