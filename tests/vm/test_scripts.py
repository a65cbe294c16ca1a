"""Scripts, contexts and pools: what seed 003 says of Node's vm module, in Python."""

from __future__ import annotations

import gc

import pytest
import trio

from edge.engine import code_cache
from edge.vm import (
    Context,
    ContextPool,
    CrossingError,
    InjectLibrary,
    JavaScriptError,
    Script,
    VMDisposedError,
    VMError,
    VMMemoryError,
    VMTimeoutError,
    create_context,
    is_context,
    run_in_context,
    run_in_new_context,
    run_in_this_context,
    sync,
    undefined,
)

MODES = ["embedded", pytest.param("cells", marks=pytest.mark.integration)]
KEY = b"k" * 32


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


async def test_run_in_new_context(mode):
    """Seed 003: a context for one run; what it leaves is in the sandbox, and nowhere else."""
    assert await run_in_new_context("x = 42; x * 2", mode=mode) == 84
    sandbox = {"animal": "cat", "count": 2}
    assert await run_in_new_context("result = animal + 's: ' + count", sandbox, mode=mode) == "cats: 2"
    assert sandbox == {"animal": "cat", "count": 2, "result": "cats: 2"}
    with pytest.raises(JavaScriptError, match="x is not defined"):
        await run_in_new_context("x", mode=mode)


async def test_run_in_context_and_create_context(mode):
    """State persists from run to run, both ways."""
    sandbox = {"x": 10}
    async with create_context(sandbox, mode=mode) as context:
        assert is_context(context)
        assert not is_context(sandbox)
        await run_in_context("y = x * 2", context)
        assert sandbox["y"] == 20
        sandbox["y"] = 21
        del sandbox["x"]
        await run_in_context("z = y + 1; var w = typeof x; delete globalThis.y", context)
        assert sandbox == {"z": 22, "w": "undefined"}


async def test_run_in_this_context():
    """One context for all of a program, whose globals stay."""
    assert await run_in_this_context("globalThis.seen = (globalThis.seen ?? 0) + 1") == 1
    assert await run_in_this_context("seen += 1") == 2


async def test_a_script_runs_many_times_in_many_contexts(mode):
    """Compiled once for each context."""
    script = Script("result = Math.pow(base, exponent)", filename="power.js")
    for base, exponent, result in ((2, 3, 8), (5, 2, 25)):
        async with Context({"base": base, "exponent": exponent}, mode=mode) as context:
            assert await script.run_in_context(context) == result
            context.sandbox["base"] = 1
            assert await script.run_in_context(context) == 1
    assert await script.run_in_new_context({"base": 3, "exponent": 2}, mode=mode) == 9


async def test_the_scope_of_scripts():
    """What `let` declares is there for the next script, and no global; functions come back as handles."""
    async with Context(mode="embedded") as context:
        await context.run(
            "let hidden = 1; const fixed = 2; class Box {} var open = 3; function add(a, b) { return a + b }"
        )
        assert await context.run("[hidden, fixed, typeof Box, open]") == [1, 2, "function", 3]
        assert set(context.sandbox) == {"open", "add"}
        assert await context.sandbox["add"](2, 3) == 5
        with pytest.raises(JavaScriptError, match="'hidden' has already been declared"):
            await context.run("let hidden = 2")


async def test_values_are_copied_and_objects_of_python_stay():
    """What a script does not change is the same object afterwards; what cannot cross stays in the context."""
    items, pair = [1, {"a": None}], (1, 2)
    sandbox = {"items": items, "pair": pair, "n": 1.0}
    async with Context(sandbox, mode="embedded") as context:
        await context.run("0")
        assert sandbox["items"] is items
        assert sandbox["pair"] is pair
        await context.run("items.push(3); self = globalThis; sym = Symbol(); u = undefined; m = new Map([[1, 2]])")
        assert items == [1, {"a": None}]
        assert sandbox["items"] == [1, {"a": None}, 3]
        assert sandbox["u"] is undefined
        assert sandbox["m"] == {1: 2}
        assert "sym" not in sandbox
        assert "self" not in sandbox
        items.append(9)  # this is not the list of the sandbox any more
        sandbox["items"].append(4)
        assert await context.run("items.length + typeof sym") == "4symbol"
        sandbox["bad"] = object()
        with pytest.raises(CrossingError, match="bad of the sandbox"):
            await context.run("0")
        del sandbox["bad"]
        assert await context.run("n") == 1


