"""What a function sees in a URL is what the gateway checks and connects to.

The URL class of the runtime and `edge.services.egress.url` are two programs: a host or port that they read
differently would be a way around the policy.
"""

from __future__ import annotations

import functools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.engine.build import Record
from edge.services.egress.url import DEFAULT_PORTS, UrlError, parse_url
from edge.wire.messages import Request
from tests.support.isolate_driver import IsolateDriver
from tests.support.snapshot_files import snapshot_folder

PROGRAM = """
module.exports = (req, res) => res.json(req.body.map(([text, base]) => {
  const url = URL.parse(text, base ?? undefined);
  if (url === null) return null;
  const credentials = url.username + url.password !== '';
  return [url.protocol.slice(0, -1), url.hostname, url.port, url.pathname + url.search, credentials];
}));
"""

_SCHEMES = st.sampled_from(
    ["http", "https", "ws", "wss", "HTTP", "hTTps", "ftp", "file", "data", "", "ht\ttp", "1x", "x+y.z"]
)
_SLASHES = st.sampled_from(["//", "/", "", "\\\\", "/\\", "///", "\t//", "\\/\\/"])
_USER = st.sampled_from(["", "", "", "u@", "u:p@", ":@", "@", "a@b@", "u:p:q@", "%40@", "[@", "\\@", "h:80@"])
_PLAIN = ["a", "EXAMPLE", "b-c", "xn--4ca", "xn--a", "XN--4CA", "1", "0x7f", "08", "256", "4294967295", "", "_", "*"]
_ENCODED = ["%61", "%2e", "%00", "%zz", "%25", "%C3%A4", "%ff", "a b", "^", "|", "@", "a\tb", "a\\b"]
_FOREIGN = [
    *("\xe4", "\xc4", "\xdf", "\u200d", "\u0915\u094d\u200d\u0937", "\u05d0", "\U0001f4a9", "\ud800", "\ufffd"),
    *("\u3002", "\uff0e", "\xad", "\uff61", "\uff11", "\u2460", "\uff0f", "\uff1a", "\uff20", "\u2025"),
]
_LABEL = st.sampled_from([*_PLAIN, *_ENCODED, *_FOREIGN])
_DOMAIN = st.lists(_LABEL, min_size=1, max_size=4).map(".".join) | st.lists(_LABEL, min_size=1, max_size=2).map("".join)
_NUMBER = st.sampled_from(["0", "1", "127", "255", "256", "0x10", "010", "09", "0x", "", "99999999999"])
_NUMBERS = st.lists(_NUMBER, min_size=1, max_size=5).map(".".join)
_ADDRESSES = [
    *("[::1]", "[::]", "[1::2:3]", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:7:8]", "[::1%25eth0]", "[::1", "::1]", "[]"),
    *("[1:2:3:4:5:6:7]", "[::1.2.3]", "[::01]", "[::00001]", "[0:0:0:0:0:ffff:7f00:1]", "[v1.x]", "[::1]x", "[:::]"),
    *("[::1.2.3.04]", "[1::2::3]", "[::1 ]", "[::g]"),
]
_HOST = _DOMAIN | _NUMBERS | st.sampled_from(_ADDRESSES)
_PORT = st.sampled_from(
    ["", "", "", ":", ":80", ":443", ":0", ":0080", ":65535", ":65536", ":8a", ":-1", ":\t8", ":99999999999", ": 80"]
)
_STEPS = ["/", "\\", ".", "..", "%2e", "%2E%2e", "a", "\xe9", "?", "#", "@", ":", " ", "\n", "%", "|", "`", "{", "'"]
_PATH = st.lists(st.sampled_from(_STEPS), max_size=5)
_AROUND = st.sampled_from(["", "", "", " ", "\t", "\x00", "\n\x1f"])
_PLACE = st.builds(
    lambda slashes, user, host, port, path: f"{slashes}{user}{host}{port}{''.join(path)}",
    _SLASHES, _USER, _HOST, _PORT, _PATH,
)  # fmt: skip
_ABSOLUTE = st.builds(lambda around, scheme, place: f"{around}{scheme}:{place}{around}", _AROUND, _SCHEMES, _PLACE)
_BASES = ["http://base.example/a/b?q#f", "https://u:p@base.example:8443", "ws://[::1]:80/x/"]
_CASES = st.tuples(_ABSOLUTE, st.none()) | st.tuples(_ABSOLUTE | _PLACE, st.sampled_from(_BASES))


@functools.cache
def _driver():
    return IsolateDriver(snapshot_folder())


def _runtime(cases):
    record = Record("/app/main.js", "cjs", PROGRAM, {})
    # Lone surrogates cross as escapes: text on the wire is well formed.
    body = json.dumps(cases).encode()
    headers = [("content-type", "application/json")]
    request = Request("POST", "http://test/", "/", headers=headers, body=body)
    return json.loads(_driver().run([record], request, contract="express").body)


def _gateway(text, base):
    """As PROGRAM says it; None for no URL, and the scheme alone for one that is not for the network."""
    try:
        url = parse_url(text, None if base is None else parse_url(base))
    except UrlError as error:
        return [error.scheme] if error.scheme else None
    port = "" if url.port == DEFAULT_PORTS[url.scheme] else str(url.port)
    target = url.path if url.query is None else f"{url.path}?{url.query}"
    # `search` is empty for an empty query, the request's target keeps the question mark.
    return [url.scheme, url.host.text, port, target.removesuffix("?") if url.query == "" else target, url.credentials]


def _agree(theirs, ours):
    if ours is None or theirs is None:
        return ours is theirs or (theirs is None and ours[0] not in DEFAULT_PORTS)
    if theirs[0] not in DEFAULT_PORTS:
        return ours == [theirs[0]]
    return theirs == ours


@pytest.mark.slow
@pytest.mark.hostile
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(_CASES, min_size=40, max_size=120))
def test_both_parsers_read_the_same_host_and_port(cases):
    """Whatever the text: both refuse it, or both give the same scheme, host, port, path, query and credentials."""
    theirs = _runtime(cases)
    different = [
        (ascii(text), base, ours, runtime)
        for (text, base), runtime in zip(cases, theirs, strict=True)
        if not _agree(runtime, ours := _gateway(text, base))
    ]
    assert different == []
