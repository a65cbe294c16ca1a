"""Many at once in one gateway: requests at a reused function that is cold, and tiny parts of one response."""

from __future__ import annotations

import json

import trio
from trio.testing import wait_all_tasks_blocked

from edge.engine import sharing
from edge.engine.machine import Respond, Write
from edge.engine.sharing import MAX_SHARED, SHARED_BY, STUCK
from edge.engine.writer import BATCH_PARTS, ResponseWriter
from edge.function import Limits
from edge.invocation import Outcome
from edge.units import MIB
from tests.support.embedded_rig import FakeExchange, get, open_rig

COUNT = """
const id = Math.random();
module.exports = async (req, res) => { await new Promise((go) => setTimeout(go, 50)); res.send(JSON.stringify(id)) }
"""
LOOP = 'module.exports = (req, res) => { while (req.path === "/loop"); res.send("ok") }'
CROWD = 20


async def invoke_all(rig, function, count):
    """Receipts and bodies of so many invocations at once."""
    found = []

    async def one():
        exchange = FakeExchange()
        found.append((await rig.invoke(function, exchange), exchange.body))

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(one)
    return found


async def test_a_crowd_at_a_cold_function_shares_its_isolates(tmp_path):
    """Those who come while the first isolates are being made wait for these, and make no more."""
    async with open_rig(tmp_path) as rig, rig.deployed(COUNT, reuse=True) as function:
        found = await invoke_all(rig, function, CROWD)
        assert {receipt.outcome for receipt, _ in found} == {Outcome.OK}
        assert len({json.loads(body) for _, body in found}) <= MAX_SHARED
        assert rig.pool.statistics().active == 0


async def test_who_waits_for_a_shared_isolate_is_refused_in_time(tmp_path):
    """No isolate comes free: the function's own timeout counts for those too who wait for one to be opened."""
    limits = Limits(memory=32 * MIB, timeout=0.3, cpu=5)
    async with (
        open_rig(tmp_path) as rig,
        rig.deployed(COUNT, reuse=False) as other,
        rig.deployed(COUNT, reuse=True, limits=limits) as function,
        trio.open_nursery() as nursery,
    ):
        rig.pool.configure(0, 1, 60)
        held = FakeExchange()
        held.pause()
        nursery.start_soon(rig.invoke, other, held)
        await held.begun.wait()
        found = await invoke_all(rig, function, CROWD)
        held.ready.set()
    assert {receipt.outcome for receipt, _ in found} == {Outcome.OVERLOADED}
    assert all("no isolate was free within 0.3 s" in receipt.error.message for receipt, _ in found)


async def test_who_comes_while_an_isolate_loops_gets_another_one_soon(tmp_path, monkeypatch):
    """Though all of them were light so far: with eight there, another isolate is opened, as for heavy ones."""
    monkeypatch.setattr(sharing, "LIGHT", 10.0)  # however slow the machine is
    limits = Limits(memory=64 * MIB, timeout=3, cpu=3)
    async with open_rig(tmp_path) as rig, rig.deployed(LOOP, reuse=True, limits=limits) as function:
        for _ in range(20):
            await rig.invoke(function, FakeExchange())
        ended = []

        async def one(path):
            exchange = FakeExchange()
            receipt = await rig.invoke(function, exchange, get(path))
            ended.append((path, receipt.outcome))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(one, "/loop")
            await trio.sleep(2 * STUCK)
            for _ in range(CROWD):
                nursery.start_soon(one, "/")
        loop = [path for path, _ in ended].index("/loop")
        assert [outcome for _, outcome in ended[:loop]] == [Outcome.OK] * loop
        assert loop >= CROWD - SHARED_BY - MAX_SHARED  # those wait for it; without a look at it all would


async def test_tiny_parts_leave_in_batches_that_others_can_run_between():
    """Each part is acknowledged: a hundred thousand at once would hold up everybody."""
    exchange, written = FakeExchange(), []
    writes = []
    write = exchange.write

    async def count(data):
        writes.append(len(data))
        await write(data)

    exchange.write = count
    async with trio.open_nursery() as nursery:
        writer = ResponseWriter(exchange)
        await writer.head(Respond(200, [], b"", end=False), nursery, trio.current_time() + 10)
        for number in range(5 * BATCH_PARTS):
            writer.write(Write(b"x", number), written.append)
        await wait_all_tasks_blocked()
        writer.end()
    assert writes == [BATCH_PARTS] * 5
    assert written == list(range(5 * BATCH_PARTS))
    assert exchange.body == b"x" * 5 * BATCH_PARTS
