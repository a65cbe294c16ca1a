"""Which route is behind the namespace that a Socket.IO client connects to."""

from __future__ import annotations

import pytest

from edge.errors import NoRouteError
from edge.gateway.realtime.endpoint import _place
from edge.gateway.realtime.socket import Visit
from tests.support.routed_gateway import RoutedGateway


def visit(scheme="https", **headers):
    return Visit(
        *("", "h.test", "h.test", scheme, "192.0.2.7", []), headers=list(headers.items()), query={}, time="now"
    )


@pytest.mark.parametrize(
    ("condition", "meets", "fails"),
    [
        ({"scheme": "https"}, visit(), visit("http")),
        ({"headers": {"x-beta": "1"}}, visit(**{"x-beta": "1"}), visit()),
    ],
)
async def test_conditions_of_routes_count_for_namespaces(condition, meets, fails):
    """As for the requests that such a client begins with: a route with conditions is no route without any."""
    generation = RoutedGateway({"path": "/chat", **condition}).current()
    assert (await _place(generation, meets, "/chat", [])).function.name == "a"
    with pytest.raises(NoRouteError):
        await _place(generation, fails, "/chat", [])
