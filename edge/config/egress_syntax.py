"""The syntax of egress entries, for when no stricter check is given to the loader.

It says whether an entry looks like one; what an entry means is the business of the egress policy.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

ALLOWED: Final = '"public", "all", "host:port", "https://host", "*.host", "CIDR:port" or { host = ..., private = true }'
_KEYWORDS: Final = frozenset({"public", "all"})
_ORIGIN: Final = re.compile(r"(?:https?|wss?|tcp|tls)://(?P<rest>.+)", re.IGNORECASE)
_PORT: Final = re.compile(r"(?P<host>.*?)(?::(?P<port>\d{1,5}))?")
_NAME: Final = re.compile(r"(?:\*\.)?(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)\.?", re.IGNORECASE)


def check_egress_entry(entry: object) -> str | None:
    """What is wrong with an entry of `allow` or `deny` (text, or a table with `host`); None when nothing is."""
    if isinstance(entry, dict):
        return _check_target(str(entry.get("host", "")))
    text = str(entry)
    if text in _KEYWORDS:
        return None
    origin = _ORIGIN.fullmatch(text)
    target = origin["rest"] if origin else text
    if "://" in text and (origin is None or "/" in target or "@" in target):
        return f"{text[:60]!r} is not an origin ({ALLOWED})"
    return _check_port(target)


def _check_port(target: str) -> str | None:
    if target.count(":") > 1 and not target.startswith("["):
        return _check_target(target)
    match = _PORT.fullmatch(target)
    if match is None or (match["port"] and not 1 <= int(match["port"]) <= 65535):
        return f"{target[:60]!r} has no valid port (1..65535)"
    return _check_target(match["host"])


def _check_target(host: str) -> str | None:
    try:
        ipaddress.ip_network(host.replace("[", "", 1).replace("]", "", 1) if host.startswith("[") else host)
    except ValueError as error:
        if "host bits" in str(error):
            return f"{host[:60]!r} has bits set after its prefix (the first address of the range)"
    else:
        return None
    numeric = re.fullmatch(r"[0-9./]+|\[.*", host)
    if numeric or not _NAME.fullmatch(host) or len(host) > 253:
        return f"{host[:60]!r} is not a host, an address or a CIDR ({ALLOWED})"
    return None
