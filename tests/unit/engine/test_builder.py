"""Builds of snapshots in children of the zygote: which level a package gets, and what happens to bad ones."""

from __future__ import annotations

import hmac
import json
import os
import queue

import msgspec
import pytest
import trio

from edge.engine import builder_client, bundles
from edge.engine.build import BuildRequest, Level, Missing, Raw
from edge.engine.builder_client import Builder
from edge.engine.machine import Machine, Respond
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.snapshot import Blob
from edge.engine.template import Template
from edge.services.api import Answer
from edge.supervisor.process import ChildProcess
from edge.supervisor.zygote_process import ZygoteProcess
from edge.units import MIB
from edge.wire.messages import Request, Start
from tests.support.snapshot_files import snapshot_files
from tests.support.zygote_rig import children

MAIN = "/app/index.js"


@pytest.fixture(scope="module")
def process():
    """One zygote for the tests of this file that leave it alone."""

    async def close():
        process.close()

    process = ZygoteProcess(sandboxed=True)
    yield process
    trio.run(close)


@pytest.fixture
async def builder(process):
    """Each build has a process of its own, and none is left after the test."""
    if not process.primed:
        files = [os.open(path, os.O_RDONLY) for path in snapshot_files()]
        await process.prime(files)
        for file in files:
            os.close(file)
    before = children()
    lock = trio.Lock()

    async def spawn():
        async with lock:
            return await process.spawn("build")

    yield Builder(spawn, ChildProcess)
    assert children() <= before


def request(source, kind="cjs", *, env=None, secrets=(), others=(), **resolutions):
    modules = [Raw(MAIN, kind, source, {f"./{name}": path for name, path in resolutions.items()}), *others]
    return BuildRequest(MAIN, modules, env or {}, list(secrets), contract="express")


async def build(builder, source, *args, **kwargs):
    with trio.fail_after(60):
        return await builder.build(request(source, *args, **kwargs))


def answer(outcome, env=None):
    """What the package answers in an isolate of its snapshot."""
    known = {record.path: record for record in outcome.records}
    ops = {**RUNTIME_OPS, "module.load": lambda args, _: Answer(known[msgspec.json.decode(args)["path"]])}
    blob = Blob(outcome.built.blob)
    template = Template("test", MAIN, outcome.built, blob, outcome.records, ops, memory=128 * MIB)
    results, machine = queue.SimpleQueue(), Machine(1)
    isolate = template.make(results.put)
    try:
        start = Start(1, Request("GET", "http://a/", "/"), "f", "v", "r", "express", "", 1e15, 128 * MIB, env or {})
        isolate.turn(template.batch([msgspec.json.encode(start)]))
        while True:
            for action in machine.turn(results.get(timeout=10).text):
                if isinstance(action, Respond):
                    return action.body.decode()
            assert machine.error is None, machine.error
            isolate.turn(b"")
    finally:
        isolate.terminate()
        isolate.dispose()


PURE = {
    "a function": "module.exports = () => 1",
    "a table": "const t = new Map(Array.from({ length: 1000 }, (_, i) => [i, `v${i}`])); module.exports = () => t",
    "a class with private state": "class A { #x = 1; static one = new A() } module.exports = () => A.one",
    "a generator that has begun": "function* g() { yield 1 } const it = g(); it.next(); module.exports = () => it",
    "a promise that waits": "const p = new Promise(() => {}); module.exports = () => p",
    "a promise that was kept": "let v; Promise.resolve(1).then((x) => { v = x }); module.exports = () => v",
    "a date of its own": "const d = new Date(86400000); module.exports = () => d",
    "text of other languages": "const s = 'é😀'.normalize('NFD').localeCompare('e'); module.exports = () => s",
    "large buffers": "const b = new Uint8Array(1 << 20).fill(7); module.exports = () => b",
    "errors that were caught": "try { null.x } catch (e) { module.exports = () => e.stack }",
    "small buffers": "const b = [Buffer.from([1, 2]), Buffer.from('text'), Buffer.alloc(3)]; module.exports = () => b",
    "numbers of buffers": "const b = Buffer.alloc(16); b.writeDoubleBE(1.5); exports.b = () => b",
    "many buffers": "exports.b = [atob('aGk='), Buffer.from('6869', 'hex'), new Float64Array(9), Buffer.alloc(8)]",
    "a view of a buffer": "const b = Buffer.from('some text').subarray(2, 4); module.exports = () => b",
    "what is only looked for": "const t = [typeof Intl, typeof SuppressedError]; module.exports = () => t",
    "methods for later": "const { deref } = WeakRef.prototype; module.exports = () => deref",
    "base64": "const s = atob('aGk=') + Buffer.from('6869', 'hex').toString('base64'); module.exports = () => s",
    "a limit of stack traces": "const n = Error.stackTraceLimit; Error.stackTraceLimit = n + 5; exports.n = () => n",
    "globals of the runtime": "const o = [new URL('http://a/b'), new Headers({ a: 'b' })]; module.exports = () => o",
}


