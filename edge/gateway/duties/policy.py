"""The duties of one route, compiled when a generation is made.

A route without any has None in place of a RoutePolicy, and its requests cost nothing more.  For one that has some,
`edge.gateway.call` asks them in this order, and the first that answers or raises ends the matter:

1. `cors`: the answer to a preflight request
2. `limits`: rate limits and caps on requests in flight
3. `auth`: who is it, and may they
4. the route's own answer, when it has no function (redirects, static files)
5. `max_body`
6. `request_headers`
7. `cache`: an answer that is still good; or else the function, for `timeout` at most, whose answer may be kept

What answers, also the gateway's own errors, goes through the filters of `on_answer`: header rules, CORS, compression.
A WebSocket passes 1 to 3; its 101 passes no filter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from edge.config.keypath import format_path
from edge.config.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.function import Function
    from edge.gateway.answers import Answer
    from edge.gateway.duties.filters import AnswerFilter
    from edge.gateway.duties.routed import RoutedRequest
    from edge.invocation import Exchange, Receipt
    from edge.wire.messages import Header, Request

    Run = Callable[[Function, Request, str, Exchange], Awaitable[Receipt]]
    """Function, request, its id, and the client's side; see edge.invocation.Invoker."""


class Preflight(Protocol):
    """CORS before the request."""

    def answer(self, request: RoutedRequest) -> Answer | None:
        """The answer to a preflight request; None for every other request."""


class Limit(Protocol):
    """A rate limit, or a cap on requests in flight (which has `request.when_over` give its place back)."""

    async def admit(self, request: RoutedRequest) -> None:
        """Raises EdgeError (429) for one too many."""


class Auth(Protocol):
    """Authentication."""

    async def check(self, request: RoutedRequest) -> Answer | None:
        """Set `request.identity` and `request.given`; an answer ends the request instead.

        Raises UnauthorizedError, ForbiddenError.
        """


class Cache(Protocol):
    """Answers that are kept."""

    async def serve(self, routed: RoutedRequest, function: Function, request: Request, run: Run) -> Receipt | None:
        """Answer through `routed.exchange` with what is kept, or have the function answer: `run` invokes it.

        What the invocation came to; None when there was none.
        """


class RequestRules(Protocol):
    """Rules for the headers that the function gets."""

    def apply(self, headers: list[Header], request: RoutedRequest) -> list[Header]:
        """Other headers."""


class ResponseDuty(Protocol):
    """Something that looks at answers, or changes them."""

    def filter(self, request: RoutedRequest) -> AnswerFilter | None:
        """What does it for the answer to this request; None when there is nothing to do.

        Asked before everything else: `request.identity` is not set yet, but is when the filter is used.
        """


class RoutePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """See the module.  None and () stand for nothing to do.

    `max_body` in bytes, `body_timeout` and `timeout` in seconds; None leaves it at what holds for every route.
    """

    cors: Preflight | None = None
    limits: tuple[Limit, ...] = ()
    auth: Auth | None = None
    max_body: int | None = None
    body_timeout: float | None = None
    timeout: float | None = None
    cache: Cache | None = None
    request_headers: RequestRules | None = None
    on_answer: tuple[ResponseDuty, ...] = ()

    async def admission(self, request: RoutedRequest) -> Answer | None:
        """Duties 1 to 3: an answer ends the request.  Raises EdgeError for one that may not come in."""
        answer = self.cors.answer(request) if self.cors is not None else None
        if answer is not None:
            return answer
        for limit in self.limits:
            await limit.admit(request)
        return await self.auth.check(request) if self.auth is not None else None

    def filters(self, request: RoutedRequest) -> tuple[AnswerFilter, ...]:
        """What the answer goes through."""
        found = (duty.filter(request) for duty in self.on_answer)
        return tuple(one for one in found if one is not None)


class Policies(msgspec.Struct, frozen=True):
    """The policies of a generation's routes, in their order.

    `digest` changes with what is not in the config, such as secrets; `problems` are about duties that cannot be done,
    whose routes refuse every request.
    """

    of: tuple[RoutePolicy | None, ...] = ()
    digest: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The problems, one a line."""
        return [f"{format_path(problem.path)}: {problem.what}" for problem in self.problems]


NO_POLICIES = Policies()
