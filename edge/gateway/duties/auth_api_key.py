"""`api_key`: a key in a header, as a bearer token, in the query or in a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import UnauthorizedError
from edge.gateway.duties.identity import Allowed, cookie_value, only_header, query_value
from edge.gateway.duties.routed import Identity
from edge.services.auth.credentials import credentials_of

if TYPE_CHECKING:
    from edge.config.auth_model import AuthConfig
    from edge.gateway.duties.routed import RoutedRequest
    from edge.services.auth.api_keys import ApiKeys


class ApiKeyAuth:
    """A Method.  The first place that holds something counts, right or wrong."""

    owned: frozenset[str] = frozenset()

    def __init__(self, keys: ApiKeys, config: AuthConfig) -> None:
        self._keys = keys
        self._header = config.header.lower()
        self._query, self._cookie = config.query, config.cookie
        self._challenges = (f'ApiKey realm="{config.realm}"',)

    async def identify(self, request: RoutedRequest) -> Allowed:
        """See Method."""
        key = self.presented(request)
        if not key:
            where = f" ({self._header})" if self._header else ""
            raise UnauthorizedError(f"an API key is needed{where}", challenges=self._challenges)
        name = self._keys.name_of(key)
        if name is None:
            raise UnauthorizedError("the API key is not known", challenges=self._challenges)
        return Allowed(Identity("api_key", name))

    def presented(self, request: RoutedRequest) -> str | None:
        """The key that comes with a request, whether it is known or not.  Raises CallerError for a header twice."""
        key = only_header(request, self._header) if self._header not in ("", "authorization") else None
        if key is None and (value := only_header(request, "authorization")) is not None:
            key = credentials_of(value, "bearer") or credentials_of(value, "apikey")
        if key is None and self._query:
            key = query_value(request, self._query)
        if key is None and self._cookie:
            key = cookie_value(request, self._cookie)
        return key