@pytest.mark.parametrize("source", PURE.values(), ids=PURE.keys())
async def test_a_pure_top_level_is_kept(builder, source):
    """What neither asks the outside nor changes with time runs once, when the package is built."""
    outcome = await build(builder, source)
    assert (outcome.built.level, outcome.built.reason) == (Level.INITIALISED, "")
    assert outcome.built.blob


IMPURE = {
    "clock": ("const t = Date.now()", "the clock"),
    "date": ("const t = new Date()", "the clock"),
    "performance": ("const t = performance.now()", "the clock"),
    "random": ("const t = Math.random()", "Math.random"),
    "uuid": ("const t = crypto.randomUUID()", "crypto.random"),
    "key": (
        "const k = crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', true, ['encrypt'])",
        "crypto.subtle",
    ),
    "console": ("console.log('here')", "state of an invocation"),
    "timer": ("setTimeout(() => {}, 1)", "a timer"),
    "fetch": ("fetch('http://example.com/').catch(() => {})", "fetch.start"),
    "Intl": ("new Intl.NumberFormat('de')", "Intl"),
    "WebAssembly": ("new WebAssembly.Module(new Uint8Array(8))", "WebAssembly"),
    "SharedArrayBuffer": ("new SharedArrayBuffer(8)", "SharedArrayBuffer"),
    "WeakRef": ("new WeakRef({})", "WeakRef"),
    "Promise.try": ("Promise.try(() => 1)", "try"),
    "in a microtask": ("Promise.resolve().then(() => Date.now())", "the clock"),
    "caught": ("try { Date.now() } catch {}", "the clock"),
}


@pytest.mark.parametrize(("code", "reason"), IMPURE.values(), ids=IMPURE.keys())
async def test_an_impure_top_level_runs_in_each_invocation(builder, code, reason):
    """A value of the build must not be everybody's, so only the compiled code is kept, and the reason is told."""
    outcome = await build(builder, f"{code}; module.exports = (req, res) => res.end('up')")
    assert outcome.built.level == Level.COMPILED
    assert reason in outcome.built.reason
    assert outcome.built.reason.startswith("its top level uses ")


STAND_INS = {
    "a class": ("const E = SuppressedError", "new E(1, 2, 'x') instanceof SuppressedError", True),
    "a subclass": ("class E extends SuppressedError {}", "[new E(1, 2) instanceof E, new E(1, 2).error]", [True, 1]),
    "a constructor": ("const B = SharedArrayBuffer", "[new B(8).byteLength, B === SharedArrayBuffer]", [8, False]),
    "no instance": (
        "const B = SharedArrayBuffer",
        "[{} instanceof B, new SharedArrayBuffer(1) instanceof B]",
        [False, True],
    ),
    "a method": ("const { deref } = WeakRef.prototype", "deref.call(new WeakRef(globalThis)) === globalThis", True),
    "a getter": (
        "const { get } = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength')",
        "get.call(new SharedArrayBuffer(3))",
        3,
    ),
    "a registry": (
        "const r = new FinalizationRegistry(() => {}); r.register({}, 1)",
        "[r.unregister({}), Object.prototype.toString.call(r)]",
        [False, "[object FinalizationRegistry]"],
    ),
    "a namespace": ("const I = Intl", "[new I.NumberFormat('de').format(1.5), 'Locale' in I]", ["1,5", True]),
    "a static function": (
        "const f = Promise.try",
        "[typeof f.call(Promise, () => 1).then, f.name]",
        ["function", "try"],
    ),
    "bytes": ("const h = Buffer.from('/+8', 'base64').toHex()", "[h, Buffer.from([255]).toHex()]", ["ffef", "ff"]),
    "bad base64": ("let c; try { atob('a') } catch (e) { c = e.name }", "c", "InvalidCharacterError"),
    "a limit": ("Error.stackTraceLimit = 1", "new Error('x').stack.split('\\n').length", 2),
}


