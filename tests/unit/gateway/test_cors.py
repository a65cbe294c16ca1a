"""CORS by the gateway: preflights, marks on answers, and whose word counts."""

from __future__ import annotations

import pytest

from edge.config.cors_origin import check_origin
from edge.gateway.duties.cors import Origins, vary_by
from tests.support.routed_gateway import RoutedGateway

APP = "https://app.example.com"
MARKS = "access-control-"


def marks(answer):
    return {name.removeprefix(MARKS): value for name, value in answer.headers.items() if name.startswith(MARKS)}


def preflight(origin=APP, method="PUT", **more):
    asked = {"origin": origin, "access-control-request-method": method}
    return asked | {f"access-control-request-{name.replace('_', '-')}": value for name, value in more.items()}


ALLOWED = [
    ([APP], [APP], ["https://app.example.com.evil.test", "http://app.example.com", APP + ":8443", APP + "/", "null"]),
    (["https://app.example.com:443"], [APP], [APP + ":443"]),
    (["http://localhost:3000"], ["http://localhost:3000"], ["http://localhost:30000", "http://localhost"]),
    (
        ["https://*.example.com"],
        ["https://a.example.com", "https://a.b.example.com"],
        ["https://example.com", "https://evilexample.com", "https://a.example.com.evil.test", "https://.example.com",
         "https://evil.test/.example.com", "https://a.example.com:8443", "http://a.example.com", "https://a.example.com\n"],
    ),
    (["http://localhost:*"], ["http://localhost", "http://localhost:5173"], ["http://localhost:", "http://localhost:x"]),
    (["http://[::1]:*"], ["http://[::1]:80"], ["http://::1"]),
    (["*"], [APP, "null", "anything"], []),
    (["null", "app://ionic"], ["null", "app://ionic"], [APP, "NULL"]),
    ([], [], [APP, "", "null"]),
]  # fmt: skip


@pytest.mark.parametrize(("origins", "good", "bad"), ALLOWED)
def test_an_origin_is_one_of_those_named_or_below_one_of_them(origins, good, bad):
    """Nothing around a name, nothing behind it."""
    for origin in origins:
        check_origin(origin)
    allowed = Origins.of(origins)
    assert [origin for origin in good if not allowed.allow(origin)] == []
    assert [origin for origin in bad if allowed.allow(origin)] == []


@pytest.mark.parametrize(
    "origin", ["app.example.com", APP + "/", "https://*", "https://a*.example.com", "*.example.com", "https://ä.de", ""]
)
def test_what_is_no_origin_is_refused_with_examples(origin):
    """The config says so when it is read."""
    with pytest.raises(ValueError, match=r"is not an origin \(https://app"):
        check_origin(origin)


async def test_a_preflight_is_answered_without_the_function():
    """With the methods of the route, the headers asked for, and how long that holds."""
    gateway = RoutedGateway({"path": "/", "methods": ["GET", "PUT"], "cors": {"origins": [APP], "max_age": 600}})
    answer = await gateway("OPTIONS", headers=preflight(headers="X-One, content-type"))
    assert answer.status == 204
    assert marks(answer) == {
        "allow-origin": APP,
        "allow-methods": "GET, PUT",
        "allow-headers": "X-One, content-type",
        "max-age": "600",
    }
    assert answer.headers["vary"] == "origin, access-control-request-method, access-control-request-headers"
    assert "content-length" not in answer.headers
    assert gateway.invoked == []


async def test_what_the_config_names_is_what_may_be_used():
    """Methods, headers, and credentials; the rest the browser refuses."""
    cors = {"origins": [APP], "methods": ["GET"], "headers": ["X-A"], "credentials": True, "expose": ["ETag"]}
    answer = await RoutedGateway({"path": "/", "cors": cors})("OPTIONS", headers=preflight(headers="x-b"))
    assert marks(answer) == {
        "allow-origin": APP,
        "allow-methods": "GET",
        "allow-headers": "X-A",
        "allow-credentials": "true",
        "max-age": "86400",
    }


async def test_a_rare_method_of_a_route_for_all_is_allowed_when_asked_for():
    """A method that is none is not sent back."""
    gateway = RoutedGateway({"path": "/", "cors": {"origins": ["*"]}})
    answer = await gateway("OPTIONS", headers=preflight(method="PURGE"))
    assert answer.headers["access-control-allow-methods"].endswith("OPTIONS, PURGE")
    answer = await gateway("OPTIONS", headers=preflight(method="A, B", headers="a,b c,,d\x01,e"))
    assert answer.headers["access-control-allow-methods"].endswith("OPTIONS")
    assert answer.headers["access-control-allow-headers"] == "a, e"


async def test_a_preflight_cannot_make_an_answer_large():
    """A hundred headers are sent back at most."""
    gateway = RoutedGateway({"path": "/", "cors": {"origins": ["*"]}})
    answer = await gateway("OPTIONS", headers=preflight(headers=",".join(["x"] * 5000)))
    assert answer.headers["access-control-allow-headers"].count("x") == 100


async def test_an_origin_that_is_not_allowed_is_told_so_and_gets_no_marks():
    """The answer still varies by it."""
    gateway = RoutedGateway({"path": "/", "cors": {"origins": [APP]}})
    answer = await gateway("OPTIONS", headers=preflight("https://evil.test"))
    assert (answer.status, answer.error["code"], marks(answer)) == (403, "forbidden", {})
    assert answer.headers["vary"].startswith("origin")
    assert gateway.invoked == []


