"""Host names as they come in: validated and brought into one form.

RFC 9110 section 7.2 (Host), RFC 3986 section 3.2 (authority).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import msgspec

from edge.errors import CallerError

_NAME = re.compile(r"(?=.{1,255}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")
_SPLIT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]*)(?::([0-9]{0,5}))?")
_MAX_PORT = 65535


class Authority(msgspec.Struct, frozen=True):
    """`host` is lower-case, without a trailing dot; IPv6 addresses have their brackets.  `port` is None when absent."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


@lru_cache(maxsize=1024)
def parse_authority(text: str) -> Authority:
    """The host and port of a `Host` header, `:authority` or absolute target.

    Raises CallerError (400) for user information, junk in the port, and what is neither a name nor an address.
    """
    match = _SPLIT.fullmatch(text)
    if match is None:
        raise CallerError("the Host header is not a host name with an optional port")
    port = int(match[2]) if match[2] else None
    if port is not None and port > _MAX_PORT:
        raise CallerError(f"the port in the Host header is over {_MAX_PORT}")
    return Authority(_host(match[1].lower()), port)


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        except ValueError as error:
            raise CallerError("the Host header holds an invalid IPv6 address") from error
    if _NAME.fullmatch(text) is None:
        raise CallerError("the Host header is not a host name")
    return text.removesuffix(".")
