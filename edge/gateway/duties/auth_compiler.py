"""From what the config says about who may call to the duty of a route."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

import structlog

from edge.config.auth_model import AuthConfig, AuthRule
from edge.errors import CallerError
from edge.gateway.duties.auth_api_key import ApiKeyAuth
from edge.gateway.duties.auth_basic import BasicAuth
from edge.gateway.duties.auth_function import FunctionAuth
from edge.gateway.duties.auth_jwt import FixedKeys, JwtAuth
from edge.gateway.duties.route_auth import AllOf, AnyOf, RouteAuth
from edge.gateway.secret_values import secret_file, secret_value
from edge.services.auth.api_keys import ApiKeys
from edge.services.auth.keys import MIN_SECRET, text_keys
from edge.services.auth.users import Users

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.config.model import Config
    from edge.gateway.duties.auth_basic import PasswordChecks
    from edge.gateway.duties.auth_jwt import Keys
    from edge.gateway.duties.identity import Method
    from edge.gateway.duties.key_service import KeyService
    from edge.invocation import Invoker

T = TypeVar("T")

log = structlog.get_logger(component="gateway")


class AuthCompiler:
    """Makes the duties of one generation; routes that say the same share one.  Reads secrets, once each.

    `digest` tells their values from others once everything has been made.
    """

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        checks: PasswordChecks,
        keys: KeyService,
        invoker: Invoker | None,
    ) -> None:
        self._config = config
        self._environ = environ
        self._checks = checks
        self._keys = keys
        self._invoker = invoker
        self._secrets: dict[str, str] = {}
        self._named: dict[str, Method] = {}

    @property
    def digest(self) -> str:
        """Of the values of all secrets that were read; "" without any."""
        digest = hashlib.sha256(repr(sorted(self._secrets.items())).encode("utf-8", "surrogatepass"))
        return digest.hexdigest() if self._secrets else ""

    def duty(self, said: AuthRule | str) -> RouteAuth:
        """The duty of a route.  Raises EdgeError for what cannot be set up, such as a secret without a value."""
        return RouteAuth(self._method(said))

    def _method(self, said: AuthConfig | str) -> Method:
        if isinstance(said, str):
            if said not in self._named:
                self._named[said] = self._rule(self._find(said))
            return self._named[said]
        return self._rule(said)

    def _find(self, name: str) -> AuthRule:
        rule = self._config.auth.get(name)
        if rule is None:
            raise CallerError(f"there is no [auth.{name}] in the gateway's config")
        return rule

    def _rule(self, said: AuthConfig) -> Method:
        if isinstance(said, AuthRule) and said.any_:
            return AnyOf([self._method(way) for way in said.any_])
        if isinstance(said, AuthRule) and said.all_:
            return AllOf([self._method(way) for way in said.all_])
        match said.type:
            case "basic":
                users = self._parsed(said.users_secret, Users.parse)
                return BasicAuth(users, said.realm, self._checks)
            case "api_key":
                return ApiKeyAuth(self._parsed(said.keys_secret, ApiKeys.parse), said)
            case "function":
                return FunctionAuth(said, self._invoker)
            case _:
                return JwtAuth(self._jwt_keys(said), said)

    def _jwt_keys(self, said: AuthConfig) -> Keys:
        if not said.secret:
            return self._keys.keys(said.jwks_url, "" if said.jwks_url else said.issuer)
        keys = self._parsed(said.secret, text_keys)
        if any(isinstance(one.key, bytes) and len(one.key) < MIN_SECRET for one in keys):
            log.warning("weak_secret", secret=said.secret, hint=f"tokens need keys of {MIN_SECRET} bytes or more")
        return FixedKeys(keys)

    def _parsed(self, secret: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(self._secret(secret))
        except ValueError as error:
            raise CallerError(f"the secret {secret} cannot be used: {error}") from error

    def _secret(self, name: str) -> str:
        if name not in self._secrets:
            file = secret_file(self._config, self._environ)
            stored = file.get if file is not None else lambda _name, _function: None
            self._secrets[name] = secret_value(name, "", self._environ, None, stored)
        return self._secrets[name]
