"""Which route's duties hold where no route serves the request itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.gateway.routing import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.gateway.routing import Router, RouteRule

PREFLIGHT = frozenset({"origin", "access-control-request-method"})
"""The headers of a preflight request (https://fetch.spec.whatwg.org/#cors-preflight-request)."""


def preflight_match(
    router: Router, host: str, path: str, method: str, headers: Callable[[], Mapping[str, str]]
) -> Match | None:
    """The route that a browser asks about before it sends a request by `method`, when the gateway answers for it.

    The headers of that request are not there yet: where only routes with conditions on them are left, the first that
    other origins may use speaks for all.
    """
    match = router.match(host, path, method, headers)
    if isinstance(match, Match):
        return match if _cors(match.route) else None
    candidates = router.candidates(host, path)
    rule = next((rule for rule in candidates if _cors(rule) and method in (rule.methods or (method,))), None)
    return Match(rule, {}, "") if rule is not None else None


def refusing_rule(router: Router, host: str, path: str) -> RouteRule | None:
    """The route whose answers a refused method looks like: pages may read it where they may read those."""
    candidates = router.candidates(host, path)
    return next((rule for rule in candidates if rule.policy is not None and rule.policy.on_answer), None)


def _cors(rule: RouteRule) -> bool:
    return rule.policy is not None and rule.policy.cors is not None
