"""Whatever is thrown, it is described, and nothing of it runs that could break the invocation's end."""

from __future__ import annotations

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call

THROWN = [
    ("null", "Error: null was thrown"),
    ("undefined", "Error: undefined was thrown"),
    ("5n", "Error: bigint thrown: 5"),
    ("-0", "Error: number thrown: 0"),
    ("'text'", "Error: string thrown: text"),
    ("Symbol('s')", "Error: symbol thrown: Symbol(s)"),
    ("() => {}", "Error: a function was thrown"),
    ("class A {}", "Error: a function was thrown"),
    (
        "{ code: 5, deep: { list: [1] } }",
        "an error was thrown: { code: 5, deep: { list: [ 1 ] } }",
    ),
    ("[1, 2]", "an object that is not an error was thrown: [ 1, 2 ]"),
    ("Object.create(null)", "an object that is not an error was thrown: [Object: null prototype] {}"),
    ("Promise.resolve(1)", "an object that is not an error was thrown: Promise {}"),
    ("new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 } })", "not an error"),
    ("(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()", "<Revoked Proxy>"),
    ("new Proxy(new Error('inside'), {})", "Error: inside"),
    ("{ get stack() { throw 1 }, get message() { throw 2 }, get name() { throw 3 } }", "not an error"),
    ("{ toString() { throw 1 }, [Symbol.toPrimitive]() { throw 2 } }", "not an error"),
    ("{ message: { toString() { throw 1 } }, stack: 5, name: Symbol('n') }", "not an error"),
    ("Object.freeze(new RangeError('frozen'))", "RangeError: frozen"),
    ("Object.assign(new Error('m'), { stack: undefined })", "Error: m"),
    ("new DOMException('why', 'DataError')", "DataError: why"),
    ("new Error('x'.repeat(1e6))", "Error: xxxxx"),
    ("new AggregateError([new Error('one'), null], 'all')", "AggregateError: all"),
    ("Object.setPrototypeOf(new Error('bare'), null)", "Error: bare"),
    ("{ __proto__: Error.prototype, message: 'looks like one' }", "Error: looks like one"),
    ("{ [Symbol.for('nodejs.util.inspect.custom')]() { throw 1 } }", "not an error"),
]


@pytest.mark.parametrize(("value", "message"), THROWN)
def test_thrown_by_a_handler(value: str, message: str) -> None:
    """In the answer of the handler's own promise."""
    with pytest.raises(FunctionError) as caught:
        call(f"exports.handler = async () => {{ throw {wrapped(value)} }}", contract="event")
    assert message in caught.value.message
    assert len(caught.value.message) < 20_000


@pytest.mark.parametrize(("value", "message"), THROWN)
def test_thrown_where_nothing_catches(value: str, message: str) -> None:
    """In a timer; a listener for errors sees the value itself."""
    listener = "onerror = (text, file, line, column, it) => { console.log(it === value, typeof text) };"
    code = f"const value = {wrapped(value)}; {listener} setTimeout(() => {{ throw value }})"
    with pytest.raises(FunctionError) as caught:
        call(f"module.exports = () => {{ {code}; return new Promise(() => {{}}) }}")
    assert message in caught.value.message


def wrapped(value: str) -> str:
    return f"({value})"


def stack(thrown: str) -> str:
    """The stack that is logged of an error."""
    with pytest.raises(FunctionError) as caught:
        call(f"module.exports = async () => {{ {thrown} }}")
    return caught.value.stack


def test_causes_and_properties_are_part_of_the_stack() -> None:
    """As Node prints them."""
    shown = stack("throw Object.assign(new Error('outer', { cause: new TypeError('inner') }), { code: 'E1' })")
    assert shown.startswith("Error: outer\n    at module.exports (/app/index.js:1:")
    assert "[cause]: TypeError: inner\n" in shown
    assert "code: 'E1'" in shown


def test_errors_that_are_each_others_cause_end() -> None:
    """Cross-wise, and through an AggregateError."""
    shown = stack("const a = new Error('a'), b = new Error('b', { cause: a }); a.cause = b; throw a")
    assert "cause: Error: b" in shown
    assert "[Circular *1]" in shown
    shown = stack("const all = new AggregateError([], 'all'); all.errors.push(all, new Error('one')); throw all")
    assert "[Circular *1]" in shown
    assert "Error: one" in shown


def test_a_long_chain_of_causes_is_cut() -> None:
    """Its description has a limit."""
    shown = stack("let e; for (let i = 0; i < 10000; i++) e = new Error(`${i}`, { cause: e }); throw e")
    assert shown.startswith("Error: 9999\n")
    assert len(shown) < 20_000
