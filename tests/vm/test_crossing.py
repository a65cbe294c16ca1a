"""Values that cross between Python and a VM, both ways, also when the VM's code has taken its realm apart."""

from __future__ import annotations

import array
import math
from datetime import UTC, datetime

import pytest

from edge.vm import (
    VM,
    BigInt,
    CrossingError,
    InjectLibrary,
    IpcRxLibrary,
    JavaScriptError,
    Limits,
    Map,
    VMCrashedError,
    undefined,
)
from edge.vm.protocol import HostCall

FROM_JAVASCRIPT = {
    "null": None,
    "undefined": undefined,
    "true": True,
    "-7": -7,
    "9007199254740991": 2**53 - 1,
    "9007199254740992": float(2**53),
    "1e21": 1e21,
    "0.1": 0.1,
    "10n ** 30n": BigInt(10**30),
    "-1n": BigInt(-1),
    "'text'": "text",
    "'\\u{1f600}\\ud800'": "\U0001f600\ud800",
    "'\\u2028\\0\"'": '\u2028\0"',
    "new String('boxed')": "boxed",
    "new Number(5)": 5,
    "[1, [2, undefined], , 4]": [1, [2, undefined], undefined, 4],
    "({ a: { b: null }, get c() { return 3 }, [Symbol('s')]: 1 })": {"a": {"b": None}, "c": 3},
    "({ $: 1 })": {"$": 1},
    "({ $: ['undef'] })": {"$": ["undef"]},
    'JSON.parse(\'{"__proto__": {"x": 1}}\')': {"__proto__": {"x": 1}},
    "Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true }, hidden: { value: 2 } })": {"own": 1},
    "new (class A { x = 1; #y = 2; method() {} })": {"x": 1},
    "new Map([['a', 1], [2, new Map([[null, undefined]])]])": Map({"a": 1, 2: Map({None: undefined})}),
    "new Set([1, 'a', null])": {1, "a", None},
    "new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678))": datetime(2026, 1, 2, 3, 4, 5, 678000, UTC),
    "new Uint8Array([0, 255])": b"\x00\xff",
    "new Uint8Array([1, 2, 3, 4]).subarray(1, 3)": b"\x02\x03",
    "new Uint8ClampedArray([300])": b"\xff",
    "new Uint8Array([1, 2]).buffer": b"\x01\x02",
    "new DataView(new Uint8Array([1, 2, 3]).buffer, 1)": b"\x02\x03",
    "new Float64Array([1.5, Infinity])": array.array("d", [1.5, math.inf]),
    "new BigInt64Array([-1n])": array.array("q", [-1]),
    "new Int16Array([-2])": array.array("h", [-2]),
}


async def test_values_of_javascript_become_these_of_python():
    """By the table of the reference, with their types; and they go back as they came."""
    async with VM(mode="embedded") as vm:
        await vm.run("return { same: (value) => value }")
        for code, expected in FROM_JAVASCRIPT.items():
            found = await vm.run(f"return {code}")
            assert (found, type(found)) == (expected, type(expected)), code
            again = await vm.call("same", found)
            assert (again, type(again)) == (expected, type(expected)), code


async def test_numbers_that_json_has_no_word_for():
    """NaN is not equal to itself, and -0 is to 0."""
    async with VM(mode="embedded") as vm:
        nan, infinite, zero = await vm.run("return [NaN, -Infinity, -0]")
        await vm.run("return { kinds: (list) => list.map((value) => Object.is(value, -0) ? '-0' : String(value)) }")
        assert (math.isnan(nan), infinite, math.copysign(1, zero)) == (True, -math.inf, -1)
        assert await vm.call("kinds", [nan, infinite, zero, math.inf]) == ["NaN", "-Infinity", "-0", "Infinity"]


TO_JAVASCRIPT = [
    (None, "null"),
    (undefined, "undefined"),
    (2**53 - 1, "number:9007199254740991"),
    (2**53, "bigint:9007199254740992"),
    (BigInt(1), "bigint:1"),
    ((1, 2), "Array:1,2"),
    ({"a": 1}, "Object:[object Object]"),
    ({1: 2}, "Map:[object Map]"),
    ({1}, "Set:[object Set]"),
    (b"ab", "Uint8Array:97,98"),
    (array.array("f", [1.5]), "Float32Array:1.5"),
    (datetime(1970, 1, 1, tzinfo=UTC), "Date:0"),
    (TypeError("x"), "TypeError:TypeError: x"),
    (KeyError("x"), "Error:KeyError: 'x'"),
]


