"""A network of the checks' own: names, addresses and HTTP servers in memory, and a record of what was reached."""

from __future__ import annotations

import gzip
import ipaddress
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import h11
import msgspec
import trio
import trio.testing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.corpus.certificates import Authority
    from edge.services.egress.literals import Address

_HINTS = 32  # 1xx responses before the real one in the server "1xx-storm"
_HINT = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
_BOMB = gzip.compress(bytes(64 << 20), 9)
_GZIP = gzip.compress(b"ok" * 1000)
_MAX_ALIASES = 8
_TRICKLE = 0.05  # seconds between the bytes of a slow server

# What servers of other manners send instead of a good response.
ANSWERS: dict[str, bytes] = {
    "101": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    "1xx-storm": _HINT * _HINTS + _OK + b"\r\nok",
    "set-cookie": _OK + b"set-cookie: a=1\r\nset-cookie: b=2\r\n\r\nok",
    "gzip-bomb": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(_BOMB) + _BOMB,
    "header-injection": _OK + b"x-a: 1\rx-b: 2\x00\r\n\r\nok",
    "two-lengths": _OK + b"content-length: 9\r\n\r\nok",
    "length-and-chunked": _OK + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "bad-chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
    "bad-status": b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
    "too-many-headers": _OK + b"".join(b"x-%d: 1\r\n" % number for number in range(1000)) + b"\r\nok",
}
# The same, and then the connection ends.
BROKEN: dict[str, bytes] = {
    "reset": b"",
    "garbage": b"\x00\x01\x02 no HTTP at all\r\n\r\n",
    "wrong-length": b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok",
    "reset-mid-body": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nok",
    "truncated-gzip": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + _GZIP[:-8],
    "bad-gzip": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip at all",
}
# What comes first, and then again and again.
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "1xx-endless": (b"", _HINT),
    "endless-headers": (b"HTTP/1.1 200 OK\r\n", b"x-more: yes\r\n"),
    "endless-header": (b"HTTP/1.1 200 OK\r\nx-a: ", b"a"),
    "endless-status": (b"HTTP/1.1 200 ", b"O"),
    "endless-chunk-extension": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;", b"a"),
    "endless-trailers": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"x-more: yes\r\n"),
}
# What comes first, and then so slowly that nobody waits for it.
SLOW: dict[str, bytes] = {
    "silent": b"",
    "slow-header": b"HTTP/1.1 200 OK\r\nx-slow: ",
    "slow-body": _OK + b"\r\no",
}
SERVERS = {*ANSWERS, *BROKEN, *ENDLESS, *SLOW}


def server_name(written: str) -> str:
    """The name that a case means, whichever way it joins words."""
    name = written.lower().replace("_", "-").replace(" ", "-")
    return name.replace("headers", "header") if name == "slow-headers" else name


