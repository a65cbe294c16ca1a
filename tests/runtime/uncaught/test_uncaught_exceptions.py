"""Exceptions that nothing catches: the `error` event, reportError, and what fails."""

from __future__ import annotations

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call
from tests.runtime.uncaught.test_unhandled_rejections import fails, web

THROWERS = [
    "setTimeout(() => { throw new TypeError('boom') }, 1); await new Promise((r) => setTimeout(r, 3))",
    "setImmediate(() => { throw new TypeError('boom') }); await new Promise((r) => setTimeout(r, 1))",
    "queueMicrotask(() => { throw new TypeError('boom') }); await null",
    "addEventListener('x', () => { throw new TypeError('boom') }); dispatchEvent(new Event('x'))",
    "const c = new AbortController(); c.signal.onabort = () => { throw new TypeError('boom') }; c.abort()",
    "reportError(new TypeError('boom'))",
]


@pytest.mark.parametrize("code", THROWERS)
def test_it_fails_the_invocation(code: str) -> None:
    """With its own message and stack."""
    error = fails(f"{code}; return new Response('x')")
    assert error.message == "TypeError: boom"
    assert "/app/index.js:3:" in error.stack


@pytest.mark.parametrize("code", THROWERS)
def test_a_listener_may_prevent_the_failure(code: str) -> None:
    """It gets the exception itself, and where it was thrown."""
    listen = """self.addEventListener('error', (e) => {
      e.preventDefault();
      console.log(e.message, e.filename, e.lineno > 1, e.colno > 1, e.error.message, e.isTrusted);
    });"""
    answer = call(web(f"{listen} {code}; return new Response('x')"), contract="web")
    assert answer.body == b"x"
    assert answer.logs == ["info Uncaught TypeError: boom /app/index.js true true boom true"]


def test_onerror_gets_five_arguments_and_prevents_by_true() -> None:
    """As HTML's handler for errors does, unlike all others."""
    code = "onerror = (...args) => { console.log(args.length, args[4]); return true }; reportError(7);"
    assert call(web(f"{code} return new Response('x')"), contract="web").logs == ["info 5 7"]
    code = "onerror = () => false; reportError(7);"
    assert fails(f"{code} return new Response('x')").message.endswith("7")


def test_onerror_gets_other_events_as_they_are() -> None:
    """And returning false cancels those."""
    code = """onerror = (...args) => { console.log(args.length, args[0].type); return false };
      console.log(dispatchEvent(new Event('error', { cancelable: true })));"""
    answer = call(web(f"{code} return new Response('x')"), contract="web")
    assert answer.logs == ["info 1 error", "info false"]


def test_an_exception_of_an_error_listener_is_not_told_again() -> None:
    """Otherwise it would go on for ever."""
    code = "addEventListener('error', () => { console.log('told'); throw new Error('inner') }); reportError(7);"
    assert fails(f"{code} return new Response('x')").message == "Error: inner"


def test_other_listeners_still_run() -> None:
    """One that throws does not stop the dispatch."""
    code = """onerror = () => true;
      const t = new EventTarget();
      t.addEventListener('x', () => { throw 1 });
      t.addEventListener('x', () => console.log('second'));
      t.dispatchEvent(new Event('x'));"""
    assert call(web(f"{code} return new Response('x')"), contract="web").logs == ["info second"]


def test_half_a_response_is_broken_off() -> None:
    """The client can tell that it is not complete."""
    source = """module.exports = (req, res) => {
      res.write('half');
      setTimeout(() => { throw new Error('boom') }, 1);
      setTimeout(() => res.end('all'), 50);
    }"""
    with pytest.raises(FunctionError, match="boom"):
        call(source)


def test_an_answer_that_has_not_left_is_taken_back() -> None:
    """The failure is the answer."""
    source = "module.exports = async (req, res) => { await null; res.end('x'); reportError(new Error('boom')) }"
    with pytest.raises(FunctionError, match="boom"):
        call(source)
