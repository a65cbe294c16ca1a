"""What is a proper request of HTTP/2, field by field; and what cases of the HTTP corpora mean."""

from __future__ import annotations

import pytest

from edge.corpus.http.frame import PREFACE, TYPES, block, frame, indexed, integer
from edge.corpus.http.ops import Flow, Send
from edge.corpus.http.program import Phrases, program
from edge.corpus.http.socket_frames import socket_frames
from edge.corpus.http.verdict import is_ambiguous
from edge.gateway.http2_request import request_problem, trailers_problem

GET = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a.test"), (b":path", b"/x")]


@pytest.mark.parametrize(
    "more",
    [
        [],
        [(b"te", b"trailers"), (b"cookie", b"a=b"), (b"cookie", b"c=d"), (b"x", b"")],
        [(b"host", b"A.test"), (b"content-length", b"5"), (b"content-length", b"5")],
        [(b"x", "zoë".encode()), (b"x", b"a b\tc")],
    ],
)
def test_proper_requests_have_no_problem(more):
    """Fields may be many, and values are bytes."""
    assert request_problem([*GET, *more]) == ""
    assert trailers_problem(more[3:], end=True) == ""


@pytest.mark.parametrize(
    "fields",
    [
        GET[1:],
        [*GET[:3], (b":path", b"")],
        [*GET[:3], (b":path", b"x")],
        [*GET[:3], (b":path", b"*")],
        [*GET, GET[3]],
        [*GET, (b":foo", b"x")],
        [*GET, (b":protocol", b"websocket")],
        [GET[0], (b"x", b"y"), *GET[1:]],
        [(b":method", b"G T"), *GET[1:]],
        [(b":method", b"CONNECT"), *GET[1:]],
        [(b":method", b"GET"), (b":scheme", b"https\n"), *GET[2:]],
        *([*GET, field] for field in (
            (b"X", b"y"), (b"x y", b"z"), (b"", b"z"), (b"x", b" y"), (b"x", b"y "), (b"x", b"a\0b"), (b"x", b"a\rb"),
            (b"x", b"a\nb"), (b"connection", b"close"), (b"keep-alive", b"5"), (b"transfer-encoding", b"chunked"),
            (b"upgrade", b"h2c"), (b"proxy-connection", b"x"), (b"te", b"gzip"), (b"host", b"b.test"),
            (b"content-length", b"+5"), (b"content-length", b""), (b"content-length", b"9" * 19),
        )),
        [*GET, (b"content-length", b"5"), (b"content-length", b"6")],
        [*GET, (b"host", b"a.test"), (b"host", b"a.test")],
    ],
)  # fmt: skip
def test_improper_requests_have_one(fields):
    """Each is refused by itself."""
    assert request_problem(fields)


def test_connect_and_options_have_forms_of_their_own():
    """RFC 9113 section 8.5, RFC 8441, RFC 9110 section 7.1."""
    assert request_problem([(b":method", b"CONNECT"), GET[2]]) == ""
    assert request_problem([(b":method", b"CONNECT"), (b":protocol", b"websocket"), *GET[1:]]) == ""
    assert request_problem([(b":method", b"OPTIONS"), *GET[1:3], (b":path", b"*")]) == ""


def test_trailers_end_the_stream_and_have_no_pseudo_fields():
    """RFC 9113 section 8.1."""
    assert trailers_problem([(b"x", b"y")], end=True) == ""
    assert trailers_problem([(b"x", b"y")], end=False)
    assert trailers_problem([(b":path", b"/")], end=True)
    assert trailers_problem([(b"connection", b"close")], end=True)


# -- the language of the corpora


def sent(proto, *steps):
    """What the operations of some steps send, in order."""
    ops = program(steps, Phrases(proto))
    return b"".join(
        (op.frame if isinstance(op, Flow) else b"".join(op.parts)) * op.repeat
        for op in ops
        if isinstance(op, Send | Flow)
    )


BEGIN = PREFACE + frame(TYPES["SETTINGS"])


