"""A cell under supervision, with a process that is played: it does what each test orders, good or bad."""

from __future__ import annotations

import resource
import signal
from collections import Counter
from pathlib import Path

import pytest
import structlog
import trio
from structlog.testing import capture_logs
from trio.testing import Sequencer, wait_all_tasks_blocked

from edge.errors import EngineCrashError, HostCallError
from edge.services.api import Answer
from edge.supervisor import asks as asks_module
from edge.supervisor import cell as cell_module
from edge.supervisor import remote_isolate
from edge.supervisor.allowance import data_limit
from edge.supervisor.cell import FRAME_SLACK, GRACE, Cell
from edge.units import GIB, MIB
from tests.support.cell_peer import PeerZygote, order

DEADLINE = 10.0


CAP = 32 * MIB


class PlayedTemplate:
    """As much of a template as a cell uses."""

    key = "hello-1"
    preamble = b""
    evaluated = False

    def __init__(self, blob=b"", ops=None, memory=CAP):
        self.blob = blob
        self.memory = memory
        self.package_ops = ops or {}

    def blob_bytes(self):
        return self.blob


class Listener:
    """Hears the results of one isolate."""

    def __init__(self, isolate):
        self.isolate = isolate
        self._send, self._receive = trio.open_memory_channel(100)
        isolate.on_result = self._send.send_nowait

    async def run(self, *orders):
        self.isolate.run(orders)
        return await self.next()

    async def next(self):
        with trio.fail_after(DEADLINE):
            return await self._receive.receive()

    def __len__(self):
        return self._receive.statistics().current_buffer_used


class Rig:
    """Starts cells and counts how they end."""

    def __init__(self, nursery):
        self.nursery = nursery
        self.counts = Counter()
        self.zygote = PeerZygote()

    async def blank(self, birth="good", *, rewind=False):
        self.zygote.birth = birth
        log = structlog.get_logger()
        return await Cell.start(self.zygote, self.nursery, log=log, counts=self.counts, rewind=rewind)

    async def cell(self, **template):
        cell = await self.blank()
        await cell.assign(PlayedTemplate(**template), 0)
        return cell


@pytest.fixture
async def logs():
    with capture_logs() as logs:
        yield logs


@pytest.fixture
async def rig(logs):
    async with trio.open_nursery() as nursery:
        rig = Rig(nursery)
        yield rig
        nursery.cancel_scope.cancel()
    assert not [pid for pid in rig.zygote.pids if exists(pid)]


@pytest.fixture
async def cell(rig):
    return await rig.cell()


def exists(pid):
    return Path(f"/proc/{pid}").exists()


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def ended(cell):
    with trio.fail_after(DEADLINE):
        await cell.gone.wait()


def soft_limit(cell):
    return resource.prlimit(cell.process.pid, resource.RLIMIT_DATA)[0]


# -- good times


async def test_a_machine_that_cannot_rewind_is_told_of_once(rig, logs):
    """With the reason and what to do; nobody is told who does not want it."""
    await rig.blank("unable")
    assert not [line for line in logs if line["event"] == "rewinding_unavailable"]
    for _ in range(3):
        await rig.blank("unable", rewind=True)
    (line,) = [line for line in logs if line["event"] == "rewinding_unavailable"]
    assert line["log_level"] == "warning"
    assert "glibc" in line["hint"]


async def test_what_a_cell_rewinds_is_counted(rig, cell):
    """While it serves, when it has got crowded, and when it is gone."""
    assert (cell.rewinding.state, cell.rewinds) == ("yes", 0)
    for _ in range(3):
        isolate = cell.open()
        await Listener(isolate).run(order("result", "x", 0.1))
        cell.close(isolate)
    assert cell.rewinds == 3
    isolates = [cell.open() for _ in range(2)]
    await Listener(isolates[1]).run(order("crowded"))
    for isolate in isolates:
        cell.close(isolate)
    assert (cell.rewinding.state, cell.rewinds, rig.counts["crowded"]) == ("crowded", 3, 1)
    cell.kill("had to go")
    await ended(cell)
    assert (cell.rewinding.state, cell.rewinds, rig.counts["rewound"]) == ("", 0, 3)


