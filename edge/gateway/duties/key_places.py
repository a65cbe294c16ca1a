"""Where a client may put its API key, for those who check it and those who count by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.config.auth_model import AuthConfig, AuthRule
from edge.gateway.duties.identity import cookie_value, only_header, query_value
from edge.services.auth.credentials import credentials_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edge.gateway.duties.routed import RoutedRequest


class KeyPlaces(NamedTuple):
    """Names of a header (in lower case), a parameter and a cookie; "" for none."""

    header: str
    query: str = ""
    cookie: str = ""

    def presented(self, request: RoutedRequest) -> str | None:
        """The key that comes with a request, whether it is known or not.  Raises CallerError for a header twice."""
        key = only_header(request, self.header) if self.header not in ("", "authorization") else None
        if key is None and (value := only_header(request, "authorization")) is not None:
            key = credentials_of(value, "bearer") or credentials_of(value, "apikey")
        if key is None and self.query:
            key = query_value(request, self.query)
        if key is None and self.cookie:
            key = cookie_value(request, self.cookie)
        return key


def places_of(auth: AuthConfig) -> KeyPlaces:
    """Those of one way to say who a client is."""
    return KeyPlaces(auth.header.lower(), auth.query, auth.cookie)


def places_of_rule(rule: AuthRule | str | None, named: Mapping[str, AuthConfig]) -> KeyPlaces:
    """Those of the first way of a rule that asks for a key; the usual ones when none does."""
    return next((places_of(way) for way in _ways(rule, named) if way.type == "api_key"), places_of(AuthConfig()))


def _ways(rule: AuthConfig | str | None, named: Mapping[str, AuthConfig]) -> Iterator[AuthConfig]:
    found = named.get(rule) if isinstance(rule, str) else rule
    if found is not None:
        yield found
    for way in (*found.any_, *found.all_) if isinstance(found, AuthRule) else ():
        yield from _ways(way, named)
