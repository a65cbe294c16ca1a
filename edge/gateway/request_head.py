"""The head of a request, as a function may see it.

Dropped: what concerns one connection only (RFC 9110 section 7.6.1), `Proxy` (httpoxy), names that are edge's own,
and forwarding headers that no trusted proxy vouches for.  A name with underscores counts as one with hyphens,
because CGI-like code cannot tell them apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from edge.gateway.client_address import FORWARDING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.wire.messages import Header

_HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "http2-settings", "proxy", "expect",
    }
)  # fmt: skip
_OWN = ("edge-", "x-edge-", "x-scheduled-")
RECORD = "edge-record"
"""By which a client that has the key asks for a recording; the recorder takes it away."""
_KEEP, _DROP, _TRUST = range(3)
# Headers that `Connection: NAME` must not be able to remove: the gateway decides by them.
_KEPT = frozenset({"host", "content-length", "content-type", "authorization", "cookie", "x-request-id"})


def decode_headers(raw: Iterable[tuple[bytes, bytes]]) -> list[Header]:
    """ASGI's headers as text: names in lower case, values latin-1, order kept."""
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw]


def function_headers(headers: list[Header], *, trusted: bool, upgrade: bool = False) -> list[Header]:
    """The headers that a function sees; `trusted` says that the peer may set forwarding headers.

    With `upgrade` it sees that a WebSocket is asked for, in the words of HTTP/1.1.
    """
    dropped = _dropped(headers, trusted=trusted)
    kept = [header for header in headers if header[0] not in dropped] if dropped else headers
    return [*kept, ("connection", "Upgrade"), ("upgrade", "websocket")] if upgrade else kept


def _dropped(headers: list[Header], *, trusted: bool) -> set[str]:
    dropped: set[str] = set()
    for name, value in headers:
        fate = _fate(name)
        if fate == _KEEP:
            continue
        if fate == _DROP or not trusted:
            dropped.add(name)
        if name == "connection":
            dropped |= {token.strip().lower() for token in value.split(",")} - _KEPT
    return dropped


@lru_cache(maxsize=4096)
def _fate(name: str) -> int:
    plain = name.replace("_", "-")
    if name == RECORD:
        return _KEEP
    if plain in _HOP_BY_HOP or plain.startswith(_OWN) or (plain in FORWARDING and plain != name):
        return _DROP
    return _TRUST if plain in FORWARDING else _KEEP