async def test_a_run_is_followed_by_its_result(rig, cell):
    """With the CPU time and heap that the cell reported."""
    listener = Listener(cell.open())
    result = await listener.run(order("result", "hello", 0.25, 4096))
    assert (result.texts, result.fault, result.cpu, result.heap) == ([b"hello"], "", 0.25, 4096)
    assert (await listener.run(order("result", "again", 0.5))).texts == [b"again"]
    assert await listener.isolate.cpu_time() == 0.5
    assert cell.layers == ["played"]
    assert (cell.key, cell.running, cell.served) == ("hello-1", 1, 1)


async def test_a_cell_hears_of_an_isolate_with_its_first_run(cell):
    """One that was never run is never dropped either."""
    cell.close(cell.open())
    used = Listener(cell.open())
    assert (await used.run(order("heard"))).texts == [b"Assign", b"Run"]
    cell.close(used.isolate)
    cell.close(used.isolate)
    last = Listener(cell.open())
    assert (await last.run(order("heard"))).texts == [b"Assign", b"Run", b"Drop", b"Run"]
    assert (cell.running, cell.served) == (1, 3)


async def test_a_killed_cell_is_gone_with_its_reason(rig, cell, logs):
    """Reaped, logged and counted."""
    before = descriptors()
    cell.kill("was old")
    await ended(cell)
    assert not exists(cell.process.pid)
    assert descriptors() == before - 2
    assert cell.fate.endswith("it was old")
    assert rig.counts == {"stopped": 1}
    (event,) = [log for log in logs if log["event"] == "cell_gone"]
    assert (event["kind"], event["signal"], event["pid"]) == ("stopped", signal.SIGKILL, cell.process.pid)
    assert event["peak"] > MIB
    cell.kill("was old")
    assert cell.memory() == 0


async def test_memory_is_that_of_the_process(cell):
    """Private memory in bytes, as it grows."""
    before = cell.memory()
    await Listener(cell.open()).run(order("hold", 20 * MIB), order("result", "", 0.0))
    assert before + 20 * MIB <= cell.memory() < before + 24 * MIB


# -- births that fail


BIRTHS = {
    "dead": ("crash", r"ended unexpectedly \(status 3\)"),
    "silent": ("stopped", "was not sealed within 0.3 s"),
    "broken": ("stopped", "could not go on"),
    "eager": ("stopped", "broke the protocol"),
    "large": ("stopped", "broke the protocol"),
    "lingering": ("stopped", "closed its socket"),
}


@pytest.mark.parametrize(("birth", "kind", "reason"), [(birth, *how) for birth, how in BIRTHS.items()])
async def test_a_cell_that_is_not_born_right_is_none(rig, monkeypatch, birth, kind, reason):
    """The caller gets the reason, and no process is left when it does."""
    monkeypatch.setattr(cell_module, "READY_DEADLINE", 0.3 if birth == "silent" else DEADLINE)
    monkeypatch.setattr(cell_module, "FAREWELL", 0.05)
    before = descriptors()
    with pytest.raises(EngineCrashError, match=reason):
        await rig.blank(birth)
    assert not exists(rig.zygote.pids[0])
    assert descriptors() == before
    assert rig.counts[kind] == 1


@pytest.mark.parametrize(("birth", "reason"), [("unassignable", "could not go on"), ("deaf", "was not ready")])
async def test_a_cell_that_does_not_become_its_functions_is_ended(rig, monkeypatch, birth, reason):
    """The caller gets the reason, and no process is left when it does."""
    monkeypatch.setattr(cell_module, "ASSIGN_DEADLINE", 0.3)
    cell = await rig.blank(birth)
    with pytest.raises(EngineCrashError, match=reason):
        await cell.assign(PlayedTemplate(), 0)
    assert not exists(cell.process.pid)


