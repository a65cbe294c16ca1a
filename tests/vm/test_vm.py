"""A VM in this process and in one of its own: run, call, values, errors, ends."""

from __future__ import annotations

import pytest
import trio

from edge.vm import (
    VM,
    ConsoleLibrary,
    InjectLibrary,
    IpcLibrary,
    IpcRxLibrary,
    JavaScriptError,
    VMDisposedError,
    undefined,
)

MODES = ["embedded", pytest.param("cells", marks=pytest.mark.integration)]


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


async def test_the_contracts_example_works(mode):
    """CONTRACT, section 9."""

    async def calculate_sum(a, b):
        await trio.lowlevel.checkpoint()
        return a + b

    lines = []
    ipc = IpcLibrary(timeout=10)
    libraries = [ConsoleLibrary(lambda *line: lines.append(line)), IpcRxLibrary({"calculateSum": calculate_sum}), ipc]
    async with VM(libraries, memory_limit="64MiB", mode=mode) as vm:
        await vm.run(
            "console.log('hello', 1); async function main() { return { result: await calculateSum(5, 10) } }"
            " return { main }"
        )
        assert await ipc.call("main", []) == {"result": 15}
        assert not vm.is_disposed
    assert vm.is_disposed
    assert lines == [("log", "hello", 1)]


async def test_injected_values_and_functions_are_globals(mode):
    """Functions answer at once, in the middle of an expression."""
    inject = InjectLibrary({"limit": 3, "config": {"a": [1, None]}, "double": lambda x: x * 2})
    async with VM([inject], mode=mode) as vm:
        assert await vm.run("return [limit, config, double(21) + 1, typeof console]") == [
            3,
            {"a": [1, None]},
            43,
            "undefined",
        ]


async def test_what_run_throws_is_raised_and_told(mode):
    """With name, message and stack."""
    told = []
    async with VM(mode=mode, on_error=told.append) as vm:
        with pytest.raises(JavaScriptError, match="TypeError: bad") as caught:
            await vm.run("throw new TypeError('bad')")
        assert caught.value.name == "TypeError"
        assert "vm.js:1" in caught.value.stack
        assert told == [caught.value]
        assert await vm.run("1") is undefined


async def test_a_disposed_vm_answers_nobody(mode):
    """Who waits hears of it at once, and so does who asks later."""
    async with VM(mode=mode) as vm:
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def waits():
                with pytest.raises(VMDisposedError):
                    await vm.run("await new Promise(() => {})")

            await trio.testing.wait_all_tasks_blocked()
            vm.dispose()
        vm.dispose()
        with pytest.raises(VMDisposedError):
            await vm.call("f")


async def test_vm_tells_of_its_end_and_disposal():
    """`on_end` after each run, also one that fails; `on_dispose` once."""
    told = []
    options = {
        "on_end": lambda: told.append("end"),
        "on_dispose": lambda: told.append("dispose"),
        "on_error": told.append,
    }
    async with VM(mode="embedded", **options) as vm:
        await vm.run("return 1")
        with pytest.raises(JavaScriptError) as caught:
            await vm.run("(")
        assert told == ["end", caught.value, "end"]
        vm.dispose()
    assert told[3:] == ["dispose"]


async def test_on_error_hears_of_promises_that_nobody_handles():
    """When microtasks have run; one that is handled in time is no error."""
    told = []
    async with VM(mode="embedded", on_error=told.append) as vm:
        await vm.run("""
          Promise.reject(new RangeError('unhandled'));
          Promise.reject(new Error('handled')).catch(() => {});
          const late = Promise.reject(new Error('in time'));
          await null;
          late.catch(() => {});
        """)
        await vm.ping()
    assert [error.message for error in told] == ["unhandled"]


async def test_statistics_count_what_a_vm_does():
    """And say what it holds."""
    async with VM([IpcRxLibrary({"f": lambda: 1})], memory_limit=32 * 1024 * 1024, mode="embedded") as vm:
        await vm.run("await f(); return { g: () => f() }")
        await vm.call("g")
        found = vm.statistics()
    assert (found.calls, found.host_calls, found.pending, found.errors, found.memory_limit) == (1, 2, 0, 0, 2**25)
    assert 0 < found.heap_used < found.memory_limit
    assert found.cpu_time > 0
    assert found.uptime > 0


async def test_a_stack_shows_the_programs_lines_only():
    """With its own line numbers, and the name that it was given."""
    async with VM(mode="embedded") as vm:
        with pytest.raises(JavaScriptError) as caught:
            await vm.run("\n\nfunction f() { throw new Error('x') }\nf();", name="mine.js")
    lines = caught.value.stack.splitlines()
    assert [line for line in lines if "edge" in line] == []
    assert "mine.js:3:" in lines[1]
    assert "mine.js:4:" in lines[2]


async def test_code_is_the_body_of_a_function():
    """Nothing closes it early, and a comment at its end ends there."""
    async with VM(mode="embedded") as vm:
        for code in ("}); globalThis.x = 1; (async () => {", "})(); (function () {", "}"):
            with pytest.raises(JavaScriptError, match="SyntaxError"):
                await vm.run(code)
        assert await vm.run("return typeof x // a comment") == "undefined"
        assert await vm.run("'use strict'; return this === undefined") is True


async def test_vms_share_nothing():
    """Neither globals nor prototypes."""
    async with VM(mode="embedded") as one, VM(mode="embedded") as other:
        await one.run("globalThis.x = 1; Object.prototype.y = 1; Array.prototype.push = null")
        assert await other.run("return [typeof x, ({}).y === undefined, typeof [].push]") == [
            "undefined",
            True,
            "function",
        ]
