"""What a function can answer by the Express contract."""

from __future__ import annotations

import pytest

from edge.errors import BadResponseError, FunctionError
from tests.runtime.contract_rig import every, handle, header, value


@pytest.mark.parametrize(
    ("sent", "status", "content_type", "body"),
    [
        ("'<p>'", 200, "text/html; charset=utf-8", b"<p>"),
        ("{ a: 1 }", 200, "application/json; charset=utf-8", b'{"a":1}'),
        ("[1]", 200, "application/json; charset=utf-8", b"[1]"),
        ("Buffer.from('ab')", 200, "application/octet-stream", b"ab"),
        ("new Uint8Array([1, 2])", 200, "application/octet-stream", b"\x01\x02"),
        ("new Uint16Array([1, 2])", 200, "application/octet-stream", b"\x01\x00\x02\x00"),
        ("42", 200, "text/plain; charset=utf-8", b"42"),
        ("true", 200, "text/plain; charset=utf-8", b"true"),
        ("null", 200, "text/plain; charset=utf-8", b"null"),
        ("undefined", 204, None, b""),
        ("''", 200, "text/html; charset=utf-8", b""),
    ],
)
def test_send(sent: str, status: int, content_type: str | None, body: bytes) -> None:
    """send() chooses the content type by the value."""
    answer = handle(f"res.send({sent})")
    assert (answer.status, header(answer, "content-type"), answer.body) == (status, content_type, body)
    assert header(answer, "content-length") == (None if status == 204 else str(len(body)))


def test_send_nothing_with_a_status() -> None:
    """A status that was chosen stays, also without a body."""
    assert handle("res.status(404).send()").status == 404


def test_json_values() -> None:
    """json() takes any value; undefined has no text."""
    assert [handle(f"res.json({text})").body for text in ("null", "'a'", "undefined")] == [b"null", b'"a"', b""]


def test_json_keeps_a_type() -> None:
    """A content type that was set before is kept."""
    assert (
        header(handle("res.type('application/problem+json').json({})"), "content-type")
        == "application/problem+json; charset=utf-8"
    )


def test_length_counts_bytes() -> None:
    """Content-Length is in bytes of UTF-8, and a lone surrogate is sent as a replacement character."""
    answer = handle("res.send('é\\ud800')")
    assert (answer.body, header(answer, "content-length")) == ("é\ufffd".encode(), "5")


@pytest.mark.parametrize(
    ("code", "status"),
    [("res.sendStatus(404)", 404), ("res.status(201).end()", 201), ("res.statusCode = 418; res.end()", 418)],
)
def test_status(code: str, status: int) -> None:
    """The status can be set in each way that Express has."""
    assert handle(code).status == status


def test_send_status_text() -> None:
    """sendStatus() answers with the reason phrase."""
    assert handle("res.sendStatus(404)").body == b"Not Found"


@pytest.mark.parametrize(
    "code",
    [
        "res.status(99)",
        "res.status(1000)",
        "res.status('200')",
        "res.status(200.5)",
        "res.writeHead(99)",
        "res.writeHead(1000)",
    ],
)
def test_invalid_status(code: str) -> None:
    """A status outside 100..999 is refused at once."""
    assert value(handle(f"try {{ {code} }} catch (error) {{ res.json(error.message) }}")).startswith(
        "Invalid status code"
    )


def test_interim_status_is_no_response() -> None:
    """A response cannot have a status below 200."""
    with pytest.raises(BadResponseError, match="status 101"):
        handle("res.status(101).end()")


