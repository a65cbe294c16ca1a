"""Holds a connection that was granted for HTTP requests only to the rules of methods and paths.

A bare connection carries anything, so rules with a scheme, methods or a path do not grant one.  `node:http` says what
its connection is for; then everything that the function writes is parsed here as HTTP/1.1, each request is held against
the policy, and what leaves is written anew from what was parsed: nothing else can be smuggled along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
import msgspec
import trio

from edge.services.dial.failure import DialError
from edge.services.egress.target import Target
from edge.services.egress.url import DEFAULT_PORTS, UrlError, parse_url
from edge.services.sockets.failure import SocketError
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable

_SWITCHED = b"HTTP/1.1 101"
_MAX_HEAD = 64 * KIB
_SLICE = 8 * KIB  # of a write: some milliseconds of parsing, after which others get their turn
_WEBSOCKET = {"http": "ws", "https": "wss"}


class RequestFilter:
    """Pure: bytes of requests in, bytes of the same requests out.  `check` raises for one that is not allowed.

    Once something was refused so is all that follows: nobody knows any more where in a request the connection is.
    """

    def __init__(self, target: Target, check: Callable[[Target], None]) -> None:
        self._target = target
        self._check = check
        self._used = False
        self._switching = False
        self._failed = False
        self.switched = False
        self._begin()

    def _begin(self) -> None:
        self._in = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
        self._out = h11.Connection(h11.CLIENT)

    def feed(self, data: bytes) -> bytes:
        """Raises SocketError or DialError."""
        if self.switched:
            return data
        if self._switching:
            raise SocketError("nothing may follow a request to change protocols before it is answered", "EACCES")
        if self._failed:
            raise SocketError("a request over this connection was refused; open another one", "EACCES")
        self._failed = True  # unless the end of this function is reached
        try:
            self._in.receive_data(data)
            sent = self._requests()
        except h11.ProtocolError as error:
            raise SocketError(f"Network policy lets only HTTP requests through here: {error}", "EACCES") from error
        self._failed = False
        return sent

    def _requests(self) -> bytes:
        sent = b""
        while True:
            event = self._in.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED):
                return sent
            if isinstance(event, h11.Request):
                event = self._allowed(event)
            if isinstance(event, (h11.Request, h11.Data, h11.EndOfMessage)):
                sent += self._out.send(event) or b""
            if isinstance(event, h11.EndOfMessage):
                rest = self._in.trailing_data[0]
                self._begin()
                if rest and not self._switching:
                    self._in.receive_data(rest)
                elif rest:
                    raise SocketError(
                        "nothing may follow a request to change protocols before it is answered", "EACCES"
                    )
                else:
                    return sent

    def _allowed(self, request: h11.Request) -> h11.Request:
        """The request as it may leave."""
        method, raw = request.method.decode("ascii"), request.target.decode("latin-1")
        if method == "CONNECT":
            raise SocketError(
                "Network policy allows no tunnels here: CONNECT needs an entry without scheme, methods and path",
                "EACCES",
            )
        self._check_headers(list(request.headers))
        self._used = True
        headers = request.headers.raw_items()
        if raw == "*":
            self._check(Target(self._target.scheme, self._target.host, self._target.port, method, "*"))
            return request
        if not raw.startswith("/"):
            raise SocketError("the target of a request must be a path here", "EACCES")
        try:
            url = parse_url(f"{self._target.scheme}://{self._target.host.text}:{self._target.port}{raw}")
        except UrlError as error:
            raise SocketError(str(error), "EACCES") from error
        target = Target.request(method, url)
        self._check(target)
        if self._switching:
            self._check(msgspec.structs.replace(target, scheme=_WEBSOCKET[target.scheme]))
        return h11.Request(method=method, target=f"{url.path}{_query(raw)}", headers=headers)

    def _check_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        self._check_host(headers)
        names = {name for name, _ in headers}
        if {b"content-length", b"transfer-encoding"} <= names:  # servers differ on which one counts
            raise SocketError("a request with Transfer-Encoding must have no Content-Length here", "EACCES")
        for value in (value for name, value in headers if name == b"upgrade"):
            if value.lower() != b"websocket":
                raise SocketError("Network policy allows no other protocol here than WebSocket", "EACCES")
            if self._used:  # the body of an earlier response could be taken for the answer
                words = "a request to change protocols needs a connection of its own here, as `agent: false` gives it"
                raise SocketError(words, "EACCES")
            self._switching = True

    def _check_host(self, headers: list[tuple[bytes, bytes]]) -> None:
        hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
        place = f"{self._target.host.text}:{self._target.port}"
        good = {place, self._target.host.text} if self._target.port == DEFAULT_PORTS[self._target.scheme] else {place}
        if len(hosts) != 1 or hosts[0] not in good:
            raise SocketError(f"the Host header must be {min(good)!r} here", "EACCES")

    def answered(self, data: bytes) -> None:
        """The first bytes of what came back."""
        if self._switching:
            self._switching = False
            self.switched = data.startswith(_SWITCHED)


def _query(raw: str) -> str:
    _path, mark, query = raw.partition("?")
    return mark + query.partition("#")[0]


class GuardedStream(trio.abc.HalfCloseableStream):
    """A connection behind a filter."""

    def __init__(self, stream: trio.abc.HalfCloseableStream, requests: RequestFilter) -> None:
        self.stream = stream
        self._requests = requests

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """See trio.abc.SendStream.  Raises SocketError."""
        view = memoryview(data)
        while view and not self._requests.switched:
            piece, view = view[:_SLICE], view[_SLICE:]
            try:
                allowed = self._requests.feed(bytes(piece))
            except DialError as error:
                raise SocketError(error.reason, "EACCES") from error
            await self.stream.send_all(allowed)
        if view:
            await self.stream.send_all(view)

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """See trio.abc.ReceiveStream."""
        data = await self.stream.receive_some(max_bytes)
        self._requests.answered(bytes(data[: len(_SWITCHED)]))
        return data

    async def wait_send_all_might_not_block(self) -> None:
        """See trio.abc.SendStream."""
        await self.stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        """See trio.abc.HalfCloseableStream."""
        await self.stream.send_eof()

    async def aclose(self) -> None:
        """Close at once."""
        await self.stream.aclose()
