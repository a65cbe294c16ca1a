"""VMs without an event loop: in scripts, threads, and asyncio programs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import trio

from edge.vm import (
    CrossingError,
    InjectLibrary,
    IpcRxLibrary,
    JavaScriptError,
    MeasureLibrary,
    TimingLibrary,
    VMDisposedError,
    VMError,
    VMTimeoutError,
    sync,
)


def vm_with(*libraries, **options):
    return sync.VM(libraries, **{"mode": "embedded", **options})


def test_a_script_runs_code_and_calls_functions():
    """With functions of the host, plain and `async def`."""

    async def later(x):
        await trio.sleep(0.001)
        return x + 1

    with vm_with(IpcRxLibrary({"later": later, "plain": lambda x: x * 2}), TimingLibrary()) as vm:
        exports = vm.run("return { main: async (x) => [await later(x), await plain(x)], n: 1 }")
        assert vm.call("main", 5) == [6, 10]
        assert vm.call(exports["main"], 1) == [2, 2]
        assert vm.statistics().calls == 2
        assert not vm.is_disposed
    assert vm.is_disposed


def test_errors_are_raised_in_the_calling_thread():
    """Those of the VM, those of crossing, timeouts; at the beginning, too."""
    with vm_with() as vm:
        with pytest.raises(JavaScriptError, match="TypeError: x"):
            vm.run("throw new TypeError('x')")
        with pytest.raises(CrossingError):
            vm.call("f", object())
        with pytest.raises(VMTimeoutError):
            vm.run("await new Promise(() => {})", timeout=0.01)
    with pytest.raises(VMDisposedError):
        vm.run("1")
    with pytest.raises(VMError, match="used once"), vm:
        pass
    with pytest.raises(CrossingError), vm_with(InjectLibrary({"x": object()})):
        pass


def test_libraries_are_awaited_by_wait_for():
    """Their methods are Trio's."""
    measure = MeasureLibrary()
    with vm_with(measure) as vm:
        assert vm.wait_for(measure.get_usage_stats).total_memory == 64 * 1024 * 1024


def test_threads_use_one_vm_and_several():
    """Calls from many threads at once; one is disposed of while another waits."""
    with vm_with() as vm, ThreadPoolExecutor(4) as pool:
        vm.run("return { square: (x) => x * x }")
        assert list(pool.map(lambda x: vm.call("square", x), range(20))) == [x * x for x in range(20)]
        begun = threading.Event()
        with vm_with(InjectLibrary({"begun": begun.set})) as other:
            waiting = pool.submit(other.run, "begun(); await new Promise(() => {})")
            assert begun.wait(10)
            other.dispose()
            with pytest.raises(VMDisposedError):
                waiting.result(10)


def test_a_host_function_that_ends_the_program_ends_its_vm_alone():
    """SystemExit comes out of the block of that VM; others go on."""
    with vm_with() as other:
        with (
            pytest.raises(BaseExceptionGroup) as caught,
            vm_with(IpcRxLibrary({"leave": sys.exit})) as vm,
            pytest.raises(VMError),
        ):
            vm.run("await leave(3); await new Promise(() => {})")
        assert caught.value.split(SystemExit)[0] is not None
        assert other.run("return 1") == 1


def test_asyncio_programs_wait_in_threads():
    """The loop goes on meanwhile."""

    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.001)
                ticks += 1

        ticking = asyncio.create_task(tick())
        with vm_with(TimingLibrary()) as vm:
            await asyncio.to_thread(
                vm.run, "return { slow: () => new Promise((resolve) => setTimeout(resolve, 30, 'done')) }"
            )
            assert await asyncio.gather(*(asyncio.to_thread(vm.call, "slow") for _ in range(3))) == ["done"] * 3
        ticking.cancel()
        assert ticks > 3

    asyncio.run(main())


@pytest.mark.integration
@pytest.mark.slow
def test_a_program_in_cells_ends_as_it_should():
    """With a VM that is still there: no message, no process left behind, status 0."""
    program = "from edge.vm import sync\nvm = sync.VM().__enter__()\nprint(vm.run('return 1'), vm.vm.pid > 0)\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 True\n", "")
