"""How functions of the Express contract fail, and what becomes of it."""

from __future__ import annotations

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call, handle, header


@pytest.mark.parametrize(
    "source",
    [
        "module.exports = () => { throw new TypeError('boom') }",
        "module.exports = async () => { await null; throw new TypeError('boom') }",
        "module.exports = (req, res, next) => next(new TypeError('boom'))",
        "const r = Router(); r.get('/', async () => { throw new TypeError('boom') }); module.exports = r",
        (
            "const r = Router(); r.get('/', (req, res, next) => setTimeout(() => next(new TypeError('boom')), "
            "1)); module.exports = r"
        ),
    ],
)
def test_what_a_function_throws_is_its_error(source: str) -> None:
    """A thrown error, a rejection and next(error) are the same function error."""
    with pytest.raises(FunctionError, match="boom"):
        call(source)


@pytest.mark.parametrize(
    ("thrown", "message"),
    [("null", "null"), ("undefined", "undefined"), ("'text'", "text"), ("{ message: 'plain' }", "plain")],
)
def test_anything_can_be_thrown(thrown: str, message: str) -> None:
    """What is no Error is an error all the same."""
    with pytest.raises(FunctionError, match=message):
        call(f"module.exports = () => {{ throw {thrown} }}")


def test_error_with_a_client_status() -> None:
    """An error that asks for a 4xx status gets it and its headers, as with http-errors; headers set before stay."""
    code = (
        "res.setHeader('X-Before', '1'); throw Object.assign(new Error('no such thing'), { status: 404, "
        "headers: { 'X-Err': '1' } })"
    )
    answer = handle(code)
    assert (answer.status, answer.body, header(answer, "x-err"), header(answer, "x-before")) == (
        404,
        b"no such thing",
        "1",
        "1",
    )


def test_hidden_message() -> None:
    """A message that is not to be seen is not."""
    assert handle("throw Object.assign(new Error('secret'), { statusCode: 403, expose: false })").body == b"Forbidden"


def test_server_status_is_a_function_error() -> None:
    """An error that asks for a 5xx status is a function error."""
    with pytest.raises(FunctionError, match="down"):
        handle("throw Object.assign(new Error('down'), { status: 503 })")


def test_nothing_matched() -> None:
    """A router without a match answers 404 and names what was asked for, without its query."""
    answer = call("module.exports = Router()", "DELETE", "/a/b?c")
    assert (answer.status, answer.body, header(answer, "content-type")) == (
        404,
        b"Cannot DELETE /a/b",
        "text/plain; charset=utf-8",
    )


def test_failure_after_the_response() -> None:
    """An error after the response is logged and changes nothing."""
    answer = handle("res.send('fine'); await sleep(1); throw new Error('too late')")
    assert answer.body == b"fine"
    assert any("too late" in line for line in answer.logs)


def test_work_after_the_response() -> None:
    """What goes on after the response is finished before the invocation ends."""
    answer = handle("res.send('fine'); await sleep(5); console.log('still here')")
    assert answer.logs == ["info still here"]


def test_wait_until() -> None:
    """req.waitUntil keeps the invocation open for work that nobody awaits."""
    answer = handle("req.waitUntil(sleep(3).then(() => console.log('done'))); res.send('x')")
    assert answer.logs == ["info done"]


def test_this_is_undefined() -> None:
    """The function is called without `this`."""
    assert call("module.exports = function (req, res) { 'use strict'; res.send(String(this)) }").body == b"undefined"


def test_failure_while_streaming() -> None:
    """An error in the middle of a stream fails the invocation: the client must not take it for the end."""
    with pytest.raises(FunctionError, match="cut"):
        handle("res.write('a'); throw new Error('cut')")


def test_patched_builtins() -> None:
    """A function that replaces methods of builtins breaks itself, not the request and response that it is given."""
    code = """
      console.log('before');
      const refuse = () => { throw new Error('patched') };
      Array.prototype.push = Array.prototype.map = Map.prototype.get = refuse;
      String.prototype.split = RegExp.prototype.exec = refuse;
      Array.prototype[Symbol.iterator] = refuse;
      Object.prototype.value = Object.prototype.done = 'polluted';
      console.log('%s', { a: [1] });
      res.cookie('a', 'b').json([req.query, req.accepts('json')]);
    """
    answer = handle(code, target="/?q=1")
    assert (answer.status, answer.body) == (200, b'[{"q":"1"},"json"]')
    assert answer.logs == ["info before", "info { a: [Array] }"]
