"""Heads and answers that go past h11 are what h11 would have made of them."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import CallerError
from edge.gateway.head_reader import HeadLimits, HeadReader
from edge.gateway.plain_request import plain_answer, plain_head

NAMES = st.sampled_from(
    ["Host", "host", "X", "x-y", "Accept", "Connection", "connection", "Content-Length", "Transfer-Encoding", "Expect",
     "Upgrade", "TE", "Cookie", "Date", "a_b", "~"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["a", "", "keep-alive", "Keep-Alive", "close", "5", "chunked", " b ", "a  b", "\tx\t", "é", "h2c"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=9),
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=5)


def read(head):
    """What head_reader.py lets through; None for what it refuses."""
    try:
        return HeadReader(HeadLimits()).feed(head)
    except CallerError:
        return None


@given(
    st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "CONNECT"]),
    st.sampled_from(["/", "/a?b=c", "http://a/x", "*"]),
    st.sampled_from(["1.0", "1.1"]),
    FIELDS,
    st.booleans(),
)
def test_plain_heads_are_read_as_h11_reads_them(method, target, version, fields, host):
    """Method, target, fields, length of the body; nothing is left that h11 would have refused."""
    lines = [f"{name}:{value}\r\n" for name, value in ([("Host", "a.test")] if host else []) + fields]
    head = f"{method} {target} HTTP/{version}\r\n{''.join(lines)}\r\n".encode("latin-1")
    if read(head) is None:
        return
    plain = plain_head(head)
    if plain is None or plain.length > 10_000:
        return
    body = b"b" * plain.length
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(head + body + b"GET /next")
    request = parser.next_event()
    assert (plain.method.encode(), plain.target, plain.fields) == (
        request.method,
        request.target,
        list(request.headers),
    )
    if body:
        assert bytes(parser.next_event().data) == body
    assert isinstance(parser.next_event(), h11.EndOfMessage)
    assert parser.trailing_data[0] == b"GET /next"
    assert parser.our_state is h11.SEND_RESPONSE
    assert not parser.they_are_waiting_for_100_continue
    answer = h11.Response(status_code=200, headers=[("content-length", "0")])
    assert b"close" not in parser.send(answer)  # the connection stays


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5_0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \xb2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0000000000000000005\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\ntransfer-ENCODING: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_concerns_the_connection_or_is_no_clear_length_is_not_plain(head):
    """h11 decides."""
    assert plain_head(head.encode("latin-1")) is None


@pytest.mark.parametrize(
    ("value", "length"), [("0", 0), ("5", 5), ("00017", 17), ("123456789012345678", 123456789012345678)]
)
def test_a_body_of_known_length_is_plain(value, length):
    """Whether it is there is another question."""
    assert plain_head(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {value}\r\n\r\n".encode()).length == length


OUT_NAMES = st.sampled_from([b"x", b"Content-Type", b"content-length", b"connection", b"a b", b"a: b", b"", b"\xe9"])
OUT_VALUES = st.sampled_from(
    [b"a", b"", b"3", b"4", b" a", b"a ", b"a\r\nb: c", b"a\r\n\r\nb", b"a\nb", b"a\0", b"\xe9", b"close"]
)


@settings(max_examples=500)
@given(
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.sampled_from([200, 201, 204, 205, 304, 404, 500, 599]),
    st.lists(st.tuples(OUT_NAMES, OUT_VALUES), max_size=3),
    st.sampled_from([b"", b"abc"]),
    st.booleans(),
)
def test_plain_answers_are_framed_as_h11_frames_them(method, status, fields, body, measured):
    """Byte for byte; what h11 would complain about, or close for, is not plain."""
    body = b"" if method == "HEAD" else body
    fields = [*fields, (b"content-length", b"%d" % len(body))] if measured else fields
    answer = plain_answer(method, status, fields, body)
    if answer is None:
        return
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    reason = answer.partition(b"\r\n")[0].split(b" ", 2)[2]
    while connection.next_event() is not h11.PAUSED and connection.their_state is not h11.DONE:
        pass
    expected = connection.send(h11.Response(status_code=status, headers=fields, reason=reason))
    expected += connection.send(h11.Data(data=body)) if body else b""
    expected += connection.send(h11.EndOfMessage())
    assert answer == expected
    assert connection.our_state is h11.DONE


def test_a_whole_answer_with_its_length_is_plain():
    """The common case is the quick one."""
    fields = [(b"content-type", b"text/plain"), (b"content-length", b"5"), (b"date", b"now")]
    assert plain_answer("GET", 200, fields, b"hello") == (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\ndate: now\r\n\r\nhello"
    )
    assert plain_answer("GET", 200, [*fields, (b"x", b"a\r\nset-cookie: b")], b"hello") is None
    assert plain_answer("GET", 200, [*fields, (b"x: y\r\nset-cookie", b"b")], b"hello") is None
    assert plain_answer("GET", 200, [*fields, (b"set-cookie: b", b"c")], b"hello") is None
    assert plain_answer("GET", 200, fields, b"hell") is None
    assert plain_answer("GET", 200, fields[:1], b"hello") is None
