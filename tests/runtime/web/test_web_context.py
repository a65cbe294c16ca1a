"""The third argument of fetch(), and what is given to waitUntil, whatever it is."""

from __future__ import annotations

import json

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call


def fetched(code: str, body: str = "", before: str = "") -> tuple[str, list[str]]:
    """Body and log lines of a web function: `code` makes the value that it answers with."""
    source = f"""{before}
    exports.__esModule = true;
    exports.default = {{ async fetch(request, env, ctx) {{ {body}; return Response.json({code}); }} }};"""
    answer = call(source, contract="web")
    return json.loads(answer.body), answer.logs


def test_the_context_has_what_there_is() -> None:
    """No exports, no cache, no named entry points; props are empty and stay so."""
    code = "[Object.isFrozen(ctx.props), Object.keys(ctx.props).length, typeof ctx.exports, typeof request.cf]"
    assert fetched(code)[0] == [True, 0, "undefined", "undefined"]


def test_pass_through_on_exception_changes_nothing() -> None:
    """No origin stands behind a function: its failure is its answer."""
    assert fetched("ctx.passThroughOnException() === undefined")[0] is True
    with pytest.raises(FunctionError, match="mine"):
        fetched("1", "ctx.passThroughOnException(); throw new Error('mine')")


@pytest.mark.parametrize(
    ("given", "logged"),
    [
        ("1", ""),
        ("undefined", ""),
        ("Promise.resolve(1)", ""),
        ("{ then(resolve) { resolve(1); } }", ""),
        ("{ then(resolve, reject) { reject(new Error('thenable')); } }", "waitUntil: Error: thenable"),
        ("{ get then() { throw new Error('getter'); } }", "waitUntil: Error: getter"),
        ("{ then() { throw new Error('thrower'); } }", "waitUntil: Error: thrower"),
        ("Promise.reject(null)", "waitUntil: "),
        ("Promise.reject({ get message() { throw 1; }, get stack() { throw 2; } })", "waitUntil: "),
        ("Promise.reject(new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } }))", "waitUntil: "),
        ("new Promise((_, reject) => setTimeout(reject, 5, new TypeError('late')))", "waitUntil: TypeError: late"),
    ],
)
def test_anything_may_be_given_to_wait_until(given: str, logged: str) -> None:
    """A value that is no promise is done at once; what one is rejected with is told safely, and answers go on."""
    value, logs = fetched("'answered'", f"ctx.waitUntil({given})")
    assert value == "answered"
    assert [text.startswith(f"error {logged}") for text in logs] == ([True] if logged else [])


def test_many_may_be_given_and_all_are_waited_for() -> None:
    """Those among them that fail do not stop the others."""
    code = """
      const work = (n) => (n % 10 === 0 ? Promise.reject(new Error(n)) : new Promise((r) => setTimeout(r, n)));
      for (let n = 0; n < 50; n++) ctx.waitUntil(work(n));
      ctx.waitUntil((async () => { await new Promise((r) => setTimeout(r, 60)); console.log('last'); })())"""
    _, logs = fetched("1", code)
    assert len(logs) == 6
    assert logs[-1] == "info last"


def test_replaced_builtins_do_not_reach_it() -> None:
    """Promise, its methods, and then on every object."""
    before = """
      Promise.prototype.then = Promise.prototype.catch = () => { throw new Error('replaced'); };
      Promise.resolve = Promise.reject = () => { throw new Error('replaced'); };
      Array.prototype.push = Array.prototype[Symbol.iterator] = () => { throw new Error('replaced'); };
    """
    value, logs = fetched("'answered'", "ctx.waitUntil((async () => { await 1; })())", before)
    assert (value, logs) == ("answered", [])
