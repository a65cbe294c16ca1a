"""What a function wants to reach, as the policy sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.services.egress.host import Host

if TYPE_CHECKING:
    from edge.services.egress.url import Url


class Target(msgspec.Struct, frozen=True):
    """One request (or one bare connection, scheme "tcp" or "tls") that asks to leave.

    `method` and `path` are None for a bare connection, of which nobody can know them.
    """

    scheme: str
    host: Host
    port: int
    method: str | None = None
    path: str | None = None
    credentials: bool = False

    @classmethod
    def request(cls, method: str, url: Url) -> Target:
        """The target of an HTTP request or a WebSocket handshake."""
        return cls(url.scheme, url.host, url.port, method, url.path, url.credentials)

    @property
    def place(self) -> str:
        """`host:port`, as an allow entry would name it."""
        return f"{self.host.name if self.host.kind == 'domain' else self.host.text}:{self.port}"
