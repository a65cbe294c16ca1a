"""Builds on machines without cells: the zygote forks, and its children are not ours."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

import pytest
import trio

from edge.engine import builder_client
from edge.engine.build import BuildRequest, Level, Raw
from edge.engine.builder_client import Builder
from edge.errors import EngineCrashError
from edge.supervisor import zygote_start
from edge.supervisor.grandchild import Grandchild
from edge.supervisor.zygote_process import ZygoteProcess
from tests.support.snapshot_files import snapshot_files
from tests.support.zygote_rig import children

pytestmark = pytest.mark.slow

# A machine whose processor has no table of system calls.
PROGRAM = """
import os, sys
here = os.uname()
os.uname = lambda: os.uname_result((here.sysname, here.nodename, here.release, here.version, "riscv64"))
from edge.cell import zygote
zygote.main(int(sys.argv[1]), sandboxed=sys.argv[2] == "sandboxed")
"""


def start(control, *, sandboxed):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(control), "sandboxed" if sandboxed else "bare"],
        pass_fds=[control],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def request(source):
    return BuildRequest("/app/index.js", [Raw("/app/index.js", "cjs", source)], {}, [], contract="express")


@pytest.fixture(params=[False, True], ids=["bare", "sandboxed"])
async def process(request, monkeypatch):
    """A zygote of such a machine, primed."""
    monkeypatch.setattr(zygote_start, "_run", start)
    process = ZygoteProcess(sandboxed=request.param)
    try:
        files = [os.open(path, os.O_RDONLY) for path in snapshot_files()]
        await process.prime(files)
        for file in files:
            os.close(file)
        yield process
    finally:
        process.close()


@pytest.mark.parametrize("process", [False], indirect=True)
async def test_packages_are_built_in_plain_processes(process, monkeypatch):
    """Those that hang are killed all the same, and no zombie stays."""
    monkeypatch.setattr(builder_client, "STARTUP_DEADLINE", 0.4)
    builder = Builder(partial(process.spawn, "build"), Grandchild)
    assert (await builder.build(request("module.exports = () => 1"))).built.level == Level.INITIALISED
    assert (await builder.build(request("for (;;);"))).built.level == Level.COMPILED
    assert children(process.pid) == set()


@pytest.mark.parametrize("process", [True], indirect=True)
async def test_nothing_is_built_when_a_sandbox_is_wanted(process):
    """The reason is told with the layers, and by each build."""
    assert "cells cannot be confined on Linux riscv64" in (await process.layers()).missing["sandbox"]
    builder = Builder(partial(process.spawn, "build"), Grandchild)
    with pytest.raises(EngineCrashError, match="in a sandbox here: cells cannot be confined on Linux riscv64"):
        await builder.build(request("module.exports = () => 1"))


@pytest.fixture
def gone():
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


async def test_a_grandchild_that_was_seen_to_end_is_not_killed_again(gone, monkeypatch):
    """Its pid may be another's by then."""
    grandchild = Grandchild(gone)
    grandchild.kill()
    with trio.fail_after(5):
        await grandchild.wait()
    sent = []
    monkeypatch.setattr(os, "kill", lambda *args: sent.append(args))
    grandchild.kill()
    await grandchild.wait()
    assert sent == []
