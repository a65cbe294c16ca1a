"""Free memory goes back to the system when a gateway has no more use for it."""

from __future__ import annotations

import subprocess
import sys

CODE = """
from pathlib import Path
from edge.engine.process import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(100_000) for _ in range(640)]
kept = blocks[::64]
full = resident()
del blocks
give_back()
assert resident() < full - 40_000_000, (full, resident())
assert all(one == bytes(100_000) for one in kept)
"""


def test_what_is_free_between_blocks_that_are_not_is_given_back():
    """64 MB of small blocks, of which some stay: their pages remain, the others go."""
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=60)
