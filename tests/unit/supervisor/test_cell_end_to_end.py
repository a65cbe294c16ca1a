"""Cells from end to end: a real zygote, real processes in their sandbox, real isolates with real functions."""

from __future__ import annotations

import signal
from collections import Counter

import msgspec
import pytest
import structlog
import trio
from structlog.testing import capture_logs
from trio.testing import wait_all_tasks_blocked

from edge.engine.machine import Machine, Respond
from edge.services.api import Answer
from edge.supervisor.cell import GRACE, Cell
from edge.supervisor.zygote import Zygote
from edge.units import MIB
from tests.support.cell_driver import package_snapshot, start

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DEADLINE = 20.0
OBJECT = 42.9  # bytes of one of these, with its place in the array
OBJECTS = """
for (let i = 0; i < count / 1000; i++) {
  const part = [];
  for (let j = 0; j < 1000; j++) part.push({ a: j, b: j + 0.5, c: keep });
  keep.push(part);
}
globalThis.held = keep
"""
BUFFERS = "for (let held = 0; held < 0.85 * memory; held += size) keep.push(new Uint8Array(size).fill(7))"


class Package:
    """As much of a template as a cell uses, of a handler's body."""

    key = "function-1"
    preamble = b""
    evaluated = False

    def __init__(self, body, memory=64 * MIB, ops=None):
        self.source = f"const keep = []; module.exports = async (req, res) => {{ {body} }}"
        self.memory = memory
        self.package_ops = ops or {}

    def blob_bytes(self):
        return package_snapshot(self.source)


class Rig:
    """Makes cells of packages, and runs invocations in them."""

    def __init__(self, zygote, nursery):
        self.zygote = zygote
        self.nursery = nursery
        self.counts = Counter()

    async def cell(self, body, **package):
        cell = await Cell.start(self.zygote, self.nursery, log=structlog.get_logger(), counts=self.counts)
        await cell.assign(Package(body, **package), 1)
        return cell

    async def first_result(self, isolate):
        return await outcome(isolate, [start()])


async def outcome(isolate, events):
    results = []
    done = trio.Event()

    def take(result):
        results.append(result)
        done.set()

    isolate.on_result = take
    isolate.run(events)
    with trio.fail_after(DEADLINE):
        await done.wait()
    return results[0]


def body(result):
    """Of the response."""
    assert not result.fault, result
    machine = Machine(1)
    found = [action for text in result.texts for action in machine.turn(text) if isinstance(action, Respond)]
    assert machine.error is None
    return found[0].body


@pytest.fixture
async def rig():
    async with Zygote.open() as zygote, trio.open_nursery() as nursery:
        with capture_logs():
            yield Rig(zygote, nursery)
        nursery.cancel_scope.cancel()


async def test_each_isolate_answers_from_a_fresh_state(rig):
    """One process, many isolates, one after the other and side by side; its time is known."""
    cell = await rig.cell("keep.push(1); res.end(String(keep.length))")
    assert "seccomp" in cell.layers
    first, second = cell.open(), cell.open()
    for isolate in (first, second, cell.open()):
        result = await rig.first_result(isolate)
        assert body(result) == b"1"
        assert 0 < result.cpu < 1
        assert await isolate.cpu_time() == result.cpu
    assert body(await rig.first_result(first)) == b"2"
    cell.close(first)
    cell.close(second)
    assert not cell.terminated
    assert cell.process.exit is None


async def test_a_loop_is_stopped_and_leaves_the_process(rig):
    """Its time is seen from outside while it runs, and its result comes within the grace."""
    cell = await rig.cell("for (;;);")
    isolate = cell.open()
    async with trio.open_nursery() as nursery:
        ends = []

        async def run():
            ends.append(await rig.first_result(isolate))

        nursery.start_soon(run)
        await wait_all_tasks_blocked()
        with trio.fail_after(DEADLINE):
            while await isolate.cpu_time() < 0.1:  # noqa: ASYNC110 - there is no event for it
                await trio.sleep(0.005)
        isolate.terminate()
    assert ends[0].fault == "engine"
    assert ends[0].cpu >= 0.05
    cell.close(isolate)
    await trio.sleep(GRACE * 1.2)
    assert not cell.gone.is_set()


