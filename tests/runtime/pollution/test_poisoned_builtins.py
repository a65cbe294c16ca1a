"""Whatever a function does to the builtins, its work is done right or fails at once, and nothing of the runtime leaks.

Each case poisons builtins in a fresh isolate, under a handler that then reads the body, uses KV, logs, waits for a
timer and streams its answer; see pollution_rig.py.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from edge.errors import BadResponseError, FunctionError, TimeoutLimitError
from tests.runtime.pollution.pollution_rig import BODY, CONTRACTS, LINE, PIECES, work

if TYPE_CHECKING:
    from tests.support.isolate_driver import Answer

OBJECTS = (
    "Array", "Array.prototype", "ArrayBuffer.prototype", "Date", "Error", "Function.prototype", "Headers.prototype",
    "JSON", "Map.prototype", "Math", "Number.prototype", "Object", "Object.prototype", "Promise", "Promise.prototype",
    "Reflect", "RegExp.prototype", "Response.prototype", "Set.prototype", "String.prototype", "Symbol.prototype",
    "URL.prototype", "Uint8Array.prototype", "WeakMap.prototype", "getPrototypeOf(Uint8Array.prototype)",
    "getPrototypeOf([][Symbol.iterator]())",
)  # fmt: skip
KINDS = ("throw", "swallow", "leak")
NAMES = (
    "0", "1", "2", "body", "call", "configurable", "data", "done", "enumerable", "error", "get", "headers", "id", "key",
    "length", "more", "set", "status", "stream", "t", "text", "then", "toJSON", "value", "writable",
)  # fmt: skip
ACCESSORS = {
    "leaks what is set": "get() { look(this); return undefined; }, set(value) { look(this); look(value); }",
    "gives another value": "get() { look(this); return 7; }, set(value) { look(value); }",
    "throws": "get() { throw new Error('poisoned'); }, set(value) { throw new Error('poisoned'); }",
    "is a function": "writable: true, value: function (a, b) { look(this); look(a); look(b); }",
}
GETTER = "defineProperty({0}, {1}, {{ __proto__: null, configurable: true, get() {{ {2} }} }});"
THROW = "throw new Error('poisoned');"
LANGUAGE = {
    "constructor of promises": "Promise.prototype.constructor = function (run) { look(run); return {}; };",
    "constructor of promises throws": GETTER.format("Promise.prototype", "'constructor'", THROW),
    "species of promises": GETTER.format(
        "Promise", "Symbol.species", "return function (run) { look(run); run(() => {}, () => {}); };"
    ),
    "species of promises throws": GETTER.format("Promise", "Symbol.species", THROW),
    "no then": "Promise.prototype.then = undefined;",
    "constructor of arrays": "Array.prototype.constructor = function () { look(this); return {}; };",
    "constructor of arrays throws": GETTER.format("Array.prototype", "'constructor'", THROW),
    "species of arrays throws": GETTER.format("Array", "Symbol.species", THROW),
    "constructor of bytes": "Uint8Array.prototype.constructor = function () { log('LEAK bytes'); return {}; };",
    "species of bytes": GETTER.format(
        "getPrototypeOf(Uint8Array)", "Symbol.species", "return function () { log('LEAK bytes'); return {}; };"
    ),
    "constructor of buffers": "ArrayBuffer.prototype.constructor = function () { log('LEAK buffer'); return {}; };",
    "constructor of expressions": "RegExp.prototype.constructor = function () { return {}; };",
    "flags of expressions": "".join(
        GETTER.format("RegExp.prototype", f"'{name}'", "return 'evil';")
        for name in ("flags", "global", "unicode", "sticky")
    ),
    "methods of text by symbol": (
        "for (const name of ['split', 'replace', 'match']) String.prototype[Symbol[name]] = () => 'evil';"
    ),
    "no iterator": "Array.prototype[Symbol.iterator] = null; Map.prototype[Symbol.iterator] = null;",
    "another iterator": "Array.prototype[Symbol.iterator] = function* () { yield 'evil'; };",
    "arrays do not spread": "Array.prototype[Symbol.isConcatSpreadable] = false;",
    "a swallowing proxy": (
        "Object.setPrototypeOf(Array.prototype, new Proxy({}, "
        "{ get() {}, has() { return false; }, set(target, name, value) { look(value); return true; } }));"
    ),
    "a throwing proxy": (
        "Object.setPrototypeOf(Array.prototype, "
        "new Proxy({}, { get() { throw 1; }, has() { throw 1; }, set() { throw 1; } }));"
    ),
    "length of bytes": "".join(
        GETTER.format("getPrototypeOf(Uint8Array.prototype)", f"'{name}'", "return 0;")
        for name in ("length", "byteLength", "buffer")
    ),
    "stack traces": (
        "Error.captureStackTrace = Error.prepareStackTrace = () => { throw 1; }; Error.stackTraceLimit = 0;"
    ),
    "frozen prototypes": "for (const one of [Object, Array, Promise, Function, Error]) Object.freeze(one.prototype);",
    "no globals": (
        "for (const name of ['Object', 'Array', 'Map', 'Error', 'String', 'Promise', 'Uint8Array', 'JSON', 'Reflect', "
        "'Symbol', 'RegExp', 'Number', 'Function', 'TypeError', 'queueMicrotask']) delete globalThis[name];"
    ),
}


@functools.cache
def plain(contract: str) -> Answer:
    """The answer of builtins as they were."""
    return work(contract, "")


def check(contract: str, spoil: str) -> None:
    """The answer is the same to the byte, or the function has failed: by an error, not by waiting for ever."""
    try:
        answer = work(contract, spoil)
    except TimeoutLimitError:
        pytest.fail("the function never answered")
    except (FunctionError, BadResponseError):
        return
    assert [line for line in answer.logs if "LEAK" in line] == []
    assert answer == plain(contract)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_work_itself(contract: str) -> None:
    """Without poison the text comes back through KV, and the line is in the log."""
    answer = plain(contract)
    assert (answer.status, answer.body.decode()) == (200, "".join(PIECES) + BODY)
    assert answer.logs == [f"info {LINE}"]


def test_a_leak_would_be_seen() -> None:
    """The rig reports a function of V8 and an object of the runtime's kind."""
    answer = work(
        "web", "quiet = false; look(Promise.prototype.then); look({ __proto__: null, t: 1, id: 1 }); look(spoil);"
    )
    assert [line for line in answer.logs if "LEAK" in line] == ["info LEAK function", "info LEAK object"]


