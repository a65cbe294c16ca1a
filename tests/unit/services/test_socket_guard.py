"""Connections that are granted for requests over HTTP only: nothing else gets out."""

from __future__ import annotations

import re
from functools import partial

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.services.egress.host import parse_host
from edge.services.egress.policy import FETCH_SCHEMES, WEBSOCKET_SCHEMES, Policy
from edge.services.egress.target import Target
from edge.services.sockets.failure import SocketError
from edge.services.sockets.guard import GuardedStream, RequestFilter

POLICY = Policy.from_config([{"host": "api.example.com", "methods": ["GET", "POST"], "path": "/v1/*"}])
TARGET = Target("https", parse_host("api.example.com"), 443, "GET", "/v1/a")
HEAD = b"Host: api.example.com\r\n"


class RefusedError(Exception):
    """The policy's word."""


def check(target, policy=POLICY):
    verdict = policy.check(target, FETCH_SCHEMES | WEBSOCKET_SCHEMES)
    if not verdict.allowed:
        raise RefusedError(verdict.message)


def make_filter(policy=POLICY):
    return RequestFilter(TARGET, partial(check, policy=policy))


def request(line, headers=b"", body=b""):
    return line + b" HTTP/1.1\r\n" + HEAD + headers + b"\r\n" + body