class Seen(msgspec.Struct):
    """One request that reached a server: exactly as it came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    sni: str | None


Answer = Sequence[str] | Sequence[Sequence[str]] | str
"""Addresses; or several such lists, one for each time that it is asked; or another name, of which it is an alias."""


class ScriptedResolver:
    """Answers from a table; `*` stands for every other name."""

    def __init__(self, table: Mapping[str, Answer]) -> None:
        self._table = table
        self.asked: list[str] = []
        self.answered: set[str] = set()

    async def resolve(self, name: str) -> list[Address]:
        """See services.dial.network.Resolver."""
        await trio.lowlevel.checkpoint()
        self.asked.append(name)
        found = self._answer(name, self.asked.count(name) - 1)
        self.answered.update(map(str, found))
        return found

    def _answer(self, name: str, turn: int, aliases: int = 0) -> list[Address]:
        answer = self._table.get(name, self._table.get("*", ()))
        if isinstance(answer, str):
            return self._answer(answer, turn, aliases + 1) if aliases < _MAX_ALIASES else []
        if answer and not isinstance(answer[0], str):
            answer = answer[min(turn, len(answer) - 1)]
        return [ipaddress.ip_address(str(text)) for text in answer]


class ScriptedNetwork:
    """Connections to any address end at one scripted server.

    `redirects` are (status, location) of the first answers; then comes the answer of `server`.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        authority: Authority,
        redirects: Sequence[tuple[int, str | None]] = (),
        server: str = "",
        tls_fault: str = "",
    ) -> None:
        self._nursery = nursery
        self._authority = authority
        self._redirects = redirects
        self._server = server_name(server)
        self._tls_fault = tls_fault.replace("_", "-")
        self.dialled: list[tuple[str, int]] = []
        self.seen: list[Seen] = []
        self.sent = 0

    async def connect(self, address: Address, port: int) -> trio.abc.Stream:
        """See services.dial.network.Network."""
        await trio.lowlevel.checkpoint()
        self.dialled.append((str(address), port))
        ours, theirs = trio.testing.memory_stream_pair()
        self._nursery.start_soon(self._serve, theirs)
        return ours

    async def _serve(self, raw: trio.abc.Stream) -> None:
        stream = _Peekable(raw)
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
            async with stream:
                if (await stream.peek())[:1] == b"\x16":
                    await self._serve_tls(stream)
                else:
                    await self._serve_http(stream, None)

    async def _serve_tls(self, stream: trio.abc.Stream) -> None:
        names: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            names.append(name)
            connection.context = self._authority.server_context(name or "unnamed.invalid", fault=self._tls_fault)

        context.sni_callback = choose
        context.set_alpn_protocols(["http/1.1"])
        secure = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
        await secure.do_handshake()
        await self._serve_http(secure, names[0] if names else None)

    async def _serve_http(self, stream: trio.abc.Stream, sni: str | None) -> None:
        while True:
            connection = h11.Connection(h11.SERVER)
            if not await self._request(stream, connection, sni):
                return
            await self._answer(stream)

    async def _request(self, stream: trio.abc.Stream, connection: h11.Connection, sni: str | None) -> bool:
        """Read one request and record it; False when the client has left."""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(bytes(await stream.receive_some()))
            elif isinstance(event, h11.Request):
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
                self.seen.append(Seen(event.method.decode(), event.target.decode("latin-1"), headers, sni))
            elif isinstance(event, h11.EndOfMessage):
                return True
            elif isinstance(event, h11.ConnectionClosed):
                return False

    async def _answer(self, stream: trio.abc.Stream) -> None:
        number = len(self.seen) - 1
        if number < len(self._redirects):
            status, location = self._redirects[number]
            head = "" if location is None else f"location: {location}\r\n"
            await self._send(stream, f"HTTP/1.1 {status} Moved\r\n{head}content-length: 0\r\n\r\n".encode())
        elif self._server in ENDLESS:
            first, again = ENDLESS[self._server]
            await self._send(stream, first)
            while True:
                await self._send(stream, again * 64)
        elif self._server in SLOW:
            await self._send(stream, SLOW[self._server])
            while True:
                await trio.sleep(_TRICKLE)
                await self._send(stream, b"a" if self._server == "slow-header" else b"")
        elif self._server in BROKEN:
            await self._send(stream, BROKEN[self._server])
            await stream.aclose()
        else:
            await self._send(stream, ANSWERS.get(self._server, _OK + b"\r\nok"))

    async def _send(self, stream: trio.abc.Stream, data: bytes) -> None:
        self.sent += len(data)
        await stream.send_all(data)


class _Peekable(trio.abc.Stream):
    """A stream whose first bytes can be looked at before they are read."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._first: bytes | None = None

    async def peek(self) -> bytes:
        """The first bytes."""
        if self._first is None:
            self._first = bytes(await self._stream.receive_some())
        return self._first

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """See trio.abc.Stream."""
        if self._first:
            size = len(self._first) if max_bytes is None else max_bytes
            data, self._first = self._first[:size], self._first[size:]
            return data
        return bytes(await self._stream.receive_some(max_bytes))

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """See trio.abc.Stream."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """See trio.abc.Stream."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """See trio.abc.Stream."""
        await self._stream.aclose()
