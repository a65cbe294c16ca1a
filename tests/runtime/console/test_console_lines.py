"""What reaches the function's log: levels, lines, limits."""

from __future__ import annotations

import pytest

from tests.runtime.contract_rig import call, handle


def lines(code: str) -> list[str]:
    """The log of a function's body."""
    return handle(f"{code}; res.end()").logs


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("console.log('a %s', 1, { b: 2 })", "info a 1 { b: 2 }"),
        ("console.info(1)", "info 1"),
        ("console.warn('w')", "warn w"),
        ("console.error('e')", "error e"),
        ("console.debug('d')", "debug d"),
        ("console.dirxml({ a: 1 }, 2)", "info { a: 1 } 2"),
        ("console.log()", "info "),
        ("Object.prototype.get = 1; console.log({ a: [1] }, new URL('a:b').search === '')", "info { a: [ 1 ] } true"),
        ("Object.prototype.get = 1; console.log(new Headers({ a: 'b' }))", "info Headers { a: 'b' }"),
        ("Object.prototype.get = 1; console.log(new File([], 'f')?.name, new Event('e').type)", "info f e"),
        ("console.dir({ a: { b: { c: {} } } }, { depth: 0 })", "info { a: [Object] }"),
        ("console.assert(true, 'no')", None),
        ("console.assert(false)", "error Assertion failed"),
        ("console.assert(false, 'a %d', 1)", "error Assertion failed: a 1"),
        ("console.assert(0, { a: 1 })", "error Assertion failed { a: 1 }"),
        ("console.count(); console.count()", "info default: 2"),
        ("console.count('x'); console.countReset('x'); console.count('x')", "info x: 1"),
        ("console.countReset('none')", "warn Count for 'none' does not exist"),
        ("console.timeEnd('none')", "warn No such label 'none' for console.time()"),
        ("console.time('t'); console.time('t')", "warn Label 't' already exists for console.time()"),
        ("console.group('g'); console.log('in\\nside'); ", "info   in\n  side"),
        ("console.group(); console.groupEnd(); console.groupEnd(); console.log('out')", "info out"),
        ("console.table(5)", "info 5"),
        ("const { log } = console; log('detached')", "info detached"),
        ("process.stdout.write('a\\nb\\n')", "info a\nb"),
        ("process.stderr.write('e\\n')", "error e"),
        ("process.stdout.write('no '); process.stdout.write('end'); await null", "info no end"),
        ("process.emitWarning('careful', 'Custom', 'C1')", "warn [C1] Custom: careful"),
    ],
)
def test_lines(code: str, line: str | None) -> None:
    """Each method writes at its level what Node would print."""
    assert lines(code)[-1:] == ([] if line is None else [line])


def test_table() -> None:
    """Tables have a column for each key and one for plain values."""
    text = lines("console.table([{ a: 1, b: 'é' }, { c: 3 }, 'v'])")[0]
    assert text.splitlines() == [
        "info ┌─────────┬───┬─────┬───┬────────┐",
        "│ (index) │ a │ b   │ c │ Values │",
        "├─────────┼───┼─────┼───┼────────┤",
        "│ 0       │ 1 │ 'é' │   │        │",
        "│ 1       │   │     │ 3 │        │",
        "│ 2       │   │     │   │ 'v'    │",
        "└─────────┴───┴─────┴───┴────────┘",
    ]


def test_tables_of_maps_and_chosen_columns() -> None:
    """Maps show their keys; columns can be chosen."""
    text = lines("console.table(new Map([['k', { a: 1, b: 2 }]]), ['b'])")[0]
    assert "│ (iteration index) │ Key │ b │" in text
    assert "│ 0                 │ 'k' │ 2 │" in text


def test_time() -> None:
    """time() and its kin measure milliseconds."""
    log = lines("console.time('t'); console.timeLog('t', 'x'); console.timeEnd('t'); console.timeEnd('t')")
    assert log[0].startswith("info t: ")
    assert log[0].endswith("ms 'x'") or log[0].endswith("ms x")
    assert log[2] == "warn No such label 't' for console.time()"


def test_trace_shows_the_functions_own_frames() -> None:
    """trace() prints a stack of the function's files, without the runtime's."""
    text = call(
        "function inner() { console.trace('here') }\nmodule.exports = (req, res) => { inner(); res.end() }"
    ).logs[0]
    assert text.startswith("debug Trace: here\n    at inner (/app/index.js:1:")
    assert "edge:runtime" not in text


def test_errors_show_their_stack() -> None:
    """A logged error has its stack, its properties and its cause."""
    text = lines("console.error(Object.assign(new Error('bad', { cause: 'why' }), { code: 'E1' }))")[0]
    assert text.startswith("error Error: bad\n    at module.exports (/app/index.js:1:")
    assert "code: 'E1'" in text
    assert "[cause]: 'why'" in text
    assert "edge:runtime" not in text