async def test_functions_of_python_in_a_sandbox(mode):
    """Plain ones answer at once, others with a promise; they stay what they are."""

    async def fetch(name):
        await trio.lowlevel.checkpoint()
        return {"name": name}

    sandbox = {"log": [].append, "fetch": fetch, "add": lambda a, b: a + b}
    before = dict(sandbox)
    async with Context(sandbox, mode=mode, libraries=[InjectLibrary({"limit": 3})]) as context:
        assert await context.run("log('x'); fetch('a').then((found) => found.name + add(1, limit))") == "a4"
        assert sandbox == before


async def test_errors_have_file_line_and_column():
    """Offsets say where the source begins; nothing of the runtime is in a stack."""
    async with Context(mode="embedded") as context:
        script = Script("\n  throw new TypeError('no')", filename="my script.js", line_offset=10, column_offset=4)
        with pytest.raises(JavaScriptError) as failure:
            await script.run_in_context(context)
        assert failure.value.stack.split("\n")[:2] == ["TypeError: no", "    at my script.js:12:9"]
        assert "edge:" not in failure.value.stack
        first = Script("throw new Error('first line')", filename="a.js", line_offset=99, column_offset=20)
        with pytest.raises(JavaScriptError) as failure:
            await first.run_in_context(context)
        assert "at a.js:100:27" in failure.value.stack
        with pytest.raises(JavaScriptError) as failure:
            await Script("let a = 1;\nlet = 5 5", filename="bad.js", line_offset=2).compile(mode="embedded")
        assert failure.value.name == "SyntaxError"
        assert failure.value.stack == "bad.js:4:9\nSyntaxError: Unexpected number"
        assert await context.run("1 + 1") == 2


async def test_a_timeout_stops_the_script_and_not_the_context(mode):
    """What it has done until then is in the sandbox."""
    async with Context({"n": 0}, mode=mode) as context:
        with pytest.raises(VMTimeoutError, match=r"loop\.js did not finish within 0\.1 s"):
            await context.run(Script("n = 1; while (true) {}", filename="loop.js"), timeout=0.1)
        assert context.sandbox["n"] == 1
        assert await context.run("n + 1") == 2
        with pytest.raises(VMTimeoutError):
            await context.run("Promise.resolve().then(() => { while (true) {} })", timeout=0.1)
        await context.vm.wait_lost()
        with pytest.raises(VMError):
            await context.run("1")


async def test_memory_has_a_limit(mode):
    """The context is lost, the program goes on."""
    async with Context(mode=mode, memory_limit="32MiB") as context:
        with pytest.raises(VMMemoryError):
            await context.run("const all = []; for (;;) all.push(new Array(1e5).fill(all.length))")
    assert await run_in_new_context("1", mode=mode) == 1


async def test_names_that_mean_something_are_names():
    """Also those of the language, and the global object's own."""
    sandbox = {"__proto__": 1, "constructor": 2, "then": 3, "$": 4, "Math": 5, "undefined": 6}
    async with Context(sandbox, mode="embedded") as context:
        assert await context.run("[constructor, then, $, Math, undefined]") == [2, 3, 4, 5, undefined]
        await context.run(
            "const real = globalThis; globalThis = { then: 7 }; real.more = 8; delete real.$", result=False
        )
        assert sandbox["more"] == 8
        assert "$" not in sandbox
        assert (sandbox["then"], sandbox["__proto__"], sandbox["Math"]) == (3, 1, 5)


async def test_result_need_not_cross():
    """A script may end with whatever it likes."""
    async with Context(mode="embedded") as context:
        with pytest.raises(JavaScriptError, match="cannot cross"):
            await context.run("a = 1; Symbol()")
        assert await context.run("a = 2; Symbol()", result=False) is None
        assert context.sandbox["a"] == 2


SOURCE = "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\nfib(12)"


async def test_create_cached_data(mode):
    """Compiled code is saved and used again; with the same source, key and build of V8."""
    data = await Script(SOURCE, cache_key=KEY).create_cached_data(mode=mode)
    again = Script(SOURCE, cached_data=data, cache_key=KEY)
    assert again.cached_data_rejected is False
    assert await again.run_in_new_context(mode=mode) == 144
    assert again.cached_data_rejected is False


