"""Ask Node what the cases give, and write that beside them: `.venv/bin/python -m tests.modules.record`.

A case is a package whose entry, `index.cjs` or `index.mjs`, has `out`.  cases.json: name -> {files, links, is}.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from hatch_build import Node

CASES = Path(__file__).with_name("cases.json")
ENTRIES = ("index.mjs", "index.cjs", "index.js")
SHOW = "\n;process.stdout.write(JSON.stringify(out))"


def write(case: dict[str, dict[str, str]], folder: Path) -> Path:
    """The files of a case; gives its entry."""
    for path, content in case["files"].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, "utf-8")
    for path, target in case.get("links", {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(target)
    return folder / next(name for name in ENTRIES if name in case["files"])


def answer(case: dict[str, dict[str, str]]) -> str:
    """What Node says."""
    with tempfile.TemporaryDirectory() as name:
        entry = write(case, Path(name))
        source = entry.read_text("utf-8")
        show = SHOW.replace("(out)", "(exports.out)") if entry.suffix == ".cjs" else SHOW
        entry.write_text(source.replace("return;", f"{show[2:]}; return;") + show, "utf-8")
        done = subprocess.run(
            [Node().node, "--no-warnings", entry], capture_output=True, text=True, timeout=20, check=True
        )
        return done.stdout


def main() -> None:
    """Write all answers."""
    cases = json.loads(CASES.read_text("utf-8"))
    for case in cases.values():
        case["is"] = json.loads(answer(case))
    CASES.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