@pytest.mark.parametrize(("code", "asked", "answered"), STAND_INS.values(), ids=STAND_INS.keys())
async def test_what_is_taken_along_for_later_works_then(builder, code, asked, answered):
    """V8 installs it when an isolate starts; until then something stands in for it."""
    outcome = await build(builder, f"{code}; module.exports = (req, res) => res.json({asked})")
    assert (outcome.built.level, outcome.built.reason) == (Level.INITIALISED, "")
    assert json.loads(answer(outcome)) == answered


@pytest.mark.parametrize("code", ["globalThis.WeakRef = class {}", "delete Promise.try", "Intl.x = 1", "WeakRef.y"])
async def test_what_replaces_them_is_of_each_invocation(builder, code):
    """V8 would install its own over it, or fail to."""
    outcome = await build(builder, f"{code}; module.exports = () => 1")
    assert outcome.built.level == Level.COMPILED


async def test_the_outline_of_a_module_has_its_names_and_says_why_they_cannot_work(builder):
    """A package that never uses it is initialised; what it calls throws."""
    source = """
    const { isMainThread, Worker } = require('./a'), { spawn } = require('./b');
    const told = (f) => { try { f() } catch (error) { return [error.code, error.message] } };
    module.exports = (req, res) => res.json([isMainThread, spawn.name, told(spawn), told(() => new Worker('x'))]);
    """
    outcome = await build(builder, source, a="outline:worker_threads", b="outline:child_process")
    assert (outcome.built.level, outcome.built.reason) == (Level.INITIALISED, "")
    main, name, called, constructed = json.loads(answer(outcome))
    why = "is not available in edge: a function cannot start processes or threads"
    assert (main, name) == (True, "spawn")
    assert called[0] == constructed[0] == "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"
    assert f"child_process.spawn {why}" in called[1]
    assert f"worker_threads.Worker {why}" in constructed[1]


async def test_expressions_that_objects_share_are_kept_at_any_depth(builder):
    """V8 cannot write the first of them where it puts objects off, unless it has met the expression before."""
    source = """
    const chain = (n, i) => (n ? { next: chain(n - 1, i), a: /x+/g, b: new RegExp(`y${i}`), c: /y1/, d: /y2/ } : null);
    const chains = Array.from({ length: 50 }, (_, i) => chain(40, i % 3));
    module.exports = (req, res) => res.end(chains.length + 'xxy2'.replace(chains[1].next.a, ''));
    """
    outcome = await build(builder, source + "const more = [/y0/]; exports.more = more;")
    assert (outcome.built.level, outcome.built.reason) == (Level.INITIALISED, "")
    assert answer(outcome) == "50y2"


async def test_a_key_of_the_top_level_is_made_in_each_invocation(builder):
    """Nothing is left of what was begun while the package was built."""
    source = """
    const key = crypto.subtle.importKey('raw', new Uint8Array(16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    module.exports = async (req, res) => {
      res.end(new Uint8Array(await crypto.subtle.sign('HMAC', await key, new Uint8Array(3))).toHex().slice(0, 8));
    };
    """
    outcome = await build(builder, source)
    assert outcome.built.level == Level.COMPILED
    assert answer(outcome) == hmac.digest(bytes(16), bytes(3), "sha256").hex()[:8]


async def test_a_compiled_package_reads_the_clock_of_its_invocation(builder):
    """The top level runs when the isolate is used, with the time of then."""
    outcome = await build(builder, "const t = Date.now(); module.exports = (req, res) => res.end(String(t > 1e12))")
    assert outcome.built.level == Level.COMPILED
    assert answer(outcome) == "true"


