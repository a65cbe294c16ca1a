"""The zygote through the gateway's side of it: real processes, killed, stopped and worn out."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import pytest
import trio

from edge.engine.build import BuildRequest, Level, Raw
from edge.errors import EngineCrashError
from edge.supervisor import zygote as zygote_module
from edge.supervisor import zygote_process, zygote_start
from edge.supervisor.process import ChildProcess
from edge.supervisor.zygote import Zygote
from tests.support import zygote_rig
from tests.support.zygote_rig import builder_of, open_zygote, processes, until

pytestmark = pytest.mark.slow

ENDLESS = "for (;;);"
PURE = "module.exports = () => 1"


def request(source):
    return BuildRequest("/app/index.js", [Raw("/app/index.js", "cjs", source)], {}, [], contract="express")


@pytest.fixture(params=[True, False], ids=["sandboxed", "bare"])
def sandboxed(request):
    return request.param


STRANGERS: set[int] = set()
"""Children of this process that were there before the test."""


def children(parent=None):
    """Those of the test."""
    return zygote_rig.children(parent) - STRANGERS


@pytest.fixture(autouse=True)
def _no_process_is_left():
    """After each test, zombies included."""
    STRANGERS.clear()
    STRANGERS.update(zygote_rig.children())
    yield
    assert children() == set()


async def end(pid, ours):
    """Close the socket of a child; it leaves by itself."""
    ours.close()
    with trio.fail_after(10):
        await ChildProcess(pid).wait()


async def gone(pid):
    await until(lambda: not Path(f"/proc/{pid}").exists())


def field(pid, name):
    """A line of /proc/PID/status."""
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    return re.search(rf"^{name}:\s+(.*)$", text, re.MULTILINE)[1]


def descriptors(pid):
    return {int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()}


def opened(pid, *numbers):
    """What descriptors of a process lead to."""
    return {str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in numbers}


# -- what it is


async def test_it_starts_without_being_waited_for():
    """The gateway goes on with its own start."""
    began = trio.current_time()
    async with Zygote.open() as zygote:
        assert trio.current_time() - began < 0.1
        assert (await zygote.layers()) == (await zygote.layers())


async def test_it_holds_one_thread_and_one_socket(sandboxed):
    """Standard streams but that for its own errors lead nowhere."""
    async with open_zygote(sandboxed=sandboxed) as zygote:
        pid = zygote._process.pid
        assert field(pid, "Threads") == "1"
        assert len(descriptors(pid) - {0, 1, 2}) == 1
        assert opened(pid, 0, 1) == {"/dev/null"}


async def test_it_knows_nothing_of_the_gateways_environment(monkeypatch):
    """Secrets may be in it."""
    monkeypatch.setenv("EDGE_TEST_SECRET", "5ecret")
    async with open_zygote() as zygote:
        names = {entry.partition(b"=")[0] for entry in environment(zygote._process.pid)}
        assert {b"PATH", b"PYTHONPATH"} <= names
        assert names <= {b"PATH", b"PYTHONPATH", b"LC_CTYPE", b"TZ", b"LC_ALL"}


def environment(pid):
    return Path(f"/proc/{pid}/environ").read_bytes().strip(b"\0").split(b"\0")


async def test_it_does_not_import_from_where_the_gateway_was_started(tmp_path, monkeypatch):
    """A folder of functions may hold a socket.py."""
    (tmp_path / "socket.py").write_text("raise SystemExit('imported from the wrong place')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    async with Zygote.open() as zygote:
        await zygote.layers()
        assert zygote.restarts == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_what_a_terminal_or_a_service_manager_sends_to_all_is_for_the_gateway(number):
    """It drains, and needs its cells while it does."""
    async with open_zygote() as zygote:
        os.kill(zygote._process.pid, number)
        await end(*await zygote.spawn("build"))
        assert zygote.restarts == 0


async def test_it_tells_its_layers(sandboxed):
    """What is not there has a reason."""
    async with Zygote.open(sandboxed=sandboxed) as zygote:
        layers = await zygote.layers()
    if sandboxed:
        assert "no_new_privs" in layers.names
    else:
        assert layers.names == ()
        assert layers.missing == {"sandbox": "it is switched off"}
    assert all(layers.missing.values())


# -- its children


async def test_children_are_ours(sandboxed):
    """We reap them, and the kernel ends them with us."""
    async with open_zygote(sandboxed=sandboxed) as zygote:
        pid, ours = await zygote.spawn("build")
        assert pid in children()
        assert pid not in children(zygote._process.pid)
        await end(pid, ours)


async def test_a_child_holds_its_socket_alone(sandboxed):
    """Neither the zygote's orders nor another child's socket reach it."""
    async with open_zygote(sandboxed=sandboxed) as zygote:
        first = await zygote.spawn("build")
        second = await zygote.spawn("build")
        for pid, _ in (first, second):
            await until(lambda pid=pid: len(descriptors(pid)) == 4)
            assert opened(pid, 0, 1, 2) == {"/dev/null"}
        await end(*first)
        await end(*second)


async def test_a_build_is_sealed_before_it_gets_a_package():
    """Seccomp filters it (mode 2), and it has no capability."""
    async with open_zygote() as zygote:
        pid, ours = await zygote.spawn("build")
        await until(lambda: field(pid, "Seccomp") == "2")
        assert field(pid, "NoNewPrivs") == "1"
        assert int(field(pid, "CapEff"), 16) == int(field(pid, "CapPrm"), 16) == 0
        await end(pid, ours)


async def test_a_build_without_a_sandbox_has_its_limits_all_the_same():
    """It builds, and has the limits that any process may set."""
    async with open_zygote(sandboxed=False) as zygote:
        pid, ours = await zygote.spawn("build")
        await until(lambda: "Max file size             0" in Path(f"/proc/{pid}/limits").read_text("ascii"))
        assert field(pid, "Seccomp") == "0"
        await end(pid, ours)
        assert (await builder_of(zygote).build(request(PURE))).built.level == Level.INITIALISED


async def test_there_are_no_builds_before_it_is_primed():
    """That is said, and cells can be had."""
    async with Zygote.open() as zygote:
        with pytest.raises(EngineCrashError, match="before the zygote is primed"):
            await zygote.spawn("build")
        await end(*await zygote.spawn("cell"))
        assert zygote.restarts == 0


async def test_damaged_snapshots_are_refused(tmp_path):
    """V8 would crash on them."""
    damaged = tmp_path / "damaged.blob"
    damaged.write_bytes(bytes(1000))
    async with Zygote.open() as zygote:
        with pytest.raises(EngineCrashError, match="cannot be used: Bad message"):
            await zygote.prime(damaged, damaged)
        with pytest.raises(FileNotFoundError):
            await zygote.prime(tmp_path / "none", damaged)


# -- when it is lost


async def test_a_zygote_that_is_killed_is_replaced_at_once():
    """Nobody has to ask; the next one is primed before its first build, without the files."""
    async with open_zygote() as zygote:
        first = zygote._process.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: zygote.restarts == 1)
        await gone(first)
        assert zygote._process.pid != first
        assert (await builder_of(zygote).build(request(PURE))).built.level == Level.INITIALISED


async def test_kill_9_under_load_loses_no_spawn():
    """Who asked when it died gets a process from the next one."""
    spawned = []

    async def spawn_many(zygote):
        for _ in range(12):
            pid, ours = await zygote.spawn("build")
            spawned.append(pid)
            await end(pid, ours)

    async with open_zygote() as zygote:
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(spawn_many, zygote)
            for kills in range(3):
                await until(lambda kills=kills: len(spawned) >= 10 * (kills + 1))
                os.kill(zygote._process.pid, signal.SIGKILL)
        assert zygote.restarts == 3
        await until(lambda: children() == {zygote._process.pid})
    assert len(spawned) == 48


async def test_builds_that_run_do_not_notice():
    """They are nobody's but the gateway's."""
    outcomes = []

    async def build(builder, number):
        slow = f"for (let i = 0; i < 4e7; i++); module.exports = (req, res) => res.end('{number}')"
        outcomes.append(await builder.build(request(slow)))

    async with open_zygote() as zygote:
        zygote_pid = zygote._process.pid
        async with trio.open_nursery() as nursery:
            for number in range(2):
                nursery.start_soon(build, builder_of(zygote), number)
            await until(lambda: len(children() - {zygote_pid}) == 2)
            os.kill(zygote_pid, signal.SIGKILL)
    assert [outcome.built.level for outcome in outcomes] == [Level.INITIALISED] * 2
    assert [outcome.built.reason for outcome in outcomes] == [""] * 2


async def test_a_zygote_that_hangs_is_killed_at_the_deadline_of_the_order(monkeypatch):
    """The order is given to the next one."""
    monkeypatch.setattr(zygote_process, "ORDER_DEADLINE", 0.3)
    async with open_zygote() as zygote:
        first = zygote._process.pid
        os.kill(first, signal.SIGSTOP)
        await end(*await zygote.spawn("build"))
        assert zygote.restarts == 1
        await gone(first)


async def test_a_child_whose_pid_was_never_told_is_reaped(monkeypatch):
    """The zygote made it and died before it could answer: nobody knows it, and it must not stay as a zombie."""

    async def answer_is_lost(process, size):
        await trio.sleep(0.2)  # the zygote has answered by now
        os.kill(process.pid, signal.SIGKILL)
        raise EOFError

    async with open_zygote() as zygote:
        known = await zygote.spawn("build")
        first = zygote._process.pid
        with monkeypatch.context() as patch:
            patch.setattr(zygote_process.ZygoteProcess, "_exactly", answer_is_lost)
            with pytest.raises(EngineCrashError, match="the zygote does not start"):
                await zygote.spawn("build")
        assert zygote.restarts == 2
        await gone(first)
        await until(lambda: children() == {known[0], zygote._process.pid})
        await end(*known)


async def test_a_zygote_that_never_comes_up_is_an_error_each_time(monkeypatch):
    """And is not tried without end in between."""
    monkeypatch.setattr(zygote_start.sys, "executable", "/bin/false")
    async with Zygote.open() as zygote:
        for _ in range(2):
            with pytest.raises(EngineCrashError, match="the zygote does not start"):
                await zygote.spawn("cell")
        before = zygote.restarts
        await trio.sleep(0.5)
        assert zygote.restarts - before <= 4


async def test_a_zygote_that_cannot_be_started_is_an_error(monkeypatch):
    """Of a kind that callers know."""
    monkeypatch.setattr(zygote_start.sys, "executable", "/nonexistent")
    with pytest.raises(EngineCrashError, match="cannot be started: No such file"):
        async with Zygote.open():
            pass


async def test_cancelling_whoever_asks_leaves_no_process_behind():
    """An order that was given is waited for, so that its process has somebody."""
    async with open_zygote() as zygote:
        for delay in (0, 0.001, 0.002, 0.004):
            with trio.CancelScope() as scope:
                scope.deadline = trio.current_time() + delay
                await end(*await zygote.spawn("build"))
        await until(lambda: children() == {zygote._process.pid})
        await end(*await zygote.spawn("build"))
        assert zygote.restarts == 0


# -- when it is old


async def test_it_is_renewed_after_so_many_children(monkeypatch):
    """Without a pause: the next one is up before the old one goes."""
    monkeypatch.setattr(zygote_module, "MAX_FORKS", 5)
    async with open_zygote() as zygote:
        first = zygote._process.pid
        kept = await zygote.spawn("build")
        for _ in range(4):
            await end(*await zygote.spawn("build"))
        await until(lambda: zygote.renewals == 1)
        assert zygote._process.pid != first
        await gone(first)
        assert kept[0] in children()
        assert (await builder_of(zygote).build(request(PURE))).built.level == Level.INITIALISED
        assert zygote.restarts == 0
        await end(*kept)


async def test_it_is_renewed_when_it_is_old(monkeypatch):
    """All children of one have the same memory layout."""
    monkeypatch.setattr(zygote_module, "MAX_AGE", 0.5)
    async with open_zygote() as zygote:
        first = zygote._process.pid
        await until(lambda: zygote.renewals >= 1)
        assert zygote._process.pid != first
        assert zygote.restarts == 0


# -- nothing leaks


async def test_200_children_leave_nothing_behind():
    """Neither descriptors nor processes, here or in the zygote; some are cut off in the middle."""
    async with open_zygote() as zygote:
        builder = builder_of(zygote)
        pid = zygote._process.pid
        await builder.build(request(PURE))
        ours, its = descriptors(os.getpid()), descriptors(pid)
        for number in range(200):
            if number % 20 == 0:
                with trio.move_on_after(0.02):
                    await builder.build(request(ENDLESS))
            elif number % 20 == 1:
                await builder.build(request(PURE))
            else:
                await end(*await zygote.spawn("build" if number % 2 else "cell"))
        assert descriptors(os.getpid()) == ours
        assert descriptors(pid) == its
        assert children() == {pid}
        assert not [seen for seen in processes() if seen.group == pid and seen.pid != pid]
        assert zygote.restarts == 0


async def test_at_the_end_it_is_gone_and_its_children_are_not():
    """They are their owners' to end."""
    async with open_zygote() as zygote:
        pid = zygote._process.pid
        child, ours = await zygote.spawn("build")
    assert pid not in children()
    assert child in children()
    await end(child, ours)


async def test_a_descriptor_that_is_not_expected_is_closed():
    """What an order brings along does not stay in the zygote."""
    async with open_zygote() as zygote:
        pid = zygote._process.pid
        before = descriptors(pid)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            assert await zygote._process._order(b"?", [ours.fileno(), theirs.fileno()]) < 0
        assert descriptors(pid) == before


async def test_a_process_that_was_started_ahead_is_the_first_one():
    """And no other is; one that nobody needs ends."""
    zygote_start.start_ahead(sandboxed=True)
    zygote_start.start_ahead(sandboxed=False)
    pids = [started.process.pid for started in zygote_start._ahead]
    async with Zygote.open(sandboxed=True) as zygote:
        assert zygote._process.pid == pids[0]
        await zygote.layers()
    zygote_start.discard()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[1], 0)
