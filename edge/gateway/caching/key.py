"""What tells answers apart, and what functions see of requests whose answers are kept.  Pure.

What is not a part of the key must not shape the answer, or one client could choose what others get.  So parameters
that are ignored are taken out of the request, and so are headers that frameworks let override the URL or the method.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from edge.services.cache.fields import field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.function import Function
    from edge.wire.messages import Header, Request

OVERRIDES = frozenset(
    {
        "x-forwarded-scheme", "x-forwarded-server", "x-forwarded-path", "x-forwarded-uri", "x-forwarded-prefix",
        "x-host", "x-http-host-override", "x-http-method", "x-http-method-override", "x-method-override",
        "x-original-host", "x-original-url", "x-original-uri", "x-rewrite-url", "x-url-scheme", "front-end-https",
    }
)  # fmt: skip
"""Headers that a function may take for the URL or the method, and that no proxy is asked about."""


class KeyRules(msgspec.Struct, frozen=True):
    """`headers` are names in lower case; `ignored` are parameters, which may end in `*`."""

    headers: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def keyed(request: Request, rules: KeyRules) -> Request:
    """The request as its function may see it."""
    headers = [
        header
        for header in request.headers
        if header[0].replace("_", "-") not in OVERRIDES or header[0] in rules.headers
    ]
    if not rules.ignored or not request.query:
        return request if len(headers) == len(request.headers) else msgspec.structs.replace(request, headers=headers)
    query = without(request.query, rules.ignored)
    base = request.url.partition("?")[0]
    url = f"{base}?{query}" if query else base
    return msgspec.structs.replace(request, headers=headers, query=query, url=url)


def without(query: str, ignored: Sequence[str]) -> str:
    """A query without these parameters, in the order that it has."""
    return "&".join(part for part in query.split("&") if not _is_ignored(part.partition("=")[0], ignored))


def _is_ignored(name: str, ignored: Sequence[str]) -> bool:
    return any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in ignored)


def cache_key(request: Request, rules: KeyRules) -> bytes:
    """Of a request that has gone through `keyed`."""
    host = field(request.headers, "host")  # behind proxies it may be another one than that of the URL
    return _digest([request.url, host, [field(request.headers, name) for name in rules.headers]])


def route_space(route: str, function: Function, rules: KeyRules, *, across_deploys: bool) -> str:
    """Where the answers of a route are kept: somewhere else for another function, or another version of it."""
    version = "" if across_deploys else function_digest(function).hex()
    return f"route:{_digest([route, base_name(function), version, rules.headers, rules.ignored]).hex()}"


def base_name(function: Function) -> str:
    """The name that all versions of a function share: `hello` of `hello@v3`."""
    return function.name.partition("@")[0]


def function_digest(function: Function) -> bytes:
    """Of everything about a function that can be seen in its answers; the same after a restart."""
    return _digest(
        [
            *(function.package, function.handler, function.contract, function.env, function.secrets),
            *(function.kv, function.services, function.mocks, function.eval),
        ]
    )


def _digest(value: Sequence[object]) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(value, order="sorted"), digest_size=20).digest()


def conditional_free(headers: Sequence[Header], dropped: frozenset[str]) -> list[Header]:
    """Headers without these."""
    return [header for header in headers if header[0] not in dropped]
