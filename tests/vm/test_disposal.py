"""The end of a VM: at any time, by whatever, and nothing is left."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.vm import (
    VM,
    HostFunction,
    InjectLibrary,
    IpcRxLibrary,
    JavaScriptError,
    MeasureLibrary,
    ThreadLibrary,
    TimingLibrary,
    VMCrashedError,
    VMDisposedError,
    VMError,
    VMMemoryError,
    VMTimeoutError,
    VMUnresponsiveError,
)

DEADLINE = 20.0
FILL = "const all = []; for (;;) all.push(new Array(1000).fill({}))"


@pytest.fixture
def mode():
    return "embedded"


class Situations:
    """What a VM can be in the middle of; each is begun by a task that gets a VMDisposedError."""

    def __init__(self):
        self.reached = trio.Event()
        self.cancelled = trio.Event()

    async def hang(self):
        self.reached.set()
        try:
            await trio.sleep_forever()
        finally:
            self.cancelled.set()

    @property
    def libraries(self):
        host = IpcRxLibrary({"hang": self.hang, "here": self.reached.set})
        return [host, InjectLibrary({"hangNow": HostFunction(self.hang, waits=True)}), TimingLibrary()]


SITUATIONS = {
    "a busy loop": "here(); await 0; await new Promise((r) => setTimeout(r, 1)); for (;;);",
    "a loop of microtasks": "here(); await new Promise((r) => setTimeout(r, 1)); for (;;) await 0;",
    "a pending host call": "await hang()",
    "a synchronous host call": "hangNow()",
    "a timer": "here(); await new Promise((resolve) => setTimeout(resolve, 1e9))",
    "an interval": "here(); setInterval(() => {}, 1); await new Promise(() => {})",
    "a promise of nobody": "here(); await new Promise(() => {})",
}


@pytest.mark.parametrize("code", SITUATIONS.values(), ids=SITUATIONS)
async def test_disposal_in_the_middle_of_something_is_clean(code):
    """Who waits gets a VMDisposedError, host functions are cancelled, and the block ends."""
    await dispose_in_the_middle(code, "embedded")


async def dispose_in_the_middle(code, mode):
    situations = Situations()
    outcome = []

    async def wait(vm):
        with pytest.raises(VMDisposedError) as caught:
            await vm.run(code)
        outcome.append(caught.value)

    disposed = []
    with trio.fail_after(DEADLINE):
        options = {"mode": mode, "on_dispose": lambda: disposed.append(1)}
        async with trio.open_nursery() as nursery, VM(situations.libraries, **options) as vm:
            nursery.start_soon(wait, vm)
            await situations.reached.wait()
            await trio.sleep(0.003)
            vm.dispose()
            vm.dispose()
            assert vm.is_disposed
        if "hang" in code:
            await situations.cancelled.wait()
    assert len(outcome) == len(disposed) == 1


async def test_leaving_the_block_is_disposal(mode):
    """Also by an exception, which stays what it is."""
    vm = VM([TimingLibrary()], mode=mode)

    async def leave():
        async with vm:
            await vm.run("setInterval(() => {}, 1)")
            raise KeyError

    with trio.fail_after(DEADLINE), pytest.raises(KeyError):
        await leave()
    assert vm.is_disposed


async def test_being_cancelled_is_disposal(mode):
    """In the middle of a call, of code that does not yield."""
    with trio.fail_after(DEADLINE), trio.move_on_after(0.05) as scope:
        async with VM(mode=mode) as vm:
            await vm.run("for (;;);")
    assert scope.cancelled_caught


async def test_a_host_function_can_dispose_of_its_vm(mode):
    """Of the one that calls it."""
    vms = []

    def now():
        vms[0].dispose()

    async def later():
        await trio.lowlevel.checkpoint()
        vms[0].dispose()

    for name in ("now", "later", "inSync"):
        host = [IpcRxLibrary({"now": now, "later": later}), InjectLibrary({"inSync": now})]
        with trio.fail_after(DEADLINE):
            async with VM(host, mode=mode) as vm:
                vms[:] = [vm]
                with pytest.raises(VMDisposedError):
                    await vm.run(f"await {name}(); await new Promise(() => {{}})")


async def test_threads_end_with_the_vm_that_started_them(mode):
    """What they are doing is not asked."""
    threads = ThreadLibrary()
    with trio.fail_after(DEADLINE):
        async with VM([threads], mode=mode) as vm:
            code = """
              const worker = await startThread({ code: 'exposeCallables({ f: async () => { for (;;); } })' });
              worker.f().catch(() => {});
            """
            await vm.run(code)
            (thread,) = threads.get_threads().values()
        assert thread.vm.is_disposed
        await thread.vm.wait_closed()


async def test_a_vm_over_its_memory_is_lost_and_said_so(mode):
    """By VMMemoryError to who waits and to on_catastrophic_error; later calls hear the same."""
    told, disposed = [], []
    with trio.fail_after(DEADLINE):
        async with VM(
            memory_limit="16MiB", mode=mode, on_catastrophic_error=told.append, on_dispose=lambda: disposed.append(1)
        ) as vm:
            with pytest.raises(VMMemoryError):
                await vm.run(FILL)
            assert vm.is_disposed
            with pytest.raises(VMMemoryError):
                await vm.run("1")
    assert [type(error) for error in told] == [VMMemoryError]
    assert disposed == [1]


async def test_code_that_does_not_yield_is_stopped(mode):
    """When the time of the call is up, the VM is lost; also when nobody waits for what runs."""
    with trio.fail_after(DEADLINE):
        for code in ("for (;;);", "for (;;) await 0;"):
            lost = trio.Event()
            async with VM(mode=mode, timeout=0.2, on_catastrophic_error=lambda _, lost=lost: lost.set()) as vm:
                with pytest.raises(VMTimeoutError):
                    await vm.run(code)
                await lost.wait()
                assert vm.is_disposed
        lost = trio.Event()
        async with VM([TimingLibrary()], mode=mode, timeout=0.2, on_catastrophic_error=lambda _: lost.set()) as vm:
            await vm.run("setTimeout(() => { for (;;); }, 1)")
            await lost.wait()


async def test_who_stops_waiting_stops_code_that_does_not_yield(mode):
    """By being cancelled, too; but not what somebody else waits for."""
    with trio.fail_after(DEADLINE):
        async with VM([TimingLibrary(), MeasureLibrary(interval=0.01)], mode=mode) as vm:
            code = """
              const busy = () => { const end = Date.now() + 400; while (Date.now() < end); return 'done' };
              return { busy, hang: () => new Promise(() => {}) };
            """
            await vm.run(code)
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def give_up():
                    with pytest.raises(VMTimeoutError):
                        await vm.call("hang", timeout=0.05)

                assert await vm.call("busy") == "done"
            with trio.move_on_after(0.05):
                await vm.run("for (;;);")
            with pytest.raises(VMUnresponsiveError, match="did not yield"):
                await vm.call("busy")


@pytest.mark.integration
@pytest.mark.slow
async def test_the_same_holds_in_cells():
    """One after the other, with one zygote; and a process that is killed from outside is a crash."""
    for code in SITUATIONS.values():
        await dispose_in_the_middle(code, "cells")
    for same in (
        test_leaving_the_block_is_disposal,
        test_being_cancelled_is_disposal,
        test_a_host_function_can_dispose_of_its_vm,
        test_threads_end_with_the_vm_that_started_them,
        test_a_vm_over_its_memory_is_lost_and_said_so,
        test_code_that_does_not_yield_is_stopped,
    ):
        await same("cells")
    await kill_the_process()


async def kill_the_process():
    with trio.fail_after(DEADLINE):
        async with VM(mode="cells") as vm, trio.open_nursery() as nursery:

            async def wait():
                with pytest.raises(VMCrashedError):
                    await vm.run("await new Promise(() => {})")

            nursery.start_soon(wait)
            await wait_all_tasks_blocked(0.05)
            os.kill(vm.pid, 9)


async def test_a_vm_is_used_once_and_within_its_block():
    """What comes too early or too late is told so."""
    vm = VM(mode="embedded")
    with pytest.raises(VMError, match="has not started"):
        await vm.run("1")
    vm.dispose()
    async with VM(mode="embedded") as vm:
        pass
    with pytest.raises(VMError, match="used once"):
        async with vm:
            pass
    with pytest.raises(VMDisposedError):
        await vm.call("f")


async def test_a_vm_that_was_disposed_of_before_its_block_does_not_begin():
    """Nothing is started for it."""
    vm = VM(mode="embedded")
    vm.dispose()
    with pytest.raises(VMDisposedError):
        async with vm:
            pass


async def test_errors_of_hooks_do_not_disturb():
    """They are logged."""

    def fail(*_):
        raise ZeroDivisionError

    async with VM(mode="embedded", on_error=fail, on_end=fail, on_dispose=fail, on_catastrophic_error=fail) as vm:
        with pytest.raises(JavaScriptError):
            await vm.run("nothing")
        assert await vm.run("return 1") == 1


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def make_many(mode, count):
    async def one():
        async with VM([TimingLibrary(), IpcRxLibrary({"f": trio.lowlevel.checkpoint})], mode=mode) as vm:
            await vm.run("setInterval(() => {}, 1000); await f(); return { g: () => 1 }")
            assert await vm.call("g") == 1

    for _ in range(count // 5):
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(one)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "count"), [("embedded", 200), pytest.param("cells", 20, marks=pytest.mark.integration)]
)
async def test_hundreds_of_vms_leave_nothing_behind(mode, count):
    """Threads, descriptors, objects; bench/vms.py has ten thousand, with memory."""
    await make_many(mode, 10)
    gc.collect()
    before = threading.active_count(), descriptors(), sum(isinstance(thing, VM) for thing in gc.get_objects())
    await make_many(mode, count)
    gc.collect()
    after = threading.active_count(), descriptors(), sum(isinstance(thing, VM) for thing in gc.get_objects())
    assert after[0] <= before[0] + 4  # Trio's own, which wait for more work
    assert after[1] <= before[1]
    assert after[2] <= 5
