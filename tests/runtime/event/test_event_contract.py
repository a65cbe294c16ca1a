"""The event contract: what the handler gets, and how its result becomes a response."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from edge.errors import BadResponseError, FunctionError
from tests.runtime.contract_rig import call, every, header, value

if TYPE_CHECKING:
    from tests.support.isolate_driver import Answer


def invoke(code: str, *args: Any, **kwargs: Any) -> Answer:
    """Runs `code` as the body of an async handler (event, context)."""
    return call(f"exports.handler = async (event, context) => {{ {code} }}", *args, contract="event", **kwargs)


def event_of(*args: Any, **kwargs: Any) -> Any:
    """The event of a request."""
    return value(invoke("return event", *args, **kwargs))


def test_payload_2_0() -> None:
    """The event has the fields of payload format 2.0."""
    event = event_of(
        "POST",
        "/a/b?x=1&x=2&y=%20",
        headers=[
            ("cookie", "a=1; b=2"),
            ("x-h", "1"),
            ("x-h", "2"),
            ("user-agent", "t"),
            ("content-type", "text/plain"),
        ],
        body="hi",
        params={"id": "7"},
    )
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/a/b", "x=1&x=2&y=%20")
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["queryStringParameters"] == {"x": "1,2", "y": " "}
    assert event["pathParameters"] == {"id": "7"}
    assert (event["body"], event["isBase64Encoded"]) == ("hi", False)
    assert (event["headers"]["x-h"], event["headers"]["host"]) == ("1,2", "api.example.com")
    http = event["requestContext"]["http"]
    assert http == {
        "method": "POST",
        "path": "/a/b",
        "protocol": "HTTP/1.1",
        "sourceIp": "203.0.113.7",
        "userAgent": "t",
    }
    assert (event["requestContext"]["domainName"], event["requestContext"]["requestId"]) == ("api.example.com", "rid")


def test_names_of_format_1_0() -> None:
    """The names of format 1.0 are there beside them."""
    event = event_of("PUT", "/a?x=1&x=2", headers=[("x-h", "1"), ("x-h", "2")])
    assert (event["httpMethod"], event["path"]) == ("PUT", "/a")
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["multiValueHeaders"]["x-h"] == ["1", "2"]


def test_what_is_not_there_is_left_out() -> None:
    """Without cookies, query, parameters or body their fields are not there."""
    assert {"cookies", "queryStringParameters", "pathParameters", "body"} & event_of().keys() == set()


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"content-type": "application/json"}, b'{"a":1}', ('{"a":1}', False)),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a=1", ("a=1", False)),
        ({"content-type": "image/png"}, b"\x89\xff", (base64.b64encode(b"\x89\xff").decode(), True)),
        ({}, b"\x00", ("AA==", True)),
        ({"content-type": "text/plain", "content-encoding": "gzip"}, b"\x1f\x8b", ("H4s=", True)),
    ],
)
def test_bodies(headers: dict[str, str], body: bytes, expected: tuple[str, bool]) -> None:
    """Text is given as text, all else as base64, which the event says."""
    event = event_of("POST", headers=headers, body=body)
    assert (event["body"], event["isBase64Encoded"]) == expected


def test_context() -> None:
    """The context tells the function's name, version, limits and the time that is left."""
    context = value(
        invoke(
            "const left = context.getRemainingTimeInMillis(); return { ...context, left, "
            "signal: context.signal instanceof AbortSignal }"
        )
    )
    assert (
        context["functionName"],
        context["functionVersion"],
        context["memoryLimitInMB"],
        context["awsRequestId"],
    ) == ("test", "v1", "256", "rid")
    assert context["invokedFunctionArn"].endswith(":function:test")
    assert context["callbackWaitsForEmptyEventLoop"] is True
    assert 0 < context["left"] <= 20000
    assert context["signal"] is True


