"""`wrk`, where it is installed: it takes less of the machine than a load generator in Python."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bench.load import Load

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


_POST = Path(__file__).resolve().parent / "peers" / "post.lua"


def wrk_command(url: str, connections: int, seconds: float, *, posts: bool = False) -> list[str] | None:
    """The command that loads `url`, or None where wrk is not installed; it counts whole seconds only.

    With `posts` it sends the environment's BODY.
    """
    program = shutil.which("wrk")
    if program is None:
        return None
    script = ["-s", str(_POST)] if posts else []
    return [program, "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "--latency", *script, url]


def wrk_result(output: str) -> Load:
    """What wrk printed.  Raises ValueError when it printed something else."""
    total = _found(r"(\d+) requests in ([\d.]+)(us|ms|s|m),", output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    errors = sum(int(number) for match in (refused, broken) if match for number in match.groups())
    return Load(int(total[1]), errors, float(total[2]) * _UNITS[total[3]], _share("50", output), _share("99", output))


def _share(percent: str, output: str) -> float:
    found = _found(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)$", output)
    return float(found[1]) * _UNITS[found[2]]


def _found(pattern: str, output: str) -> re.Match[str]:
    found = re.search(pattern, output, re.MULTILINE)
    if found is None:
        raise ValueError(f"wrk's output has changed: nothing in it looks like {pattern}")
    return found
