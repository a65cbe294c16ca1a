"""All tables of one run: as JSON and as a page of the docs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.machine import Machine
from bench.table import Table

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path("docs") / "reference" / "benchmarks.md"
INTRODUCTION = """\
# Benchmarks

<!-- Written by `scripts/bench --write`: do not edit. -->

`scripts/bench` measures these tables in one run of about twelve minutes (`--quick`: three, `--only NAME`: one table,
`--json FILE`: for programs). `scripts/bench --must-hold` measures what is promised and says for each promise whether it
holds. The comparison with other programs needs `wrk`, and installs them into `build/peers` from npm.

CPU is the time of all threads, those of V8 included; wall is the clock on the wall.
Mode *cells* is the default: functions run in processes of their own; in mode *embedded* they run in the gateway.
Numbers are medians over rounds. They are of one machine: compare runs on yours, not tables of two machines.
"""


class Report(msgspec.Struct):
    """`size` is quick or full."""

    machine: Machine
    size: str
    tables: list[Table] = []

    def json(self) -> bytes:
        """For programs."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

    def page(self) -> str:
        """For the docs."""
        machine = "\n".join(f"- {line}" for line in self.machine.lines())
        return "\n\n".join([INTRODUCTION.rstrip(), machine, *(table.markdown() for table in self.tables)]) + "\n"


def write_page(report: Report) -> Path:
    """Write the page of the docs; answers its path under the project."""
    path = ROOT / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.page(), "utf-8")
    return PAGE
