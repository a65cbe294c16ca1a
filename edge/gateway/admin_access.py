"""What those who use the admin listener may do: three roles, each with all that the one before has.

| role | may |
|---|---|
| `read` | look: everything that changes nothing |
| `deploy` | also reload the config, change versions of functions and their shares, invoke functions, run schedules |
| `admin` | everything: also keys and values, invocations that wait, this log |
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final, cast

import msgspec

from edge.config.types import Role
from edge.errors import ForbiddenError
from edge.gateway.target import decode_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

_RANKS: Final[dict[Role, int]] = {"read": 0, "deploy": 1, "admin": 2}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SCHEME: Final = "bearer "

# Methods, paths and what they take; what no row names takes `read` when its method changes nothing, else `admin`.
_NEEDED: Final[tuple[tuple[re.Pattern[str], re.Pattern[str], Role], ...]] = tuple(
    (re.compile(methods), re.compile(path, re.DOTALL), role)
    for methods, path, role in cast(
        "tuple[tuple[str, str, Role], ...]",
        (
            (r".*", r"/invoke(-async)?/.*", "deploy"),
            (r"POST", r"/config/plan", "read"),
            (r"POST", r"/kv/[^/]+/export", "read"),
            (r"POST", r"/config/reload|/cache/purge", "deploy"),
            (r"POST|PUT|PATCH|DELETE", r"/functions/.*", "deploy"),
            (r"PUT|DELETE", r"/splits", "deploy"),
            (r"POST", r"/schedules/[^/]+/run", "deploy"),
            (r"POST", r"/recordings/.*", "deploy"),
            (r"GET", r"/recordings/.*", "deploy"),
            (r".*", r"/audit", "admin"),
        ),
    )
)


class Token(msgspec.Struct, frozen=True):
    """A token, and what whoever sends it may do; `name` is for the audit log."""

    name: str
    role: Role
    secret: str


class Principal(msgspec.Struct, frozen=True):
    """Who uses the admin listener."""

    name: str
    role: Role

    def check(self, method: str, path: str) -> None:
        """Raises ForbiddenError for what the role does not have.

        `path` is canonical; some see it decoded, and what is more by either reading counts.
        """
        needed = max(role_for(method, path), role_for(method, decode_segment(path)), key=_RANKS.__getitem__)
        if _RANKS[self.role] < _RANKS[needed]:
            raise ForbiddenError(f"{method} {path} takes the role {needed}, and {self.name} has {self.role}")


LOCAL: Final = Principal("local", "admin")
"""Whoever is on this machine, when there are no tokens."""


def role_for(method: str, path: str) -> Role:
    """The role that a request takes."""
    for methods, paths, role in _NEEDED:
        if methods.fullmatch(method) and paths.fullmatch(path):
            return role
    return "read" if method in _SAFE else "admin"


def is_change(method: str, path: str) -> bool:
    """Whether a request changes something of the gateway, or is to; invocations have a log of their own."""
    return (
        method not in _SAFE and role_for(method, path) != "read" and not path.startswith(("/invoke/", "/invoke-async/"))
    )


def recognise(tokens: Sequence[Token], authorization: str) -> Principal | None:
    """Whose token is in the header.  Takes the same time whether one of them is near or not."""
    given = authorization[len(_SCHEME) :].strip() if authorization[: len(_SCHEME)].lower() == _SCHEME else ""
    found = None
    for token in tokens:
        if hmac.compare_digest(given.encode("latin-1", "replace"), token.secret.encode()) and token.secret:
            found = Principal(token.name, token.role)
    return found
