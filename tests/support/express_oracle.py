"""What Express answers to the handlers of tests/express, and what the contract answers to the same."""

from __future__ import annotations

import functools
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

from edge.errors import FunctionError
from edge.packages.bundle import Bundle
from hatch_build import Node
from tests.express.matrix import FILES
from tests.runtime.contract_rig import call
from tests.support.npm_packages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

Answer = tuple[int, list[tuple[str, str]], str]

FAILED: Answer = (500, [], "")
# Of the connection, or chosen by Express's own last handler.
# Files of a package have no time; the gateway's own.
IGNORED = {"last-modified", "date", "connection", "keep-alive", "transfer-encoding", "content-security-policy"}
QUOTED = re.compile(r'filename="([\w.%-]+)"')
# Of a thrown error the contract says more than Express does.
THROWN = re.compile(r"\w*Error \w*: ")


def answers(cases: list[dict[str, Any]], packages: Path, folder: Path) -> list[list[Answer]]:
    """Of Express under Node, by case and request."""
    for name, content in FILES.items():
        (folder / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "files" / name).write_bytes(content)
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"root": str(packages), "files": str(folder / "files"), "cases": cases}), "utf-8")
    script = ROOT / "tests" / "express" / "reference.mjs"
    command = [str(Node().node), str(script), str(plan)]
    subprocess.run(command, cwd=folder, check=True, timeout=300)
    found = json.loads((folder / "answers.json").read_text("utf-8"))
    return [[_expected(answer) for answer in group] for group in found]


def _expected(answer: dict[str, Any]) -> Answer:
    headers = _headers(answer["headers"])
    failed = answer["status"] == 0 or ("x-failed", "1") in headers
    return FAILED if failed else (answer["status"], headers, answer["body"])


@functools.cache
def _bundle() -> Bundle:
    return Bundle.build({"index.js": b"", **FILES}, {})


def ours(source: str, ask: dict[str, Any]) -> Answer:
    """What the contract answers."""
    headers = [(name.lower(), value) for name, value in ask["headers"] if name != "Host"]
    try:
        found = call(
            source, ask["method"], ask["target"], headers=headers, body=ask["body"].encode("latin1"), files=_bundle()
        )
    except FunctionError:
        return FAILED
    return found.status, _headers(found.headers), found.body.decode("latin1")


def _headers(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((name.lower(), _value(name.lower(), value)) for name, value in pairs if name.lower() not in IGNORED)


def _value(name: str, value: str) -> str:
    if name == "etag" and value.startswith("W/"):
        return "W/..."
    return QUOTED.sub(r"filename=\1", value) if name == "content-disposition" else value


def same(ask: dict[str, Any], want: Answer, got: Answer) -> bool:
    """Whether both are one answer; a length that only one of them tells is told by the gateway."""
    if THROWN.match(want[2]) and got[2].startswith(want[2]):
        return want[0] == got[0]
    names = ({name for name, _ in want[1]}, {name for name, _ in got[1]})
    dropped = set() if all("content-length" in found for found in names) else {"content-length"}
    bodies = ("", "") if ask["method"] == "HEAD" else (want[2], got[2])
    headers = [[pair for pair in answer[1] if pair[0] not in dropped] for answer in (want, got)]
    return want[0] == got[0] and headers[0] == headers[1] and bodies[0] == bodies[1]
