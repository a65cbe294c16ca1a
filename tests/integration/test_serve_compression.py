"""Compressed answers of real functions, over a real connection."""

from __future__ import annotations

import contextlib
import http.client
import zlib

import brotli
import pytest

from edge.gateway.compression.encoders import zstd
from tests.support.gateway_process import gateway

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ENGINE_MODES = ("cells",)

FUNCTION = """
const text = 'The quick brown fox jumps over the lazy dog. '.repeat(2000);
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const headers = { 'content-type': 'text/plain; charset=utf-8', etag: '"v1"' };
    switch (pathname) {
      case '/text': return new Response(text, { headers });
      case '/small': return new Response('small', { headers });
      case '/empty': return new Response(null, { headers: { 'content-type': 'text/plain' } });
      case '/none': return new Response(null, { status: 204, headers });
      case '/asked': return new Response(null, { status: 304, headers });
      case '/image': return new Response(text, { headers: { ...headers, 'content-type': 'image/png' } });
      case '/fixed': return new Response(text, { headers: { ...headers, 'cache-control': 'no-transform' } });
      case '/part':
        headers['content-range'] = 'bytes 0-89999/99999';
        return new Response(text, { status: 206, headers });
      case '/large': return new Response(text.repeat(40), { headers });
      case '/lie': return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(2000)); c.close(); } }),
        { headers: { ...headers, 'content-length': '5000' } });
      case '/throws': throw new Error('x'.repeat(5000));
      case '/events': {
        let n = 0;
        const encoder = new TextEncoder();
        return new Response(new ReadableStream({
          async pull(controller) {
            if (n === 3) return controller.close();
            if (n > 0) await new Promise((resolve) => setTimeout(resolve, 150));
            controller.enqueue(encoder.encode(`data: ${n++}\\n\\n`));
          },
        }), { headers: { 'content-type': 'text/event-stream' } });
      }
      case '/quiet': {
        headers['content-type'] = 'text/event-stream';
        return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), { headers });
      }
    }
  },
};
"""
TEXT = b"The quick brown fox jumps over the lazy dog. " * 2000
CONFIG = """
[packages]
root = "."
[compression]
enabled = true
[functions.f]
[[routes]]
path = "/*rest"
function = "f"
[[routes]]
path = "/plain/*rest"
function = "f"
strip_prefix = true
compression = false
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    files = {"f/index.mjs": FUNCTION, "edge.toml": CONFIG}
    with gateway(tmp_path_factory.mktemp("compression"), "--config", "edge.toml", files=files) as running:
        yield running


@pytest.fixture
def ask(edge):
    with contextlib.ExitStack() as stack:

        def asked(path, accept="gzip", method="GET", **headers):
            connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=10)
            stack.callback(connection.close)
            connection.request(method, path, headers={"Accept-Encoding": accept, **headers})
            return stack.enter_context(connection.getresponse())

        yield asked


DECODERS = {"gzip": lambda data: zlib.decompress(data, 31), "br": brotli.decompress, "zstd": zstd.decompress}


@pytest.mark.parametrize("coding", DECODERS)
def test_an_answer_is_compressed_as_the_client_likes(ask, coding):
    """With its length, for the whole of it is at hand; with a weak validator and Vary."""
    answer = ask("/text", f"{coding}, identity;q=0.1")
    body = answer.read()
    assert (answer.headers["content-encoding"], answer.headers["etag"]) == (coding, 'W/"v1"')
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(body) < len(TEXT) // 20
    assert DECODERS[coding](body) == TEXT


PLAIN = {
    "/text": ("", "Accept-Encoding"),
    "/text?": ("deflate", "Accept-Encoding"),
    "/small": ("gzip", None),
    "/image": ("gzip", None),
    "/fixed": ("gzip", None),
    "/part": ("gzip", None),
    "/none": ("gzip", None),
    "/plain/text": ("gzip", None),
    "/throws": ("gzip", None),
}


@pytest.mark.parametrize("path", PLAIN)
def test_other_answers_are_sent_as_they_are(ask, path):
    """And say so in Vary where others would get something else."""
    accept, vary = PLAIN[path]
    answer = ask(path, accept)
    body = answer.read()
    assert answer.headers["content-encoding"] is None
    assert answer.headers["vary"] == vary
    assert len(body) == int(answer.headers["content-length"] or 0)


def test_heads_are_those_of_the_content(ask):
    """HEAD has no length, which nobody knows; 304 has the validator that the client sent; empty stays empty."""
    answer = ask("/text", method="HEAD")
    assert answer.read() == b""
    assert (answer.headers["content-encoding"], answer.headers["content-length"]) == ("gzip", None)
    answer = ask("/asked", **{"If-None-Match": 'W/"v1"'})
    assert (answer.status, answer.read(), answer.headers["etag"]) == (304, b"", 'W/"v1"')
    answer = ask("/empty")
    assert (answer.read(), answer.headers["content-encoding"]) == (b"", None)


def test_events_are_not_held_back(ask):
    """Each arrives when it was sent, and the head before the first of them."""
    for accept in DECODERS:
        answer = ask("/events", accept)
        assert answer.headers["content-encoding"] == accept
        codec = {"gzip": lambda: zlib.decompressobj(31), "br": brotli.Decompressor, "zstd": zstd.ZstdDecompressor}
        decoder = codec[accept]()
        feed = decoder.process if accept == "br" else decoder.decompress
        seen = []
        while part := answer.read1(65536):
            seen.append(feed(part))
        assert [text for text in seen if text] == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    quiet = ask("/quiet")
    assert quiet.status == 200
    quiet.close()


def test_a_large_answer_arrives_whole(ask):
    """In several turns of a thread."""
    answer = ask("/large", "br")
    assert brotli.decompress(answer.read()) == TEXT * 40


def test_an_answer_that_lies_about_its_length_breaks_off(ask):
    """The client can tell, compressed or not."""
    answer = ask("/lie")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        answer.read()
    assert ask("/small").read() == b"small"
