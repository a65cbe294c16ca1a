"""The versions of one route: which one a request gets, and how the client is known again.

Compiled when a generation is made.  Weights may change while it serves: they are those of the rollout, which outlives
generations.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from edge.errors import CallerError
from edge.gateway.duties.filters import AnswerFilter, RawHeader
from edge.gateway.versions.rollout import Rollout
from edge.gateway.versions.weights import choose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.gateway.route_rule import RouteRule
    from edge.wire.messages import Header

VERSION = b"edge-version"
_MAX_AGE = 30 * 86_400
_MAX_KEY = 4096
_SHOWN = 60


class Sticky(NamedTuple):
    """`source` is cookie or header; header names are in lower case."""

    source: str
    name: str


def sticky_of(text: str, default: str) -> Sticky | None:
    """What the config says; a cookie without a name is `default`."""
    if not text:
        return None
    source, _, name = text.partition(":")
    return Sticky(source, (name or default) if source == "cookie" else name.lower())


class Pick(msgspec.Struct, frozen=True):
    """The version for a request; `cookie` is to be set, "" when there is nothing to set."""

    target: str
    cookie: str = ""


class Split(msgspec.Struct, frozen=True):
    """`header`, in lower case, chooses a version; "" when none may."""

    rollout: Rollout
    sticky: Sticky | None = None
    header: str = ""

    def pick(self, headers: Sequence[Header], known: Mapping[str, str], *, secure: bool) -> Pick:
        """The version for a request.  `secure`: it came by TLS.  Raises CallerError for a version that is not here."""
        wanted = known.get(self.header) if self.header else None
        if wanted is not None:
            return Pick(self._chosen(wanted.strip()))
        weights = self.rollout.weights
        if self.sticky is None:
            return Pick(choose(weights, secrets.token_hex(8)))
        key = client_key(self.sticky, headers, known)
        if key:
            return Pick(choose(weights, key))
        key = secrets.token_urlsafe(12)
        cookie = set_cookie(self.sticky.name, key, secure=secure) if self.sticky.source == "cookie" else ""
        return Pick(choose(weights, key), cookie)

    def _chosen(self, wanted: str) -> str:
        for target in self.rollout.weights:
            if wanted in (target, target.partition("@")[2]):
                return target
        known = ", ".join(target.partition("@")[2] for target in self.rollout.weights)
        raise CallerError(f"{self.header}: {wanted[:_SHOWN]!r} is no version of this route", hint=f"one of {known}")


def client_key(sticky: Sticky, headers: Sequence[Header], known: Mapping[str, str]) -> str:
    """What the client is known by; "" when it says nothing."""
    if sticky.source == "header":
        return known.get(sticky.name, "")[:_MAX_KEY]
    return cookie_value(headers, sticky.name)[:_MAX_KEY]


def cookie_value(headers: Sequence[Header], wanted: str) -> str:
    """The value of the first cookie of this name, "" when there is none.

    RFC 6265 section 5.4; in HTTP/2 there may be several headers, RFC 9113 section 8.2.3.
    """
    for header, text in headers:
        if header == "cookie":
            for pair in text.split(";"):
                name, _, value = pair.partition("=")
                if name.strip() == wanted:
                    return value.strip()
    return ""


def set_cookie(name: str, value: str, *, secure: bool) -> str:
    """A `Set-Cookie` that keeps a client's key for a month; scripts do not need it."""
    return f"{name}={value}; Path=/; Max-Age={_MAX_AGE}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


def leads_to(rule: RouteRule, name: str) -> bool:
    """Whether a route leads to a function, or to versions of it."""
    if rule.split is None:
        return rule.function == name
    return any(target.partition("@")[0] == name for target in rule.split.rollout.weights)


class VersionFilter(AnswerFilter):
    """Says which version has answered, and sets the cookie, unless the function sets one of that name itself."""

    def __init__(self, pick: Pick) -> None:
        self._pick = pick

    def head(self, status: int, headers: list[RawHeader]) -> list[RawHeader]:
        """See AnswerFilter."""
        del status
        headers = [header for header in headers if header[0] != VERSION]
        headers.append((VERSION, self._pick.target.encode("ascii", "replace")))
        cookie = self._pick.cookie
        own = f"{cookie.partition('=')[0]}=".encode()
        if cookie and not any(name == b"set-cookie" and value.startswith(own) for name, value in headers):
            headers.append((b"set-cookie", cookie.encode("latin-1")))
        return headers