def test_allowed_requests_pass_with_their_bodies():
    """One after the other on one connection, whatever the pieces in which they are written."""
    first = request(b"POST /v1/a?b=c", b"Content-Length: 5\r\n", b"hello")
    second = request(b"POST /v1/b", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n0\r\nX-T: v\r\n\r\n")
    third = request(b"GET /v1/c")
    for size in (1, 7, 10_000):
        requests = make_filter()
        data = first + second + third
        out = b"".join(requests.feed(data[at : at + size]) for at in range(0, len(data), size))
        assert re.findall(rb"[A-Z]+ \S+ HTTP/1.1", out) == [
            b"POST /v1/a?b=c HTTP/1.1",
            b"POST /v1/b HTTP/1.1",
            b"GET /v1/c HTTP/1.1",
        ]
        assert b"\r\n\r\nhelloPOST" in out
        assert out.endswith(b"GET /v1/c HTTP/1.1\r\nHost: api.example.com\r\n\r\n")


@pytest.mark.parametrize(
    "line", [b"GET /v2/a", b"DELETE /v1/a", b"GET /v1/../v2", b"GET /v1/%2e%2e/v2", b"GET /v1/..%2fv2", b"OPTIONS *"]
)
def test_what_no_rule_allows_is_refused(line):
    """By the path that the server will see."""
    with pytest.raises(RefusedError, match="does not cover"):
        make_filter().feed(request(line))


@pytest.mark.parametrize(
    "data",
    [
        b"GET https://other.example/v1/a HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /v1/a HTTP/1.1\r\nHost: other.example\r\n\r\n",
        b"GET /v1/a HTTP/1.1\r\n" + HEAD + HEAD + b"\r\n",
        b"GET /v1/a HTTP/1.1\r\nHost: api.example.com:8443\r\n\r\n",
        b"GET /v1/a HTTP/1.1\r\n\r\n",
        b"GET /v1/a HTTP/1.0\r\n\r\n",
        b"CONNECT api.example.com:443 HTTP/1.1\r\n" + HEAD + b"\r\n",
        request(b"GET /v1/a", b"Upgrade: h2c\r\nConnection: upgrade\r\n"),
        request(b"POST /v1/a", b"Content-Length: 3\r\nContent-Length: 4\r\n", b"abcd"),
        request(b"POST /v1/a", b"Transfer-Encoding: gzip\r\n", b"abcd"),
        request(b"POST /v1/a", b"X: a\r\n b\r\n\tc\x00d\r\n"),
        b"\x16\x03\x01\x00\xa5hello",
        b"*1\r\n$4\r\nPING\r\n\r\n",
    ],
)
def test_what_is_no_plain_request_to_this_host_is_refused(data):
    """Other hosts, tunnels, other protocols, and everything that two readers could read in two ways."""
    with pytest.raises(SocketError) as caught:
        make_filter().feed(data)
    assert caught.value.js_code == "EACCES"


@pytest.mark.parametrize("length", [b"3", b"5"])
def test_length_and_chunks_together_are_refused(length):
    """A server that counts by the length would find another request among the chunks."""
    framing = b"Transfer-Encoding: chunked\r\nContent-Length: " + length + b"\r\n"
    with pytest.raises(SocketError, match="no Content-Length"):
        make_filter().feed(request(b"POST /v1/a", framing, b"3\r\nabc\r\n0\r\n\r\n"))


def test_a_websocket_is_one_once_the_server_agrees():
    """Before that nothing may follow; a refusal leaves HTTP as it was."""
    wanted = request(b"GET /v1/ws", b"Upgrade: websocket\r\nConnection: upgrade\r\n")
    agreed, refused = make_filter(), make_filter()
    assert b"upgrade: websocket" in agreed.feed(wanted).lower()
    with pytest.raises(SocketError, match="before it is answered"):
        agreed.feed(b"more")
    agreed.answered(b"HTTP/1.1 101 S")
    assert agreed.feed(b"\x81\x85frames") == b"\x81\x85frames"
    refused.feed(wanted)
    refused.answered(b"HTTP/1.1 403 F")
    with pytest.raises((SocketError, RefusedError)):
        refused.feed(request(b"GET /v2/x"))


def test_the_answer_to_a_change_of_protocols_is_never_the_body_of_another():
    """Where something was asked before, what comes next may be what the function had put there."""
    requests = make_filter()
    requests.feed(request(b"GET /v1/a"))
    with pytest.raises(SocketError, match="connection of its own"):
        requests.feed(request(b"GET /v1/ws", b"Upgrade: websocket\r\nConnection: upgrade\r\n"))
    requests.answered(b"HTTP/1.1 101")
    with pytest.raises(SocketError):
        requests.feed(request(b"GET /v2/x"))


@pytest.mark.parametrize("bad", [request(b"GET /v2/a"), b"\x16\x03\x01\r\n\r\n"])
def test_after_a_refusal_nothing_is_taken_any_more(bad):
    """Neither sent, nor kept: who goes on writing costs nothing."""
    requests = make_filter()
    with pytest.raises((SocketError, RefusedError)):
        requests.feed(bad)
    for _ in range(4):
        with pytest.raises(SocketError, match="open another one"):
            requests.feed(b"x" * 100_000)
    assert len(requests._in.trailing_data[0]) < 1000


async def test_many_small_requests_in_one_write_stop_nobody_else():
    """Other tasks get their turns while they are parsed."""
    turns = 0

    async def count():
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    sent = trio.testing.MemorySendStream()
    stream = GuardedStream(trio.StapledStream(sent, trio.testing.MemoryReceiveStream()), make_filter())
    data = request(b"GET /v1/c") * 1000
    async with trio.open_nursery() as nursery:
        nursery.start_soon(count)
        await stream.send_all(data)
        nursery.cancel_scope.cancel()
    assert turns > len(data) // 10_000
    assert bytes(sent.get_data_nowait()).count(b"GET /v1/c HTTP/1.1") == 1000


def test_a_denied_websocket_is_none_over_http_either():
    """The request to change protocols is held to the rules of the protocol, too."""
    policy = Policy.from_config(["public"], ["wss://api.example.com"])
    make_filter(policy).feed(request(b"GET /v1/a"))
    with pytest.raises(RefusedError, match="deny rule wss:"):
        make_filter(policy).feed(request(b"GET /v1/ws", b"Upgrade: websocket\r\nConnection: upgrade\r\n"))


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40))
def test_whatever_is_written_the_server_sees_allowed_requests_only(noise, size):
    """Noise behind a request never becomes another one that was not checked."""
    requests = make_filter()
    data = request(b"POST /v1/a", b"Content-Length: 3\r\n", b"abc") + noise
    out = b""
    try:
        for at in range(0, len(data), size):
            out += requests.feed(data[at : at + size])
    except (SocketError, RefusedError):
        pass
    for method, path in re.findall(rb"([A-Z]+) (\S+) HTTP/1.1\r\n", out):
        assert method.endswith((b"GET", b"POST"))
        assert path.startswith(b"/v1/")
