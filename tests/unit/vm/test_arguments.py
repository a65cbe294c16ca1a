"""Arguments of VMs are checked where they are given."""

from __future__ import annotations

import asyncio

import pytest

from edge.vm import (
    VM,
    ConsoleLibrary,
    Context,
    ContextPool,
    IpcLibrary,
    IpcRxLibrary,
    Script,
    ThreadLibrary,
    VMError,
    run_in_new_context,
    run_in_this_context,
)
from edge.vm.arguments import LEAST_MEMORY, memory_of, mode_of, seconds_of


def test_memory_is_bytes_or_text_with_a_unit():
    assert memory_of("64MiB") == 64 * LEAST_MEMORY
    assert memory_of(LEAST_MEMORY) == LEAST_MEMORY


@pytest.mark.parametrize("limit", [128, 0, -1, "128", "lots", ""])
def test_memory_without_its_unit_is_refused(limit):
    with pytest.raises(ValueError, match="MiB"):
        VM(memory_limit=limit)


@pytest.mark.parametrize("limit", [None, True, 1e9])
def test_memory_is_nothing_else(limit):
    with pytest.raises(TypeError, match="memory limit"):
        ThreadLibrary(thread_memory_limit=limit)


def test_a_timeout_is_a_number_of_seconds_or_none():
    assert [seconds_of(timeout) for timeout in (None, 0, 1.5, float("inf"))] == [None, 0, 1.5, float("inf")]


@pytest.mark.parametrize("make", [lambda timeout: VM(timeout=timeout), lambda timeout: Context(timeout=timeout)])
def test_a_timeout_is_nothing_else(make):
    with pytest.raises(TypeError, match="seconds as a number"):
        make("5s")
    for timeout in (-1, float("nan")):
        with pytest.raises(ValueError, match="0 seconds or more"):
            make(timeout)


async def test_the_timeout_of_a_call_is_checked_too():
    with pytest.raises(ValueError, match="0 seconds or more"):
        IpcLibrary(timeout=-1)
    async with VM(mode="embedded") as vm:
        with pytest.raises(TypeError, match="seconds as a number"):
            await vm.run("return 1", timeout="5s")
        assert await vm.run("return 1") == 1


def test_a_mode_is_one_of_two():
    assert mode_of("embedded") == "embedded"
    for mode in ("embeded", "", "CELLS"):
        with pytest.raises(ValueError, match='"cells" or "embedded"'):
            VM(mode=mode)


@pytest.mark.parametrize("library", [ConsoleLibrary, None, print])
def test_libraries_are_objects_of_their_classes(library):
    with pytest.raises(TypeError, match="no Library"):
        VM([library])


async def test_what_is_no_function_is_no_function_for_a_vm():
    with pytest.raises(TypeError, match="add is a int"):
        async with VM([IpcRxLibrary({"add": 1})], mode="embedded"):
            pass


async def test_a_script_says_what_a_context_is():
    with pytest.raises(TypeError, match="a dict is no Context"):
        await Script("1").run_in_context({"x": 1})


@pytest.mark.parametrize("make", [VM, Context, ContextPool])
def test_on_another_event_loop_than_trios_an_error_leads_to_the_other_interface(make):
    async def enter():
        async with make():
            pass

    with pytest.raises(VMError, match=r"edge\.vm\.sync"):
        asyncio.run(enter())


@pytest.mark.parametrize("run", [run_in_new_context, run_in_this_context])
def test_so_it_is_with_scripts(run):
    with pytest.raises(VMError, match=r"edge\.vm\.sync"):
        asyncio.run(run("1"))
