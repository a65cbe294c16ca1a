"""A WebSocket client over a bare socket: frames are made and read here, so that a test can also send what is none."""

from __future__ import annotations

import base64
import os
import socket
import struct
from typing import NamedTuple, Self
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Frame(NamedTuple):
    """What a server sent."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def code(self) -> int:
        """The code of a closing frame; 1005 without one."""
        return int(struct.unpack("!H", self.payload[:2])[0]) if len(self.payload) >= 2 else 1005

    @property
    def reason(self) -> str:
        """The reason of a closing frame."""
        return self.payload[2:].decode()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """The bytes of a frame, as a client sends it."""
    size, mask = len(payload), 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if size < 126:
        head += bytes([mask | size])
    elif size < 65536:
        head += bytes([mask | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + masking(payload, key)


def masking(payload: bytes, key: bytes) -> bytes:
    """Section 5.3."""
    size = len(payload)
    pad = key * (size // 4 + 1)
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad[:size], "big")).to_bytes(size, "big")


class RefusedError(Exception):
    """The server did not switch protocols."""

    def __init__(self, status: int, head: str, body: bytes) -> None:
        super().__init__(f"{status}: {body[:300]!r}")
        self.status = status
        self.head = head
        self.body = body


class SocketPeer:
    """A connection that has become a WebSocket."""

    def __init__(self, url: str, headers: dict[str, str] | None = None, *, timeout: float = 15.0) -> None:
        parts = urlsplit(url)
        self.sock = socket.create_connection((parts.hostname or "", parts.port or 80), timeout)
        self.buffer = b""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = {
            "Host": parts.netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **(headers or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        self.sock.sendall(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode())
        self.head = self._read_head()
        self.status = int(self.head.split()[1])
        if self.status != 101:
            body = self._exactly(int(self.header("content-length") or 0))
            self.sock.close()
            raise RefusedError(self.status, self.head, body)

    def _read_head(self) -> str:
        while b"\r\n\r\n" not in self.buffer:
            more = self.sock.recv(65536)
            if not more:
                raise ConnectionError(f"closed after {self.buffer!r}")
            self.buffer += more
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name:
                return value.strip()
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, data: str | bytes) -> None:
        """A whole message."""
        text = isinstance(data, str)
        self.sock.sendall(frame(TEXT if text else BINARY, data.encode() if isinstance(data, str) else data))

    def raw(self, data: bytes) -> None:
        """Any bytes."""
        self.sock.sendall(data)

    def close(self, code: int | None = 1000, reason: str = "") -> Frame:
        """The closing handshake; answers with the server's frame."""
        self.sock.sendall(frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode()))
        while (got := self.read()).opcode != CLOSE:
            pass
        return got

    def _exactly(self, size: int) -> bytes:
        parts, had = [self.buffer], len(self.buffer)
        while had < size:
            more = self.sock.recv(1 << 20)
            if not more:
                raise ConnectionError("the connection has ended")
            parts.append(more)
            had += len(more)
        whole = b"".join(parts)
        self.buffer = whole[size:]
        return whole[:size]

    def read(self) -> Frame:
        """The next frame.  Raises ConnectionError at the end, TimeoutError."""
        first, second = self._exactly(2)
        size = second & 127
        assert not second & 128, "a server does not mask"
        if size == 126:
            size = struct.unpack("!H", self._exactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self._exactly(8))[0]
        return Frame(first & 15, self._exactly(size), bool(first & 128), first >> 4 & 7)

    def message(self) -> str | bytes:
        """The next message; pings and pongs are passed over."""
        parts: list[bytes] = []
        opcode = 0
        while True:
            got = self.read()
            if got.opcode in {PING, PONG}:
                if got.opcode == PING:
                    self.sock.sendall(frame(PONG, got.payload))
                continue
            assert got.opcode != CLOSE, f"closed with {got.code} {got.reason!r}"
            opcode = opcode or got.opcode
            parts.append(got.payload)
            if got.fin:
                return b"".join(parts).decode() if opcode == TEXT else b"".join(parts)

    def at_end(self) -> bool:
        """Whether the server ends the connection, having said nothing more."""
        try:
            return not self.buffer and not self.sock.recv(1)
        except ConnectionError:
            return True
