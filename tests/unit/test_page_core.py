"""What the admin page computes without a browser: tests/page/core.test.mjs, by Node's own test runner."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hatch_build import Node

TESTS = Path(__file__).resolve().parents[1] / "page"


def test_what_the_page_computes_is_right():
    command = [Node().node, "--test-reporter=spec", TESTS / "core.test.mjs"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
