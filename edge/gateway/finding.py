"""Whom a request is for: the route that it matches, and the version of its function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from edge.errors import MethodNotAllowedError, NoRouteError
from edge.gateway.asking import Asking
from edge.gateway.duties.routed import RoutedRequest
from edge.gateway.duties.speaking import PREFLIGHT, preflight_match, refusing_rule
from edge.gateway.exchange import HttpExchange
from edge.gateway.request_id import request_id
from edge.gateway.routing import Match, MethodNotAllowed
from edge.gateway.stream import AT_ONCE
from edge.gateway.versions.split import Pick, Split, VersionFilter, leads_to

if TYPE_CHECKING:
    from edge.gateway.dispatch_parts import DispatchParts
    from edge.gateway.duties.filters import AnswerFilter
    from edge.gateway.duties.policy import RoutePolicy
    from edge.gateway.exchange import Receive, Send
    from edge.gateway.generations import Generation
    from edge.gateway.own_answer import OwnAnswer
    from edge.gateway.target import Target


class Found(NamedTuple):
    """Whom a request is for: `base_path` is the part of the path that the function does not see."""

    function: str
    base_path: str
    params: dict[str, str]
    policy: RoutePolicy | None = None
    route: str = ""
    match: Match | None = None
    allow: tuple[str, ...] = ()  # with OPTIONS, when no route takes that: the answer

    @property
    def answer(self) -> OwnAnswer | None:
        """What answers in the place of a function."""
        return self.match.route.answer if self.match is not None else None


class Finding(Asking):
    """A request, its exchange, and whom it is for: `function`, once it is found, or the one that was named."""

    def __init__(
        self, parts: DispatchParts, scope: Any, receive: Receive, send: Send, *, function: str = "", prefix: str = ""
    ) -> None:
        super().__init__(parts, scope)
        self.exchange = HttpExchange(
            *(request_id(self.known.get("x-request-id"), self.known.get("traceparent")), self.method, receive, send),
            max_body=parts.settings.max_body,
            lifeline=self.lifeline,
            expose=parts.settings.expose_errors,
            at_once=_of_the_same(self.extensions.get(AT_ONCE), send),
        )
        self.direct = bool(function)
        self.function, self.prefix = function, prefix
        self._pattern = f"{prefix or '/'}" if function else ""  # of the route that matched
        self.routed: RoutedRequest | None = None  # when its route has duties
        self._versioned: tuple[Split, str] | None = None  # when its route has several versions
        self._version_filters: tuple[AnswerFilter, ...] = ()

    def _find(self, generation: Generation, target: Target) -> Found:
        """Whom the request is for.  Raises NoRouteError, MethodNotAllowedError."""
        if self.direct:
            return Found(self.function, self.prefix, {})
        match = generation.router.match(self.authority.host, target.path, self.method, self._conditions)
        if self.method == "OPTIONS" and self.known.keys() >= PREFLIGHT:
            asked = self.known["access-control-request-method"]
            about = preflight_match(generation.router, self.authority.host, target.path, asked, self._conditions)
            match = about or match
        if isinstance(match, Match):
            rule = match.route
            self._pattern = rule.path
            self.function = rule.function if rule.split is None else self._pick(rule.split)
            base_path = match.matched_prefix if rule.strip_prefix else ""
            return Found(self.function, base_path, match.params, rule.policy, rule.name, match)
        if isinstance(match, MethodNotAllowed) and self.method == "OPTIONS":
            return Found("", "", {}, allow=match.allow)
        if isinstance(match, MethodNotAllowed):
            self._mark_refusal(generation, target)
            raise MethodNotAllowedError(f"{self.method} is not allowed here", allow=match.allow)
        raise NoRouteError(f"no route matches {self.method} {target.path}")

    def _find_preview(self, generation: Generation, target: Target, version: str) -> Found:
        """As if the function had this version: routes that lead to it, with their duties.  Raises NoRouteError."""
        name = version.partition("@")[0]
        for host in (self.authority.host, *generation.hosts_of(name)):
            match = generation.router.match(host, target.path, self.method, self._conditions)
            if isinstance(match, Match) and leads_to(match.route, name):
                rule = match.route
                self._pattern = rule.path
                self.function = version
                self._version_filters = (VersionFilter(Pick(version)),)
                self.exchange.filter(self._version_filters)
                base_path = match.matched_prefix if rule.strip_prefix else ""
                return Found(version, base_path, match.params, rule.policy, rule.name, match)
        raise NoRouteError(f"no route leads to {name} by {self.method} {target.path}")

    def _mark_refusal(self, generation: Generation, target: Target) -> None:
        """What refuses a method is the route too: its filters have their say about the answer."""
        rule = refusing_rule(generation.router, self.authority.host, target.path)
        if rule is not None and rule.policy is not None:
            self.routed = self._routed(generation, target, Found(rule.function, "", {}, rule.policy, rule.name))
            self.exchange.filter(rule.policy.filters(self.routed))

    def _routed(self, generation: Generation, target: Target, found: Found) -> RoutedRequest:
        return RoutedRequest(
            method=self.method,
            scheme=self.origin.scheme,
            host=self.authority.host,
            path=target.path,
            query=target.query,
            headers=self.headers,
            known=self.known,
            ip=self.origin.ip,
            request_id=self.exchange.request_id,
            function=found.function,
            route=found.route,
            upgrade=self.upgrade,
            generation=generation,
            exchange=self.exchange,
        )

    def _pick(self, split: Split) -> str:
        """The version of the function for this request."""
        pick = split.pick(self.headers, self.known, secure=self.origin.scheme == "https")
        self._versioned = (split, pick.target)
        self._version_filters = (VersionFilter(pick),)
        self.exchange.filter(self._version_filters)
        return pick.target


def _of_the_same(at_once: Any, send: Send) -> Any:
    """The stream's short way, unless somebody has put something around its `send`: that must see every answer."""
    stream = getattr(send, "__self__", None)
    return at_once if stream is not None and getattr(at_once, "__self__", None) is stream else None