def test_a_poison_works() -> None:
    """What is poisoned throws for the function itself."""
    with pytest.raises(FunctionError, match="poisoned"):
        work("web", "poisonAll(Array.prototype, 'throw'); [].push(1);")


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_method(contract: str, kind: str) -> None:
    """All methods of a builtin object are replaced, of one object at a time; no work is harmed by that."""
    for name in OBJECTS:
        answer = work(contract, f"poisonAll({name}, '{kind}');")
        assert answer == plain(contract), f"{name}: {kind}"


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("accessor", ACCESSORS)
def test_properties_that_everything_inherits(contract: str, accessor: str) -> None:
    """Names of array elements, descriptors, promises and messages appear on Object.prototype."""
    for name in NAMES:
        if (contract, accessor, name) == ("web", "is a function", "then"):
            continue  # every object is a thenable that never settles: an async handler's own Response is, too
        descriptor = f"{{ __proto__: null, configurable: true, {ACCESSORS[accessor]} }}"
        check(contract, f"defineProperty(Object.prototype, '{name}', {descriptor});")


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("change", LANGUAGE)
def test_what_the_language_looks_up(contract: str, change: str) -> None:
    """Constructors, species, iterators, prototypes and globals are changed."""
    check(contract, LANGUAGE[change])


@pytest.mark.parametrize("contract", CONTRACTS)
def test_builtins_spoiled_by_the_module(contract: str) -> None:
    """Parts of the runtime that are loaded after the module has run work as well."""
    late = "}\n{ poisonAll(Promise.prototype, 'leak'); poisonAll(Array.prototype, 'throw'); quiet = false; }\n{"
    assert work(contract, late) == plain(contract)