def test_headers_set_in_every_way() -> None:
    """`set` takes a pair or an object, setHeader and append add, removeHeader removes, names keep their case."""
    code = """
      res.set('X-A', 1).set({ 'X-B': 'b' }).append('X-C', 'c').append('X-C', ['d', 'e']);
      res.setHeader('X-D', ['1', '2']); res.setHeader('X-E', 'gone'); res.removeHeader('x-e');
      res.json([res.get('x-a'), res.getHeader('X-C'), res.hasHeader('x-e'), res.getHeaderNames().includes('x-d')]);
    """
    answer = handle(code)
    assert value(answer) == ["1", ["c", "d", "e"], False, True]
    assert every(answer, "x-c") == ["c", "d", "e"]
    assert every(answer, "x-d") == ["1", "2"]
    assert ("X-B", "b") in answer.headers


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("res.setHeader('bad name', 'x')", "ERR_INVALID_HTTP_TOKEN"),
        ("res.setHeader('x', 'a\\r\\nset-cookie: b')", "ERR_INVALID_CHAR"),
        ("res.setHeader('x', undefined)", "ERR_HTTP_INVALID_HEADER_VALUE"),
        ("res.set('x', 'snow \\u2603')", "ERR_INVALID_CHAR"),
    ],
)
def test_malformed_headers(code: str, error: str) -> None:
    """Names and values that HTTP cannot carry are refused where they are set."""
    assert value(handle(f"try {{ {code}; res.json('set') }} catch (error) {{ res.json(error.code) }}")) == error


def test_headers_after_the_response() -> None:
    """Headers cannot be set once they are sent."""
    code = "res.write('a'); try { res.setHeader('x', '1') } catch (error) { res.end(error.code + res.headersSent) }"
    assert handle(code).body == b"aERR_HTTP_HEADERS_SENTtrue"


def test_sending_twice() -> None:
    """A second send fails, and the failure is logged, for the first one has been answered."""
    answer = handle("res.send('one'); res.send('two')")
    assert answer.body == b"one"
    assert any("ERR_HTTP_HEADERS_SENT" in line for line in answer.logs)


def test_write_after_end() -> None:
    """Writing after the end fails as in Node."""
    answer = handle("res.end('one'); res.write('two')")
    assert any("ERR_STREAM_WRITE_AFTER_END" in line for line in answer.logs)


def test_streaming() -> None:
    """write() sends chunks of text and bytes; callbacks and "finish" come when they have left."""
    code = """
      const seen = [];
      res.on('finish', () => console.log('finished', seen.join()));
      res.type('text/plain');
      seen.push(res.write('a', () => seen.push('written')));
      res.write(Buffer.from('b')); res.write('Yw==', 'base64');
      await sleep(2);
      res.end('d');
    """
    answer = handle(code)
    assert (answer.body, header(answer, "content-length")) == (b"abcd", None)
    assert answer.logs == ["info finished true,written"]


def test_back_pressure() -> None:
    """write() says false when much is on its way, and "drain" tells when to go on."""
    code = """
      const slow = res.write('x'.repeat(100000));
      await new Promise((resolve) => res.once('drain', resolve));
      res.end(String(slow));
    """
    assert handle(code).body[-5:] == b"false"


def test_head_requests_have_no_body() -> None:
    """HEAD gets the headers of GET, with the length, and nothing else."""
    answer = handle("res.send('hello')", "HEAD")
    assert (answer.body, header(answer, "content-length")) == (b"", "5")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("res.type('json')", "application/json; charset=utf-8"),
        ("res.type('.html')", "text/html; charset=utf-8"),
        ("res.type('image/png')", "image/png"),
        ("res.contentType('txt')", "text/plain; charset=utf-8"),
        ("res.type('unheard')", "application/octet-stream"),
        ("res.set('Content-Type', 'text/css')", "text/css; charset=utf-8"),
        ("res.setHeader('Content-Type', 'text/css')", "text/css"),
    ],
)
def test_content_type(code: str, expected: str) -> None:
    """type() knows extensions; set() adds the charset, setHeader() does not."""
    assert header(handle(f"{code}; res.end('x')"), "content-type") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("res.cookie('a', 'b c')", "a=b%20c; Path=/"),
        ("res.cookie('a', { n: 1 })", "a=j%3A%7B%22n%22%3A1%7D; Path=/"),
        (
            "res.cookie('a', 'b', { httpOnly: true, secure: true, sameSite: true })",
            "a=b; Path=/; HttpOnly; Secure; SameSite=Strict",
        ),
        (
            "res.cookie('a', 'b', { domain: 'example.com', path: '/x', sameSite: 'none' })",
            "a=b; Domain=example.com; Path=/x; SameSite=None",
        ),
        ("res.cookie('a', 'b', { expires: new Date(0) })", "a=b; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ("res.cookie('a', 'b', { encode: (text) => text.toUpperCase() })", "a=B; Path=/"),
        ("res.cookie('a', 'b', { priority: 'high', partitioned: true })", "a=b; Path=/; Partitioned; Priority=High"),
        ("res.clearCookie('a', { path: '/x', maxAge: 5 })", "a=; Path=/x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
    ],
)
def test_cookies(code: str, expected: str) -> None:
    """cookie() writes every attribute."""
    assert header(handle(f"{code}.end()"), "set-cookie") == expected


