"""`api_key`: a key in a header, as a bearer token, in the query or in a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import UnauthorizedError
from edge.gateway.duties.identity import Allowed
from edge.gateway.duties.key_places import places_of
from edge.gateway.duties.routed import Identity

if TYPE_CHECKING:
    from edge.config.auth_model import AuthConfig
    from edge.gateway.duties.routed import RoutedRequest
    from edge.services.auth.api_keys import ApiKeys


class ApiKeyAuth:
    """A Method.  The first place that holds something counts, right or wrong."""

    owned: frozenset[str] = frozenset()

    def __init__(self, keys: ApiKeys, config: AuthConfig) -> None:
        self._keys = keys
        self._places = places_of(config)
        self._challenges = (f'ApiKey realm="{config.realm}"',)

    async def identify(self, request: RoutedRequest) -> Allowed:
        """See Method."""
        key = self._places.presented(request)
        if not key:
            where = f" ({self._places.header})" if self._places.header else ""
            raise UnauthorizedError(f"an API key is needed{where}", challenges=self._challenges)
        name = self._keys.name_of(key)
        if name is None:
            raise UnauthorizedError("the API key is not known", challenges=self._challenges)
        return Allowed(Identity("api_key", name))