async def test_a_private_network_is_opened_only_where_the_config_says_so():
    """As https://wicg.github.io/private-network-access/ has it."""
    for said, expected in ((True, "true"), (False, None)):
        gateway = RoutedGateway({"path": "/", "cors": {"origins": [APP], "private_network": said}})
        answer = await gateway("OPTIONS", headers=preflight(private_network="true"))
        assert answer.headers.get("access-control-allow-private-network") == expected
        answer = await gateway("OPTIONS", headers=preflight())
        assert "access-control-allow-private-network" not in answer.headers


async def test_other_options_requests_are_the_functions():
    """Without the header that makes it a preflight, or without an origin."""
    gateway = RoutedGateway({"path": "/", "cors": {"origins": [APP]}})
    assert (await gateway("OPTIONS", headers={"origin": APP})).body == b"hello"
    assert (await gateway("OPTIONS", headers={"access-control-request-method": "PUT"})).body == b"hello"


async def test_an_answer_is_marked_for_the_origin_that_asks():
    """With credentials and exposed headers; for others it only varies by the origin."""
    cors = {"origins": [APP, "https://b.test"], "credentials": True, "expose": ["ETag", "X-Total"]}
    gateway = RoutedGateway({"path": "/", "cors": cors})
    answer = await gateway(headers={"origin": "https://b.test"})
    assert marks(answer) == {
        "allow-origin": "https://b.test",
        "allow-credentials": "true",
        "expose-headers": "ETag, X-Total",
    }
    for headers in ({}, {"origin": "https://evil.test"}):
        answer = await gateway(headers=headers)
        assert (answer.body, marks(answer), answer.headers["vary"]) == (b"hello", {}, "origin")


async def test_an_answer_for_every_origin_is_the_same_for_all():
    """So that caches may keep one of it."""
    answer = await RoutedGateway({"path": "/", "cors": {"origins": ["*"]}})(headers={"origin": APP})
    assert marks(answer) == {"allow-origin": "*"}
    assert "vary" not in answer.headers


async def test_the_gateways_word_stands_in_place_of_the_functions():
    """Two values of one mark would make the browser refuse both; other answers keep what varies them."""
    gateway = RoutedGateway({"path": "/", "cors": {"origins": [APP]}})

    async def own(_request, exchange):
        own_marks = [("Access-Control-Allow-Origin", "*"), ("access-control-allow-credentials", "true")]
        await exchange.head(200, [*own_marks, ("vary", "Accept"), ("vary", "Origin")], b"x", end=True)

    gateway.handlers["a"] = own
    answer = await gateway(headers={"origin": APP})
    assert answer.all("access-control-allow-origin") == [APP]
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.all("vary") == ["Accept, Origin"]
    assert marks(await gateway(headers={"origin": "https://evil.test"})) == {}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], b"origin"),
        ([b"*"], b"*"),
        ([b"Accept"], b"Accept, origin"),
        ([b"ORIGIN, accept"], b"ORIGIN, accept"),
        ([b" a ,, b", b"c"], b"a, b, c, origin"),
    ],
)
def test_vary_holds_each_name_once(said, expected):
    """What was there stays, whatever its case."""
    headers = vary_by([(b"vary", value) for value in said], b"origin")
    assert headers == [(b"vary", expected)]


async def test_errors_can_be_read_by_the_page_as_well():
    """A function that failed, a body that is too large, a method that the route does not have."""
    gateway = RoutedGateway({"path": "/", "methods": ["POST"], "max_body": 1, "cors": {"origins": [APP]}})

    async def fails(_request, _exchange):
        raise RuntimeError

    gateway.handlers["a"] = fails
    for method, body, status in (("POST", b"", 500), ("POST", b"22", 413), ("GET", b"", 405)):
        answer = await gateway(method, headers={"origin": APP, "content-length": str(len(body))}, body=body)
        assert (answer.status, marks(answer)) == (status, {"allow-origin": APP})


async def test_a_preflight_is_about_the_route_of_the_request_that_will_follow():
    """Two routes of one path, with rules of their own; and one that answers OPTIONS itself."""
    gateway = RoutedGateway(
        {"path": "/", "methods": ["GET"], "cors": {"origins": ["*"]}},
        {"path": "/", "methods": ["PUT"], "cors": {"origins": [APP], "credentials": True}},
        {"path": "/own", "function": "b"},
    )
    assert "access-control-allow-credentials" not in (await gateway("OPTIONS", headers=preflight(method="GET"))).headers
    put = await gateway("OPTIONS", headers=preflight(method="PUT"))
    assert put.headers["access-control-allow-credentials"] == "true"
    assert marks(await gateway("OPTIONS", headers=preflight(method="DELETE"))) == {}
    assert (await gateway("OPTIONS", "/own", headers=preflight())).body == b"hello"


async def test_a_page_of_another_origin_opens_no_websocket():
    """Browsers ask nothing before they open one."""
    gateway = RoutedGateway({"path": "/", "cors": {"origins": [APP]}})
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    key = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    answer = await gateway(headers=upgrade | key | {"origin": "https://evil.test"})
    assert answer.status == 403
    assert gateway.invoked == []
    for foreign in ("https://h.test.evil.test", "https://evil-h.test", "https://h.test:x", "h.test", "null"):
        assert (await gateway(headers=upgrade | key | {"origin": foreign})).status == 403
    for own in (APP, "http://h.test", "https://h.test:8443"):
        await gateway(headers=upgrade | key | {"origin": own})
    await gateway(headers=upgrade | key)
    assert len(gateway.invoked) == 4


async def test_a_shorter_time_gives_an_open_socket_no_more_of_the_processor():
    """It gets CPU time at the rate of both."""
    gateway = RoutedGateway({"path": "/", "timeout": 3.0})
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    await gateway(headers=upgrade | {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="})
    limits = gateway.invoked[0][0].limits
    assert (limits.timeout, limits.cpu) == (3.0, 1.0)
    await gateway()
    assert gateway.invoked[1][0].limits.cpu == 10.0
