"""Arguments of the host calls `cache.*`, as the runtime sends them."""

from __future__ import annotations

import msgspec

from edge.wire.messages import Header


class Options(msgspec.Struct, frozen=True, rename="camel"):
    """CacheQueryOptions."""

    ignore_search: bool = False
    ignore_method: bool = False
    ignore_vary: bool = False


class Asked(msgspec.Struct, frozen=True):
    """A request that is looked for; `cache` is the name of a cache, None for the default one."""

    cache: str | None
    url: str
    method: str = "GET"
    headers: list[Header] = []
    options: Options = Options()


class Everywhere(msgspec.Struct, frozen=True):
    """A request that is looked for in all caches with a name."""

    url: str
    method: str = "GET"
    headers: list[Header] = []
    options: Options = Options()


class All(msgspec.Struct, frozen=True):
    """Everything in a cache."""

    cache: str | None


class Named(msgspec.Struct, frozen=True):
    """A cache by its name."""

    cache: str


class Nothing(msgspec.Struct, frozen=True):
    """No arguments."""


class Kept(msgspec.Struct, frozen=True, rename="camel"):
    """A request and the response to it; the body is the call's data."""

    cache: str | None
    url: str
    headers: list[Header]
    status: int
    status_text: str
    response_headers: list[Header]
    response_url: str = ""
    response_type: str = "default"


class Read(msgspec.Struct, frozen=True):
    """More of a body that is read in pieces, from a place on."""

    stream: int
    at: int


class Response(msgspec.Struct, frozen=True, rename="camel"):
    """One that was found; `size` bytes of the answer's data are its body, or (`stream`) are to be read in pieces."""

    status: int
    status_text: str
    headers: list[Header]
    url: str
    type: str
    size: int
    stream: int | None = None


class Key(msgspec.Struct, frozen=True):
    """A request that there is a response to."""

    url: str
    headers: list[Header]
