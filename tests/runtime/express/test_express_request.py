"""What a function sees of its request by the Express contract."""

from __future__ import annotations

import json

import pytest

from tests.runtime.contract_rig import call, evaluate, handle, header, value


def test_request_line() -> None:
    """method, url, path and query come from the request line; the query keeps repeated names as arrays."""
    seen = evaluate(
        "[req.method, req.url, req.originalUrl, req.baseUrl, req.path, req.query]", "POST", "/a/b?x=1&y=2&y=3&z="
    )
    assert seen == [
        "POST",
        "/a/b?x=1&y=2&y=3&z=",
        "/a/b?x=1&y=2&y=3&z=",
        "",
        "/a/b",
        {"x": "1", "y": ["2", "3"], "z": ""},
    ]


def test_query_decoding() -> None:
    """Escapes and plus signs are decoded, malformed escapes are kept, and __proto__ is just a name."""
    seen = handle(
        "res.json([req.query, Object.getPrototypeOf(req.query) === null])", target="/?a=%C3%A9+b&c=%zz&__proto__=1"
    )
    assert value(seen) == [{"a": "é b", "c": "%zz", "__proto__": "1"}, True]


def test_stripped_prefix() -> None:
    """A function behind a stripped prefix sees the path without it, and finds it in baseUrl and originalUrl."""
    seen = evaluate("[req.url, req.baseUrl, req.originalUrl]", target="/x?q=1", base_path="/shop")
    assert seen == ["/x?q=1", "/shop", "/shop/x?q=1"]


def test_host_is_real() -> None:
    """`hostname` is that of the request, without its port; subdomains are those left of the domain."""
    seen = evaluate(
        "[req.hostname, req.host, req.subdomains, req.protocol, req.secure]",
        host="v1.api.example.com:8443",
        scheme="https",
    )
    assert seen == ["v1.api.example.com", "v1.api.example.com:8443", ["api", "v1"], "https", True]


def test_ipv6_host() -> None:
    """An IPv6 host keeps its brackets and loses its port."""
    assert evaluate("[req.hostname, req.subdomains]", host="[::1]:8080") == ["[::1]", []]


def test_headers() -> None:
    """Names are in lower case, repeated ones are joined, Authorization is kept, and get knows Referrer."""
    pairs = [
        ("x-a", "1"),
        ("x-a", "2"),
        ("authorization", "Bearer t"),
        ("referer", "http://r/"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
    ]
    seen = evaluate(
        "[req.headers['x-a'], req.get('Authorization'), req.header('Referrer'), req.headers.cookie, req.get('X-None')]",
        headers=pairs,
    )
    assert seen == ["1, 2", "Bearer t", "http://r/", "a=1; b=2", None]


def test_raw_headers() -> None:
    """`rawHeaders` has names and values in turn, with duplicates."""
    assert evaluate("req.rawHeaders", headers=[("x-a", "1"), ("x-a", "2")])[2:] == ["x-a", "1", "x-a", "2"]


def test_cookies() -> None:
    """Cookies are decoded and unquoted, j: values are parsed, the first of a name wins, malformed escapes stay."""
    seen = evaluate(
        "req.cookies", headers={"cookie": 'a=b%20c; q="x"; o=j%3A%7B%22n%22%3A1%7D; a=later; bad=%zz; novalue'}
    )
    assert seen == {"a": "b c", "q": "x", "o": {"n": 1}, "bad": "%zz"}


def test_addresses() -> None:
    """`ip` and ips are what the gateway believes, not what headers say."""
    seen = evaluate(
        "[req.ip, req.ips, req.socket.remoteAddress]", headers={"x-forwarded-for": "6.6.6.6"}, ips=["203.0.113.7"]
    )
    assert seen == ["203.0.113.7", ["203.0.113.7"], "203.0.113.7"]


def test_xhr() -> None:
    """`xhr` is true for requests that say so."""
    assert evaluate("req.xhr", headers={"x-requested-with": "XMLHttpRequest"}) is True
    assert evaluate("req.xhr") is False


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", '{"a": [1, null]}', {"a": [1, None]}),
        ("application/json; charset=utf-8", '"text"', "text"),
        ("application/vnd.api+json", "{}", {}),
        ("application/json", "\ufeff[1]", [1]),
        ("application/x-www-form-urlencoded", "a=1&b=%20x&a=2", {"a": ["1", "2"], "b": " x"}),
        ("text/plain", "héllo", "héllo"),
        ("text/html; charset=utf-8", "<p>", "<p>"),
    ],
)
def test_body_by_type(content_type: str, body: str, expected: object) -> None:
    """The body is parsed by its content type."""
    assert evaluate("req.body", "POST", headers={"content-type": content_type}, body=body) == expected


def test_other_bodies_are_buffers() -> None:
    """A type that is not known gives a Buffer, and so does multipart."""
    for kind in ("application/octet-stream", "multipart/form-data; boundary=x"):
        assert evaluate(
            "[Buffer.isBuffer(req.body), req.body.toString('hex')]",
            "POST",
            headers={"content-type": kind},
            body=b"\x00\xff",
        ) == [True, "00ff"]