async def test_a_builtin_that_ignores_termination_is_killed(rig):
    """V8 does not look up from it; the process goes."""
    cell = await rig.cell("const a = []; a.length = 2 ** 32 - 2; a.reverse(); Array.prototype.indexOf.call(a, 1)")
    isolate = cell.open()
    isolate.run([start()])
    with trio.fail_after(DEADLINE):
        while await isolate.cpu_time() < 0.05:  # noqa: ASYNC110 - there is no event for it
            await trio.sleep(0.005)
        isolate.terminate()
        await cell.gone.wait()
    assert cell.fate.endswith("of being told to")
    assert cell.process.exit.signal == signal.SIGKILL


@pytest.mark.parametrize("memory", [32, 64, 128, 256])
@pytest.mark.parametrize("size", [64 * 1024, MIB])
async def test_most_of_the_memory_can_be_used_as_buffers(rig, memory, size):
    """And never more than it and 32 MiB; the next invocation in the same process can do the same."""
    body_of = f"const memory = {memory * MIB}, size = {size}; {BUFFERS}; res.end(String(keep.length))"
    cell = await rig.cell(body_of, memory=memory * MIB)
    base = cell.memory()
    for _ in range(2):
        isolate = cell.open()
        assert int(body(await rig.first_result(isolate))) * size >= 0.85 * memory * MIB
        assert 0.8 * memory * MIB < cell.memory() - base < (memory + 32) * MIB
        cell.close(isolate)


@pytest.mark.parametrize("memory", [32, 64, 128, 256])
async def test_most_of_the_memory_can_be_used_as_objects(rig, memory):
    """And never more than it and 32 MiB; the next invocation in the same process can do the same."""
    cell = await rig.cell(
        f"const count = {0.85 * memory * MIB / OBJECT}; {OBJECTS}; res.end('ok')", memory=memory * MIB
    )
    base = cell.memory()
    for _ in range(2):
        isolate = cell.open()
        result = await rig.first_result(isolate)
        assert body(result) == b"ok"
        assert result.heap > 0.8 * memory * MIB  # some of it was garbage in between
        assert cell.memory() - base < (memory + 32) * MIB
        cell.close(isolate)


async def test_buffers_without_end_are_refused(rig):
    """By a RangeError that a function can catch, unless too little is left for its heap; within the bound always."""
    source = "try { for (;;) keep.push(new Uint8Array(size).fill(7)) } catch (e) { res.end(e.name) }"
    cell = await rig.cell(f"const size = {7 * MIB}; {source}")
    base = cell.process.resident()
    result = await rig.first_result(cell.open())
    assert result.fault == "memory" or body(result) == b"RangeError"
    cell.kill("was looked at")
    await cell.gone.wait()
    assert 60 * MIB < cell.process.exit.maxrss - base < (64 + 32) * MIB


async def test_objects_without_end_are_the_end_of_the_invocation(rig):
    """At V8's limit, or at the kernel's: it is the memory, and the cell takes nothing more."""
    cell = await rig.cell("for (;;) keep.push({ a: keep.length, b: [1, 2, 3] })", memory=32 * MIB)
    result = await rig.first_result(cell.open())
    assert result.fault == "memory"
    assert cell.terminated or cell.gone.is_set()


async def test_a_killed_process_is_lost_at_once(rig):
    """Only what was in it."""
    victim, other = await rig.cell("for (;;);"), await rig.cell("res.end('alive')")
    isolate = victim.open()
    async with trio.open_nursery() as nursery:
        ends = []

        async def run():
            ends.append(await rig.first_result(isolate))

        nursery.start_soon(run)
        await wait_all_tasks_blocked()
        signal.pidfd_send_signal(victim.process.pidfd, signal.SIGKILL)
    assert ends[0].fault == "crash"
    assert "SIGKILL" in ends[0].detail
    assert body(await rig.first_result(other.open())) == b"alive"
    assert rig.counts == {"crash": 1}


async def test_the_package_is_read_through_the_gateway(rig):
    """What the cell does not hold itself, it asks for; the isolate's thread waits."""
    asked = []

    def resolve(args, data):
        asked.append(msgspec.json.decode(args))
        return Answer({"path": "/app/other.js", "kind": "none"})

    cell = await rig.cell(
        "try { require('./other' + keep.length) } catch (e) { } res.end('done')", ops={"module.resolve": resolve}
    )
    assert body(await rig.first_result(cell.open())) == b"done"
    assert asked
