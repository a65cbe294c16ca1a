"""awslambda.streamifyResponse: handlers that write their response to a stream."""

from __future__ import annotations

import pytest

from edge.errors import BadResponseError, FunctionError
from tests.runtime.contract_rig import call, every, header
from tests.support.isolate_driver import Answer


def stream(code: str, method: str = "GET") -> Answer:
    """The answer of a streaming handler whose body is `code`."""
    source = f"exports.handler = awslambda.streamifyResponse(async (event, responseStream, context) => {{ {code} }})"
    return call(source, method, contract="event")


def test_chunks_are_sent_as_they_are_written() -> None:
    """Text and bytes; the type is octet-stream when nobody says another."""
    answer = stream(
        "responseStream.write('a'); await sleep(2); responseStream.write(Buffer.from([0, 255]));"
        " responseStream.end('z')"
    )
    assert (answer.status, answer.body) == (200, b"a\x00\xffz")
    assert header(answer, "content-type") == "application/octet-stream"


def test_metadata_says_status_headers_and_cookies() -> None:
    """HttpResponseStream.from answers the stream."""
    answer = stream(
        "const out = awslambda.HttpResponseStream.from(responseStream, { statusCode: 201, headers: { 'X-A': 'b',"
        " 'Content-Type': 'text/html' }, cookies: ['a=1', 'b=2'] }); out.write('<p>'); out.end()"
    )
    assert (answer.status, answer.body, header(answer, "x-a")) == (201, b"<p>", "b")
    assert (header(answer, "content-type"), every(answer, "set-cookie")) == ("text/html", ["a=1", "b=2"])


def test_a_content_type_alone() -> None:
    """`setContentType` is for those who need nothing else."""
    answer = stream("responseStream.setContentType('text/plain'); responseStream.end('x')")
    assert header(answer, "content-type") == "text/plain"


def test_pipelines() -> None:
    """The stream is a Writable of Node's: pipeline feeds it, and need not be awaited."""
    source = """const { Readable, pipeline: pipe } = require('stream');
    const { pipeline } = require('stream/promises');
    exports.handler = awslambda.streamifyResponse(async (event, responseStream) => {
      const from = Readable.from(async function* () { yield 'one '; await sleep(2); yield 'two' }());
      if (event.rawPath === '/await') await pipeline(from, responseStream); else pipe(from, responseStream, () => {});
    })"""
    for path in ("/await", "/loose"):
        assert call(source, "GET", path, contract="event").body == b"one two"


def test_empty_and_bodyless_responses() -> None:
    """An end alone is an empty body; HEAD and 204 have none."""
    assert stream("responseStream.end()").body == b""
    assert stream("responseStream.end('abc')", "HEAD").body == b""
    answer = stream("awslambda.HttpResponseStream.from(responseStream, { statusCode: 204 }).end('abc')")
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("throw new Error('boom')", FunctionError, "boom"),
        ("responseStream.write('x'); await sleep(1); throw new Error('boom')", FunctionError, "boom"),
        ("responseStream.write('x')", BadResponseError, "never ended"),
        ("responseStream.destroy()", BadResponseError, "destroyed"),
        ("responseStream.destroy(new Error('gone'))", FunctionError, "gone"),
        ("awslambda.HttpResponseStream.from(responseStream, { statusCode: 99 }).end()", BadResponseError, "statusCode"),
        ("awslambda.HttpResponseStream.from({}, {})", FunctionError, "takes the response stream"),
        (
            "responseStream.write('x'); await sleep(1); awslambda.HttpResponseStream.from(responseStream, {})",
            FunctionError,
            "too late",
        ),
        ("context.succeed('x')", FunctionError, "by the stream"),
    ],
)
def test_failures(code: str, error: type[Exception], message: str) -> None:
    """What goes wrong is told, before or after the first byte."""
    with pytest.raises(error, match=message):
        stream(code)


def test_a_streaming_handler_is_async() -> None:
    """As Lambda wants it."""
    with pytest.raises(BadResponseError, match="async"):
        call("exports.handler = awslambda.streamifyResponse((e, s) => { s.end('x') })", contract="event")


def test_the_limit_of_what_is_on_its_way_holds() -> None:
    """A large body written in a loop with back-pressure arrives whole."""
    answer = stream(
        "const { once } = require('events'); for (let i = 0; i < 200; i++)"
        " if (!responseStream.write(Buffer.alloc(10000, 97))) await once(responseStream, 'drain'); responseStream.end()"
    )
    assert answer.body == b"a" * 2_000_000