async def test_a_blank_cell_that_has_died_is_not_assigned(rig):
    """Whoever tries is told at once why not."""
    cell = await rig.blank()
    cell.kill("was not needed")
    await ended(cell)
    with pytest.raises(EngineCrashError, match="was not needed"):
        await cell.assign(PlayedTemplate(), 0)


@pytest.mark.parametrize("moment", ["start", "assign"])
async def test_giving_up_on_a_cell_leaves_no_process(rig, moment):
    """Cancelled while it waits, a caller takes the cell with it."""
    cell = await rig.blank("deaf") if moment == "assign" else None
    async with trio.open_nursery() as nursery:
        if cell is None:
            nursery.start_soon(rig.blank, "silent")
        else:
            nursery.start_soon(cell.assign, PlayedTemplate(), 0)
        await wait_all_tasks_blocked()
        (pid,) = rig.zygote.pids
        assert exists(pid)
        nursery.cancel_scope.cancel()
    with trio.fail_after(DEADLINE):
        while exists(pid):  # noqa: ASYNC110 - it is the other nursery that reaps
            await trio.sleep(0.001)


async def test_the_end_of_the_gateway_is_the_end_of_its_cells(logs):
    """A cancelled nursery closes when they are reaped, whatever they do."""
    async with trio.open_nursery() as nursery:
        rig = Rig(nursery)
        cell = await rig.cell()
        Listener(cell.open()).isolate.run([order("sleep")])
        nursery.cancel_scope.cancel()
    assert not exists(cell.process.pid)
    assert cell.fate.endswith("was not looked after any more")


async def test_a_nursery_that_has_closed_takes_no_cell(logs):
    """The process that was spawned meanwhile is reaped."""
    async with trio.open_nursery() as nursery:
        rig = Rig(nursery)
    before = descriptors()
    with pytest.raises(RuntimeError, match="closed"):
        await rig.blank()
    assert not exists(rig.zygote.pids[0])
    assert descriptors() == before


# -- deaths


@pytest.mark.parametrize(
    ("orders", "kind", "fault"),
    [
        ([order("exit", 86)], "memory", "memory"),
        ([order("exit", 0)], "crash", "crash"),
        ([order("die", signal.SIGSEGV)], "crash", "crash"),
        ([order("hold", 30 * MIB), order("die", signal.SIGTRAP)], "memory", "memory"),
        ([order("die", signal.SIGKILL)], "crash", "crash"),
        ([order("die", signal.SIGSYS)], "policy", "crash"),
    ],
)
async def test_a_death_reaches_every_isolate(rig, logs, orders, kind, fault):
    """The one that ran gets the fault of the death; one that rested, or was never used, has just crashed."""
    # A peer's peak counts what pytest had before its exec: only a large cap tells much memory from little.
    cell = await rig.cell(memory=GIB if kind == "crash" else CAP)
    resting, unused, running = (Listener(cell.open()) for _ in range(3))
    await resting.run(order("result", "", 0.125))
    loss = await running.run(*orders)
    assert (loss.fault, loss.texts) == (fault, [])
    assert loss.detail == cell.fate
    for other in (resting, unused):
        assert (await other.next()).fault == "crash"
        assert len(other) == 0
    assert rig.counts == {kind: 1}
    (event,) = [log for log in logs if log["event"] == "cell_gone"]
    assert event["log_level"] == ("info" if kind == "memory" else "warning")
    assert (await resting.isolate.cpu_time()) == 0.125


async def test_last_words_count(cell):
    """A result that was sent before the end is delivered before the loss, also when both are seen at once."""
    listener = Listener(cell.open())
    listener.isolate.run([order("bytes", 400_000), order("exit", 86)])  # more than is read at a time
    stand_still(0.2)
    assert len((await listener.next()).texts[0]) == 400_000
    assert (await listener.next()).fault == "crash"


