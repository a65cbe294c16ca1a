"""Config structs of routes that split their requests among versions of a function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Struct

from edge.config.problems import Problem
from edge.config.types import Age, Amount, Percent, about

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.keypath import KeyPath
    from edge.config.route_model import Route

MAX_VERSIONS: Final = 10
COOKIE: Final = "edge-split"
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_STICKY: Final = re.compile(rf"cookie|cookie:{_WORD}|header:{_WORD}")
_HEADER: Final = re.compile(_WORD)
_TARGET: Final = re.compile(r"[^@]+@(?:v[1-9]\d{0,8}|[a-z][a-z0-9_-]{0,62})")
# Headers by which a client would choose more than a version.
_TAKEN: Final = frozenset({"authorization", "connection", "content-length", "cookie", "host", "transfer-encoding"})


class RollbackConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the newest version of the split gets no more requests: its share goes to the others."""

    errors: Annotated[Percent, about("Percent of its requests that may fail: 5xx, exceptions, limits, timeouts.")] = 5
    timeouts: Annotated[Percent, about("Percent of its requests that may run into a time limit.")] = 5
    min_requests: Annotated[Amount, about("Requests that it must have had before anything is decided.")] = 5
    bake: Annotated[Age, about("How long it is watched, from its first share on.")] = 600.0


def check_split(route: Route, path: KeyPath) -> Iterator[Problem]:
    """Everything that is wrong with how a route splits its requests, apart from the functions it names."""
    if len(route.split) > MAX_VERSIONS:
        yield Problem((*path, "split"), f"{len(route.split)} versions (at most {MAX_VERSIONS})")
    for target in route.split:
        if "@" in target and not _TARGET.fullmatch(target):
            yield Problem((*path, "split", target), f"{target[:60]!r} is not a version (hello@v3, or hello@ALIAS)")
    if route.sticky and not _STICKY.fullmatch(route.sticky):
        yield Problem((*path, "sticky"), f"{route.sticky[:60]!r} is not known (cookie | cookie:NAME | header:NAME)")
    name = route.version_header
    if name and (not _HEADER.fullmatch(name) or name.lower() in _TAKEN):
        yield Problem((*path, "version_header"), f"{name[:60]!r} is not a header of its own (Edge-Version)")
    for key in ("sticky", "version_header", "rollback"):
        if getattr(route, key) and not route.split:
            yield Problem((*path, key), "is of use with split only (leave it out)")
