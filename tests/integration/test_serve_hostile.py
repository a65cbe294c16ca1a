"""Functions that attack the runtime they run in: each gets an answer in time, and its neighbours notice nothing."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.gateway_process import serving, until

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.hostile]

MIB = 1024 * 1024
OK, THREW, MEMORY = (200, "ok"), (500, "exception"), (500, "memory")
TRAPS = "{ get() { throw 1 }, has() { throw 1 }, ownKeys() { throw 1 }, getOwnPropertyDescriptor() { throw 1 } }"
BIG_NAMES = (
    "['t', 'id', 'effects', 'busy', 'timer', 'text', 'data', 'call', 'op', 'args', 'events', 'value', 'end', 'ack']"
)
BODIES = {
    "throws null": ("throw null", THREW),
    "throws nothing": ("throw undefined", THREW),
    "throws a symbol": ("throw Symbol('x')", THREW),
    "throws a function": ("throw () => 1", THREW),
    "throws traps": (f"throw new Proxy({{}}, {TRAPS})", THREW),
    "throws a lot": ("throw new Error('x'.repeat(1e7))", THREW),
    "throws a circle": ("const e = new Error('c'); e.cause = e; throw e", THREW),
    "throws with a stack that throws": (
        "const e = new Error('s'); Object.defineProperty(e, 'stack', { get() { throw 1 } }); throw e",
        THREW,
    ),
    "prepares stacks": ("Error.prepareStackTrace = (e, sites) => sites; throw new Error('prepared')", THREW),
    "rejects with null": ("await Promise.reject(null)", THREW),
    "overflows the stack": ("(function f() { f() })()", THREW),
    "toJSON on all objects": ("Object.prototype.toJSON = () => 1; res.json({ a: 1 })", OK),
    "JSON is broken": ("JSON.stringify = JSON.parse = () => { throw 1 }; res.send('fine')", OK),
    "JSON lies": ("JSON.stringify = () => '{\"effects\":[]}'; res.send('fine')", OK),
    "properties on all objects": (
        (
            f"for (const k of {BIG_NAMES}) Object.prototype[k] = 'polluted'; console.log('a'); await kv.set('a', "
            f"1); res.send('fine')"
        ),
        OK,
    ),
    "promises are broken": (
        "Promise.prototype.then = () => { throw 1 }; globalThis.Promise = null; await sleep(5); res.send('fine')",
        OK,
    ),
    "arrays are broken": (
        (
            "for (const k of Object.getOwnPropertyNames([].constructor.prototype)) if (typeof [][k] === 'function')"
            " Array.prototype[k] = () => { throw 1 }; Array.prototype[Symbol.iterator] = null; res.send('fine')"
        ),
        OK,
    ),
    "everything is frozen": (
        (
            "[Object, Array, Function, Promise].forEach((C) => Object.freeze(C.prototype)); "
            "Object.freeze(globalThis); await sleep(1); res.send('fine')"
        ),
        OK,
    ),
    "globals are gone": (
        "for (const k of Reflect.ownKeys(globalThis)) { try { delete globalThis[k] } catch {} } res.send('fine')",
        OK,
    ),
    "endless log": ("for (let i = 0; i < 200000; i++) console.log('line ' + i); res.send('fine')", OK),
    "large log": ("console.log('z'.repeat(3e7)); res.send('fine')", OK),
    "deep log": ("let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; console.log(o); res.send('fine')", OK),
    "log with traps": (f"console.log(new Proxy({{}}, {TRAPS})); res.send('fine')", OK),
    "large header": ("res.set('x-a', 'a'.repeat(1e6)); res.send('')", (502, "bad-response")),
    "many headers": ("for (let i = 0; i < 20000; i++) res.set('x-' + i, 'v'); res.send('')", (502, "bad-response")),
    "large body": ("res.end('b'.repeat(2e7))", OK),
    "many small writes": ("for (let i = 0; i < 20000; i++) res.write('x'); res.end()", OK),
    "deep JSON": ("let o = 1; for (let i = 0; i < 3000; i++) o = [o]; res.json(o)", OK),
    "many timers": ("for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6); res.send('')", THREW),
    "exits": ("process.exit(0)", THREW),
    "ignores that it cannot exit": ("try { process.exit(0) } catch { res.send('fine') }", OK),
    "waits in Atomics": ("Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0); res.send('')", THREW),
    "cleans up for ever": (
        (
            "globalThis.r = new FinalizationRegistry(() => { for (;;) {} }); for (let i = 0; i < 1e5; "
            "i++) r.register({}, 1); res.send('fine')"
        ),
        OK,
    ),
    "buffers": ("const k = []; for (let i = 0; i < 400; i++) k.push(new ArrayBuffer(64 << 20)); res.send('')", MEMORY),
    "wasm memory": ("const k = []; for (;;) k.push(new WebAssembly.Memory({ initial: 1000 }))", MEMORY),
}
FETCHES = """
const all = [];
for (let i = 0; i < 10000; i++) all.push(fetch(`http://127.0.0.1:1/${i}`).catch((error) => error.message));
const said = new Set((await Promise.all(all)).map((text) => text.replace(/[0-9]+/g, '#')));
res.json([...said]);
"""
DEEP = """
let deep = 1;
for (let i = 0; i < 5000; i++) deep = [deep];
const said = [];
const calls = [
  () => kv.set('deep', deep), () => kv.list(deep), () => kv.get('k', deep), () => fetch('http://x/', { body: deep }),
];
for (const call of calls) {
  try { await call(); said.push('ok'); } catch (error) { said.push(error.constructor.name); }
}
res.json(said);
"""
FORGED = "console.log('a\\n{\"event\":\"forged\"}\\u2028\\u001b[31m' + '\\ud800'); res.send('fine')"
EXPRESS = "module.exports = async (req, res) => { %s };"
MODULES = {
    "throwing exports": "module.exports = new Proxy(function () {}, { get() { throw new Error('get') } });",
    "top level stack": "(function f() { f() })(); module.exports = () => 1;",
}


def folder(name):
    return name.replace(" ", "-").lower()


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    functions = {folder(name): EXPRESS % body for name, (body, _) in BODIES.items()}
    functions |= {folder(name): source for name, source in MODULES.items()}
    functions |= {"fetches": EXPRESS % FETCHES, "deep": EXPRESS % DEEP, "forged": EXPRESS % FORGED}
    functions["breaks-prototypes"] = (
        "Object.prototype.toJSON = () => 1; Array.prototype.push = () => { throw 1 }; "
        "module.exports = (req, res) => res.send('fine');"
    )
    functions["neighbour"] = EXPRESS % "res.send('fine')"
    sets = ("--set", "engine.timeout=4s", "--set", "engine.memory=64MiB")
    with serving(tmp_path_factory.mktemp("hostile"), functions, *sets) as running:
        yield running
        assert running.alive()
        assert running.log(event="crashed") == []
        until(lambda: running.operate("GET", "/health/detailed").json()["isolatePool"]["active"] == 0)


def is_fine(edge):
    assert edge.get("/neighbour").text == "fine"


@pytest.mark.parametrize("name", BODIES)
def test_a_function_that_attacks_its_runtime_gets_what_it_deserves(edge, name):
    """The outcome that it should have, well before the deadline, with one line in the access log."""
    began = time.monotonic()
    answer = edge.get(f"/{folder(name)}")
    assert (answer.status_code, answer.headers["edge-outcome"]) == BODIES[name][1], answer.text[:300]
    assert time.monotonic() - began < 3.5
    if "'fine'" in BODIES[name][0]:
        assert answer.text == "fine"
    assert len(edge.logged(event="request", request_id=answer.headers["edge-request-id"])) == 1
    is_fine(edge)


def test_prototypes_that_are_broken_while_a_module_loads_are_its_own_affair(edge):
    """The runtime looks nothing up by name."""
    assert edge.get("/breaks-prototypes").text == "fine"
    is_fine(edge)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_attacks_while_it_loads_fails_alone(edge, name):
    """Also when a snapshot was built of it."""
    assert edge.code(f"/{folder(name)}") == (500, "function_error", "exception")
    is_fine(edge)


def test_ten_thousand_pending_fetches_are_refused_beyond_a_limit(edge):
    """Those within it fail as the policy says; those beyond are told to wait."""
    said = edge.get("/fetches").json()
    assert any("too many host calls" in text for text in said), said
    assert all("too many host calls" in text or "Network policy" in text or "too many" in text for text in said), said
    is_fine(edge)


def test_values_nested_beyond_reason_are_errors_of_the_call(edge):
    """The strict decoder's recursion limit is no crash, in functions and for operators."""
    answer = edge.get("/deep")
    assert answer.status_code == 200
    assert answer.json()[0] == "TypeError"
    deep = b"[" * 100_000 + b"]" * 100_000
    put = edge.operate("PUT", "/kv/deep/deep", content=deep, headers={"content-type": "application/json"})
    assert (put.status_code, put.json()["error"]["code"]) == (400, "bad_request")
    is_fine(edge)


def test_no_log_line_can_be_forged(edge):
    """Line breaks, controls and lone surrogates stay within the one line that is the function's."""
    answer = edge.get("/forged")
    edge.logged(event="request", request_id=answer.headers["edge-request-id"])
    [(_, text)] = edge.console(answer.headers["edge-request-id"])
    assert text.startswith('a\n{"event":"forged"}')
    assert edge.log(event="forged") == []
    raw = next(line for line in edge.text().splitlines() if '\\"forged\\"' in line)
    assert json.loads(raw)["text"] == text
    assert not {"\u2028", "\x1b", "\r"} & set(raw)


def test_the_memory_of_all_that_is_given_back(edge):
    """After everything above, whatever order it ran in."""
    until(lambda: edge.rss() < 700 * MIB, 10, "memory to come back")
    is_fine(edge)
