"""Hosts of bindings, with real processes."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from edge.errors import HostCallError
from edge.function import Binding
from edge.services.python.frames import CallFrame, Failed, Result
from edge.services.python.hosts import open_hosts
from edge.services.python.process import BindingUnavailableError

pytestmark = pytest.mark.slow

SOURCE = """
import asyncio, os, time
from edge.bindings import BindingError

def greedy(): return len(bytearray(2**31))
def block(seconds: float): time.sleep(seconds); return "done"
def die(): os._exit(1)
async def public(): raise ExceptionGroup("g", [BindingError("x" * 5000, code="c")])
async def stubborn():
    while True:
        try: await asyncio.sleep(3600)
        except BaseException: pass
class Bad:
    async def __aenter__(self): raise OSError("no database")
    async def __aexit__(self, *_): pass
    async def x(self): pass
class Closing:
    async def __aenter__(self): return self
    async def __aexit__(self, *_): raise RuntimeError("does not close")
    async def x(self) -> int: return 1
"""


@pytest.fixture
def bind(tmp_path):
    """Bindings to a module of an operator."""
    (tmp_path / "hosted.py").write_text(SOURCE)

    def make(name="", **more):
        return Binding(f"hosted{name}", folders=(str(tmp_path),), **more)

    return make


def frame(method="", args=b"[]"):
    return CallFrame(0, method, args, "f", "b", "r", 5.0)


async def test_calls_of_a_process(bind):
    """Memory that it may not have, errors that it wants to tell, limits on what runs at once."""
    async with open_hosts() as hosts:
        host = hosts.host(bind(memory=2**30, concurrency=2))
        greedy = await host.call(frame("greedy"), 20)
        assert isinstance(greedy, Failed)
        assert (greedy.kind, greedy.message) == ("internal", "MemoryError")
        public = await host.call(frame("public"), 20)
        assert isinstance(public, Failed)
        assert (public.kind, public.code, len(public.message)) == ("public", "c", 2000)
        assert isinstance(await host.call(frame("nothing"), 20), Failed)
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(host.call, frame("block", b"[1]"), 20)
            await trio.testing.wait_all_tasks_blocked(0.05)
            with pytest.raises(HostCallError) as refused:
                await host.call(frame("block", b"[0]"), 0.2)
            assert refused.value.js_code == "binding_overloaded"
        assert isinstance(await host.call(frame("block", b"[0]"), 20), Result)


async def test_code_that_will_not_be_cancelled_ends_its_process(bind):
    """Two seconds after the deadline, with everything else in it."""
    async with open_hosts() as hosts:
        host = hosts.host(bind(loop="asyncio"))
        await host.ready()
        with pytest.raises(HostCallError) as late:
            await host.call(frame("stubborn"), 0.1)
        assert late.value.js_code == "binding_timeout"
        with pytest.raises(HostCallError) as lost:
            await host.call(frame("block", b"[60]"), 20)
        assert lost.value.js_code == "binding_crashed"


async def test_a_process_that_keeps_ending_is_not_started_without_end(bind):
    """After a start that led to nothing there is a pause, and the reason instead of another start."""
    async with open_hosts() as hosts:
        host = hosts.host(bind())
        ended = []
        for _ in range(6):
            with pytest.raises((HostCallError, BindingUnavailableError)) as failure:
                await host.call(frame("die"), 20)
            ended.append(failure.type)
        assert ended[0] is HostCallError
        assert BindingUnavailableError in ended
        await host.ready()  # a reload tries at once


@pytest.mark.parametrize("run", ["process", "gateway"])
async def test_what_does_not_open_or_close(bind, run):
    """The one is the operator's to know before anything serves, the other harms nobody."""
    async with open_hosts() as hosts:
        with pytest.raises(BindingUnavailableError, match="does not open: OSError: no database"):
            await hosts.host(bind(":Bad", run=run)).ready()
        host = hosts.host(bind(":Closing", run=run))
        assert isinstance(await host.call(frame("x"), 20), Result)
        host.close()
        await trio.testing.wait_all_tasks_blocked(0.1)
    async with open_hosts() as hosts:  # the gateway goes on
        assert isinstance(await hosts.host(bind(":Closing", run=run)).call(frame("x"), 20), Result)
