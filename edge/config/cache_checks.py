"""Checks of what a config says about answers: how they are compressed and kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edge.config.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.cache_model import CacheConfig, CompressionConfig, RouteCache
    from edge.config.keypath import KeyPath

_TYPE: Final = re.compile(r"\*?[!#$&^_.+/0-9A-Za-z-]+\*?|\*")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_PARAMETER: Final = re.compile(r"[A-Za-z0-9\-._~!$'()+,:@/%\[\]]{1,64}\*?|\*")
_MOST_KEYS: Final = 16
# What the key of an answer never holds: they are different for each request, or are about the connection.
_NEVER_KEYS: Final = frozenset({"age", "connection", "content-length", "if-none-match", "if-modified-since", "range"})


def check_compression(compression: CompressionConfig) -> Iterator[Problem]:
    """What is wrong with `[compression]`."""
    if not compression.codings:
        yield Problem(("compression", "codings"), "is empty (at least one of zstd, br, gzip)")
    if len(set(compression.codings)) < len(compression.codings):
        yield Problem(("compression", "codings"), "a coding is there twice (each once)")
    for number, text in enumerate(compression.types):
        if not _TYPE.fullmatch(text):
            yield Problem(("compression", "types", number), f"{text[:60]!r} is not a media type (text/*, *+json)")


def check_cache(cache: CacheConfig) -> Iterator[Problem]:
    """What is wrong with `[cache]`."""
    if cache.size and cache.max_entry > cache.size // 2:
        what = f"{cache.max_entry} is more than half of cache.size (0..{cache.size // 2})"
        yield Problem(("cache", "max_entry"), what, (("cache", "size"),))


def check_route_cache(cache: RouteCache, path: KeyPath) -> Iterator[Problem]:
    """What is wrong with the `cache` of a route."""
    if len(cache.key_headers) > _MOST_KEYS:
        yield Problem((*path, "key_headers"), f"has {len(cache.key_headers)} names ({_MOST_KEYS} at most)")
    for number, name in enumerate(cache.key_headers):
        if not _HEADER.fullmatch(name):
            yield Problem((*path, "key_headers", number), f"{name[:60]!r} is not a header's name (X-Country)")
        elif name.lower() in _NEVER_KEYS:
            yield Problem((*path, "key_headers", number), f"{name} cannot be a part of the key (leave it out)")
    for number, name in enumerate(cache.ignore_query):
        if not _PARAMETER.fullmatch(name):
            yield Problem((*path, "ignore_query", number), f"{name[:60]!r} is not a parameter's name (utm_*)")
