"""The process that waits for the next build, and what becomes of it: with the kernel's own processes."""

from __future__ import annotations

import os
import signal
import socket

import trio

from edge.engine import build_children
from edge.engine.build import BuildRequest, Level, Raw
from edge.engine.build_children import BuildChildren
from edge.engine.builder_client import Builder
from edge.supervisor.zygote import adopt
from tests.support.zygote_rig import children, open_zygote, until

SOURCE = "module.exports = (req, res) => res.end()"
REQUEST = BuildRequest("/a.js", [Raw("/a.js", "cjs", SOURCE)], {}, [], contract="express")
ENDLESS = BuildRequest("/a.js", [Raw("/a.js", "cjs", "for (;;);")], {}, [], contract="express")


class Spawner:
    """Has the zygote make processes, and remembers them."""

    def __init__(self, zygote):
        self.pids = []
        self._zygote = zygote

    async def spawn(self):
        pid, channel = await self._zygote.spawn("build")
        self.pids.append(pid)
        return pid, channel


async def build(builder, request=REQUEST):
    with trio.fail_after(30):
        return await builder.build(request)


async def test_the_next_build_finds_a_process_that_waits_for_it(monkeypatch):
    """It was made before it was asked for; after each build another one is; at the end none is left."""
    monkeypatch.setattr(build_children, "_REST", 0.01)
    async with open_zygote() as zygote:
        before = children()
        spawner = Spawner(zygote)
        builder = Builder(spawner.spawn, adopt)
        async with builder.ready():
            for number in (1, 2, 3):
                await until(lambda number=number: len(spawner.pids) == number)
                assert (await build(builder)).built.level is Level.INITIALISED
            await until(lambda: len(spawner.pids) == 4 and children() - before == {spawner.pids[-1]})
        assert children() <= before


async def test_one_that_was_killed_while_it_waited_is_not_the_packages_fault(monkeypatch):
    """The build has another one, and the level that it should."""
    monkeypatch.setattr(build_children, "_REST", 0.01)
    async with open_zygote() as zygote:
        spawner = Spawner(zygote)
        builder = Builder(spawner.spawn, adopt)
        async with builder.ready():
            await until(lambda: len(spawner.pids) == 1)
            os.kill(spawner.pids[0], signal.SIGKILL)
            outcome = await build(builder)
            assert (outcome.built.level, outcome.built.reason) == (Level.INITIALISED, "")
            assert spawner.pids[0] not in children()


async def test_it_outlives_the_zygote_that_made_it(monkeypatch):
    """And the next one comes from the next zygote."""
    monkeypatch.setattr(build_children, "_REST", 0.01)
    async with open_zygote() as zygote:
        spawner = Spawner(zygote)
        builder = Builder(spawner.spawn, adopt)
        async with builder.ready():
            await until(lambda: len(spawner.pids) == 1)
            os.kill(zygote._process.pid, signal.SIGKILL)
            assert (await build(builder)).built.level is Level.INITIALISED
            await until(lambda: len(spawner.pids) == 2)
            assert (await build(builder)).built.level is Level.INITIALISED


async def test_builds_at_once_do_not_share_it(monkeypatch):
    """Each package has a process of its own, whoever came first."""
    monkeypatch.setattr(build_children, "_REST", 0.01)
    async with open_zygote() as zygote:
        before = children()
        spawner = Spawner(zygote)
        builder = Builder(spawner.spawn, adopt)
        levels = []

        async def one():
            levels.append((await build(builder)).built.level)

        async with builder.ready():
            await until(lambda: len(spawner.pids) == 1)
            async with trio.open_nursery() as nursery:
                for _ in range(4):
                    nursery.start_soon(one)
            assert levels == [Level.INITIALISED] * 4
            assert len(set(spawner.pids)) >= 4
        assert children() <= before


async def test_a_build_that_is_given_up_takes_its_process_along(monkeypatch):
    """Also one that was there before."""
    monkeypatch.setattr(build_children, "_REST", 0.01)
    async with open_zygote() as zygote:
        spawner = Spawner(zygote)
        builder = Builder(spawner.spawn, adopt)
        async with builder.ready():
            await until(lambda: len(spawner.pids) == 1)
            with trio.move_on_after(0.3) as given_up:
                await builder.build(ENDLESS)
            assert given_up.cancelled_caught
            await until(lambda: spawner.pids[0] not in children())


class FakeChild:
    def __init__(self, pid):
        self.pid = pid
        self.killed = False

    def kill(self):
        self.killed = True

    async def wait(self):
        assert self.killed


async def test_one_that_has_waited_for_too_long_is_replaced(autojump_clock):
    """Its own clock would end it in the middle of a build."""
    made = []

    async def spawn():
        ours, theirs = socket.socketpair()
        made.append((FakeChild(len(made)), theirs))
        return len(made) - 1, ours

    builds = BuildChildren(spawn, lambda pid: made[pid][0])
    async with builds.ready():
        await trio.sleep(1)
        assert len(made) == 1
        await trio.sleep(build_children.IDLE_SECONDS)
        assert len(made) >= 2
        assert made[0][0].killed
        assert not made[-1][0].killed
    assert all(child.killed for child, _ in made)
    for _, theirs in made:
        assert theirs.recv(1) == b""
        theirs.close()