async def test_cached_data_of_others_is_never_given_to_v8():
    """Each byte counts, and so do source, key and the build of V8: the source is compiled instead."""
    data = await Script(SOURCE, cache_key=KEY).create_cached_data(mode="embedded")
    bare = data[code_cache.HEAD :]
    refused = [
        Script(SOURCE, cached_data=data),
        Script(SOURCE, cached_data=data, cache_key=b"x" * 32),
        Script(SOURCE + " ", cached_data=data, cache_key=KEY),
        Script(SOURCE, cached_data=b"", cache_key=KEY),
        Script(SOURCE, cached_data=bare, cache_key=KEY),
        Script(SOURCE, cached_data=code_cache.seal(KEY, b"another build", SOURCE.encode(), bare), cache_key=KEY),
    ]
    for at in (0, 5, code_cache.HEAD, code_cache.HEAD + 9, len(data) - 1):
        changed = bytearray(data)
        changed[at] ^= 1
        refused.append(Script(SOURCE, cached_data=bytes(changed), cache_key=KEY))
    assert [script.cached_data_rejected for script in refused] == [True] * len(refused)
    assert await refused[-1].run_in_new_context(mode="embedded") == 144
    with pytest.raises(ValueError, match="32 bytes"):
        Script("1", cache_key=b"short")


async def test_scripts_that_are_forgotten_take_no_room():
    """Text that is run is compiled, and given up."""
    async with Context(mode="embedded") as context:
        for number in range(120):
            assert await context.run(f"{number} + 1") == number + 1
        gc.collect()
        await context.run("0")
        assert len(context._numbers) <= 1


async def test_a_pool_acquires_and_releases(mode):
    """A context is fresh each time; who finds none waits; the pool ends them all."""
    async with ContextPool(1, max_size=2, sandbox=lambda: {"base": 2}, mode=mode) as pool:
        first = await pool.acquire()
        await first.run("base = 3; Array.prototype.bad = 1; left = 4")
        second = await pool.acquire()
        assert pool.active == 2
        assert await second.run("[base, typeof left, [].bad]") == [2, "undefined", undefined]
        with trio.move_on_after(0.05) as scope:
            await pool.acquire()
        assert scope.cancelled_caught
        pool.release(first)
        with pytest.raises(VMError, match="not out"):
            pool.release(first)
        async with pool.context() as third:
            assert third not in (first, second)
            assert await third.run("typeof left + [].bad") == "undefinedundefined"
    assert first.is_disposed
    assert second.is_disposed
    with pytest.raises(VMDisposedError):
        await pool.acquire()


async def test_a_pool_may_clean_instead():
    """For scripts that trust each other: names that they leave are removed."""
    async with ContextPool(1, reuse=True, max_uses=5, sandbox=lambda: {"base": 2}, mode="embedded") as pool:
        async with pool.context() as first:
            await first.run("base = 3; left = 4; var declared = 5")
        async with pool.context() as again:
            assert again is first
            assert await again.run("[base, typeof left, declared]") == [2, "undefined", undefined]
            with pytest.raises(VMTimeoutError):
                await again.run("Promise.resolve().then(() => { while (true); })", timeout=0.05)
        async with pool.context() as other:
            assert other is not first
            assert await other.run("base") == 2


async def test_runs_of_one_context_take_turns():
    """Also when many tasks ask at once, and one is cancelled."""
    async with Context({"n": 0}, mode="embedded") as context:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(context.run, "n += 1")
        assert context.sandbox["n"] == 20
        with trio.move_on_after(0.05):
            await context.run("new Promise(() => {})")
        assert await context.run("n") == 20


def test_contexts_without_an_event_loop():
    """The same for programs that know no Trio."""
    sandbox = {"n": 1}
    with sync.Context(sandbox, mode="embedded") as context:
        assert context.run("n += 1") == 2
        assert sync.run_in_context("n * 2", context) == 4
        assert context.sandbox is sandbox
        with pytest.raises(VMTimeoutError):
            context.run("while (true) {}", timeout=0.05)
    assert context.is_disposed
    assert sync.run_in_new_context("a + 1", {"a": 1}, mode="embedded") == 2
    data = sync.create_cached_data(Script("1 + 1", cache_key=KEY), mode="embedded")
    assert Script("1 + 1", cache_key=KEY, cached_data=data).cached_data_rejected is False
    assert sync.run_in_this_context("globalThis.once = 1") == 1