async def test_a_lost_isolate_answers_each_run_with_its_loss(cell):
    """Also when nobody listened yet at the moment of the loss."""
    isolate = cell.open()
    cell.kill("was in the way")
    await ended(cell)
    listener = Listener(isolate)
    assert len(listener) == 0
    loss = await listener.run(order("result", "", 0.0))
    assert (loss.fault, loss.detail) == ("crash", cell.fate)
    late = Listener(cell.open())
    assert (await late.run()).fault == "crash"
    isolate.terminate()
    cell.close(isolate)


async def test_a_listener_that_fails_does_not_take_the_others_with_it(rig, cell, logs):
    """A bug of ours costs one cell, and all of its isolates hear of it."""

    def fail(result):
        raise KeyError

    first, second = cell.open(), Listener(cell.open())
    first.on_result = fail
    first.run([order("result", "", 0.0)])
    assert (await second.next()).fault == "crash"
    await ended(cell)
    assert {log["event"] for log in logs} >= {"cell_supervision_failed", "cell_loss_failed"}
    assert (await Listener((await rig.cell()).open()).run(order("result", "fine", 0.0))).texts == [b"fine"]


# -- violations


VIOLATIONS = {
    "two results for one run": [order("results", 2, 1)],
    "a result of an isolate that it does not have": [order("results", 1, 2)],
    "a number below all": [order("results", 1, -1)],
    "ready again": [order("report", "ready")],
    "assigned again": [order("report", "assigned")],
    "a measurement unasked": [order("measured", 1, 0.0)],
    "two asks at once": [order("ask_and", "ask")],
    "a result before the answer": [order("ask_and", "result")],
    "no msgpack": [order("raw", "01000000c1")],
    "a huge frame": [order("announce", 2**32 - 1)],
    "a frame just over size": [order("announce", 36 * MIB + 1)],
    "a list of a million": [order("texts", 1_000_000)],
    "a flood": [order("flood", 1000)],
    "a time that is none": [order("result", "", -1.0)],
}


@pytest.mark.parametrize("orders", VIOLATIONS.values(), ids=VIOLATIONS.keys())
async def test_a_violation_is_the_end_of_the_cell(rig, cell, logs, orders, monkeypatch):
    """It is killed, logged with the reason and counted; the invocation has crashed."""
    monkeypatch.setattr(asks_module, "THREADED", -1)  # no answer before the next report
    listener = Listener(cell.open())
    loss = await listener.run(*orders)
    while not loss.fault:
        loss = await listener.next()
    assert loss.fault == "crash"
    assert loss.detail.endswith("broke the protocol")
    assert rig.counts == {"violation": 1, "stopped": 1}
    (event,) = [log for log in logs if log["event"] == "cell_violation"]
    assert (event["log_level"], event["key"]) == ("warning", "hello-1")
    assert event["reason"]


async def test_a_cell_that_breaks_down_is_ended(cell, logs):
    """It says itself that it cannot go on."""
    assert (await Listener(cell.open()).run(order("report", "broken"))).fault == "crash"
    (event,) = [log for log in logs if log["event"] == "cell_broken"]
    assert event["reason"] == "enough"


async def test_a_result_as_large_as_the_memory_is_taken(cell):
    """No function can leave more, and one that leaves all breaks no rule."""
    size = CAP + FRAME_SLACK - 100
    assert len((await Listener(cell.open()).run(order("bytes", size))).texts[0]) == size


async def test_a_cell_that_closes_its_socket_is_ended(cell, monkeypatch):
    """Nothing can come from it any more."""
    monkeypatch.setattr(cell_module, "FAREWELL", 0.01)
    loss = await Listener(cell.open()).run(order("close"), order("sleep"))
    assert loss.detail.endswith("closed its socket")


async def test_half_a_frame_and_silence_is_waited_for(cell):
    """Time is the business of deadlines: of the invocation, and of the grace after it."""
    listener = Listener(cell.open())
    listener.isolate.run([order("raw", "0900000092"), order("sleep")])
    await wait_all_tasks_blocked(0.02)
    assert len(listener) == 0
    listener.isolate.terminate()
    assert (await listener.next()).detail.endswith("of being told to")