@pytest.mark.parametrize(
    "value",
    [
        "(() => { let a = {}; for (let i = 0; i < 100000; i++) a = { a }; return a })()",
        "(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy })()",
        "new Proxy({}, new Proxy({}, { get() { throw new Error('trap') } }))",
        "{ get a() { throw new Error('getter') }, get [Symbol.toStringTag]() { throw new Error('tag') } }",
        "{ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('custom') } }",
        "Object.create(null)",
        "{ toString() { throw new Error('text') } }",
        "new Array(2 ** 32 - 1)",
        "'x'.repeat(10_000_000)",
        "Array.from({ length: 100000 }, (_, i) => ({ i, text: 'y'.repeat(100) }))",
        "Object.fromEntries(Array.from({ length: 100000 }, (_, i) => ['key' + i, i]))",
        "(() => { const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { throw 1 } }); return e })()",
        "Object.setPrototypeOf(new Map([[1, 2]]), null)",
        "new (class extends Array { get length() { throw 1 } })()",
        "[,,1,,]",
        "Symbol('\\n')",
        "globalThis",
    ],
)
def test_hostile_values(value: str) -> None:
    """Whatever is logged, the call neither throws nor prints without limit."""
    log = lines(
        f"console.log({value}); console.log('%s %o %j %d', {value}, 1, 2, 3); console.dir({value}, {{ "
        f"depth: null }}); console.log('after')"
    )
    assert log[-1] == "info after"
    assert all(len(line) < 70000 for line in log)


def test_traps_are_not_run() -> None:
    """Logging a proxy shows its target without running user code."""
    code = (
        "let traps = 0; const handler = new Proxy({}, { get() { traps++ } }); console.log(new Proxy({ a: 1 }, "
        "handler), [new Proxy([1], handler)]); console.log(traps)"
    )
    assert lines(code) == ["info { a: 1 } [ [ 1 ] ]", "info 0"]


def test_lone_surrogates() -> None:
    """A line is well-formed text whatever is printed."""
    assert lines("console.log('a\\ud800')") == ["info a\ufffd"]


def test_long_arrays_cost_what_is_shown_of_them() -> None:
    """Ten million items are printed within a small memory; a nearly empty array has its names."""
    code = """const long = new Array(1e7).fill('x'); long[Symbol('s')] = 1; console.log(long);
      console.log(new Uint8Array(1e7));
      const holes = []; holes[5e6] = 1; holes.name = 2; console.log(holes)"""
    dense, typed, holes = lines(code)
    assert dense.endswith("... 9999900 more items,\n  Symbol(s): 1\n]")
    assert typed.endswith("... 9999900 more items\n]")
    assert holes == "info [ <5000000 empty items>, 1, name: 2 ]"


@pytest.mark.parametrize("method", ["count", "countReset", "time", "timeLog", "timeEnd"])
def test_a_label_that_cannot_be_text_throws(method: str) -> None:
    """As the standard asks; nothing else that is printed does."""
    code = f"console.{method}({{ toString() {{ throw new Error('no') }} }})"
    assert lines(f"try {{ {code} }} catch (e) {{ console.log(e.message) }}") == ["info no"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            "new URLSearchParams('a=1&b=2&a=3&a=4')",
            "URLSearchParams { 'a' => '1', 'b' => '2', 'a' => '3', 'a' => '4' }",
        ),
        ("new Headers([['b', '2'], ['x-a', '1']])", "Headers { b: '2', 'x-a': '1' }"),
        ("new Blob(['abc'], { type: 'text/plain' })", "Blob { size: 3, type: 'text/plain' }"),
        ("AbortSignal.abort(5)", "AbortSignal { aborted: true, reason: 5 }"),
        ("[[[[new Blob([])]]]]", "[ [ [ [Array] ] ] ]"),
        ("[[[new Blob([])]]]", "[ [ [ [Blob] ] ] ]"),
        ("new (class Mine extends Blob { own = 1 })([])", "Mine [Blob] { size: 0, type: '', own: 1 }"),
        ("Object.create(Blob.prototype)", "Blob {}"),
        ("[new Event('x')]", None),
        ("{ signal: new AbortController() }", None),
        ("new Request('http://a/', { method: 'POST', body: 'x' })", None),
        ("new Response(new ReadableStream())", None),
    ],
)
def test_platform_objects_show_their_state(value: str, shown: str | None) -> None:
    """As far as to look at it changes nothing: a body stays unread."""
    (line,) = lines(f"const it = {value}; console.log(it); void it")
    if shown is not None:
        assert line == f"info {shown}"
    else:
        assert line.count(":") >= 1
        assert "body:" not in line


def test_a_getter_that_a_script_has_put_in_place_cannot_break_printing() -> None:
    """The object is shown without its state."""
    code = (
        "Object.defineProperty(Blob.prototype, 'size', { get() { throw new Error('no') } }); console.log(new Blob([]))"
    )
    assert lines(code) == ["info Blob {}"]