@pytest.mark.parametrize(
    "source",
    [
        "exports.handler = async () => ({ statusCode: 201, body: 'x' })",
        "exports.handler = () => ({ statusCode: 201, body: 'x' })",
        "exports.handler = () => Promise.resolve({ statusCode: 201, body: 'x' })",
        (
            "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, { "
            "statusCode: 201, body: 'x' }), 1) }"
        ),
        "exports.handler = (event, context) => { context.succeed({ statusCode: 201, body: 'x' }) }",
        "exports.handler = (event, context) => { context.done(null, { statusCode: 201, body: 'x' }) }",
    ],
)
def test_ways_to_answer(source: str) -> None:
    """A handler answers by returning, by a promise, by the callback, or by the context."""
    answer = call(source, contract="event")
    assert (answer.status, answer.body) == (201, b"x")


@pytest.mark.parametrize(
    "source",
    [
        "exports.handler = async () => { throw new TypeError('boom') }",
        "exports.handler = () => { throw new TypeError('boom') }",
        "exports.handler = (event, context, callback) => callback(new TypeError('boom'))",
        "exports.handler = (event, context, callback) => { callback('boom') }",
        "exports.handler = (event, context) => context.fail(new TypeError('boom'))",
    ],
)
def test_ways_to_fail(source: str) -> None:
    """A handler fails by throwing, by rejecting, by the callback's error, or by the context."""
    with pytest.raises(FunctionError, match="boom"):
        call(source, contract="event")


@pytest.mark.parametrize(
    ("returned", "body", "content_type"),
    [
        ("{ a: 1 }", b'{"a":1}', "application/json"),
        ("'text'", b"text", "application/json"),
        ("[1]", b"[1]", "application/json"),
        ("42", b"42", "application/json"),
        ("null", b"null", "application/json"),
        ("undefined", b"null", "application/json"),
    ],
)
def test_inference(returned: str, body: bytes, content_type: str) -> None:
    """A result without statusCode is the body of a 200."""
    answer = invoke(f"return {returned}")
    assert (answer.status, answer.body, header(answer, "content-type")) == (200, body, content_type)


def test_whole_response() -> None:
    """Status, headers, several values, cookies and the length are as the object says."""
    answer = invoke("""return { statusCode: 202, headers: { 'X-A': 1, 'Content-Type': 'text/html', 'X-M': 'single' },
      multiValueHeaders: { 'X-M': ['1', '2'] }, cookies: ['a=1', 'b=2; Secure'], body: 'é' }""")
    assert (answer.status, answer.body, header(answer, "content-length")) == (202, "é".encode(), "2")
    assert (header(answer, "x-a"), header(answer, "content-type")) == ("1", "text/html")
    assert every(answer, "x-m") == ["1", "2"]
    assert every(answer, "set-cookie") == ["a=1", "b=2; Secure"]


def test_base64_body() -> None:
    """A body in base64 is sent as its bytes."""
    answer = invoke(
        "return { statusCode: 200, isBase64Encoded: true, body: 'AP8=', headers: { 'content-type': 'image/png' } }"
    )
    assert (answer.body, header(answer, "content-length")) == (b"\x00\xff", "2")


def test_object_bodies_become_json() -> None:
    """A body that is an object is sent as JSON."""
    assert invoke("return { statusCode: 200, body: { a: 1 } }").body == b'{"a":1}'


def test_framing_headers_are_the_gateways() -> None:
    """Lengths and encodings of the transfer that a function sets are not sent."""
    answer = invoke(
        "return { statusCode: 200, headers: { 'Content-Length': '99', 'Transfer-Encoding': 'chunked' }, body: 'abc' }"
    )
    assert every(answer, "content-length") == ["3"]
    assert every(answer, "transfer-encoding") == []


