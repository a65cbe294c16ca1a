"""Duties of the route behind a namespace: a Socket.IO client passes those that a WebSocket would.

Its first request speaks for it: headers, query and address of the handshake are what limits and authentication look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from edge.errors import ForbiddenError, UnauthorizedError
from edge.gateway.duties.routed import RoutedRequest
from edge.gateway.exchange import HttpExchange
from edge.gateway.request_id import request_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from edge.gateway.generations import Generation
    from edge.gateway.realtime.socket import Visit
    from edge.gateway.route_rule import RouteRule
    from edge.wire.messages import Header


async def admitted(
    rule: RouteRule, path: str, visit: Visit, generation: Generation, endings: list[Callable[[], None]]
) -> list[Header]:
    """The headers that the function gets.  Raises EdgeError for a client that may not come in.

    `endings` are to be called when it has gone.
    """
    policy = rule.policy
    if policy is None:
        return visit.headers
    request = _routed(rule, path, visit, generation)
    request.endings = endings
    answer = await policy.admission(request)
    if answer is not None:
        kind = UnauthorizedError if answer.status == 401 else ForbiddenError
        raise kind(f"the route's authentication answered with status {answer.status}")
    headers = request.headers_for_function(visit.headers)
    return policy.request_headers.apply(headers, request) if policy.request_headers is not None else headers


def _routed(rule: RouteRule, path: str, visit: Visit, generation: Generation) -> RoutedRequest:
    rid = request_id(None, None)
    return RoutedRequest(
        method="GET",
        scheme=visit.scheme,
        host=visit.name,
        path=path,
        query=urlencode(visit.query),
        headers=visit.headers,
        known=dict(visit.headers),
        ip=visit.ip,
        request_id=rid,
        function=rule.function,
        route=rule.name,
        upgrade=True,
        generation=generation,
        exchange=HttpExchange(rid, "GET", _nothing, _nothing, max_body=0),
    )


async def _nothing(*_: object) -> Any:
    """There is nobody to answer to."""
