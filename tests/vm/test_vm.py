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
