"""The public API of edge.vm has types that mypy in its strictest mode accepts, and refuses what is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tests" / "types" / "embedding.py"
WRONG = """
import trio
from edge.vm import VM, IpcLibrary, TimingLibrary

async def main() -> None:
    TimingLibrary(limit_count="5")
    IpcLibrary(5)
    async with VM([object()], mode="elsewhere") as vm:
        await vm.run(5)
        await vm.call(5)
        vm.is_disposed = True
"""


@pytest.mark.slow
def test_a_program_and_its_mistakes(tmp_path):
    """One run over both files, which is what takes long."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml", str(PROGRAM), str(wrong)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    problems = re.findall(r"^(\S+?):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    assert [problem for problem in problems if "embedding.py" in problem[0]] == []
    assert [int(line) for _, line, _ in problems] == [6, 7, 8, 8, 9, 10, 11], done.stdout


def test_the_program_runs():
    """What has types has a meaning, too."""
    done = subprocess.run([sys.executable, PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["end", "4 4 4"]
    assert lines[-1].startswith("1 ")
