"""`bearer_jwt`: a signed token (RFC 6750, RFC 7519)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from edge.errors import ForbiddenError, UnauthorizedError
from edge.gateway.duties.identity import Allowed, cookie_value, only_header
from edge.gateway.duties.routed import Identity
from edge.services.auth.credentials import credentials_of
from edge.services.auth.token import TokenError, TokenRules, lacking, parse_token, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from edge.config.auth_model import AuthConfig
    from edge.gateway.duties.routed import RoutedRequest
    from edge.services.auth.keys import VerifyKey


class Keys(Protocol):
    """Where keys come from."""

    async def find(self, key_id: str | None, algorithm: str) -> Sequence[VerifyKey]:
        """All keys that are known, newer ones when none of the others would do.  Raises AuthUnavailableError."""


class FixedKeys:
    """Those of a secret."""

    def __init__(self, keys: Sequence[VerifyKey]) -> None:
        self._keys = keys

    async def find(self, key_id: str | None, algorithm: str) -> Sequence[VerifyKey]:
        """See Keys."""
        del key_id, algorithm
        return self._keys


class JwtAuth:
    """A Method."""

    owned: frozenset[str] = frozenset()

    def __init__(self, keys: Keys, config: AuthConfig, now: Callable[[], float] = time.time) -> None:
        audience = config.audience
        audiences = tuple([audience] if isinstance(audience, str) else audience)
        self._keys = keys
        self._now = now
        self._rules = TokenRules(config.issuer, tuple(filter(None, audiences)), tuple(config.algorithms), config.leeway)
        self._claims, self._subject, self._cookie = config.claims, config.subject, config.cookie
        self._challenge = f'Bearer realm="{config.realm}"'

    async def identify(self, request: RoutedRequest) -> Allowed:
        """See Method."""
        text = self._presented(request)
        if text is None:
            raise UnauthorizedError("a bearer token is needed", challenges=(self._challenge,))
        try:
            claims = await self._verified(text)
        except TokenError as error:
            challenge = f'{self._challenge}, error="invalid_token", error_description="{error}"'
            raise UnauthorizedError(str(error), challenges=(challenge,)) from error
        name = lacking(claims, self._claims)
        if name is not None:
            raise ForbiddenError(f"the token does not have the {name} that this needs")
        subject = claims.get(self._subject)
        return Allowed(Identity("bearer_jwt", subject if isinstance(subject, str) else "", claims))

    def _presented(self, request: RoutedRequest) -> str | None:
        value = only_header(request, "authorization")
        token = credentials_of(value, "bearer") if value is not None else None
        return cookie_value(request, self._cookie) if token is None and self._cookie else token

    async def _verified(self, text: str) -> dict[str, Any]:
        token = parse_token(text)
        keys = await self._keys.find(token.head.kid, token.head.alg)
        return verify(token, keys, self._rules, self._now())