async def test_the_environment_may_be_read_at_the_top_level(builder):
    """It is part of what a compiled package is known by."""
    outcome = await build(
        builder, "const a = process.env.A; module.exports = (req, res) => res.end(a)", env={"A": "kept"}
    )
    assert outcome.built.level == Level.INITIALISED
    assert answer(outcome) == "kept"


@pytest.mark.parametrize("code", ["process.env.TOKEN", "({ ...process.env })", "JSON.stringify(process.env)"])
async def test_a_secret_read_at_the_top_level_drops_the_level(builder, code):
    """Its value is not there to be read, and is there in each invocation."""
    source = f"const s = {code}; module.exports = (req, res) => res.end(JSON.stringify(s))"
    outcome = await build(builder, source, env={"A": "1"}, secrets=["TOKEN"])
    assert (outcome.built.level, outcome.built.reason) == (Level.COMPILED, "its top level uses the secret TOKEN")
    assert "s3cret" in answer(outcome, {"A": "1", "TOKEN": "s3cret"})


async def test_a_secret_read_in_an_invocation_costs_nothing(builder):
    """Only the top level is restricted."""
    source = "module.exports = (req, res) => res.end(process.env.TOKEN)"
    outcome = await build(builder, source, secrets=["TOKEN"])
    assert outcome.built.level == Level.INITIALISED
    assert answer(outcome, {"TOKEN": "s3cret"}) == "s3cret"


async def test_a_top_level_that_throws_throws_in_each_invocation(builder):
    """The error may be of the moment; its text is the reason."""
    outcome = await build(builder, "throw new TypeError('not now')")
    assert outcome.built.level == Level.COMPILED
    assert outcome.built.reason == "its top level threw TypeError: not now"


@pytest.mark.parametrize(
    ("kind", "source", "place"),
    [
        ("cjs", "let a = 1;\nlet b = ;\n", f"{MAIN}:2"),
        ("esm", "export default () => 1;\n\nexport const = 2;\n", f"{MAIN}:3"),
        ("ts", "const a: number = 1;\nconst b: = 2;\n", f"{MAIN}:2"),
        ("jsx", "\nexport default () => <div>\n", f"{MAIN}:"),
    ],
)
async def test_a_syntax_error_names_file_and_line(builder, kind, source, place):
    """The module is broken, with the error as its source; the package is built all the same."""
    outcome = await build(builder, source, kind)
    (record,) = outcome.records
    assert record.kind == "broken"
    assert record.source.startswith(place)
    assert "SyntaxError" in outcome.built.reason
    assert place in outcome.built.reason


async def test_a_broken_module_that_nothing_loads_does_no_harm(builder):
    """Its error is thrown by the `require` that asks for it."""
    broken = Raw("/app/broken.js", "cjs", "let b = ;")
    source = "module.exports = (req, res) => { try { require('./broken') } catch (e) { res.end(e.name) } }"
    outcome = await build(builder, source, others=[broken], broken="/app/broken.js")
    assert outcome.built.level == Level.INITIALISED
    assert answer(outcome) == "SyntaxError"


async def test_modules_of_all_kinds_are_built_together(builder):
    """TypeScript, JSON and what is missing, from an ES module."""
    others = [Raw("/app/a.ts", "ts", "export const n: number = 2;"), Raw("/app/b.json", "json", '{"m":3}')]
    source = "import { n } from './a'; import b from './b'; export default (req, res) => res.end(`${n * b.m}`);"
    outcome = await build(builder, source, "esm", others=others, a="/app/a.ts", b="/app/b.json")
    assert (outcome.built.level, outcome.built.reason) == (Level.INITIALISED, "")
    assert answer(outcome) == "6"
    missing = await build(builder, "require('./c')", c=Missing("Cannot find module './c'"))
    assert missing.built.reason == "its top level threw Error: Cannot find module './c'"


ENDLESS = {
    "a loop": "for (;;);",
    "microtasks": "(function again() { Promise.resolve().then(again) })()",
    "what ignores termination": "const a = []; a.length = 2 ** 32 - 2; a.indexOf(1)",
    "a regular expression": "/^(a+)+$/.test('a'.repeat(60) + 'b')",
}


