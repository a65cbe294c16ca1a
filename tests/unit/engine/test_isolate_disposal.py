"""Disposing of an isolate whose code is at its heap's limit at that moment."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what went wrong here used to end the process.
PROGRAM = """
import queue, time
from edge.engine.isolate import Isolate
from edge.units import MIB

SOURCE = '''
globalThis.__edge = function () {
  'use strict';
  if (typeof this === 'function') return new SharedArrayBuffer(64);
  const kept = [];
  for (;;) kept.push({ kept });
};
'''
for number in range(12):
    results = queue.SimpleQueue()
    isolate = Isolate(None, {}, results.put, source=SOURCE, memory=16 * MIB)
    isolate.turn(b"x")
    time.sleep(0.02 * number)
    isolate.dispose()
print("alive", flush=True)
"""


def test_memory_that_runs_out_during_disposal_ends_no_process():
    """V8 gets room to unwind in then, too."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout == "alive\n", done.stderr[-500:]
