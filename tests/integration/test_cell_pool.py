"""The pool with real cells, behind the host: what functions and operators see of it, also when cells are killed."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from functools import partial

import pytest
import structlog
import trio

from edge.engine.alarm_clock import AlarmClock
from edge.function import Limits
from edge.invocation import Outcome
from edge.supervisor.cell import Cell
from edge.supervisor.pool import CellPool
from edge.units import MIB
from tests.support.embedded_rig import FakeExchange, Rig, get, make_compiler
from tests.support.zygote_rig import builder_of, children, open_zygote, until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="cells need Linux"),
]

COUNTER = "let n = 0; module.exports = (req, res) => res.send(String(++n))"
PAUSE = """let n = 0; module.exports = async (req, res) => {
  await new Promise((go) => setTimeout(go, 10)); res.send(String(++n));
}"""
ENDLESS = "module.exports = (req, res) => { for (;;); }"
PATIENT = Limits(memory=64 * MIB, timeout=20, cpu=10, concurrency=100, max_queue=1000)


@asynccontextmanager
async def open_cells(folder, *, blank=1, maximum=4, idle_timeout=60.0, per_cell=2):
    """A host whose isolates live in cells; afterwards no process of it is left."""
    before = children()
    async with open_zygote() as zygote, trio.open_nursery() as nursery:
        start = partial(Cell.start, zygote, nursery, log=structlog.get_logger())
        async with AlarmClock.open() as alarms, CellPool.open(start, blank, maximum, idle_timeout, per_cell) as pool:
            rig = Rig(pool, make_compiler(folder, builder_of(zygote)), alarms)
            rig.zygote = zygote
            yield rig
        assert not pool._roster.standings
        nursery.cancel_scope.cancel()
    assert children() <= before


@pytest.fixture
async def rig(tmp_path):
    async with open_cells(tmp_path) as rig:
        yield rig


class Client:
    """Invokes a function again and again, and keeps what came of it."""

    def __init__(self, rig, function):
        self.rig, self.function = rig, function
        self.outcomes = Counter()
        self.bodies = Counter()
        self.slowest = 0.0

    async def run(self):
        while True:
            exchange, started = FakeExchange(), trio.current_time()
            receipt = await self.rig.invoke(self.function, exchange)
            self.slowest = max(self.slowest, trio.current_time() - started)
            self.outcomes[receipt.outcome] += 1
            if receipt.outcome is Outcome.OK:
                self.bodies[exchange.body] += 1


async def invoke(rig, function):
    exchange = FakeExchange()
    return await rig.invoke(function, exchange, get()), exchange.body


async def test_a_function_keeps_its_process_and_gets_fresh_isolates(rig):
    """Another function has another process."""
    async with rig.deployed(COUNTER) as one, rig.deployed(COUNTER + " // other") as other:
        for function in (one, one, one, other):
            receipt, body = await invoke(rig, function)
            assert (receipt.outcome, body) == (Outcome.OK, b"1")
        serving = [info for info in rig.pool.cells() if info.state == "serving"]
        assert sorted(info.served for info in serving) == [1, 3]
        assert len({info.pid for info in serving}) == 2
        assert {info.pid for info in rig.pool.cells()} <= children()
        assert all(MIB < info.memory < 64 * MIB for info in serving)


async def test_a_reused_isolate_stays_in_its_cell(rig):
    """Its state is kept, until the function is not deployed any more."""
    async with rig.deployed(COUNTER, reuse=True) as function:
        bodies = [(await invoke(rig, function))[1] for _ in range(3)]
        assert bodies == [b"1", b"2", b"3"]
        (pid,) = [info.pid for info in rig.pool.cells() if info.key]
    await until(lambda: pid not in children())


@pytest.mark.parametrize("reuse", [False, True], ids=["fresh", "reused"])
async def test_a_cell_that_died_unnoticed_gets_no_request(rig, reuse):
    """From the moment it has ended, not only when the gateway has come to hear of it."""
    async with rig.deployed(COUNTER, reuse=reuse) as function:
        for _ in range(3):
            assert (await invoke(rig, function))[1] == b"1"
            (pid,) = [info.pid for info in rig.pool.cells() if info.state == "serving"]
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - no other task may run


def targets(rig, killed):
    """Not those that are being made ready: a function that loses three of them in a row gets none for a while."""
    return [info for info in rig.pool.cells() if info.state == "serving" and info.pid not in killed]


async def test_cells_die_under_load_and_only_what_ran_in_them_fails(tmp_path):
    """Killed at random, they are replaced; everybody else is served, and nothing is left behind."""
    async with open_cells(tmp_path, blank=2, maximum=6, per_cell=2) as rig:
        async with (
            rig.deployed(PAUSE, limits=PATIENT) as one,
            rig.deployed(PAUSE + "//", limits=PATIENT) as two,
            rig.deployed(PAUSE + "///", limits=PATIENT) as three,
            trio.open_nursery() as nursery,
        ):
            clients = [Client(rig, function) for function in (one, one, one, two, two, three)]
            for client in clients:
                nursery.start_soon(client.run)
            await until(lambda: all(client.outcomes for client in clients))
            chance, lost, killed = random.Random(7), 0, set()
            for _ in range(25):
                await until(lambda: targets(rig, killed))
                victim = chance.choice(targets(rig, killed))
                os.kill(victim.pid, signal.SIGKILL)
                killed.add(victim.pid)
                lost += victim.running
                await trio.sleep(0.08)
            served = [(client, client.outcomes[Outcome.OK]) for client in clients]
            await until(lambda: all(client.outcomes[Outcome.OK] > before for client, before in served))
            nursery.cancel_scope.cancel()
        outcomes = sum((client.outcomes for client in clients), Counter())
        assert outcomes.keys() <= {Outcome.OK, Outcome.CRASH}
        assert (
            0 < outcomes[Outcome.CRASH] <= lost + len(killed)
        )  # one more each may be given to a cell that has just died
        assert outcomes[Outcome.OK] > 20
        assert set().union(*(client.bodies for client in clients)) == {b"1"}
        assert max(client.slowest for client in clients) < 4.0
        await until(lambda: rig.pool.statistics().destroyed >= len(killed))
        assert rig.pool.statistics().active == 0
        assert rig.pool.statistics().corrupted == 0


async def test_a_killed_zygote_costs_nothing(tmp_path):
    """Cells go on, and new ones come from the next zygote."""
    async with open_cells(tmp_path, blank=0, maximum=8, per_cell=1) as rig, rig.deployed(PAUSE, limits=PATIENT) as one:
        await invoke(rig, one)
        os.kill(rig.zygote._process.pid, signal.SIGKILL)
        async with rig.deployed(PAUSE + "//") as two:
            assert (await invoke(rig, one))[0].outcome is Outcome.OK
            receipt, body = await invoke(rig, two)
            assert (receipt.outcome, body) == (Outcome.OK, b"1")
        assert rig.pool.statistics().destroyed <= 1


async def test_an_endless_function_costs_its_cell_and_no_neighbour(tmp_path):
    """It is stopped and replaced, as often as it is called."""
    async with (
        open_cells(tmp_path, maximum=3) as rig,
        rig.deployed(ENDLESS, limits=Limits(memory=64 * MIB, timeout=0.6, cpu=5)) as endless,
        rig.deployed(PAUSE, limits=PATIENT) as neighbour,
        trio.open_nursery() as nursery,
    ):
        client = Client(rig, neighbour)
        nursery.start_soon(client.run)
        for _ in range(5):
            receipt, _ = await invoke(rig, endless)
            assert receipt.outcome is Outcome.TIMEOUT
            assert receipt.wall < 2.0
        nursery.cancel_scope.cancel()
        assert client.outcomes.keys() == {Outcome.OK}
        await until(lambda: rig.pool.statistics().destroyed >= 5)


async def test_one_function_at_full_load_leaves_room_for_others(tmp_path):
    """In real time, with more clients than the pool has places."""
    async with (
        open_cells(tmp_path, blank=0, maximum=2, per_cell=2) as rig,
        rig.deployed(PAUSE, limits=PATIENT) as heavy,
        rig.deployed(PAUSE + "//", limits=PATIENT) as light,
        trio.open_nursery() as nursery,
    ):
        clients = [Client(rig, heavy) for _ in range(20)]
        for client in clients:
            nursery.start_soon(client.run)
        await until(lambda: rig.pool.statistics().total == 2)
        for _ in range(20):
            receipt, _ = await invoke(rig, light)
            assert receipt.outcome is Outcome.OK
            assert receipt.queued < 1.0
            await trio.sleep(0.02)
        assert rig.pool.statistics().total <= 2
        nursery.cancel_scope.cancel()
        assert all(client.outcomes.keys() == {Outcome.OK} for client in clients)


async def test_unused_functions_have_no_process(tmp_path):
    """Idle cells go; blank ones stay."""
    async with open_cells(tmp_path, blank=1, idle_timeout=0.3) as rig, rig.deployed(COUNTER) as function:
        await until(lambda: len(rig.pool.cells()) == 1)
        await invoke(rig, function)
        await until(lambda: len(rig.pool.cells()) == 2)
        await until(lambda: [info.key for info in rig.pool.cells()] == [""])
        assert (await invoke(rig, function))[1] == b"1"


async def test_a_pool_that_is_cancelled_leaves_no_process(tmp_path):
    """With cells in every state; `open_cells` looks for what is left."""
    for pause in (0.0, 0.02, 0.2):
        with trio.CancelScope() as scope:
            async with (
                open_cells(tmp_path, blank=2, maximum=4) as rig,
                rig.deployed(PAUSE) as function,
                trio.open_nursery() as nursery,
            ):
                for _ in range(6):
                    nursery.start_soon(Client(rig, function).run)
                await trio.sleep(pause)
                scope.cancel()
        await until(lambda: not rig.pool._roster.members)
