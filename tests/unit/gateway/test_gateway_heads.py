"""Heads: strict reading of requests, safe sending of answers, ids and addresses."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import BadResponseError, CallerError
from edge.gateway.client_address import ClientAddress, Origin
from edge.gateway.head_reader import HeadLimits, HeadReader
from edge.gateway.request_head import decode_headers, function_headers
from edge.gateway.request_id import request_id
from edge.wire.response_head import response_head

GOOD = b"GET /a?b HTTP/1.1\r\nHost: a.test\r\nX: \xe9 y\r\nEmpty:\r\n\r\n"
LIMITS = HeadLimits(size=2000, line=500, count=10)


@given(st.lists(st.integers(min_value=1, max_value=len(GOOD)), max_size=5), st.binary(max_size=20))
def test_a_head_is_the_same_however_it_is_cut(cuts, body):
    """All bytes come out together, once the head is complete."""
    whole = GOOD + body
    reader = HeadReader(LIMITS)
    edges = sorted({0, len(whole), *cuts})
    out = None
    rest = b""
    for a, b in itertools.pairwise(edges):
        if out is None:
            out = reader.feed(whole[a:b])
        else:
            rest += whole[a:b]
    assert (out or b"") + rest == whole
    assert not reader


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/1.1\rHost: a\r\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n: 1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\xc9: 1\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTX/1.1\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b" / HTTP/1.1\r\n\r\n", 400),
        (b"G{}T / HTTP/1.1\r\n\r\n", 400),
        (b"G\x00T / HTTP/1.1\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\n\r\n", 501),
        (b"A" * 33 + b" / HTTP/1.1\r\n\r\n", 501),
        (b"GET / HTTP/1.2\r\n\r\n", 505),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET / HTTP/3\r\n\r\n", 505),
        (b"GET /" + b"a" * 600 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 2000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 11 + b"\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01", 400),
        (b"\x00" * 10, 400),
        (b"SSH-2.0-x\r\n", 400),
        (b"GET /" + b"a" * 600, 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 2000, 431),
        (b"GET / HTTP/1.1\r\nHost: a\nX: y", 400),
    ],
)
def test_what_is_not_strictly_a_request_is_refused_at_once(head, status):
    """Whole, and byte by byte: the verdict does not depend on packets."""
    with pytest.raises(CallerError) as caught:
        HeadReader(LIMITS).feed(head)
    assert caught.value.status == status
    with pytest.raises(CallerError) as caught:
        drip(HeadReader(LIMITS), head)
    assert caught.value.status in {status, 400}


def drip(reader, data):
    for i in range(len(data)):
        assert reader.feed(data[i : i + 1]) is None


def test_blank_lines_before_a_request_are_ignored():
    """RFC 9112 section 2.2."""
    assert HeadReader(LIMITS).feed(b"\r\n\r\n" + GOOD) == GOOD


def test_reading_a_dripped_head_costs_linear_time():
    """Each byte is looked at a few times, not once per packet after it."""
    reader = HeadReader(HeadLimits(size=10**6, line=10**6, count=10**6))
    reader.feed(b"GET / HTTP/1.1\r\n")
    for _ in range(20_000):
        reader.feed(b"x: y\r\n")
    assert reader.feed(b"\r\n") is not None


# -- answers


def test_framing_and_own_headers_of_a_function_are_dropped():
    """The gateway frames; the function's length is kept apart."""
    head = response_head(
        200,
        [
            ("Connection", "close"), ("Transfer-Encoding", "chunked"), ("Keep-Alive", "1"), ("Upgrade", "x"),
            ("TE", "t"), ("Trailer", "x"), ("Edge-Outcome", "timeout"), ("Edge-Request-Id", "forged"),
            ("Content-Length", "5"),
            ("X-A", " 1 "), ("set-cookie", "a"), ("Set-Cookie", "b"),
        ],
    )  # fmt: skip
    assert head.headers == [(b"x-a", b"1"), (b"set-cookie", b"a"), (b"set-cookie", b"b")]
    assert head.length == 5


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (100, []), (199, []), (1000, []), (-1, []), (200, [("a b", "1")]), (200, [("", "1")]), (200, [("a\r\nb", "1")]),
        (200, [("a", "1\r\nSet-Cookie: x")]), (200, [("a", "\0")]), (200, [("a", "€")]), (200, [("é", "1")]),
        (200, [("content-length", "-1")]), (200, [("content-length", "1"), ("content-length", "2")]),
        (200, [("content-length", "٣")]), (200, [("a", "b")] * 513), (200, [("a", "b" * 300_000)]),
    ],
)  # fmt: skip
def test_a_head_that_cannot_be_sent_is_a_bad_response(status, headers):
    """Header injection included."""
    with pytest.raises(BadResponseError):
        response_head(status, headers)


# -- requests


