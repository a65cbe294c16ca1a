"""A gateway that is killed takes everything with it: the zygote, cells, and builds in the middle of a package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.snapshot_files import snapshot_files
from tests.support.zygote_rig import processes

pytestmark = [pytest.mark.slow, pytest.mark.integration]

GATEWAY = """
import pathlib, sys
import trio
from edge.engine.build import BuildRequest, Raw
from edge.engine.builder_client import Builder
from edge.supervisor.process import ChildProcess
from edge.supervisor.zygote import Zygote

runtime, transform, sandboxed = sys.argv[1:]
ENDLESS = BuildRequest("/a.js", [Raw("/a.js", "cjs", "for (;;);")], {}, [], contract="express")

async def main():
    async with Zygote.open(sandboxed=sandboxed == "sandboxed") as zygote:
        await zygote.prime(pathlib.Path(runtime), pathlib.Path(transform))
        sockets = [await zygote.spawn(kind) for kind in ("cell", "build", "cell")]
        async def spawn():
            child = await zygote.spawn("build")
            print(child[0], flush=True)
            return child
        print(zygote._process.pid, *(pid for pid, _ in sockets), flush=True)
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(Builder(spawn, ChildProcess).build, ENDLESS)
            await trio.sleep_forever()

trio.run(main)
"""


def living(pids):
    return {seen.pid for seen in processes() if seen.pid in pids and seen.state not in "ZX"}


def gone_within(seconds, pids):
    deadline = time.monotonic() + seconds
    while living(pids) and time.monotonic() < deadline:
        time.sleep(0.005)
    return not living(pids)


@pytest.mark.parametrize("sandboxed", ["sandboxed", "bare"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=["killed", "crashed"])
def test_a_gateway_that_dies_leaves_no_process(sandboxed, number):
    """Within a second, also what is in an endless loop."""
    gateway = subprocess.Popen(
        [sys.executable, "-c", GATEWAY, *map(str, snapshot_files()), sandboxed],
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    try:
        pids = {int(word) for _ in range(3) for word in gateway.stdout.readline().split()}
        assert len(pids) == 6
        assert living(pids) == pids
        spinning = {seen.pid for seen in processes() if seen.pid in pids and seen.state == "R"}
        deadline = time.monotonic() + 5
        while len(spinning) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
            spinning |= {seen.pid for seen in processes() if seen.pid in pids and threads_run(seen.pid)}
        assert len(spinning) >= 2
    finally:
        gateway.send_signal(number)
        gateway.communicate(timeout=10)
    assert gateway.returncode == -number
    assert gone_within(1, pids), living(pids)


def threads_run(pid):
    """Whether some thread of it has work."""
    tasks = Path(f"/proc/{pid}/task").glob("*/stat")
    return "R" in {path.read_text("utf-8", "replace").rpartition(")")[2].split()[0] for path in tasks}
