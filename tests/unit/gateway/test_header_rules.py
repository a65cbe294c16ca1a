"""Rules for headers of requests and answers."""

from __future__ import annotations

import pytest

from edge.config.header_rules import HeaderRules, ResponseHeaderRules, check_header_rules
from tests.support.routed_gateway import RoutedGateway


async def test_a_function_gets_the_headers_that_the_rules_make():
    """Removed, set and added, whatever the case and with underscores; the client's value of what is set is gone."""
    rules = {
        "set": {"X-Id": "{request_id}", "X-From": "{client_ip} {method} {path}"},
        "add": {"x-tag": "b"},
        "remove": ["Cookie"],
    }
    gateway = RoutedGateway({"path": "/p/:q", "request_headers": rules})
    given = [
        ("cookie", "a=1"),
        ("x-id", "spoofed"),
        ("x_id", "spoofed"),
        ("x-id", "again"),
        ("x-tag", "a"),
        ("x-request-id", "r-1"),
    ]
    await gateway(path="/p/%61?x=1", headers=given)
    headers = gateway.request.headers
    assert [value for name, value in headers if name in {"x-id", "x_id"}] == ["r-1"]
    assert [value for name, value in headers if name == "x-tag"] == ["a", "b"]
    assert ("x-from", "192.0.2.7 GET /p/a") in headers
    assert "cookie" not in dict(headers)


async def test_a_client_gets_the_headers_that_the_rules_make():
    """Also with the gateway's own answers; a default gives way to the function."""
    rules = {
        "set": {"Server": "edge", "X-Route": "{function} at {host}{route}"},
        "default": {"Cache-Control": "no-store", "Content-Type": "text/html"},
        "remove": ["X-Powered-By"],
    }
    gateway = RoutedGateway({"path": "/p", "methods": ["GET"], "response_headers": rules})

    async def powered(_request, exchange):
        await exchange.head(200, [("x-powered-by", "x"), ("content-type", "a/b"), ("Server", "mine")], b"", end=True)

    gateway.handlers["a"] = powered
    answer = await gateway(path="/p?q=1")
    assert answer.all("server") == ["edge"]
    assert answer.headers["x-route"] == "a at h.test/p"
    assert answer.headers["content-type"] == "a/b"
    assert answer.headers["cache-control"] == "no-store"
    assert "x-powered-by" not in answer.headers
    refused = await gateway("POST", "/p")
    assert (refused.status, refused.headers["server"]) == (405, "edge")


async def test_the_secure_preset_is_what_browsers_need_and_gives_way():
    """HSTS only over HTTPS."""
    rules = {"preset": "secure", "default": {"X-Frame-Options": "DENY"}}
    gateway = RoutedGateway({"path": "/", "response_headers": rules})
    answer = await gateway()
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "strict-transport-security" not in answer.headers
    assert (await gateway(scheme="https")).headers["strict-transport-security"] == "max-age=31536000"


async def test_what_clients_send_cannot_end_a_header():
    """A value with variables has nothing in it that is not text of a header."""
    gateway = RoutedGateway({"path": "/*rest", "response_headers": {"set": {"x-said": "<{header:x-a}> {query}"}}})
    answer = await gateway(path="/%0D%0Aset-cookie:a=b?%0d%0a", headers={"x-a": "a\r\nset-cookie: b=1\x00\x7f"})
    assert answer.headers["x-said"] == "<aset-cookie: b=1> %0d%0a"
    assert "set-cookie" not in answer.headers
    assert (await gateway()).headers["x-said"] == "<>"


async def test_braces_that_are_no_variable_are_text():
    """Some headers hold JSON."""
    value = '{"group":"default","max_age":1,"endpoints":[{}]}'
    gateway = RoutedGateway({"path": "/", "response_headers": {"set": {"Report-To": value}}})
    assert (await gateway()).headers["report-to"] == value


BAD = [
    ({"set": {"Content-Length": "1"}}, "set.Content-Length", "is the gateway's own"),
    ({"add": {"transfer-encoding": "chunked"}}, "add.transfer-encoding", "is the gateway's own"),
    ({"remove": ["Connection"]}, "remove.0", "is the gateway's own"),
    ({"set": {"Edge-Auth-Subject": "root"}}, "set.Edge-Auth-Subject", "is the gateway's own"),
    ({"set": {"host": "x"}}, "set.host", "is the gateway's own"),
    ({"set": {"a b": "x"}}, "set.a b", "is not the name of a header"),
    ({"set": {"x": "a\r\nb: c"}}, "set.x", "cannot be sent"),
    ({"set": {"x": "€"}}, "set.x", "cannot be sent"),
    ({"set": {"x": " a"}}, "set.x", "cannot be sent"),
    ({"default": {"x": "{user}"}}, "default.x", "{user} is not a variable (request_id"),
]


@pytest.mark.parametrize(("rules", "place", "what"), BAD)
def test_what_no_rule_may_touch_is_refused(rules, place, what):
    """Framing, connections, and what the gateway itself says."""
    [problem] = check_header_rules(ResponseHeaderRules(**rules), ())
    assert ".".join(map(str, problem.path)) == place
    assert what in problem.what


def test_good_rules_are_good():
    """With every variable, and headers of the request."""
    rules = HeaderRules(set={"x": "{request_id}{auth_subject}{header:X-Y} {not a variable}", "empty": ""})
    assert list(check_header_rules(rules, ())) == []
