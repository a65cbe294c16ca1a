"""The web contract, in real isolates: what a handler gets, and what becomes of its Response."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.engine.build import Record
from edge.errors import BadFunctionError, BadResponseError, FunctionError
from edge.wire.messages import Failure, Reply, Request
from tests.support.isolate_driver import IsolateDriver

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.wire.messages import Call
    from tests.support.isolate_driver import Answer

    Perform = Callable[[Call], tuple[object, bytes | None]]


class Driver(IsolateDriver):
    """A driver whose host calls may answer bytes."""

    host: Perform | None = None

    def _call(self, call: Call) -> Reply:
        if self.host is None:
            return Reply(call.call, error=Failure("TypeError", f"{call.op} is not granted to this function"))
        value, data = self.host(call)
        return Reply(call.call, msgspec.Raw(msgspec.json.encode(value)), data)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Driver:
    """One runtime snapshot for all tests."""
    return Driver(tmp_path_factory.mktemp("snapshots"))


@pytest.fixture
def run(driver: Driver) -> Callable[..., Answer]:
    """Run a module of the web contract."""

    def run(
        source: str, request: Request | None = None, *, host: Perform | None = None, env: dict[str, str] | None = None
    ) -> Answer:
        driver.host = host
        record = Record("/app/index.js", "cjs", source, {})
        return driver.run([record], request or Request("GET", "http://host/path?a=1", "/path"), contract="web", env=env)

    return run


def handler(body: str) -> str:
    """A module whose fetch has this body."""
    return f"module.exports = {{ async fetch(request, env, ctx) {{ {body} }} }};"


def test_the_response_reaches_the_host(run: Callable[..., Answer]) -> None:
    """Status, headers in order with each cookie apart, and the body."""
    source = handler("""
        const r = new Response('hé', { status: 201, headers: [['Set-Cookie', 'a=1'], ['set-cookie', 'b=2']] });
        r.headers.set('x', 'y');
        return r;""")
    answer = run(source)
    assert answer.status == 201
    cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    assert answer.headers == [*cookies, ("content-type", "text/plain;charset=UTF-8"), ("x", "y")]
    assert answer.body == "hé".encode()


def test_the_request_is_what_came_in(run: Callable[..., Answer]) -> None:
    """Method, URL, headers and body; its headers cannot be changed."""
    request = Request("POST", "http://host/a/../p?q=1", "/p", headers=[("x-a", "1"), ("x-a", "2")], body=b'{"k": 1}')
    source = handler("""
        let immutable = false;
        try { request.headers.set('a', 'b'); } catch (error) { immutable = error instanceof TypeError; }
        const { method, url, headers } = request;
        const { k } = await request.json();
        return Response.json([method, url, headers.get('x-a'), k, immutable, request instanceof Request]);""")
    assert json.loads(run(source, request).body) == ["POST", "http://host/p?q=1", "1, 2", 1, True, True]


def test_a_get_request_has_no_body(run: Callable[..., Answer]) -> None:
    """As the Fetch Standard says."""
    assert run(handler("return Response.json([request.body, await request.text()])")).body == b'[null,""]'


def test_a_long_body_is_read_as_it_arrives(run: Callable[..., Answer]) -> None:
    """The rest of a body is asked for when it is wanted, after what came with the request."""
    rest = [(False, b"bc"), (False, b"d"), (True, None)]
    request = Request("POST", "http://host/", "/", body=b"a", more=True)
    source = handler("""
        let text = '';
        for await (const chunk of request.body) text += new TextDecoder().decode(chunk) + '|';
        return new Response(text);""")
    assert run(source, request, host=lambda _call: rest.pop(0)).body == b"a|bc|d|"
    assert rest == []


def test_env_has_variables_and_bindings(run: Callable[..., Answer]) -> None:
    """Variables are plain properties, also with awkward names; a KV binding is an object with get."""
    source = handler("""
        const own = Object.hasOwn(env, '__proto__');
        return Response.json([env.NAME, own, typeof env.KV.get, Object.keys(env).sort()]);""")
    answer = json.loads(run(source, env={"NAME": "value", "__proto__": "x"}).body)
    assert answer == ["value", True, "function", ["KV", "NAME", "__proto__"]]


def test_a_function_alone_is_a_handler(run: Callable[..., Answer]) -> None:
    """`export default (request, env, ctx) => Response`."""
    types = "typeof request.url + typeof env.KV + typeof ctx.passThroughOnException"
    assert run(f"module.exports = (request, env, ctx) => new Response({types})").body == b"stringobjectfunction"


def test_this_is_the_handler_object(run: Callable[..., Answer]) -> None:
    """Handlers may be instances of classes."""
    source = "class App { name = 'app'; fetch() { return new Response(this.name); } } module.exports = new App()"
    assert run(source).body == b"app"


def test_a_stream_is_sent_chunk_by_chunk(run: Callable[..., Answer]) -> None:
    """Each chunk leaves before the next is pulled."""
    source = handler("""
        let n = 0;
        return new Response(new ReadableStream({ async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 1));
            if (n++ === 3) controller.close(); else controller.enqueue(new TextEncoder().encode(String(n)));
        } }));""")
    assert run(source).body == b"123"


def test_a_stream_that_fails_fails_the_invocation(run: Callable[..., Answer]) -> None:
    """The client must not take a cut body for a whole one."""
    source = handler("""
        let n = 0;
        const pull = (c) => { if (n++) throw new Error('broke'); c.enqueue(new Uint8Array(1)); };
        return new Response(new ReadableStream({ pull }));""")
    with pytest.raises(FunctionError, match="broke"):
        run(source)


def test_head_requests_get_no_body_and_cancel_the_stream(run: Callable[..., Answer]) -> None:
    """The headers are those of the GET request."""
    source = handler("""
        const cancel = () => console.log('cancelled');
        return new Response(new ReadableStream({ cancel }), { headers: { x: 'y' } });""")
    answer = run(source, Request("HEAD", "http://host/", "/"))
    assert (answer.headers, answer.body, answer.logs) == ([("x", "y")], b"", ["info cancelled"])


def test_wait_until_outlives_the_response(run: Callable[..., Answer]) -> None:
    """Background work is finished before the invocation ends, and its failure is logged."""
    source = handler("""
        ctx.waitUntil((async () => { await null; console.log('later'); throw new Error('lost'); })());
        return new Response('now');""")
    answer = run(source)
    assert answer.body == b"now"
    assert answer.logs[0] == "info later"
    assert "lost" in answer.logs[1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "returned undefined, expected a Response"),
        ("return 'text'", "returned a string, expected a Response"),
        ("return { status: 200, headers: new Headers(), body: null }", "returned an object, expected a Response"),
        ("return new Proxy(new Response('x'), {})", "returned an object, expected a Response"),
        ("return Object.create(Response.prototype)", "returned an object, expected a Response"),
        ("const r = new Response('x'); await r.text(); return r", "already used"),
        ("const r = new Response('x'); r.body.getReader(); return r", "already used or locked"),
        ("return Response.error()", "no status"),
    ],
)
def test_what_is_no_response_is_a_bad_response(run: Callable[..., Answer], body: str, message: str) -> None:
    """The message says what came and what was expected."""
    with pytest.raises(BadResponseError, match=message):
        run(handler(body))


def test_patched_prototypes_do_not_fool_the_runtime(run: Callable[..., Answer]) -> None:
    """What is sent is the response's own state, whatever its getters say."""
    source = handler("""
        const refuse = () => { throw new Error('patched'); };
        for (const name of ['status', 'headers', 'body', 'bodyUsed']) {
            Object.defineProperty(Response.prototype, name, { get: refuse });
        }
        Array.prototype[Symbol.iterator] = Array.prototype.push = Array.prototype.map = refuse;
        Promise.prototype.then = Headers.prototype.get = JSON.stringify = refuse;
        return new Response('mine', { status: 202 });""")
    answer = run(source)
    assert (answer.status, answer.body) == (202, b"mine")


def test_what_the_handler_throws_is_the_invocations_error(run: Callable[..., Answer]) -> None:
    """With its name and message."""
    with pytest.raises(FunctionError, match="RangeError: no"):
        run(handler("throw new RangeError('no')"))


def test_an_export_that_cannot_be_called_is_a_bad_function(run: Callable[..., Answer]) -> None:
    """An object without fetch."""
    with pytest.raises(BadFunctionError):
        run("module.exports = { get() {} }")
