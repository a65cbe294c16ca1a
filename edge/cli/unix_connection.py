"""HTTP over a unix socket, for the commands that ask a running gateway."""

from __future__ import annotations

import http.client
import socket

UNIX = "unix:"


class UnixConnection(http.client.HTTPConnection):
    """`address` is `unix:PATH`.  Connecting raises OSError."""

    def __init__(self, address: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = address.removeprefix(UNIX)

    def connect(self) -> None:
        """See http.client.HTTPConnection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