@pytest.mark.slow
@pytest.mark.hostile
@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS.keys())
async def test_an_endless_top_level_costs_its_deadline(builder, monkeypatch, code):
    """The child that does not come back is killed, and the package only compiled."""
    monkeypatch.setattr(builder_client, "STARTUP_DEADLINE", 0.4)
    began = trio.current_time()
    outcome = await build(builder, f"module.exports = (req, res) => res.end('up'); {code}")
    assert outcome.built.level == Level.COMPILED
    assert "its top level took over 0.4 s" in outcome.built.reason
    assert trio.current_time() - began < 5


FATAL = {
    "4 GB in objects": "globalThis.kept = []; for (;;) kept.push(new Array(32e6).fill(1.5))",
    "4 GB in buffers": "globalThis.kept = []; for (let i = 0; i < 64; i++) kept.push(new Uint8Array(1 << 26).fill(1))",
    "4 GB in strings": "const s = 'x'.repeat(1 << 20), kept = []; for (;;) kept.push((s + kept.length).split(''))",
    "what no snapshot can hold": """
    const e = (n) => new RegExp('q' + (n % 7));
    const c = (n) => (n ? { next: c(n - 1), a: e(n), b: e(n) } : null);
    globalThis.kept = Array.from({ length: 50 }, () => c(40))""",
}


@pytest.mark.slow
@pytest.mark.hostile
@pytest.mark.parametrize("code", FATAL.values(), ids=FATAL.keys())
async def test_a_fatal_error_of_v8_ends_the_child_alone(builder, code):
    """The package is only compiled; the next one is built as if nothing had been."""
    outcome = await build(builder, f"{code}; module.exports = () => globalThis.kept")
    assert outcome.built.level == Level.COMPILED
    assert outcome.built.reason
    assert (await build(builder, "module.exports = () => 1")).built.level == Level.INITIALISED


@pytest.mark.slow
async def test_a_snapshot_that_would_slow_every_isolate_down_is_not_used(builder):
    """The data is made in each invocation instead."""
    outcome = await build(builder, "const b = Array.from({ length: 9e6 }, (_, i) => i / 2); module.exports = () => b")
    assert outcome.built.level == Level.COMPILED
    assert "at most 64 MiB are of use" in outcome.built.reason


async def test_builds_run_side_by_side(builder):
    """Each has a child of its own."""
    outcomes = {}

    async def one(number):
        outcomes[number] = await build(builder, f"module.exports = (req, res) => res.end('{number}')")

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(one, number)
    assert [answer(outcomes[number]) for number in range(4)] == ["0", "1", "2", "3"]


async def test_a_cancelled_build_leaves_the_builder_usable(builder):
    """Its child goes its way, and the next build has another."""
    with trio.move_on_after(0.03) as scope:
        await builder.build(request("for (;;);"))
    assert scope.cancelled_caught
    assert (await build(builder, "module.exports = () => 1")).built.level == Level.INITIALISED


CATCHES = """
let e = 'no error';
try { require('node:zlib') } catch (x) { e = String(x) }
module.exports = (_, res) => res.end(e);
"""


@pytest.mark.parametrize("source", [CATCHES, "module.exports = (_, res) => res.end(atob('bm8gZXJyb3I='))"])
async def test_a_part_of_the_runtime_that_was_not_expected_is_there_all_the_same(builder, source):
    """Also when the package catches what its lack would throw: at the top level, and in what is rehearsed."""
    zlib = {"node:zlib": "node:zlib"} if source is CATCHES else {}
    asked = BuildRequest(MAIN, [Raw(MAIN, "cjs", source, zlib)], {}, [], contract="express")
    builder._chunks = {next(iter(bundles.chunks()))}
    with trio.fail_after(60):
        outcome = await builder.build(asked)
    assert outcome.built.level is Level.INITIALISED
    assert answer(outcome) == "no error"
    learned = set(builder._chunks)
    with trio.fail_after(60):
        again = await builder.build(asked)
    assert (again.built.level, answer(again), builder._chunks) == (Level.INITIALISED, "no error", learned)
    assert 1 < len(learned) < len(bundles.chunks()) / 2