def test_head_and_no_content() -> None:
    """HEAD has a length and no body; 204 has neither."""
    answer = invoke("return { statusCode: 200, body: 'abc' }", "HEAD")
    assert (answer.body, header(answer, "content-length")) == (b"", "3")
    empty = invoke("return { statusCode: 204 }")
    assert (empty.status, header(empty, "content-length")) == (204, None)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("{ statusCode: 'abc' }", "statusCode is abc"),
        ("{ statusCode: 99 }", "statusCode is 99"),
        ("{ statusCode: 600 }", "200 to 599"),
        ("{ statusCode: {} }", "statusCode is an object"),
        ("{ statusCode: 200, headers: 'x' }", "headers is a string"),
        ("{ statusCode: 200, headers: { 'a b': '1' } }", "no header name"),
        ("{ statusCode: 200, headers: { a: {} } }", r'headers\["a"\] is an object'),
        ("{ statusCode: 200, headers: { a: 'x\\r\\ny: z' } }", "cannot hold"),
        ("{ statusCode: 200, multiValueHeaders: { a: 'x' } }", "must be an array"),
        ("{ statusCode: 200, cookies: 'a=1' }", "cookies is a string"),
        ("{ statusCode: 200, cookies: [1] }", r"cookies\[0\] is a number"),
        ("{ statusCode: 200, isBase64Encoded: 'yes', body: '' }", "isBase64Encoded is a string"),
        ("{ statusCode: 200, isBase64Encoded: true, body: '***' }", "not valid base64"),
        ("{ statusCode: 200, body: new Uint8Array(1) }", "body is bytes"),
        ("() => 1", "returned a function"),
        ("10n", "cannot be made JSON"),
        ("(() => { const a = {}; a.a = a; return a })()", "cannot be made JSON"),
    ],
)
def test_malformed_responses(returned: str, message: str) -> None:
    """What is no response is a bad response, and the message names what is wrong."""
    with pytest.raises(BadResponseError, match=message):
        invoke(f"return {returned}")


def test_wait_until() -> None:
    """context.waitUntil keeps the invocation open after the response."""
    answer = invoke("context.waitUntil(sleep(3).then(() => console.log('later'))); return 1")
    assert answer.logs == ["info later"]


def test_names_that_objects_have_are_names_like_any_other() -> None:
    """Headers and parameters may be called `__proto__` or `constructor`; nothing else gets them."""
    event = value(
        invoke(
            "return { h: JSON.stringify(event.headers), m: event.multiValueHeaders.constructor,"
            " q: JSON.stringify(event.queryStringParameters), clean: ({})[0] === undefined }",
            "GET",
            "/?__proto__=a&__proto__=b&constructor=c",
            headers=[("__proto__", "x"), ("__proto__", "y"), ("constructor", "z")],
        )
    )
    assert '"__proto__":"x,y"' in event["h"]
    assert (event["m"], event["clean"]) == (["z"], True)
    assert '"__proto__":"a,b"' in event["q"]
    assert '"constructor":"c"' in event["q"]


@pytest.mark.parametrize("content_type", ["text/plain; charset=iso-8859-1", "application/json"])
def test_text_that_is_no_utf8_comes_in_base64(content_type: str) -> None:
    """It would not survive otherwise."""
    event = event_of("POST", headers={"content-type": content_type}, body=b"\xe9")
    assert (event["body"], event["isBase64Encoded"]) == ("6Q==", True)


def test_paths_behind_a_prefix() -> None:
    """The function sees its own path; the context of format 1.0 has all of it."""
    event = event_of("GET", "/x", base_path="/fn")
    context = event["requestContext"]
    assert (event["rawPath"], event["path"], context["http"]["path"], context["path"]) == ("/x", "/x", "/x", "/fn/x")


def test_header_values() -> None:
    """An array is several lines; null and undefined are none; numbers and booleans are text."""
    answer = invoke(
        "return { statusCode: '201', headers: { a: ['1', 2], b: null, c: undefined, d: true,"
        " 'set-cookie': ['x=1', 'y=2'] } }"
    )
    assert (answer.status, every(answer, "a"), header(answer, "b")) == (201, ["1", "2"], None)
    assert (header(answer, "d"), every(answer, "set-cookie")) == ("true", ["x=1", "y=2"])