def test_cookie_max_age() -> None:
    """`maxAge` is in milliseconds and becomes both Max-Age and Expires."""
    cookie = header(handle("res.cookie('a', 'b', { maxAge: 90000 }).cookie('c', 'd').end()"), "set-cookie")
    assert cookie is not None
    assert cookie.startswith("a=b; Path=/; Max-Age=90; Expires=")


@pytest.mark.parametrize(
    "options",
    [
        "{ domain: 'a;b' }",
        "{ sameSite: 'maybe' }",
        "{ maxAge: 'x' }",
        "{ expires: 'x' }",
        "{ path: 'a;b' }",
    ],
)
def test_malformed_cookies(options: str) -> None:
    """Options that a cookie cannot have are refused; signing is not there and says so."""
    assert (
        handle(f"try {{ res.cookie('a', 'b', {options}) }} catch (error) {{ res.end(error.name) }}").body
        == b"TypeError"
    )


@pytest.mark.parametrize(
    ("code", "status", "location"),
    [
        ("res.redirect('/x')", 302, "/x"),
        ("res.redirect(301, 'https://example.com/a b')", 301, "https://example.com/a%20b"),
        ("res.redirect('back')", 302, "http://from/"),
        ("res.redirect('/é%20?a=%2f')", 302, "/%C3%A9%20?a=%2f"),
        ("res.location('/y').end()", 200, "/y"),
    ],
)
def test_redirects(code: str, status: int, location: str) -> None:
    """redirect() and location() escape what a URL cannot hold, and nothing twice."""
    answer = handle(code, headers={"referer": "http://from/", "accept": "text/html"})
    assert (answer.status, header(answer, "location")) == (status, location)


def test_redirect_body_is_escaped() -> None:
    """The page of a redirect shows the address as text."""
    answer = handle("res.redirect('/<script>')", headers={"accept": "text/html"})
    assert b"<script>" not in answer.body
    assert header(answer, "vary") == "Accept"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "attachment"),
        ("'report.pdf'", 'attachment; filename="report.pdf"'),
        (
            "'dir/naïve \"x\".txt'",
            'attachment; filename="na?ve \\"x\\".txt"; filename*=UTF-8\'\'na%C3%AFve%20%22x%22.txt',
        ),
        ("'€ rates.csv'", "attachment; filename=\"? rates.csv\"; filename*=UTF-8''%E2%82%AC%20rates.csv"),
    ],
)
def test_attachment(name: str, expected: str) -> None:
    """attachment() names the file, in the extended form where it has to."""
    assert header(handle(f"res.attachment({name}).end()"), "content-disposition") == expected


def test_attachment_sets_the_type() -> None:
    """attachment() sets the content type by the extension."""
    assert header(handle("res.attachment('a.pdf').end('x')"), "content-type") == "application/pdf"


def test_vary_and_links() -> None:
    """vary() lists each name once; links() writes a Link header."""
    answer = handle("res.vary('Accept').vary(['Origin', 'accept']).links({ next: '/2', last: '/9' }).end()")
    assert header(answer, "vary") == "Accept, Origin"
    assert header(answer, "link") == '</2>; rel="next", </9>; rel="last"'


