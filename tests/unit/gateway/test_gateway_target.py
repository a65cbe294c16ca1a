"""Request targets: one canonical form, made once, or a refusal."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.errors import CallerError, UriTooLongError
from edge.gateway.authority import Authority, parse_authority
from edge.gateway.target import MAX_PATH, Target, canonical_path, decode_segment, parse_target


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/", "/a/"),
        ("/a//b", "/a//b"),
        ("/./a", "/a"),
        ("/a/.", "/a/"),
        ("/a/..", "/"),
        ("/a/../b", "/b"),
        ("/../../b", "/b"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/.%2e/b", "/b"),
        ("/%2e/a", "/a"),
        ("/%41%7e%2D", "/A~-"),
        ("/a%2fb", "/a%2Fb"),
        ("/%25%32%65", "/%252e"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ('/a"b<c>{d}', "/a%22b%3Cc%3E%7Bd%7D"),
        ("/a%20b;c=1,d@e:f", "/a%20b;c=1,d@e:f"),
        ("/.well-known/x", "/.well-known/x"),
        ("/ok.", "/ok."),
        ("/...", "/..."),
        ("/a%0Ab", "/a%0Ab"),
    ],
)
def test_a_path_has_one_canonical_form(raw, canonical):
    """Escapes of unreserved characters vanish, the others are upper-case, dot segments are resolved."""
    assert canonical_path(raw.encode()) == canonical


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"a", b"*", b"/%", b"/%2", b"/%zz", b"/%u0041", b"/a\\b", b"/a%5cb", b"/ok%00.html", b"/%c0%ae", b"/%ff",
        b"/\xff", b"/a b", b"/a\tb", b"/a#b", b"/a/..%2f..%2fetc", b"/a%2f..", b"/%2e%2e%2fa", b"/a%2f.%2fb",
    ],
)  # fmt: skip
def test_what_has_no_safe_form_is_refused(raw):
    """Invalid escapes, NUL, backslashes, bytes that are not UTF-8, dots behind encoded slashes."""
    with pytest.raises(CallerError) as caught:
        canonical_path(raw)
    assert caught.value.status == 400


@given(st.binary(max_size=40).map(lambda b: b"/" + b))
@example(b"/%252e%252e/")
def test_canonical_paths_stay_as_they_are_and_mean_the_same(raw):
    """Canonicalising is idempotent, leaves no dot segment, and no escape that hides one."""
    try:
        path = canonical_path(raw)
    except CallerError:
        return
    assert canonical_path(path.encode("ascii")) == path
    assert not {".", ".."} & set(path.split("/"))
    assert "\\" not in decode_segment(path)
    assert "\0" not in decode_segment(path)
    if b"." not in raw and b"%2" not in raw:
        assert unquote_to_bytes(path) == unquote_to_bytes(raw)


def test_a_path_over_the_limit_is_414_with_the_limit():
    """Length is checked before anything else."""
    with pytest.raises(UriTooLongError, match=str(MAX_PATH)):
        canonical_path(b"/" + b"a" * MAX_PATH)
    with pytest.raises(UriTooLongError):
        parse_target(b"/", b"q" * 20_000)


def test_the_query_stays_raw():
    """Nothing in a query is decoded or reordered; only what HTTP forbids is refused."""
    assert parse_target(b"/a", b"b=%zz&c=[1]&d='%00'").query == "b=%zz&c=[1]&d='%00'"
    for bad in (b"a b", b"a#b", b"\xff", b"a\x00"):
        with pytest.raises(CallerError):
            parse_target(b"/", bad)


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        (b"http://Other.test/a/../b", Target("/b", "", Authority("other.test"))),
        (b"HTTPS://o.test:8443", Target("/", "", Authority("o.test", 8443))),
        (b"/plain", Target("/plain")),
    ],
)
def test_absolute_form_gives_the_authority(raw, target):
    """RFC 9112 section 3.2.2."""
    assert parse_target(raw) == target


@pytest.mark.parametrize("raw", [b"http:///x", b"http://u:p@h/", b"ftp://h/", b"*", b"host:443", b"http://a b/"])
def test_other_forms_are_refused(raw):
    """Asterisk and authority form, user information, other schemes."""
    with pytest.raises(CallerError):
        parse_target(raw)


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("Example.COM", Authority("example.com")),
        ("example.com.", Authority("example.com")),
        ("a:80", Authority("a", 80)),
        ("a:", Authority("a")),
        ("[::0001]:8080", Authority("[::1]", 8080)),
        ("127.0.0.1:0", Authority("127.0.0.1", 0)),
        ("my_host.x", Authority("my_host.x")),
    ],
)
def test_a_host_is_lower_case_without_trailing_dot(text, authority):
    """One form for routing and for the request's URL."""
    assert parse_authority(text) == authority


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "a/../c", "aé", "a:99999x", "a:65536", "a:b:c", "u@h", "[::1", "::1", "[zz]", "a..b", ".", "-a"],
)
def test_what_is_no_host_is_refused(text):
    """Never a guess."""
    with pytest.raises(CallerError):
        parse_authority(text)
