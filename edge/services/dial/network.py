"""The border to the real network: name resolution and TCP connections, each replaceable in tests."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Protocol

import trio

if TYPE_CHECKING:
    from edge.services.egress.literals import Address

_MAX_LOOKUPS = 8


class Resolver(Protocol):
    """What turns names into addresses."""

    async def resolve(self, name: str) -> list[Address]:
        """All addresses of a canonical ASCII name, best first; none when it does not exist.  Raises OSError."""


class Network(Protocol):
    """What opens connections."""

    async def connect(self, address: Address, port: int) -> trio.abc.Stream:
        """A byte stream to exactly this address.  Raises OSError."""


class SystemResolver:
    """The resolver of the operating system, in threads of its own: slow DNS of one function holds up no other."""

    def __init__(self) -> None:
        self._limiter = trio.CapacityLimiter(_MAX_LOOKUPS)

    async def resolve(self, name: str) -> list[Address]:
        """See Resolver."""
        try:
            found = await trio.to_thread.run_sync(_lookup, name, abandon_on_cancel=True, limiter=self._limiter)
        except socket.gaierror as error:
            if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                return []
            raise
        return found


def _lookup(name: str) -> list[Address]:
    # Bytes keep Python's own IDNA codec out of the way.
    found = socket.getaddrinfo(name.encode("ascii"), None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    texts = (str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found)
    return list(dict.fromkeys(map(ipaddress.ip_address, texts)))


class TcpNetwork:
    """TCP."""

    async def connect(self, address: Address, port: int) -> trio.abc.Stream:
        """See Network."""
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        connection = trio.socket.socket(family, socket.SOCK_STREAM)
        try:
            await connection.connect((str(address), port))
        except BaseException:
            connection.close()
            raise
        return trio.SocketStream(connection)
