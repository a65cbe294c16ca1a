"""The opening handshake of WebSockets, as pure functions: RFC 6455 section 4."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

import h11
import msgspec

from edge.errors import CallerError, EdgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.services.egress.url import Url
    from edge.wire.messages import Header

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VERSION = "13"
OWN_HEADERS = frozenset(
    {
        "connection", "host", "sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-key",
        "sec-websocket-protocol", "sec-websocket-version", "upgrade",
    }
)  # fmt: skip
"""Headers of a handshake that are made here, whatever a function says."""


class UpgradeRequiredError(CallerError):
    """The client speaks another version of the protocol (RFC 6455 section 4.4)."""

    code = "upgrade_required"
    status = 426


class HandshakeError(EdgeError):
    """A server that did not open the WebSocket; `status` is that of its answer, 0 when it is no HTTP."""

    def __init__(self, message: str, status: int = 0, headers: Sequence[Header] = ()) -> None:
        super().__init__(message)
        self.answered = status
        self.headers = list(headers)


class Offer(msgspec.Struct, frozen=True):
    """What a client asks for.  `key` is "" over HTTP/2, where there is none."""

    key: str
    protocols: tuple[str, ...]
    extensions: str


def accept_key(key: str) -> str:
    """Sec-WebSocket-Accept for a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()


def is_upgrade(method: str, headers: Sequence[Header]) -> bool:
    """Whether an HTTP/1.1 request asks for a WebSocket."""
    return (
        method == "GET" and "websocket" in _tokens(headers, "upgrade") and "upgrade" in _tokens(headers, "connection")
    )


def read_offer(headers: Sequence[Header], *, keyed: bool = True) -> Offer:
    """The client's handshake (section 4.2.1); `keyed` over HTTP/1.1.  Raises CallerError."""
    versions = _values(headers, "sec-websocket-version")
    if not versions:
        raise CallerError("a WebSocket needs the header Sec-WebSocket-Version")
    if versions != [VERSION]:
        raise UpgradeRequiredError(f"the WebSocket must be of version {VERSION} (Sec-WebSocket-Version)")
    keys = _values(headers, "sec-websocket-key")
    if keyed and (len(keys) != 1 or not _is_key(keys[0])):
        raise CallerError("Sec-WebSocket-Key must hold 16 bytes in base64")
    protocols = tuple(_list(headers, "sec-websocket-protocol"))
    if any(_TOKEN.fullmatch(protocol) is None for protocol in protocols) or len(set(protocols)) < len(protocols):
        raise CallerError("Sec-WebSocket-Protocol must hold different tokens")
    return Offer(keys[0] if keyed else "", protocols, ", ".join(_values(headers, "sec-websocket-extensions")))


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def request_head(url: Url, key: str, headers: Sequence[Header], protocols: Sequence[str], extensions: str) -> bytes:
    """A client's handshake; `headers` are checked and none of OWN_HEADERS."""
    lines = [
        f"GET {url.target} HTTP/1.1",
        f"Host: {url.authority}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        f"Sec-WebSocket-Version: {VERSION}",
        *([f"Sec-WebSocket-Protocol: {', '.join(protocols)}"] if protocols else ()),
        *([f"Sec-WebSocket-Extensions: {extensions}"] if extensions else ()),
        *(f"{name}: {value}" for name, value in headers),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Response:
    """Reads a server's answer to a handshake; `trailing` is what came behind it."""

    def __init__(self, max_size: int) -> None:
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=max_size)
        request = h11.Request(method="GET", target="/", headers=[("Host", "h"), ("Upgrade", "websocket")])
        self._connection.send(request)
        self._connection.send(h11.EndOfMessage())
        self.trailing = b""

    def feed(self, data: bytes) -> tuple[int, list[Header]] | None:
        """Status and headers (lower case) once they are there.  Raises HandshakeError."""
        try:
            self._connection.receive_data(data)
            event = self._connection.next_event()
            while isinstance(event, h11.InformationalResponse) and event.status_code != 101:
                event = self._connection.next_event()
        except h11.RemoteProtocolError as error:
            raise HandshakeError(f"the server's answer is not HTTP ({error})") from None
        if isinstance(event, (h11.InformationalResponse, h11.Response)):
            self.trailing = self._connection.trailing_data[0]
            return event.status_code, [
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers
            ]
        if isinstance(event, h11.ConnectionClosed) or not data:
            raise HandshakeError("the connection was closed before the handshake was answered")
        return None


def check_answer(status: int, headers: Sequence[Header], key: str, protocols: Sequence[str]) -> tuple[str, str]:
    """The protocol and the extensions that a server agreed on (section 4.1).  Raises HandshakeError."""
    if status != 101:
        raise HandshakeError(f"the server answered with status {status} instead of 101", status, headers)
    if "websocket" not in _tokens(headers, "upgrade") or "upgrade" not in _tokens(headers, "connection"):
        raise HandshakeError("the server switched to something else than WebSocket", status, headers)
    if _values(headers, "sec-websocket-accept") != [accept_key(key)]:
        raise HandshakeError("the server's Sec-WebSocket-Accept does not fit the key", status, headers)
    chosen = _values(headers, "sec-websocket-protocol")
    if len(chosen) > 1 or (chosen and chosen[0] not in protocols):
        raise HandshakeError("the server chose a subprotocol that was not asked for", status, headers)
    if protocols and not chosen:
        raise HandshakeError("the server chose none of the subprotocols", status, headers)
    return (chosen[0] if chosen else ""), ", ".join(_values(headers, "sec-websocket-extensions"))


def _values(headers: Sequence[Header], name: str) -> list[str]:
    return [value.strip() for key, value in headers if key == name]


def _list(headers: Sequence[Header], name: str) -> list[str]:
    return [part for value in _values(headers, name) for part in map(str.strip, value.split(",")) if part]


def _tokens(headers: Sequence[Header], name: str) -> set[str]:
    return {token.lower() for token in _list(headers, name)}
