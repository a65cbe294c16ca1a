"""What a child process of ours asks of the kernel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.slow

SPIN = """
from edge.engine.process import end_after
end_after(0.2)
for _ in iter(int, 1): pass
"""
BLOCKED_IN_C = """
import ctypes
from edge.engine.process import end_after
end_after(0.2)
ctypes.PyDLL(None).sleep(30)
"""
FIRST_OF_ITS_NAMESPACE = """
import os, sys
from edge.cell.clone import _clone, new_pid_namespaces_work
from edge.cell.namespaces import CLONE_NEWPID, CLONE_NEWUSER
from edge.engine.process import end_after
if not new_pid_namespaces_work():
    os._exit(14)
pid = _clone(CLONE_NEWUSER | CLONE_NEWPID)
if pid == 0:
    end_after(0.2)
    while True: pass
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.mark.parametrize("program", [SPIN, BLOCKED_IN_C, FIRST_OF_ITS_NAMESPACE], ids=["spins", "in C", "pid 1"])
def test_a_process_ends_when_its_time_is_over(program):
    """Whether or not Python gets to run, and where signals without a handler do not arrive."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        timeout=10,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == signal.SIGALRM
    assert time.monotonic() - began < 5
