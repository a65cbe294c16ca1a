"""The host calls `socket.*` of one invocation.

The function numbers its sockets.  Nothing is kept here for a peer or a function that is slow: one piece is read when it
is asked for, one is written at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import trio

from edge.services.api import Answer, arguments
from edge.services.dial.failure import DialError
from edge.services.egress.host import parse_host
from edge.services.egress.policy import FETCH_SCHEMES, SOCKET_SCHEMES, WEBSOCKET_SCHEMES
from edge.services.egress.target import Target
from edge.services.egress.url import UrlError, parse_url
from edge.services.sockets.failure import SocketError, from_dial
from edge.services.sockets.guard import RequestFilter
from edge.services.sockets.limits import SocketLimits
from edge.services.sockets.socket import Socket
from edge.services.sockets.tls_options import TlsOptions
from edge.services.sockets.tls_stream import TlsStream

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from pathlib import Path

    from edge.services.api import Handler
    from edge.services.dial.connection import Connection
    from edge.services.dial.dialer import Dialer
    from edge.services.egress.host import Host
    from edge.services.sockets.contexts import Contexts

_Number = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
_Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    scheme: Literal["http", "https"]
    method: Annotated[str, msgspec.Meta(max_length=64)]
    path: Annotated[str, msgspec.Meta(max_length=65536)]


class _Connect(msgspec.Struct, forbid_unknown_fields=True):
    socket: _Number
    host: Annotated[str, msgspec.Meta(max_length=1024)]
    port: _Port
    family: Literal[0, 4, 6] = 0
    tls: bool = False
    request: _Request | None = None


class _Socket(msgspec.Struct, forbid_unknown_fields=True):
    socket: _Number


class _StartTls(msgspec.Struct, forbid_unknown_fields=True):
    socket: _Number
    name: Annotated[str, msgspec.Meta(max_length=1024)]
    options: TlsOptions


class SocketService:
    """Sockets of one invocation.  See services.api.Service."""

    def __init__(
        self, dialer: Dialer, contexts: Contexts, limits: SocketLimits | None = None, ca_file: Path | None = None
    ) -> None:
        self._dialer = dialer
        self._contexts = contexts
        self._ca_file = ca_file
        self._limits = limits or SocketLimits()
        self._open: dict[int, Socket] = {}
        self._making: dict[int, trio.CancelScope] = {}
        self._opened = 0
        self._known: set[TlsOptions] = set()
        self._closed = False

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {
            "socket.connect": self._connect,
            "socket.read": self._read,
            "socket.write": self._write,
            "socket.end": self._end,
            "socket.close": self._close,
            "socket.starttls": self._start_tls,
        }

    async def aclose(self) -> None:
        """Close everything at once.  Never raises."""
        self._closed = True
        for scope in self._making.values():
            scope.cancel()
        for socket in self._open.values():
            socket.close()
        self._open.clear()

    # -- connecting

    async def _connect(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Connect, args)
        self._count(wanted.socket)
        with trio.CancelScope() as scope:
            self._making[wanted.socket] = scope
            try:
                socket = await self._dial(wanted)
            finally:
                del self._making[wanted.socket]
            if self._closed:
                socket.close()
                raise SocketError("the invocation is over", "ECONNABORTED")
            self._open[wanted.socket] = socket
            return Answer(_addresses(socket))
        raise SocketError("the socket was closed", "ECONNABORTED")

    def _count(self, number: int) -> None:
        if self._closed:
            raise SocketError("the invocation is over", "ECONNABORTED")
        if number in self._open or number in self._making:
            raise SocketError(f"the socket {number} is in use", "EISCONN")
        limits = self._limits
        if len(self._open) + len(self._making) >= limits.sockets:
            words = f"this invocation has {limits.sockets} sockets open, the limit of egress.limits.sockets"
            raise SocketError(f"{words}; close some first", "EMFILE")
        if self._opened >= limits.opened:
            raise SocketError(f"this invocation has opened {limits.opened} sockets, the limit", "EMFILE")
        self._opened += 1

    async def _dial(self, wanted: _Connect) -> Socket:
        host = _host(wanted.host)
        secure = wanted.tls or (wanted.request is not None and wanted.request.scheme == "https")
        bare = Target("tls" if secure else "tcp", host, wanted.port)
        if wanted.request is None:
            return Socket(await self._reach(bare, SOCKET_SCHEMES, wanted.family), bare, None)
        if self._dialer.policy.check(bare, SOCKET_SCHEMES).allowed:
            try:
                return Socket(await self._reach(bare, SOCKET_SCHEMES, wanted.family), bare, None)
            except SocketError as error:
                if error.js_code != "EACCES":
                    raise
        return await self._dial_guarded(host, wanted, wanted.request)

    async def _dial_guarded(self, host: Host, wanted: _Connect, request: _Request) -> Socket:
        """A connection that the policy grants for such requests only."""
        try:
            url = parse_url(f"{request.scheme}://{host.text}:{wanted.port}{request.path}")
        except UrlError as error:
            raise SocketError(str(error), "EACCES") from error
        target = Target.request(request.method, url)
        connection = await self._reach(target, FETCH_SCHEMES, wanted.family)

        def check(next_target: Target) -> None:
            self._dialer.check(next_target, FETCH_SCHEMES | WEBSOCKET_SCHEMES)
            self._dialer.check_addresses(next_target, [connection.address])

        return Socket(connection, target, RequestFilter(target, check))

    async def _reach(self, target: Target, schemes: frozenset[str], family: int) -> Connection:
        try:
            self._dialer.check(target, schemes)
            with self._dialer.patience(target):
                return await self._dialer.dial(target, family)
        except DialError as error:
            raise from_dial(error, target) from error

    # -- what is open

    def _find(self, args: msgspec.Raw) -> Socket:
        socket = self._open.get(arguments(_Socket, args).socket)
        if socket is None:
            raise SocketError("the socket is not open", "EBADF")
        return socket

    async def _read(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """`value` is "more", "end", or "tls" when the socket changes to TLS."""
        piece = await self._find(args).read(self._limits.chunk)
        return Answer("tls") if piece is None else Answer("more" if piece else "end", piece or None)

    async def _write(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        socket = self._find(args)
        if data is not None and len(data) > self._limits.write:
            raise SocketError(
                f"{len(data)} bytes are more than can be written at once ({self._limits.write})", "EMSGSIZE"
            )
        await socket.write(data or b"")
        return Answer()

    async def _end(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        await self._find(args).end()
        return Answer()

    async def _close(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """At any time, also while it connects."""
        number = arguments(_Socket, args).socket
        making, socket = self._making.get(number), self._open.pop(number, None)
        if making is not None:
            making.cancel()
        if socket is not None:
            socket.close()
        return Answer()

    # -- TLS

    async def _start_tls(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """`data` is the peer's certificate, in DER."""
        wanted = arguments(_StartTls, args)
        socket = self._find(msgspec.Raw(msgspec.json.encode({"socket": wanted.socket})))
        name = _server_name(wanted.name)
        if socket.guarded and name != socket.target.host.name:
            raise SocketError(f"the server's name must be {socket.target.host.name!r} here", "EACCES")
        context = await self._context(wanted.options)
        tls = await socket.start_tls(lambda stream: TlsStream(stream, context, name), self._limits.handshake)
        return Answer(_agreed(tls), tls.session.getpeercert(binary_form=True))

    async def _context(self, options: TlsOptions) -> ssl.SSLContext:
        if options.size > self._limits.material:
            raise SocketError(
                f"certificates and keys have {options.size} characters, the limit is {self._limits.material}",
                "EMSGSIZE",
            )
        if options not in self._known and len(self._known) >= self._limits.contexts:
            raise SocketError(
                f"this invocation has used {self._limits.contexts} different sets of TLS options, the limit", "EMFILE"
            )
        self._known.add(options)
        return await self._contexts.get(options, self._dialer, self._ca_file)


def _host(text: str) -> Host:
    try:
        return parse_host(f"[{text}]" if ":" in text and not text.startswith("[") else text)
    except ValueError as error:
        raise SocketError(f"getaddrinfo ENOTFOUND {text[:100]}", "ENOTFOUND") from error


def _server_name(text: str) -> str:
    """The name for SNI and the certificate, as DNS has it; "" for none."""
    return _host(text).name if text else ""


def _addresses(socket: Socket) -> dict[str, object]:
    connection = socket.connection
    address, port = connection.local
    return {
        "address": str(connection.address),
        "port": connection.port,
        "family": connection.address.version,
        "localAddress": address,
        "localPort": port,
    }


def _agreed(tls: TlsStream) -> dict[str, object]:
    session = tls.session
    cipher = session.cipher() or ("", "", 0)
    return {"protocol": session.version(), "cipher": cipher[0], "alpn": session.selected_alpn_protocol()}
