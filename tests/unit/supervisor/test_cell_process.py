"""Children as the kernel shows them, with real children."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.errors import EngineCrashError
from edge.supervisor.process import ChildProcess
from edge.units import KIB, MIB

FOREVER = "import time; time.sleep(60)"
DEADLINE = 10.0


def start(source=FOREVER, actions=()):
    return os.posix_spawn(sys.executable, [sys.executable, "-ISc", source], os.environ, file_actions=actions)


@pytest.fixture
async def child():
    async with ChildProcess(start()) as child:
        yield child


def descriptors():
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def exists(pid):
    """Also as a zombie."""
    return Path(f"/proc/{pid}").exists()


async def test_an_exit_has_status_memory_and_time():
    """In bytes, where the kernel counts what the child was a copy of before its exec, and in seconds."""
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
    async with ChildProcess(start("import sys; x = b'x' * (50 << 20); sys.exit(7)")) as child:
        end = await child.wait()
    assert (end.status, end.signal) == (7, 0)
    assert 50 * MIB < end.maxrss < max(100 * MIB, ours + MIB)
    assert 0 < end.cpu < DEADLINE
    assert child.cpu_time() == end.cpu


async def test_who_works_is_runnable_and_who_sleeps_is_not(child):
    """Of all threads; nobody is who has ended."""
    async with ChildProcess(start("while True: pass")) as busy:
        with trio.fail_after(DEADLINE):
            while not busy.runnable() or child.runnable():  # noqa: ASYNC110 - there is no event for it
                await trio.sleep(0.005)
        assert busy.runnable()
    assert not busy.runnable()


async def test_an_end_is_seen_before_it_is_waited_for(child):
    """And the child stays to be reaped."""
    assert not child.ended
    child.kill()
    with trio.fail_after(DEADLINE):
        while not child.ended:  # noqa: ASYNC110 - this is what is tested
            await trio.sleep(0.001)
    assert child.exit is None
    assert (await child.wait()).signal == signal.SIGKILL
    assert child.ended


async def test_a_killed_child_is_reaped(child):
    """It leaves no zombie and no descriptor."""
    before = len(descriptors())
    child.kill()
    end = await child.wait()
    assert (end.status, end.signal) == (None, signal.SIGKILL)
    assert not exists(child.pid)
    assert len(descriptors()) == before - 1
    assert child.pidfd == -1


async def test_nothing_happens_to_one_that_has_ended(child):
    """Its pid may belong to somebody else by now."""
    child.kill()
    await child.wait()
    child.kill()
    child.limit_data(MIB)
    assert (child.data_size(), child.resident(), child.anonymous()) == (0, 0, 0)
    assert (await child.wait()).signal == signal.SIGKILL


async def test_many_may_wait(child):
    """All get the same exit."""
    ends = []

    async def wait():
        ends.append(await child.wait())

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        child.kill()
    assert ends == [child.exit] * 3


async def test_a_cancelled_wait_kills_and_reaps(child):
    """Whoever was trusted to watch leaves nothing behind, and the others hear of it."""
    async with trio.open_nursery() as nursery:
        watcher = trio.CancelScope()

        async def watch():
            with watcher:
                await child.wait()

        nursery.start_soon(watch)
        await wait_all_tasks_blocked()
        nursery.start_soon(child.wait)
        await wait_all_tasks_blocked()
        watcher.cancel()
    assert watcher.cancelled_caught
    assert child.exit is not None
    assert not exists(child.pid)


async def test_a_cancelled_bystander_changes_nothing(child):
    """Only the task that watches is responsible."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(child.wait)
        await wait_all_tasks_blocked()
        with trio.move_on_after(0):
            await child.wait()
        assert child.exit is None
        child.kill()


async def test_the_block_ends_with_the_process():
    """Also when it is left by an exception."""
    pid = start()
    with pytest.raises(KeyError):
        async with ChildProcess(pid):
            raise KeyError
    assert not exists(pid)


async def test_no_descriptor_is_left():
    """Over many children."""
    before = descriptors()
    for _ in range(20):
        async with ChildProcess(start()):
            pass
    assert descriptors() == before


async def test_a_child_that_cannot_be_watched_is_ended_at_once():
    """Without a free descriptor there is no pidfd, and the child must not stay."""
    pid = start()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(EngineCrashError, match="cannot be watched"):
            ChildProcess(pid)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not exists(pid)


async def test_cpu_time_is_seen_from_outside():
    """While it runs, and all of its threads."""
    source = (
        "import threading\nfor _ in range(2): threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()"
    )
    async with ChildProcess(start(source)) as child:
        with trio.fail_after(DEADLINE):
            while child.cpu_time() < 0.05:  # noqa: ASYNC110 - there is no event for it
                await trio.sleep(0.005)
        seen = child.cpu_time()
        child.kill()
        assert (await child.wait()).cpu >= seen * 0.9


async def test_memory_is_seen_and_limited_from_outside():
    """What it may allocate follows RLIMIT_DATA as it is moved."""
    reader, writer = os.pipe()
    source = f"""if True:
        import os, sys
        def attempt(size):
            try: return bytes(size) and b'y'
            except MemoryError: return b'n'
        while command := os.read(0, 1):
            os.write({writer}, attempt(64 << 20) if command == b'a' else b'-')"""
    commands, theirs = os.pipe()
    pid = start(source, [(os.POSIX_SPAWN_DUP2, commands, 0), (os.POSIX_SPAWN_DUP2, writer, writer)])

    async def ask(command):
        os.write(theirs, command)
        with trio.fail_after(DEADLINE):
            await trio.lowlevel.wait_readable(reader)
        return os.read(reader, 1)

    async with ChildProcess(pid) as child:
        assert await ask(b"-") == b"-"
        base = child.data_size()
        assert MIB < child.anonymous() < child.resident() < 64 * MIB
        child.limit_data(base + 32 * MIB)
        assert await ask(b"a") == b"n"
        child.limit_data(base + 96 * MIB)
        assert await ask(b"a") == b"y"
        child.limit_data(base + 32 * MIB)
        assert await ask(b"a") == b"n"
        assert resource.prlimit(pid, resource.RLIMIT_DATA) == (base + 32 * MIB, resource.RLIM_INFINITY)
    for descriptor in (reader, writer, commands, theirs):
        os.close(descriptor)
