"""Listen addresses: `host:port`, `[v6]:port`, `:port` (every address of the machine) and `unix:PATH`."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

ALLOWED: Final = "host:port, [v6]:port, :port or unix:PATH"
_NAME: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_PATH_LIMIT: Final = 107  # bytes of sun_path without its NUL, https://man7.org/linux/man-pages/man7/unix.7.html


class Address(NamedTuple):
    """Where to listen: `host` (no brackets; "" for every address) and `port`, or else the `path` of a Unix socket."""

    host: str
    port: int
    path: str = ""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        if self.path or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read a listen address.  Raises ValueError, whose message says what is allowed."""
    if text.startswith("unix:"):
        return Address("", 0, _socket_path(text.removeprefix("unix:")))
    host, colon, port = text.rpartition(":")
    if not colon:
        raise ValueError(f"{text!r} has no port ({ALLOWED})")
    if not (port.isascii() and port.isdecimal()) or int(port) > 65535:
        raise ValueError(f"{port!r} is not a port (0..65535)")
    return Address(_host(host), int(port))


def _socket_path(path: str) -> str:
    if not path or "\0" in path:
        raise ValueError("unix: needs the path of a socket (unix:/run/edge.sock)")
    size = len(path.encode(errors="surrogateescape"))
    if size > _PATH_LIMIT:
        raise ValueError(f"the path of the socket has {size} bytes (at most {_PATH_LIMIT})")
    return path


def _host(host: str) -> str:
    if host == "":
        return ""
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            raise ValueError(f"{host!r} is not an IPv6 address ({ALLOWED})") from None
    if ":" in host:
        raise ValueError(f"{host!r} needs brackets around an IPv6 address ({ALLOWED})")
    if re.fullmatch(r"[0-9.]+", host):
        return _ipv4(host)
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise ValueError(f"{host[:60]!r} is not a host ({ALLOWED})")
    return host.lower()


def _ipv4(host: str) -> str:
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise ValueError(f"{host!r} is not an IPv4 address ({ALLOWED})") from None
