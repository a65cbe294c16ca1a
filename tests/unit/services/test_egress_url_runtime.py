"""The policy's URL parser against the URL class that functions use: no disagreement on host or port, ever."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.services.egress.url import DEFAULT_PORTS, UrlError, parse_url
from tests.runtime.contract_rig import handle

pytestmark = [pytest.mark.slow, pytest.mark.integration]

_PROGRAM = """
const seen = (url) => [url.protocol, url.hostname, url.port, url.pathname + url.search, url.username + url.password];
res.json(req.body.map(([text, base]) => {
  try { return seen(base === null ? new URL(text) : new URL(text, base)); } catch { return null; }
}));
"""
_DIGITS = st.sampled_from(["0", "1", "7", "8", "9", "10", "127", "255", "256", "0x7f", "0X", "017", "08", "4294967295"])
_IPV4 = st.lists(_DIGITS, min_size=1, max_size=5).map(".".join)
_PIECE = st.sampled_from(
    ["", "0", "1", "ffff", "FFFF", "12345", "g", "7f00", "5efe", "127.0.0.1", "1.2.3", "64", "ff9b"]
)
_IPV6 = st.lists(_PIECE, min_size=2, max_size=9).map(":".join).map(lambda text: f"[{text}]")
_LABEL = st.sampled_from(
    [
        *("a", "example", "com", "XN--", "xn--ls8h", "xn--a", "xn--80ak6aa92e", "a_b", "-", "a--b", "", "0x1g", "*"),
        *(
            "b\xfccher",
            "\u2460",
            "\uff11",
            "\u0661",
            "\u3002",
            "\uff0e",
            "\uff61",
            "\xad",
            "\u200d",
            "\u200b",
            "\u00df",
        ),
        *("\u0131", "\u017f", "\u212a", "\u2100", "\u2488", "\U0001f4a9", "\U0001d7ce", "\ufb01", "\u0345", "\u1e9e"),
        *(
            "\u0130",
            "\u05d0",
            "\u06dd",
            "\ufffd",
            "%41",
            "%2e",
            "%2F",
            "%00",
            "%ff",
            "%",
            "%c3%bc",
            "%e3%80%82",
            "a" * 64,
        ),
    ]
)
_NAME = st.lists(_LABEL, min_size=1, max_size=4).map(".".join)
_HOST = st.one_of(_IPV4, _IPV6, _NAME, st.tuples(_NAME, _IPV4).map("".join))
_BLANKS = st.sampled_from(["", "", "", "\t", "\n", "\r", " ", "\x00", "\x1f"])
_USER = st.sampled_from(["", "", "", "u@", "u:p@", ":@", "@", "a@b@", "127.0.0.1@", "%40@", "a\\@", "a/@", "[@"])
_PORT = st.sampled_from(
    ["", "", ":", ":80", ":443", ":0", ":00080", ":65535", ":65536", ":8 0", ":\t80", ":x", ":-1", ":80:"]
)
_SCHEME = st.sampled_from(["http:", "https:", "ws:", "wss:", "HTTP:", "hTtPs:", "h\nttp:", "http\t:", " http:"])
_SLASHES = st.sampled_from(["//", "//", "//", "/", "", "///", "\\\\", "/\\", "//\\", "\t//", "/\n/"])
_TAIL = st.sampled_from(
    [
        "",
        "/",
        "/a/../b",
        "\\x",
        "?q",
        "#f",
        "/%2e%2e/x",
        "/a b",
        "/\xe9?\xe9",
        "/..//",
        "?\\",
        "/;a",
        "/\u0000",
        "@x",
        "/C|/..",
    ]
)
_URL = st.tuples(_SCHEME, _SLASHES, _USER, _HOST, _BLANKS, _PORT, _TAIL).map("".join)
_REFERENCE = st.tuples(st.one_of(_SCHEME, st.just("")), st.one_of(_SLASHES, st.just("")), _HOST, _PORT, _TAIL).map(
    "".join
)
_BASES = st.sampled_from(["http://base.test/a/b?c#d", "https://base.test:8443", "http://[::1]:80/x"])
_CASE = st.one_of(st.tuples(_URL, st.none()), st.tuples(_REFERENCE, _BASES), st.tuples(st.text(max_size=20), _BASES))


def _ours(text, base):
    try:
        url = parse_url(text, None if base is None else parse_url(base))
    except UrlError as error:
        return error.scheme or None
    query = f"?{url.query}" if url.query else ""
    port = "" if url.port == DEFAULT_PORTS[url.scheme] else str(url.port)
    return [f"{url.scheme}:", url.host.text, port, url.path + query, url.credentials]


@settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(_CASE, min_size=60, max_size=60))
def test_no_disagreement_with_the_url_class_of_functions(cases):
    """4,200 URLs made by a grammar of tricks: the same are valid, and they mean the same host, port and path."""
    clean = [(_no_surrogates(text), base) for text, base in cases]
    answer = handle(_PROGRAM, "POST", headers={"content-type": "application/json"}, body=json.dumps(clean))
    for (text, base), theirs in zip(clean, json.loads(answer.body), strict=True):
        ours = _ours(text, base)
        if isinstance(ours, str):
            assert theirs is None or theirs[0].removesuffix(":") not in DEFAULT_PORTS, ascii((text, base))
            continue
        if theirs is not None:
            theirs[4] = bool(theirs[4])
        assert ours == theirs, ascii((text, base))


def _no_surrogates(text):
    return text.encode("utf-8", "replace").decode()
