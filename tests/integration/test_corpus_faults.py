"""`./scripts/corpus faults` against a real gateway: a few cases of each kind, and cases that must fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "tests" / "data" / "faults.json"
CASES = (
    *("plain_value", "plain_throw", "plain_spin", "plain_grow", "plain_handler", "plain_handler_throws"),
    *("wasm_memory_grow_kept_apart", "getter_into_itself", "queue_microtask_storm", "polluted_04"),
    *("stream_fails_after_head", "fetch_body_read_whole", "kv_keys_of_all_kinds", "module_endless_reexports"),
)

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.hostile]


def corpus(*arguments):
    """Run it; its exit code, its lines, and what it says on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "edge.corpus", "faults", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def chosen(path, names, *more):
    """A file with the cases of these names, and more."""
    cases = {case["name"]: case for case in json.loads(FILE.read_text())}
    path.write_text(json.dumps([*(cases[name] for name in names), *more]))
    return path


def script(name, js, *expect):
    return {"name": name, "group": "own", "kind": "script", "js": js, "expect": expect}


def test_hostile_functions_end_as_they_should_in_cells(tmp_path):
    """Each in its way, within its memory and its time; a neighbour under load loses no request meanwhile."""
    file = chosen(tmp_path / "faults.json", CASES)
    _, lines, errors = corpus(file, "--engine", "cells", "--quiet", "1", "--json", tmp_path / "out.json")
    assert errors == ""
    found = json.loads((tmp_path / "out.json").read_text())
    assert {case["name"]: case["problems"] for case in found["cases"] if case["problems"]} == {}
    assert len(found["cases"]) == len(CASES)
    # How much slower it becomes depends on what else this machine does: the whole corpus judges that, on a quiet one.
    assert found["summary"]["lost"] == []
    assert found["summary"]["loaded"]["requests"] > 20
    assert found["summary"]["starts"] == 1
    assert re.fullmatch(rf"{len(CASES)} passed, \d failed", lines[-1])


def test_cases_that_end_otherwise_are_failures(tmp_path):
    """A line for each of them, a summary as the last line, and exit code 1."""
    wrong = [
        script("returns", "1", "throw"),
        script("throws", "throw 1", "return", "oom"),
        script("spins", "for (;;) {}", "return", "throw", "oom", "limit"),
        script("grows", "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))", "return"),
    ]
    file = chosen(tmp_path / "faults.json", ["plain_value"], *wrong)
    code, lines, _ = corpus(file, "--engine", "cells", "--quiet", "1")
    assert code == 1
    failures = [line.split(";")[0] for line in lines if line.startswith("FAIL ")]
    assert failures[0].startswith("FAIL returns: return (status 200")
    assert failures[1].startswith("FAIL throws: exception (500 function_error")
    assert failures[2].startswith("FAIL spins: timeout (504 timeout")
    assert failures[3].startswith("FAIL grows: ")
    assert re.fullmatch(r"1 passed, [45] failed", lines[-1])


def test_a_gateway_that_dies_fails_the_case_and_is_started_again(tmp_path):
    """Only embedded mode can show it: there, V8 takes the gateway with it."""
    deadly = script("deadly", "throw new Error('m'.repeat(2 ** 28))", "return", "throw", "oom", "timeout", "killed")
    file = chosen(tmp_path / "faults.json", [], deadly, script("after", "1", "return"))
    code, lines, _ = corpus(file, "--engine", "embedded", "--quiet", "1", "--json", tmp_path / "out.json")
    assert code == 1
    first, second = json.loads((tmp_path / "out.json").read_text())["cases"]
    assert first["problems"][-1].startswith("the gateway is gone: SIG")
    assert second["problems"] == []
    assert any(line.endswith("2 starts") for line in lines)
    assert lines[-1] == "1 passed, 1 failed"


@pytest.mark.parametrize(
    "arguments",
    [["missing.json"], [FILE, "--only", "no such case"], [FILE, "--group", "no such group"], [FILE, "--engine", "v8"]],
)
def test_what_cannot_be_run_is_wrong_usage(arguments):
    """Exit code 2, a reason, and nothing is started."""
    code, lines, errors = corpus(*arguments)
    assert (code, lines) == (2, [])
    assert errors
