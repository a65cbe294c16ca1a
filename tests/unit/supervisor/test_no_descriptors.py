"""A gateway that has run out of descriptors: what it cannot do now is an error of one request, and never its end."""

from __future__ import annotations

import os
import signal
import sys

import pytest
import trio

from edge.errors import EngineCrashError
from edge.supervisor.process import ChildProcess
from edge.supervisor.zygote import Zygote
from edge.supervisor.zygote_process import ZygoteProcess
from tests.support.scarce import no_descriptors

pytestmark = pytest.mark.slow


def sleeper():
    return os.posix_spawn(sys.executable, [sys.executable, "-ISc", "import time; time.sleep(60)"], os.environ)


async def test_what_a_process_holds_is_what_was_seen_last():
    """The pool looks at all cells four times a second."""
    async with ChildProcess(sleeper()) as child:
        seen = child.anonymous()
        with no_descriptors():
            assert child.data_size() > 0
            assert child.anonymous() == seen
        child.kill()
        await child.wait()
        with no_descriptors():
            assert child.anonymous() == seen
        assert child.anonymous() == 0


def test_a_zygote_that_cannot_be_started_says_why():
    """In the words of the system."""
    with no_descriptors(), pytest.raises(EngineCrashError, match="Too many open files"):
        ZygoteProcess(sandboxed=False)


async def test_no_process_can_be_made_until_there_is_a_descriptor_again():
    """The zygote is as good as before."""
    async with Zygote.open(sandboxed=False) as zygote:
        await zygote.layers()
        with no_descriptors(), pytest.raises(EngineCrashError, match="Too many open files"):
            await zygote.spawn("cell")
        pid, ours = await zygote.spawn("cell")
        ours.close()
        await ChildProcess(pid).wait()
        assert zygote.restarts == 0


async def test_a_zygote_that_dies_meanwhile_is_replaced_later():
    """With the next order, at the latest."""
    async with Zygote.open(sandboxed=False) as zygote:
        await zygote.layers()
        old = zygote._process.pid
        with no_descriptors():
            os.kill(old, signal.SIGKILL)
            with pytest.raises(EngineCrashError):
                await zygote.spawn("cell")
        with trio.fail_after(10):
            pid, ours = await zygote.spawn("cell")
        ours.close()
        await ChildProcess(pid).wait()
        assert zygote._process.pid != old
        assert zygote.restarts == 1


async def test_a_zygote_that_cannot_be_watched_is_replaced_when_it_is_needed():
    """There is a descriptor for its socket, and none to learn of its end."""
    process = ZygoteProcess(sandboxed=False)
    try:
        async with trio.open_nursery() as nursery:
            with no_descriptors():
                nursery.start_soon(process.ended)
                await trio.testing.wait_all_tasks_blocked()
            await process.bury()  # ends the task: it is replaced
    finally:
        assert process._process.returncode is not None


async def test_a_zygote_is_reaped_without_a_thread_to_wait_in(monkeypatch):
    """Where the user may have no more of them."""

    async def refuse(*_):
        raise RuntimeError("can't start new thread")

    process = ZygoteProcess(sandboxed=False)
    monkeypatch.setattr(trio.to_thread, "run_sync", refuse)
    await process.bury()
    assert process._process.returncode == -signal.SIGKILL
