"""What a program keeps to itself when it uses edge.vm: its environment, its time zone, its signals, its output."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys, time
time.tzset()
before = dict(os.environ), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD), time.localtime(0).tm_hour
import trio
from edge.vm import VM, ConsoleLibrary

async def main():
    async with VM([ConsoleLibrary(lambda *line: None)], mode=sys.argv[1]) as vm:
        print(await vm.run("return [new Date(0).getHours(), new Intl.DateTimeFormat().resolvedOptions().locale]"))

trio.run(main)
after = dict(os.environ), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD), time.localtime(0).tm_hour
print(before == after)
"""


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["embedded", "cells"])
def test_a_program_is_left_as_it_was(mode):
    """VMs have UTC and English; the program has what it had, and nothing is written."""
    env = {**os.environ, "TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, mode],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[0, 'en-US']\nTrue\n", "")