# -- stopping


async def test_code_that_stops_when_told_to_costs_no_process(cell):
    """The cell takes no new invocation all the same."""
    listener = Listener(cell.open())
    listener.isolate.run([order("owe")])
    listener.isolate.terminate()
    listener.isolate.terminate()
    assert cell.terminated
    assert (await listener.next()).fault == "engine"
    cell.close(listener.isolate)
    await trio.sleep(GRACE * 1.5)
    assert not cell.gone.is_set()


async def test_code_that_does_not_stop_is_killed_after_the_grace(cell):
    """Its neighbours in the cell are lost with it."""
    neighbour, listener = Listener(cell.open()), Listener(cell.open())
    listener.isolate.run([order("stubborn"), order("owe")])
    begun = trio.current_time()
    listener.isolate.terminate()
    assert (await listener.next()).fault == "crash"
    assert GRACE <= trio.current_time() - begun < GRACE + 0.25
    assert (await neighbour.next()).fault == "crash"


@pytest.mark.parametrize("starved", [True, False])
async def test_code_that_has_no_processor_gets_longer_to_stop(cell, monkeypatch, starved):
    """It wants to run, and others do: that is no disobedience."""
    monkeypatch.setattr(cell_module, "GRACE", 0.1)
    monkeypatch.setattr(cell.process, "cpu_time", lambda: 0.0)
    monkeypatch.setattr(cell.process, "runnable", lambda: starved)
    listener = Listener(cell.open())
    listener.isolate.run([order("burn", 0.35), order("owe")])
    listener.isolate.terminate()
    assert (await listener.next()).fault == ("engine" if starved else "crash")


async def test_closing_what_runs_stops_it_first(cell):
    """Nobody listens any more; the cell is told to drop it when its result has come."""
    listener = Listener(cell.open())
    listener.isolate.run([order("owe")])
    cell.close(listener.isolate)
    assert cell.running == 0
    heard = await Listener(cell.open()).run(order("heard"))
    assert heard.texts[:3] == [b"Assign", b"Run", b"Terminate"]
    assert (await Listener(cell.open()).run(order("heard"))).texts[3:5] == [b"Run", b"Drop"]
    assert len(listener) == 0


async def test_closing_what_does_not_stop_is_the_end_of_the_cell(cell):
    """After the grace, though nobody waits for it."""
    isolate = cell.open()
    isolate.run([order("stubborn"), order("owe")])
    cell.close(isolate)
    await ended(cell)
    assert cell.fate.endswith("of being told to")


async def test_code_that_was_stopped_at_a_limit_was_stopped(cell):
    """The cell takes no new invocation after it either."""
    assert (await Listener(cell.open()).run(order("fault", "memory"))).fault == "memory"
    assert cell.terminated


async def test_an_isolate_at_rest_needs_no_stopping(cell):
    """An invocation that waited for something else ends without a new process."""
    listener = Listener(cell.open())
    await listener.run(order("result", "", 0.0))
    listener.isolate.terminate()
    assert not cell.terminated
    assert (await listener.run(order("heard"))).texts == [b"Assign", b"Run", b"Run"]


async def test_a_result_that_the_gateway_was_late_to_read_counts(cell, monkeypatch):
    """When all of the gateway stood still for longer than the grace, the cell is not to blame."""
    monkeypatch.setattr(cell_module, "GRACE", 0.3)
    listener = Listener(cell.open())
    for _ in range(4):  # Trio decides by lot which of two tasks goes first
        listener.isolate.terminated = False
        listener.isolate.run([order("burn", 0.02), order("owe")])
        listener.isolate.terminate()
        await wait_all_tasks_blocked()
        stand_still(0.4)
        assert (await listener.next()).fault == "engine"
        await wait_all_tasks_blocked()
        assert not cell._killed


