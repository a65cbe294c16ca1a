"""A generation as `edge plan` compares it: names, sizes and digests, no value of a variable and none of a secret."""

from __future__ import annotations

import hashlib
import hmac

import msgspec

HIDDEN = "hidden:"
"""Before the digest of a setting that may hold a password."""


class FunctionView(msgspec.Struct, frozen=True, kw_only=True):
    """One function.

    `package` is its hash.  `settings` are texts by key.  `env` and `secrets` have a digest for each name, "" where the
    value is not known.  `allow` and `deny` are egress entries as texts.  `modules`, `hosts` and `variables` are those
    that the text of its code names (edge.packages.capabilities).  `error` says why it cannot be used.
    """

    package: str = ""
    settings: dict[str, str] = {}
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    services: dict[str, str] = {}
    bindings: dict[str, str] = {}
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    error: str = ""


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """One route: what it matches, where it leads, and everything else that it says, as texts by key."""

    match: str
    target: str
    settings: dict[str, str] = {}


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """A whole generation.

    `keys` are settings outside of functions and routes as texts; `restart` those of them that take effect at the next
    start, `forced` those of the command line.  `uploaded` are functions that serve a package of a store.  `salt` is
    that of the digests.
    """

    generation: str = ""
    salt: str = ""
    functions: dict[str, FunctionView] = {}
    routes: tuple[RouteView, ...] = ()
    keys: dict[str, str] = {}
    restart: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    uploaded: tuple[str, ...] = ()


def digest(salt: str, *parts: str) -> str:
    """Of a value, for comparing it with another one that is described with the same salt."""
    return hmac.new(salt.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:16]