async def test_values_of_python_become_these_of_javascript():
    """By the table of the reference."""
    code = """
      const kind = (value) => {
        if (value === null || value === undefined) return String(value);
        if (typeof value !== 'object') return `${typeof value}:${value}`;
        return `${Object.getPrototypeOf(value).constructor.name}:${value instanceof Date ? value.getTime() : value}`;
      };
      return { kind };
    """
    async with VM(mode="embedded") as vm:
        await vm.run(code)
        for value, expected in TO_JAVASCRIPT:
            assert await vm.call("kind", value) == expected


REFUSED = {
    "{ a: [Symbol('x')] }": r"a\[0\] cannot cross to the host: it is a symbol",
    "{ 'a b': Promise.resolve() }": r'\["a b"\] cannot cross to the host: it is a promise',
    "/x/": "regular expression",
    "new WeakMap()": "WeakMap",
    "(function* () {})()": "generator",
    "new Date(NaN)": "an invalid Date",
    "new SharedArrayBuffer(8)": "shared memory",
    "{ f: [() => 1] }": r"f\[0\] cannot cross to the host: it is a function",
    "{ get x() { throw new RangeError('from a getter') } }": "from a getter",
    "(() => { const a = {}; a.b = [a]; return a })()": r"b\[0\] cannot cross to the host: it contains itself",
    "(() => { const m = new Map(); m.set(1, m); return m })()": "it contains itself",
    "(() => { let deep = []; for (let i = 0; i < 200; i++) deep = [deep]; return deep })()": "nested deeper than 100",
    "new Array(2 ** 31)": "more than 1000000 items",
    "'x'.repeat(2 ** 26)": "larger than 33554432 bytes",
    "new Uint8Array(2 ** 26)": "larger than 33554432 bytes",
    "(() => { let a = []; for (let i = 0; i < 40; i++) a = [a, a]; return a })()": "more than 1000000 items",
    "{ ['\\ud800']: 1 }": "not well-formed",
}


async def test_what_cannot_cross_is_refused_with_its_place():
    """The error is one of the VM's, and the VM goes on."""
    async with VM(mode="embedded", memory_limit="256MiB") as vm:
        for code, says in REFUSED.items():
            with pytest.raises(JavaScriptError, match=says):
                await vm.run(f"return ({code})")
        assert await vm.run("return 1") == 1


@pytest.mark.parametrize(
    "code", ["new Map([[1, 1], [true, 2]])", "new Set([0, false])", "new Map([[{}, 1]])", "new Date(8.64e15)"]
)
async def test_what_python_has_no_value_for_is_a_crossing_error(code):
    """As result of `run`; as argument of a host function it is a TypeError in the VM."""
    async with VM([IpcRxLibrary({"take": lambda value: value})], mode="embedded") as vm:
        with pytest.raises(CrossingError):
            await vm.run(f"return {code}")
        with pytest.raises(JavaScriptError, match="TypeError"):
            await vm.run(f"await take({code})")


async def test_limits_are_the_programs():
    """Of both directions."""
    async with VM(mode="embedded", limits=Limits(depth=2, items=5, size=100)) as vm:
        await vm.run("return { same: (value) => value }")
        for value in ([[[1]]], [1] * 6, "x" * 200):
            with pytest.raises(CrossingError):
                await vm.call("same", value)
        for code in ("[[[1]]]", "new Array(6)", "'x'.repeat(200)"):
            with pytest.raises(JavaScriptError, match="cannot cross"):
                await vm.run(f"return {code}")


async def test_errors_keep_what_they_know():
    """Causes, errors of an AggregateError, properties; and what is thrown without being an error."""
    async with VM(mode="embedded") as vm:
        with pytest.raises(JavaScriptError) as caught:
            await vm.run(
                "const error = new Error('outer', { cause: new TypeError('inner') });"
                "throw Object.assign(error, { code: 'E', f: () => 1, when: new Date(0) })"
            )
        properties = caught.value.properties
        assert (properties["cause"].name, properties["cause"].message, properties["code"]) == (
            "TypeError",
            "inner",
            "E",
        )
        assert properties["when"] == datetime(1970, 1, 1, tzinfo=UTC)
        assert "f" not in properties
        with pytest.raises(JavaScriptError) as caught:
            await vm.run("throw new AggregateError([new RangeError('one')], 'many')")
        assert [error.name for error in caught.value.properties["errors"]] == ["RangeError"]
        for thrown, expected in (("{ a: 1 }", {"a": 1}), ("'text'", "text"), ("undefined", undefined), ("null", None)):
            with pytest.raises(JavaScriptError) as caught:
                await vm.run(f"throw {thrown}")
            assert (caught.value.name, caught.value.properties) == ("", {"thrown": expected})
        class_of_own = "throw new (class MyError extends Error { name = 'MyError' })('mine')"
        with pytest.raises(JavaScriptError, match="MyError: mine"):
            await vm.run(class_of_own)


