"""Origins of web pages as `cors.origins` writes them: one, every subdomain of one, any port of one, or all.

`https://app.example.com`, `https://*.example.com` (every name below example.com, at any depth, but not itself),
`http://localhost:*` (every port, and none), `null` and `*`.
"""

from __future__ import annotations

import re
from typing import Final

_ORIGIN: Final = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://(\*\.)?([^/\s?#@*:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}|\*))?"
)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
EVERY: Final = "*"


def check_origin(origin: str) -> None:
    """Raises ValueError, with what may be written instead."""
    if origin not in (EVERY, "null"):
        origin_regex(origin)


def origin_regex(origin: str) -> str:
    """The regular expression of the origins that are meant, as browsers write them.  Raises ValueError."""
    match = _ORIGIN.fullmatch(origin) if origin.isascii() else None
    if match is None:
        raise ValueError(
            f"{origin[:60]!r} is not an origin (https://app.example.com, https://*.example.com, http://localhost:*, *)"
        )
    scheme, below, host, port = match[1].lower(), match[2], match[3].lower(), match[4]
    name = (r"(?:[a-z0-9_-]+\.)+" if below else "") + re.escape(host)
    return f"{re.escape(scheme)}://{name}{_port_regex(scheme, port)}"


def _port_regex(scheme: str, port: str | None) -> str:
    if port == "*":
        return r"(?::\d{1,5})?"
    return f":{port}" if port and port != _DEFAULT_PORTS.get(scheme) else ""
