"""What a host call is about, in a few words for operators: whom it asks, without what may be secret.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class _Args(msgspec.Struct):
    """As much of the arguments as says something; they are the function's."""

    method: str = ""
    url: str = ""
    host: str = ""
    port: int = 0
    name: str = ""
    address: str = ""
    binding: str = ""


def _fetched(args: _Args) -> str:
    return f"{args.method} {_place(args.url)}".strip()


def _called(args: _Args) -> str:
    return f"{args.binding}: {args.method} {urlsplit(args.url).path}"


_WORDS: Final[dict[str, Callable[[_Args], str]]] = {
    "fetch.start": _fetched,
    "websocket.open": lambda args: _place(args.url),
    "socket.connect": lambda args: f"{args.host}:{args.port}",
    "service.start": _called,
    "dns.lookup": lambda args: args.name,
    "dns.query": lambda args: args.name,
    "dns.reverse": lambda args: args.address,
}
_decoder: Final = msgspec.json.Decoder(_Args)


def about(op: str, args: msgspec.Raw) -> str:
    """Empty for what says nothing, or nothing that can be read."""
    words = _WORDS.get(op)
    if words is None:
        return ""
    try:
        return words(_decoder.decode(args))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return ""


def _place(url: str) -> str:
    """Without user, password and query.  Raises ValueError."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.scheme
