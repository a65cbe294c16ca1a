"""The parts of fetch that are values in, values out."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.services.dial.listeners import OwnListeners, is_local
from edge.services.http.data_url import is_data_url, parse_data_url
from edge.services.http.decoding import Decoder, encodings
from edge.services.http.failure import FetchError
from edge.services.http.redirect import location
from edge.services.http.request import check_headers, check_loop, check_method


@pytest.mark.parametrize(
    ("method", "sent"), [("get", "GET"), ("Post", "POST"), ("patch", "patch"), ("PROPFIND", "PROPFIND")]
)
def test_methods_are_normalised_as_fetch_does(method, sent):
    """Six of them in upper case; others, `patch` among them, as they are."""
    assert check_method(method) == sent


@pytest.mark.parametrize("method", ["", "G T", "GET\r\n", "CONNECT", "trace", "Track", "é"])
def test_forbidden_methods(method):
    """Not a token, or not for fetch."""
    with pytest.raises(FetchError):
        check_method(method)


@pytest.mark.parametrize("name", ["", " a", "a b", "a\r\nb", "a:", ":path", "é", "a\x00"])
def test_bad_header_names(name):
    """Only tokens."""
    with pytest.raises(FetchError):
        check_headers([(name, "1")], 1000)


@pytest.mark.parametrize("value", ["1\nX", "1\rX", "a\x00b", "€", "1\r\n X: 2"])
def test_bad_header_values(value):
    """No line breaks, no NUL, nothing beyond Latin-1."""
    with pytest.raises(FetchError):
        check_headers([("a", value)], 1000)


@pytest.mark.parametrize(
    "name",
    ["Connection", "content-length", "EXPECT", "Host", "http2-settings", "keep-alive", "proxy-authorization",
     "Proxy-Connection", "te", "trailer", "transfer-encoding", "upgrade", "via", "cdn-loop"],
)  # fmt: skip
def test_headers_of_the_connection_are_dropped(name):
    """They frame the message or speak to a hop: the host makes them."""
    assert check_headers([(name, "x"), ("Cookie", " a=1\t")], 1000) == (("cookie", "a=1"),)


def test_request_headers_have_a_limit():
    """The message names size and limit."""
    with pytest.raises(FetchError, match="have 1005 bytes, over the limit of 1000"):
        check_headers([("a", "x" * 1000)], 1000)


@pytest.mark.parametrize(
    ("loop", "fine"),
    [("", True), (", ".join(["edge"] * 15), True), (", ".join(["edge"] * 16), False), ("EDGE;v=1," * 16, False),
     (", ".join(["edgecast"] * 99), True)],
)  # fmt: skip
def test_loops_are_counted(loop, fine):
    """Our own name, with or without parameters, in any case."""
    if fine:
        assert check_loop(loop, 16) == loop
    else:
        with pytest.raises(FetchError):
            check_loop(loop, 16)


def test_a_redirect_to_two_places_is_refused():
    """The same place twice is one."""
    assert location(302, [("location", "/a"), ("location", "/a")]) == "/a"
    assert location(200, [("location", "/a")]) is None
    with pytest.raises(FetchError):
        location(302, [("location", "/a"), ("location", "/b")])


@pytest.mark.parametrize(
    ("url", "kind", "body"),
    [
        ("data:,x", "text/plain;charset=US-ASCII", b"x"),
        ("data:text/html,%3Cb%3E", "text/html", b"<b>"),
        ("data:;charset=utf-8,%C3%A9", "text/plain;charset=utf-8", "é".encode()),
        ("data:image/png;base64,aGk=", "image/png", b"hi"),
        ("data:image/png; BASE64,aGk", "image/png", b"hi"),
        ("data:;base64,a%47k%3D", "text/plain;charset=US-ASCII", b"hi"),
        ("data:x,y#z", "text/plain;charset=US-ASCII", b"y"),
        (" DATA:text/plain,a b", "text/plain", b"a b"),
        ("data:text/plain,a,b", "text/plain", b"a,b"),
    ],
)
def test_data_urls(url, kind, body):
    """Type and content, percent-encoded or base64."""
    assert is_data_url(url)
    assert parse_data_url(url, 1000) == (kind, body)


@pytest.mark.parametrize(
    "url", ["data:x", "data:;base64,a", "data:;base64,a=b=", "data:;base64,===", "data:," + "x" * 1000]
)
def test_bad_data_urls(url):
    """No comma, bad base64, too long."""
    with pytest.raises(FetchError):
        parse_data_url(url, 1000)


def _decode(names, data, step, size=10):
    decoder = Decoder(names, 1000, 1 << 20)
    found = b""
    for index in range(0, len(data), step):
        decoder.feed(data[index : index + step])
        while (part := decoder.take(size)) or decoder.busy:
            assert len(part) <= size
            found += part
    decoder.finish()
    return found


@given(st.binary(max_size=300), st.integers(1, 50), st.sampled_from(["gzip", "deflate", "both"]))
def test_decoding_is_the_inverse_whatever_the_pieces(data, step, coding):
    """Any split of the input, any size of the output."""
    encoded = {"gzip": gzip.compress(data), "deflate": zlib.compress(data), "both": gzip.compress(zlib.compress(data))}
    names = ("gzip", "deflate") if coding == "both" else (coding,)
    assert _decode(names, encoded[coding], step) == data


def test_gzip_members_follow_each_other():
    """RFC 1952 allows several; what is no member after the last is ignored."""
    assert _decode(("gzip",), gzip.compress(b"one ") + gzip.compress(b"two") + b"trailing", 1000) == b"one two"


def test_truncated_data_is_noticed():
    """Silence is not the end."""
    with pytest.raises(FetchError, match="ended too early"):
        _decode(("gzip",), gzip.compress(b"hello")[:-1], 3)


def test_an_empty_body_needs_no_coding():
    """Servers label empty bodies gzip."""
    assert _decode(("gzip",), b"", 1) == b""


def test_codings_are_undone_in_reverse_and_bounded():
    """Unknown ones leave the body alone; a tower of them is refused."""
    assert encodings([("content-encoding", "deflate, X-GZIP"), ("content-encoding", "identity")]) == (
        "x-gzip",
        "deflate",
    )
    assert encodings([("content-encoding", "gzip, br")]) == ()
    with pytest.raises(FetchError, match="encoded 4 times"):
        encodings([("content-encoding", "gzip,gzip,gzip,gzip")])


def test_own_listeners():
    """An exact address, or every address of this machine."""
    ip = __import__("ipaddress").ip_address
    exact, everywhere = OwnListeners([("127.0.0.1", 80)]), OwnListeners([("0.0.0.0", 80)])
    assert exact.among([ip("127.0.0.1"), ip("127.0.0.2"), ip("0.0.0.0")], 80) == {(ip("127.0.0.1"), 80)}
    assert exact.among([ip("127.0.0.1")], 81) == set()
    assert everywhere.among([ip("127.0.0.1"), ip("93.184.216.34")], 80) == {(ip("127.0.0.1"), 80)}
    assert is_local(ip("127.0.0.1"))
    assert not is_local(ip("93.184.216.34"))


def test_a_bomb_that_comes_to_nothing_is_one_all_the_same():
    """A million empty members in a member: no byte comes out, and yet the layer between is held to the ratio."""
    data = gzip.compress(gzip.compress(b"") * 1_000_000)
    decoder = Decoder(("gzip", "gzip"), 200, 4 << 20)
    inner = decoder._inflaters[0]

    def unpack():
        decoder.feed(data)
        before = 0
        while (part := decoder.take(65536)) or decoder.busy:
            assert not part
            assert inner.given - before <= 16 * 65536
            before = inner.given

    with pytest.raises(FetchError, match="decompression bomb"):
        unpack()
    assert inner.given <= 200 * len(data) + 65536