def test_latin1_text() -> None:
    """A text in Latin 1 is decoded as it says."""
    assert (
        evaluate("req.body", "POST", headers={"content-type": "text/plain; charset=iso-8859-1"}, body=b"caf\xe9")
        == "café"
    )


def test_empty_body() -> None:
    """Without a body, req.body is an empty object and rawBody an empty Buffer."""
    assert evaluate(
        "[req.body, Buffer.isBuffer(req.rawBody), req.rawBody.length]",
        "POST",
        headers={"content-type": "application/json"},
    ) == [{}, True, 0]


def test_raw_body() -> None:
    """`rawBody` has the bytes as they came, for signatures."""
    assert (
        evaluate("req.rawBody.toString()", "POST", headers={"content-type": "application/json"}, body='{ "a":1}')
        == '{ "a":1}'
    )


def test_invalid_json() -> None:
    """JSON that does not parse is answered with 400 in the gateway's error shape; the function is not called."""
    answer = call(
        "module.exports = () => { throw new Error('called') }",
        "POST",
        headers={"content-type": "application/json"},
        body="{oops",
    )
    error = value(answer)["error"]
    assert (answer.status, error["code"], error["request_id"], header(answer, "content-type")) == (
        400,
        "bad_request",
        "rid",
        "application/json",
    )
    assert "not valid JSON" in error["message"]


def test_unknown_charset() -> None:
    """A charset that is not known is answered with 415."""
    answer = handle("res.end()", "POST", headers={"content-type": "text/plain; charset=ebcdic"}, body="x")
    assert (answer.status, value(answer)["error"]["code"]) == (415, "unsupported_media_type")


def test_body_as_a_stream() -> None:
    """The body can be read by events, or by async iteration."""
    iterating = "let text = ''; for await (const chunk of req) text += chunk; res.json([text, req.rawBody.toString()]);"
    listening = """
      req.setEncoding('utf8');
      const events = [];
      req.on('data', (chunk) => events.push(chunk)).on('end', () => res.json(events));
    """
    assert value(handle(iterating, "POST", body="abc")) == ["abc", "abc"]
    assert value(handle(listening, "POST", body="abc")) == ["abc"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("'json'", "json"),
        ("'application/*'", "application/json"),
        ("['html', 'json']", "json"),
        ("'html'", False),
        ("'+json'", False),
    ],
)
def test_is(wanted: str, expected: object) -> None:
    """is() tells the content type by name, by pattern or out of a list."""
    assert (
        evaluate(f"req.is({wanted})", "POST", headers={"content-type": "application/json; charset=utf-8"}, body="{}")
        == expected
    )


def test_is_without_body() -> None:
    """is() of a request without a body is null."""
    assert evaluate("req.is('json')") is None


@pytest.mark.parametrize(
    ("accept", "call_", "expected"),
    [
        ("text/html, application/json;q=0.9", "req.accepts('json')", "json"),
        ("text/html, application/json;q=0.9", "req.accepts(['json', 'html'])", "html"),
        ("text/*;q=0.5, image/png", "req.accepts('html', 'png')", "png"),
        ("text/html", "req.accepts('json')", False),
        ("*/*", "req.accepts('json', 'html')", "json"),
        ("text/html;q=0, */*", "req.accepts('html')", False),
        ("text/plain;q=0.5, text/html", "req.accepts()", ["text/html", "text/plain"]),
    ],
)
def test_accepts(accept: str, call_: str, expected: object) -> None:
    """accepts() weighs quality and how exact a range is."""
    assert evaluate(call_, headers={"accept": accept}) == expected


def test_other_negotiation() -> None:
    """Languages match by prefix, encodings always have identity, charsets by name."""
    headers = {"accept-language": "de-CH, en;q=0.5", "accept-encoding": "gzip, br;q=0.1", "accept-charset": "utf-8"}
    code = (
        "[req.acceptsLanguages('en', 'de'), req.acceptsEncodings('br', 'gzip'), "
        "req.acceptsEncodings('identity'), req.acceptsCharsets('utf-8', 'x')]"
    )
    assert evaluate(code, headers=headers) == ["de", "gzip", "identity", "utf-8"]


def test_param() -> None:
    """param() looks at the route, then the query, then the body, then takes the default."""
    code = "[req.param('id'), req.param('q'), req.param('b'), req.param('none', 'd')]"
    seen = evaluate(
        code,
        "POST",
        "/?q=query&id=no",
        headers={"content-type": "application/json"},
        body=json.dumps({"b": "body", "q": "no"}),
        params={"id": "route"},
    )
    assert seen == ["route", "query", "body", "d"]


def test_request_id_and_signal() -> None:
    """req.id is the request's id, req.signal an AbortSignal."""
    assert evaluate("[req.id, req.signal instanceof AbortSignal, req.signal.aborted]") == ["rid", True, False]
