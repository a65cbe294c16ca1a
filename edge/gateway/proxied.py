"""Receiving a header of the PROXY protocol, and not one byte of what follows: that may be TLS."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from edge.gateway.proxy_header import MAX_HEADER, ProxyHeader, belongs, read_header

if TYPE_CHECKING:
    import trio


async def receive_proxy_header(sock: trio.socket.SocketType) -> ProxyHeader:
    """Raises ProxyHeaderError for what is none, EOFError when the peer leaves before its end."""
    held = b""
    while (header := read_header(held)) is None:
        seen = await sock.recv(MAX_HEADER, socket.MSG_PEEK)
        if not seen:
            raise EOFError("it left before the end of its header")
        held += await sock.recv(belongs(held, seen))
    return header