def stand_still(seconds):
    until = trio.current_time() + seconds
    while trio.current_time() < until:
        pass


# -- CPU time


async def test_a_run_alone_in_its_cell_is_measured_from_outside(cell):
    """The cell is not asked: this one would not even answer."""
    listener = Listener(cell.open())
    await listener.run(order("mute"), order("result", "", 0.25))
    listener.isolate.run([order("burn", 0.1), order("sleep")])
    with trio.fail_after(DEADLINE):
        while await listener.isolate.cpu_time() < 0.35:  # noqa: ASYNC110 - there is no event for it
            await trio.sleep(0.005)
    assert await listener.isolate.cpu_time() < 0.45
    cell.kill("was measured enough")
    loss = await listener.next()
    assert 0.35 <= loss.cpu < 0.5
    assert await listener.isolate.cpu_time() == loss.cpu


async def test_one_of_several_is_measured_by_the_cell(cell, monkeypatch):
    """What it says counts then, and what the process has used beside counts not."""
    monkeypatch.setattr(remote_isolate, "MEASURE_DEADLINE", DEADLINE)  # however busy the machine is
    first, second = Listener(cell.open()), Listener(cell.open())
    await first.run(order("result", "", 0.25))
    first.isolate.run([order("owe")])
    second.isolate.run([order("burn", 0.2), order("owe")])
    with trio.fail_after(DEADLINE):
        while cell.process.cpu_time() < 0.2:  # noqa: ASYNC110 - there is no event for it
            await trio.sleep(0.005)
    assert await first.isolate.cpu_time() == 0.75  # 0.25 + what the peer says
    cell.kill("was measured enough")
    assert 0.75 <= (await first.next()).cpu < 0.85


async def test_a_cell_that_does_not_measure_is_measured_from_outside(cell):
    """After a moment: as much as it can have used."""
    first, second = Listener(cell.open()), Listener(cell.open())
    await first.run(order("mute"), order("result", "", 0.25))
    first.isolate.run([order("owe")])
    second.isolate.run([order("burn", 0.1), order("sleep")])
    begun = trio.current_time()
    assert await first.isolate.cpu_time() >= 0.25
    assert 0.1 <= trio.current_time() - begun < 0.3
    with trio.fail_after(DEADLINE):
        while await first.isolate.cpu_time() < 0.35:
            pass


async def test_a_result_ends_the_wait_for_a_measurement(cell):
    """There is nothing left to measure."""
    first, second = Listener(cell.open()), Listener(cell.open())
    first.isolate.run([order("mute"), order("owe")])
    second.isolate.run([order("owe")])
    async with trio.open_nursery() as nursery:
        seq = Sequencer()
        times = []

        async def measure():
            async with seq(0):
                pass
            times.append(await first.isolate.cpu_time())

        nursery.start_soon(measure)
        async with seq(1):
            await wait_all_tasks_blocked()
            first.isolate.terminate()
    assert times == [0.0]


async def test_a_cell_that_works_on_at_rest_is_ended(cell, monkeypatch):
    """Code can run without a run; nobody would pay for it."""
    monkeypatch.setattr(cell_module, "AUDIT", 0.2)
    listener = Listener(cell.open())
    await listener.run(order("result", "", 0.0), order("burn", 60.0))
    assert (await listener.next()).detail.endswith("when nothing was asked of it")


async def test_a_cell_that_rests_is_left_alone(cell, monkeypatch):
    """Watching ends, and begins again with the next run."""
    monkeypatch.setattr(cell_module, "AUDIT", 0.02)
    listener = Listener(cell.open())
    for _ in range(3):
        await listener.run(order("result", "", 0.0))
        with trio.fail_after(DEADLINE):
            while cell._audited:  # noqa: ASYNC110 - nobody else needs to know
                await trio.sleep(0.005)
    assert not cell.gone.is_set()


# -- memory


