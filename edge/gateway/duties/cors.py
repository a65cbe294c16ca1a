"""Cross-origin requests: which pages of other origins may read answers, and what browsers ask before they send.

https://fetch.spec.whatwg.org/#http-cors-protocol, https://wicg.github.io/private-network-access/

The gateway's word stands in place of the function's: two `Access-Control-Allow-Origin` are none.  `Vary` is added to
whatever the answer varies by already.  Credentials are never allowed to every origin (edge.config sees to that).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.config.cors_origin import EVERY, origin_regex
from edge.errors import ForbiddenError
from edge.gateway.answers import Answer
from edge.gateway.duties.filters import AnswerFilter, RawHeader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config.route_model import CorsConfig
    from edge.gateway.duties.routed import RoutedRequest

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
_MAX_ASKED = 100
"""Headers that one request may ask for; with their lengths this bounds what is sent back."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PREFIX = b"access-control-"
_PREFLIGHT_VARY = b"origin, access-control-request-method, access-control-request-headers"


class Origins(msgspec.Struct, frozen=True):
    """The origins that are allowed."""

    every: bool
    null: bool
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, origins: Sequence[str]) -> Origins:
        """As `cors.origins` writes them.  Raises ValueError."""
        named = [origin for origin in origins if origin not in (EVERY, "null")]
        pattern = re.compile("|".join(map(origin_regex, named)) or r"(?!)")
        return cls(EVERY in origins, "null" in origins, pattern)

    def allow(self, origin: str) -> bool:
        """Whether a page of this origin, the value of a header, may read answers."""
        return self.every or (self.null and origin == "null") or self.pattern.fullmatch(origin) is not None


class Cors:
    """CORS of one route: Preflight and ResponseDuty (edge.gateway.duties.policy)."""

    def __init__(self, config: CorsConfig, methods: Sequence[str]) -> None:
        """`methods` are those of the route, none for all.  Raises ValueError for what is no origin."""
        self._origins = Origins.of(config.origins)
        self._same_for_all = self._origins.every and not config.credentials
        named = config.methods or methods
        self._any_method = not named or EVERY in named
        self._methods = ", ".join(_METHODS if self._any_method else named).encode("ascii")
        self._headers = b"" if EVERY in config.headers else ", ".join(config.headers).encode("ascii")
        self._max_age = b"%d" % config.max_age
        self._private = config.private_network
        self._grants = [(b"access-control-allow-credentials", b"true")] if config.credentials else []
        exposed = ", ".join(config.expose).encode("ascii")
        self._exposes = [(b"access-control-expose-headers", exposed)] if exposed else []

    def answer(self, request: RoutedRequest) -> Answer | None:
        """The answer to a preflight request; None for every other request.

        Raises ForbiddenError for an origin that is not allowed, also when it is a WebSocket that the page asks for: of
        those browsers ask nothing before.
        """
        origin = request.known.get("origin")
        if origin is None:
            return None
        asked = request.known.get("access-control-request-method") if request.method == "OPTIONS" else None
        foreign = asked is not None or (request.upgrade and not _same_host(origin, request.host))
        if foreign and not self._origins.allow(origin):
            raise ForbiddenError(f"pages of {_shown(origin)} may not use this (routes.cors.origins)")
        if asked is None:
            return None
        headers = [
            (b"access-control-allow-methods", self._allowed_methods(asked)),
            *self._allowed_headers(request.known.get("access-control-request-headers", "")),
            (b"access-control-max-age", self._max_age),
            *self._private_network(request),
        ]
        return Answer(204, headers, b"")

    def _allowed_methods(self, asked: str) -> bytes:
        """Those of the route; of one for all methods, also a rarer one that is asked for."""
        if self._any_method and asked not in _METHODS and _TOKEN.fullmatch(asked):
            return self._methods + b", " + asked.encode("ascii")
        return self._methods

    def _allowed_headers(self, asked: str) -> list[RawHeader]:
        """Those of the config, or else whatever is asked for."""
        name = b"access-control-allow-headers"
        if self._headers:
            return [(name, self._headers)]
        wanted = [one.strip() for one in asked.split(",", _MAX_ASKED)]
        good = [one for one in wanted[:_MAX_ASKED] if _TOKEN.fullmatch(one)]
        return [(name, ", ".join(good).encode("ascii"))] if good else []

    def _private_network(self, request: RoutedRequest) -> list[RawHeader]:
        asked = request.known.get("access-control-request-private-network") == "true"
        return [(b"access-control-allow-private-network", b"true")] if asked and self._private else []

    def filter(self, request: RoutedRequest) -> AnswerFilter:
        """What marks the answer to this request."""
        origin = request.known.get("origin")
        preflight = request.method == "OPTIONS" and "access-control-request-method" in request.known
        vary = _PREFLIGHT_VARY if preflight and origin is not None else b"" if self._same_for_all else b"origin"
        allowed = origin is not None and self._origins.allow(origin)
        if not allowed:
            return CorsMarks([], vary, preflight=preflight)
        named = b"*" if self._same_for_all else (origin or "").encode("latin-1")
        marks = [(b"access-control-allow-origin", named), *self._grants, *([] if preflight else self._exposes)]
        return CorsMarks(marks, vary, preflight=preflight)


class CorsMarks(AnswerFilter):
    """Puts the gateway's marks in place of the function's."""

    def __init__(self, marks: list[RawHeader], vary: bytes, *, preflight: bool) -> None:
        self._marks = marks
        self._vary = vary
        self._preflight = preflight

    def head(self, status: int, headers: list[RawHeader]) -> list[RawHeader]:
        """See AnswerFilter."""
        del status
        kept = headers if self._preflight else [one for one in headers if not one[0].startswith(_PREFIX)]
        return vary_by([*kept, *self._marks], self._vary)


def vary_by(headers: list[RawHeader], names: bytes) -> list[RawHeader]:
    """The headers with `names` (b"a, b") in `Vary`, each once; `*` stays alone (RFC 9110, section 12.5.5)."""
    if not names:
        return headers
    said = [value for name, value in headers if name == b"vary"]
    if not said:
        return [*headers, (b"vary", names)]
    listed = [one.strip() for value in said for one in value.split(b",")]
    lower = {one.lower() for one in listed}
    if b"*" in lower:
        return headers
    more = [one for one in names.split(b", ") if one not in lower]
    others = [header for header in headers if header[0] != b"vary"]
    return [*others, (b"vary", b", ".join([*filter(None, listed), *more]))]


def _same_host(origin: str, host: str) -> bool:
    """Whether a page comes from the host that it asks; ports and schemes may differ where a proxy stands before us."""
    named = origin.partition("://")[2]
    return bool(host) and (named == host or (named.startswith(f"{host}:") and named[len(host) + 1 :].isdigit()))


def _shown(origin: str) -> str:
    """An origin for a message: short and printable."""
    return ascii(origin[:100])