ODD_ERRORS = [
    "throw new Proxy(new Error('x'), { get() { throw 1 } })",
    "throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })",
    "throw Object.assign(new Error('x'), { self: undefined, get loop() { return this } })",
    "const e = new Error('x'); e.cause = e; throw e",
    "throw Symbol('x')",
    "throw { toString() { throw 1 } }",
    "throw Object.create(null)",
    "Error.prepareStackTrace = () => { throw 1 }; throw new Error('x')",
    "const e = new Error('x'); e.stack = 5; e.name = {}; throw e",
    "const e = new Error('\\ud800'); throw e",
    "(function f() { f() })()",
]


async def test_whatever_is_thrown_arrives():
    """Nothing that code can throw is lost, or harms the VM."""
    async with VM(mode="embedded") as vm:
        for code in ODD_ERRORS:
            with pytest.raises(JavaScriptError):
                await vm.run(code)
        assert await vm.run("return 1") == 1


VICTIMS = {
    "Array.prototype": "map push join slice forEach pop",
    "Map.prototype": "get set has forEach delete",
    "Set.prototype": "add forEach has",
    "String.prototype": "slice replaceAll isWellFormed charCodeAt toJSON",
    "Object": "keys defineProperty getPrototypeOf",
    "JSON": "parse stringify",
    "Reflect": "apply getPrototypeOf ownKeys",
    "Object.prototype": "toJSON toString hasOwnProperty valueOf",
    "Promise": "resolve reject",
    "Promise.prototype": "then catch",
    "Function.prototype": "call apply bind",
    "Date.prototype": "getTime",
    "Uint8Array.prototype": "toBase64",
    "Uint8Array": "fromBase64",
    "BigInt.prototype": "toString",
}
POISON = "{ value: poison, writable: true, configurable: true }"
GETTER = "{ get: poison, set: poison, configurable: true }"
VANDALISM = "\n".join(
    [
        "const define = Object.defineProperty, poison = () => { throw new ReferenceError('poisoned') };",
        *(f"define({of}, '{name}', {POISON});" for of, names in VICTIMS.items() for name in names.split()),
        f"define(Array.prototype, Symbol.iterator, {POISON}); define(Promise, Symbol.species, {GETTER});",
        f"define(Object.prototype, '$', {GETTER}); define(Object.prototype, 'error', {GETTER});",
        f"define(Array.prototype, '0', {GETTER}); globalThis.eval = globalThis.Map = globalThis.Error = poison;",
    ]
)


async def test_code_that_takes_its_realm_apart_only_harms_itself():
    """The runtime has its own of everything: values, errors and calls cross as before."""
    libraries = [IpcRxLibrary({"later": lambda *values: [*values]}), InjectLibrary({"now": lambda value: value})]
    async with VM(libraries, mode="embedded") as vm:
        await vm.run(
            "const ask = async (x) => { const y = await later(x); return y };"
            "return { same: (value) => value, ask, sync: (x) => now(x) }"
        )
        await vm.run(VANDALISM)
        value = {
            "a": [1, None, undefined, b"x", "\ud800"],
            "m": Map({1: 2}),
            "s": {1},
            "d": datetime(1970, 1, 1, tzinfo=UTC),
            "n": BigInt(1),
        }
        assert await vm.call("same", value) == value
        assert await vm.call("ask", value) == [value]
        assert await vm.call("sync", value) == value
        with pytest.raises(JavaScriptError, match="is not defined"):
            await vm.run("return nothing")


async def test_what_no_runtime_says_is_the_end_of_the_vm():
    """As code could say that has taken the runtime over: here by the front door."""
    for text in (b'[["r",1]]', b'[["x",1,2]]', b"{}", b"nonsense", b'[["r",1,{"$":["?"]}]]', b'[["u",1]]'):
        told = []
        async with VM(mode="embedded", on_catastrophic_error=told.append) as vm:
            session = vm._session
            result = type("Result", (), {"texts": [text], "fault": "", "heap": 0, "cpu": 0.0, "detail": ""})
            if b'"r",1,' in text:
                continue  # a request that nobody waits for is dropped before it is read
            session._take(result)
            assert [type(error) for error in told] == [VMCrashedError], text


async def test_calls_of_host_functions_are_checked():
    """Numbers that were never given, and arguments that are no list."""
    async with VM([IpcRxLibrary({"f": lambda *args: args})], mode="embedded") as vm:
        for number, args in ((99, b"[]"), (-1, b"[]"), (0, b'{"a":1}'), (0, b"5"), (0, b'[{"$":["fn",77]}]')):
            vm._take(HostCall(1, number, args))
        assert await vm.run("return f(1)") == [1]