async def test_the_limit_follows_the_isolates_in_use(rig, monkeypatch):
    """Up at once, down when their memory is back; for one after the other it stays."""
    monkeypatch.setattr(cell_module, "SETTLE", 0.05)
    cell = await rig.blank()
    await cell.assign(PlayedTemplate(blob=bytes(MIB)), 2)
    base = cell.process.data_size()

    def limit(isolates):
        return data_limit(base, CAP, isolates, 2)

    assert soft_limit(cell) == limit(1)
    first, second = cell.open(), cell.open()
    assert soft_limit(cell) == limit(2)
    cell.close(first)
    await wait_all_tasks_blocked(0.01)
    assert soft_limit(cell) == limit(2)
    with trio.fail_after(DEADLINE):
        while soft_limit(cell) != limit(1):  # noqa: ASYNC110 - the kernel sends no event
            await trio.sleep(0.005)
    cell.close(second)
    assert soft_limit(cell) == limit(1)


async def test_what_a_cell_may_hold_is_limited_by_the_kernel(cell):
    """It is refused more, and lives."""
    listener = Listener(cell.open())
    assert (await listener.run(order("allocate", 24 * MIB))).texts == [b"granted"]
    assert (await listener.run(order("allocate", 120 * MIB))).texts == [b"refused"]


# -- asking the gateway


def load(args, data):
    return Answer({"name": "x"}, data[:10])


def refuse(args, data):
    raise HostCallError("no such module", js_code="MODULE_NOT_FOUND")


OPS = {"module.load": load, "module.resolve": refuse}


@pytest.mark.parametrize("size", [0, 5, 300_000], ids=["empty", "small", "in a thread"])
async def test_the_gateway_answers_for_the_package(rig, size):
    """With the operations of the template, whatever the size."""
    listener = Listener((await rig.cell(ops=OPS)).open())
    head = '{"op": "module.load", "args": {}}'
    result = await listener.run(order("ask", head, size), order("answered"))
    assert result.texts == [b'{"value":{"name":"x"}}', b"%d" % min(size, 10)]
    result = await listener.run(order("ask", head.replace("load", "resolve"), 0), order("answered"))
    assert b"MODULE_NOT_FOUND" in result.texts[0]
    result = await listener.run(order("ask", head.replace("load", "remove"), 0), order("answered"))
    assert b"not known" in result.texts[0]


async def test_asking_without_end_is_slowed_down_and_then_refused(rig, monkeypatch):
    """It is work of the gateway that a function can order in a loop."""
    monkeypatch.setattr(asks_module, "SWIFT_ASKS", 2)
    monkeypatch.setattr(asks_module, "MAX_ASKS", 4)
    monkeypatch.setattr(asks_module, "PAUSE", 0.05)
    listener = Listener((await rig.cell(ops=OPS)).open())
    heads, times = [], []
    for _ in range(5):
        begun = trio.current_time()
        heads.append(
            (await listener.run(order("ask", '{"op":"module.load","args":{}}', 0), order("answered"))).texts[0]
        )
        times.append(trio.current_time() - begun)
    assert [b"value" in head for head in heads] == [True, True, True, True, False]
    assert b"RangeError" in heads[4]
    assert min(times[2:]) >= 0.05


async def test_a_stopped_isolate_does_not_wait_for_its_answer(rig, monkeypatch):
    """The answer comes to nothing, and is no violation."""
    monkeypatch.setattr(asks_module, "SWIFT_ASKS", 0)
    monkeypatch.setattr(asks_module, "PAUSE", 0.05)
    cell = await rig.cell(ops=OPS)
    listener = Listener(cell.open())
    listener.isolate.run([order("ask", '{"op":"module.load","args":{}}', 0)])
    await wait_all_tasks_blocked(0.02)
    listener.isolate.terminate()
    assert (await listener.next()).fault == "engine"
    cell.close(listener.isolate)
    await trio.sleep(0.06)
    heard = await Listener(cell.open()).run(order("heard"))
    assert heard.fault == ""
    assert b"Answer" not in heard.texts