def test_a_function_sees_headers_in_order_without_those_of_the_connection():
    """Names in lower case, duplicates kept, hop-by-hop and named ones dropped."""
    raw = [(b"Host", b"a"), (b"x-b", b"1"), (b"connection", b"x-secret, Host"), (b"x-secret", b"s"), (b"X-B", b"\xe9")]
    headers = decode_headers([*raw, (b"te", b"trailers"), (b"upgrade", b"h2c"), (b"proxy", b"http://evil")])
    assert function_headers(headers, trusted=False) == [("host", "a"), ("x-b", "1"), ("x-b", "é")]


@pytest.mark.parametrize("name", ["x-forwarded-for", "x_forwarded_for", "forwarded", "x-edge-internal", "edge-outcome"])
def test_spoofable_headers_do_not_reach_a_function(name):
    """Not from peers that are no trusted proxies."""
    assert function_headers([(name, "1"), ("a", "b")], trusted=False) == [("a", "b")]


def test_forwarding_headers_of_a_trusted_proxy_reach_a_function():
    """But only under their proper names."""
    headers = [("x-forwarded-for", "1.2.3.4"), ("x_forwarded_for", "6.6.6.6")]
    assert function_headers(headers, trusted=True) == [("x-forwarded-for", "1.2.3.4")]


def test_a_harmless_request_id_is_honoured():
    """X-Request-Id before traceparent before a new one."""
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert request_id("abc-123", trace) == "abc-123"
    assert request_id(None, trace) == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert request_id("x" * 128, None) == "x" * 128


@pytest.mark.parametrize("given_id", ["", "x" * 129, "a b", "a\nb", "é", '"', None])
@pytest.mark.parametrize(
    "trace", [None, "", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "ff-" + "1" * 32 + "-" + "1" * 16 + "-01"]
)
def test_other_request_ids_are_replaced(given_id, trace):
    """A new one is 32 hexadecimal digits, never the same twice."""
    first, second = request_id(given_id, trace), request_id(given_id, trace)
    assert first != second
    assert len(bytes.fromhex(first)) == 16


# -- addresses

PROXIES = ClientAddress(["10.0.0.0/8", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "headers", "origin"),
    [
        ("1.1.1.1", [("x-forwarded-for", "9.9.9.9"), ("x-forwarded-proto", "https")], Origin("1.1.1.1", "http")),
        ("10.0.0.1", [], Origin("10.0.0.1", "http", trusted=True)),
        (
            "10.0.0.1",
            [
                ("x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.0.0.2"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "Pub.test"),
            ],
            Origin("9.9.9.9", "https", ["9.9.9.9", "10.0.0.2", "10.0.0.1"], "pub.test", trusted=True),
        ),
        (
            "10.0.0.1",
            [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "9.9.9.9")],
            Origin("9.9.9.9", "http", ["9.9.9.9", "10.0.0.1"], trusted=True),
        ),
        (
            "10.0.0.1",
            [("x-forwarded-for", "9.9.9.9:123"), ("x-forwarded-proto", "gopher"), ("x-forwarded-host", "a b")],
            Origin("9.9.9.9", "http", ["9.9.9.9", "10.0.0.1"], trusted=True),
        ),
        ("10.0.0.1", [("x-forwarded-for", "9.9.9.9, junk")], Origin("10.0.0.1", "http", trusted=True)),
        (
            "::ffff:10.0.0.1",
            [("x-forwarded-for", "[2001:db8::1]:4711")],
            Origin("2001:db8::1", "http", ["2001:db8::1", "10.0.0.1"], trusted=True),
        ),
        (
            "10.0.0.1",
            [
                ("forwarded", 'for=6.6.6.6;proto=http, for="[2001:4860::1]:80";proto=https;host="f.test:8443"'),
            ],
            Origin("2001:4860::1", "https", ["2001:4860::1", "10.0.0.1"], "f.test:8443", trusted=True),
        ),
        (
            "10.0.0.1",
            [("x-forwarded-for", "9.9.9.9, 10.0.0.3, 10.0.0.2"), ("x-forwarded-proto", "ftp, https, http, http")],
            Origin("9.9.9.9", "https", ["9.9.9.9", "10.0.0.3", "10.0.0.2", "10.0.0.1"], trusted=True),
        ),
    ],
)  # fmt: skip
def test_the_client_is_the_first_address_from_the_right_that_no_proxy_has(peer, headers, origin):
    """And nothing counts that an untrusted peer says."""
    assert PROXIES.origin(peer, "http", headers) == origin


def test_unix_peers_are_trusted_when_named():
    """A unix socket has no address to put into a network."""
    headers = [("x-forwarded-for", "9.9.9.9")]
    assert ClientAddress(["unix:"]).origin("", "http", headers).ip == "9.9.9.9"
    assert ClientAddress([]).origin("", "http", headers).ip == ""


def test_a_network_that_is_none_is_refused():
    """When the config is read, not when a request comes."""
    with pytest.raises(ValueError, match="nonsense"):
        ClientAddress(["nonsense"])