@pytest.mark.parametrize(
    ("accept", "status", "body"),
    [("text/html", 200, b"<b>"), ("application/json", 200, b'{"j":1}'), ("image/png", 406, None)],
)
def test_format(accept: str, status: int, body: bytes | None) -> None:
    """format() answers with what the client takes best, or 406."""
    answer = handle(
        "res.format({ html: () => res.send('<b>'), json: () => res.json({ j: 1 }) })", headers={"accept": accept}
    )
    assert answer.status == status
    assert body is None or answer.body == body


def test_entity_tags() -> None:
    """A body gets a weak tag; who holds it already gets 304 without one."""
    first = handle("res.send('hello')")
    tag = header(first, "etag")
    assert tag is not None
    assert tag.startswith('W/"5-')
    again = handle("res.send('hello')", headers={"if-none-match": f'"x", {tag}'})
    assert (again.status, again.body, header(again, "content-type"), header(again, "etag")) == (304, b"", None, tag)
    assert handle("res.send('other')", headers={"if-none-match": tag}).status == 200
    assert handle("res.send('hello')", headers={"if-none-match": tag, "cache-control": "no-cache"}).status == 200
    assert handle("res.send('hello')", "POST", headers={"if-none-match": tag}).status == 200


def test_write_head() -> None:
    """writeHead() takes a status, a message, and headers as an object or as a list."""
    answer = handle("res.setHeader('X-A', '1'); res.writeHead(202, 'Fine', { 'X-B': '2' }).end('x')")
    assert (answer.status, header(answer, "x-a"), header(answer, "x-b")) == (202, "1", "2")
    assert header(handle("res.writeHead(200, ['X-C', '3']).end()"), "x-c") == "3"


def test_middlewares_that_wrap_write_head() -> None:
    """A wrapped writeHead is called before the head leaves, as middlewares for headers expect."""
    code = (
        "const { writeHead } = res; res.writeHead = function (...args) { this.setHeader('X-Late', '1'); "
        "return writeHead.apply(this, args) }; res.send('x')"
    )
    assert header(handle(code), "x-late") == "1"


def test_locals_and_flags() -> None:
    """`locals` is an empty object; the flags tell where the response is."""
    code = (
        "res.on('finish', () => console.log(res.writableEnded, res.writableFinished)); res.locals.a = 1; "
        "res.json([res.locals.a, res.headersSent, res.finished])"
    )
    answer = handle(code)
    assert value(answer) == [1, False, False]
    assert answer.logs == ["info true true"]


@pytest.mark.parametrize(
    ("code", "hint"),
    [("res.render('x')", "template engine"), ("res.cookie('a', 'b', { signed: true })", "cookie-parser")],
)
def test_what_is_not_there(code: str, hint: str) -> None:
    """What needs more than the contract has says so, and says what to do."""
    with pytest.raises(FunctionError, match=hint):
        handle(code)


def test_no_content_has_no_headers_of_a_body() -> None:
    """204 and 304 carry neither type nor length."""
    answer = handle("res.status(204).send('ignored')")
    assert (answer.body, header(answer, "content-type"), header(answer, "content-length")) == (b"", None, None)


PIPE = """
  const start = (c) => { for (const text of ['a', 'b']) c.enqueue(new TextEncoder().encode(text)); c.close() };
  const hop = { connection: 'x-hop', 'x-hop': '1', 'content-encoding': 'gzip', 'content-length': '9' };
  const upstream = new Response(new ReadableStream({ start }), { status: 203, headers: { 'x-up': '1', ...hop } });
  upstream.headers.append('set-cookie', 'a=1'); upstream.headers.append('set-cookie', 'b=2');
  await res.pipeFrom(upstream);
"""


def test_pipe_from() -> None:
    """pipeFrom() streams a fetched response, without what belongs to its own connection."""
    answer = handle(PIPE)
    assert (answer.status, answer.body, header(answer, "x-up")) == (203, b"ab", "1")
    assert every(answer, "set-cookie") == ["a=1", "b=2"]
    assert [header(answer, name) for name in ("x-hop", "connection", "content-encoding", "content-length")] == [
        None
    ] * 4
