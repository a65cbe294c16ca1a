"""Who may call a route: one way to say who one is, or several of which any or all are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import EdgeError, ForbiddenError, InternalError, UnauthorizedError
from edge.gateway.duties.identity import Allowed, RefusedError, identity_headers
from edge.gateway.duties.routed import Identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.gateway.answers import Answer
    from edge.gateway.duties.identity import Method
    from edge.gateway.duties.routed import RoutedRequest


class RouteAuth:
    """The duty (edge.gateway.duties.policy.Auth)."""

    def __init__(self, method: Method) -> None:
        self._method = method

    async def check(self, request: RoutedRequest) -> Answer | None:
        """See Auth."""
        request.dropped = self._method.owned
        try:
            allowed = await self._method.identify(request)
        except RefusedError as refused:
            return refused.answer
        request.identity = allowed.identity
        request.given = [*identity_headers(allowed.identity), *allowed.given]
        return None


class BrokenAuth:
    """Stands for a duty that cannot be done: nobody gets in."""

    async def check(self, request: RoutedRequest) -> Answer | None:
        """Raises InternalError."""
        del request
        raise InternalError("the route's authentication could not be set up")


class AnyOf:
    """The first way that works counts.  When none does, the client learns of all of them."""

    def __init__(self, methods: Sequence[Method]) -> None:
        self._methods = methods
        self.owned = _owned(methods)

    async def identify(self, request: RoutedRequest) -> Allowed:
        """See Method.  What was forbidden, or could not be found out, comes before what was not proven."""
        unproven: list[UnauthorizedError] = []
        others: list[EdgeError | RefusedError] = []
        for method in self._methods:
            try:
                return await method.identify(request)
            except UnauthorizedError as error:
                unproven.append(error)
            except (EdgeError, RefusedError) as error:
                others.append(error)
        # Whoever has proven who he is must not be told to do so; and an outage is no refusal.
        outages = [one for one in others if not isinstance(one, (ForbiddenError, RefusedError))]
        for other in (*outages, *others):
            raise other
        challenges = tuple(dict.fromkeys(one for error in unproven for one in error.challenges))
        raise UnauthorizedError(_told(unproven), challenges=challenges)


def _told(unproven: Sequence[UnauthorizedError]) -> str:
    return "; or ".join(dict.fromkeys(error.message for error in unproven))


class AllOf:
    """Every way must work; the first says who it is, and the claims of all are put together."""

    def __init__(self, methods: Sequence[Method]) -> None:
        self._methods = methods
        self.owned = _owned(methods)

    async def identify(self, request: RoutedRequest) -> Allowed:
        """See Method."""
        found = [await method.identify(request) for method in self._methods]
        claims = {name: value for one in reversed(found) for name, value in one.identity.claims.items()}
        kinds = "+".join(one.identity.kind for one in found)
        return Allowed(
            Identity(kinds, found[0].identity.name, claims), [header for one in found for header in one.given]
        )


def _owned(methods: Sequence[Method]) -> frozenset[str]:
    return frozenset(name for method in methods for name in method.owned)