@pytest.mark.parametrize(
    ("phrase", "frames"),
    [
        ("PING x 3", frame(6, b"12345678") * 3),
        ("SETTINGS INITIAL_WINDOW_SIZE=0", frame(4, b"\0\4\0\0\0\0")),
        ("SETTINGS MAX_FRAME_SIZE=2^24-1 twice", frame(4, b"\0\5\0\xff\xff\xff") * 2),
        ("SETTINGS x 4, never read acks", frame(4) * 4),
        ("WINDOW_UPDATE 2^31-1", frame(8, b"\x7f\xff\xff\xff")),
        ("WINDOW_UPDATE 5 on stream 7", frame(8, b"\0\0\0\5", 0, 7)),
        ("index 9999", frame(1, indexed(9999), 5, 1)),
        ("HEADERS on stream 2", frame(1, block([*GET[:3], (b":path", b"/ok")]), 5, 2)),
        ("no :path", frame(1, block(GET[:3]), 5, 1)),
        ('x: "a\\0b"', frame(1, block([*GET[:3], (b":path", b"/ok"), (b"x", b"a\0b")]), 5, 1)),
        (':path = "/a, b + c"', frame(1, block([*GET[:3], (b":path", b"/a, b + c")]), 5, 1)),
        ("PRIORITY stream depends on itself", frame(2, b"\0\0\0\1\x10", 0, 1)),
        ("unknown frame types x 2", frame(0xEE, b"xxxx") * 2),
        ("hex 00 01 02", b"\0\1\2"),
        ("WINDOW_UPDATE 100 times", frame(8, b"\0\0\0\1") * 100),
        ("WINDOW_UPDATE with an increment of 0", frame(8, bytes(4))),
        ("PING, SETTINGS, x 3", (frame(6, b"12345678") + frame(4)) * 3),
        ("PING len 7", frame(6, b"1234567")),
        ("SETTINGS with 3 entries", frame(4, b"".join(bytes([0xF0, at, 0, 0, 0, 1]) for at in range(3)))),
        ("ALTSVC x 2", frame(10, b"xxxx") * 2),
        ("DATA len 2 KB on idle stream", frame(0, b"d" * 2048, 1, 101)),
        ("GOAWAY on stream 1", frame(7, bytes(8), 0, 1)),
        ("missing :scheme", frame(1, block([GET[0], GET[2], (b":path", b"/ok")]), 5, 1)),
        ('"Foo": x', frame(1, block([*GET[:3], (b":path", b"/ok"), (b"Foo", b"x")]), 5, 1)),
        ("cookie x 3", frame(1, block([*GET[:3], (b":path", b"/ok"), *[(b"cookie", b"a=b")] * 3]), 5, 1)),
        (
            "HEADERS with 2 headers",
            frame(1, block([*GET[:3], (b":path", b"/ok"), (b"x-0", b"y"), (b"x-1", b"y")]), 5, 1),
        ),
        ("half the preface", None),
    ],
)
def test_phrases_are_frames(phrase, frames):
    """Behind the preface and SETTINGS that every connection begins with."""
    assert sent("h2", {"frames": [phrase]}) == (PREFACE[:10] if frames is None else BEGIN + frames)


def test_a_repeated_reset_repeats_its_request():
    """The count is the pair's; of a CONTINUATION it is its own."""
    for phrase in ("HEADERS + RST_STREAM x 3", "HEADERS+RST x 3", "HEADERS then RST_STREAM, x 3", "rapid reset x 3"):
        pairs = sent("h2", {"frames": [phrase]})[len(BEGIN) :]
        assert pairs.count(b"\0\0\4\3\0") == 3
        assert len(pairs) % 3 == 0
    flood = sent("h2", {"frames": ["HEADERS without END_HEADERS + CONTINUATION len 0 x 9"]})
    assert flood.endswith(frame(9, b"", 0, 1) * 9)


@pytest.mark.parametrize(
    "step", [{"frames": ["do it"]}, {"frames": ["PING then dance"]}, {"shout": 1}, {"send": "ā"}, {}]
)
def test_what_is_not_understood_is_said(step):
    """And never guessed."""
    with pytest.raises(ValueError, match=r"not understood|is no step|latin-1|empty object"):
        sent("h2", step)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("81 05 68656c6c6f", [(b"\x81\x05hello", 1)]),
        ("89 80 00000000 xN", [(b"\x89\x80\0\0\0\0", 100_000)]),
        ("01 81 00000000 61 then 00 81.. x 5", [(b"\x01\x81\0\0\0\0a", 1), (b"\0\x81\0\0\0\0a", 5)]),
    ],
)
def test_frames_of_sockets_are_hex_and_words(text, parts):
    """`..` is the rest of a frame."""
    assert socket_frames(text) == parts


def test_a_bomb_inflates():
    """A compressed frame that is not written out is one."""
    [(data, _)] = socket_frames("c1 ..")
    assert data[0] == 0xC1
    assert 60_000 < len(data) < 80_000


@pytest.mark.parametrize(
    ("head", "ambiguous"),
    [
        (b"Content-Length: 4", False),
        (b"Transfer-Encoding: chunked", False),
        (b"Transfer-Encoding: CHUNKED\r\nConnection: close", False),
        (b"X: y", False),
        (b"Transfer-Encoding: gzip, chunked", True),
        (b"Transfer-Encoding : chunked", True),
        (b"Transfer-Encoding:\r\n chunked", True),
        (b"Content-Length: 4\r\nTransfer-Encoding: chunked", True),
        (b"Content-Length: +4", True),
    ],
)
def test_framing_is_ambiguous_or_not(head, ambiguous):
    """Whether something behind such a head may be served."""
    assert (
        is_ambiguous(b"POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n" % head) is ambiguous
    )


def test_integers_of_hpack():
    """RFC 7541 appendix C.1."""
    assert integer(10, 5, 0) == b"\x0a"
    assert integer(1337, 5, 0) == b"\x1f\x9a\x0a"
    assert integer(42, 8, 0) == b"\x2a"
