"""`./scripts/wpt` with a corpus of our own: a harness that does what testharness.js does, and tests that use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HARNESS = """
const results = [], ends = [];
let waiting = 0, begun = false;
function end(status) { ends.splice(0).forEach((tell) => tell([], { status, message: null })); }
function settle() { if (begun && waiting === 0) end(0); }
function add_result_callback(callback) { results.push(callback); }
function add_completion_callback(callback) {
  ends.push(callback);
  Promise.resolve().then(() => { begun = true; settle(); });
}
function timeout() { end(2); }
function promise_test(body, name) {
  waiting += 1;
  const tell = (status, message) => {
    results.forEach((callback) => callback({ name, status, message }));
    waiting -= 1;
    settle();
  };
  body().then(() => tell(0, null), (error) => tell(1, String(error)));
}
"""
FILES = {
    "resources/testharness.js": HARNESS,
    "common/shared.js": "const shared = 40; function add(n) { return shared + n; }",
    "url/data.json": '{"value": 42}',
    "url/good.any.js": (
        "// META: script=/common/shared.js\n"
        "promise_test(async () => { if (add(2) !== 42) throw new Error('no'); }, 'shares scripts');\n"
        "promise_test(async () => { if (typeof shared !== 'number') throw 1; }, 'shares constants');"
    ),
    "url/fetches.any.js": (
        "promise_test(async () => {\n"
        "  const { value } = await (await fetch(new URL('data.json', location.href))).json();\n"
        "  if (value !== 42) throw new Error(String(value));\n"
        "}, 'reaches the server');\n"
        "promise_test(async () => {\n"
        "  const url = new URL('echo.py?x=1', location.href);\n"
        "  const text = await (await fetch(url, { method: 'POST', body: 'abc' })).text();\n"
        "  if (text !== 'POST abc 1') throw new Error(text);\n"
        "}, 'reaches a handler');"
    ),
    "url/echo.py": (
        "def main(request, response):\n"
        "    return request.method.encode() + b' ' + request.body + b' ' + request.GET.first(b'x')\n"
    ),
    "url/bad.any.js": "promise_test(async () => { throw new Error('as it should'); }, 'fails');",
    "url/broken.any.js": "promise_test(async () => {}, 'passes'); undefined.x;",
    "dom/other.any.js": "promise_test(async () => {}, 'passes');",
}


@pytest.fixture
def corpus(tmp_path):
    for path, content in FILES.items():
        file = tmp_path / "corpus" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path / "corpus"


def run(corpus, *arguments):
    program = [sys.executable, "-m", "tests.wpt", "--corpus", str(corpus), *arguments]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.slow
@pytest.mark.integration
def test_tests_run_in_functions_beside_the_corpus_own_server(corpus, tmp_path):
    """Scripts of one test share a realm; what is not expected is told line by line; counts come last."""
    ended = run(corpus, "--area", "url", "--json", str(tmp_path / "out.json"))
    assert ended.returncode == 1
    assert "url/bad.any.js: fails: FAIL Error: as it should" in ended.stdout
    assert "url/broken.any.js: (the test as a whole): " in ended.stdout
    report = json.loads((tmp_path / "out.json").read_text())
    assert {name: (file["passed"], len(file["failed"])) for name, file in report["files"].items()} == {
        "url/bad.any.js": (0, 1),
        "url/broken.any.js": (0, 1),
        "url/fetches.any.js": (2, 0),
        "url/good.any.js": (2, 0),
    }
    assert report["areas"] == {"url": {"passed": 4, "failed": 2, "unexpected": 2}}
    assert ended.stdout.endswith("4 passed, 2 failed\n")


@pytest.mark.slow
@pytest.mark.integration
def test_a_run_without_surprises_succeeds_in_a_cell_too(corpus):
    """The exit code is what CI looks at."""
    ended = run(corpus, "--file", "other", "--engine", "cells")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith("1 passed, 0 failed\n")


@pytest.mark.slow
@pytest.mark.integration
def test_what_is_no_corpus_is_refused(tmp_path, corpus):
    """With what a corpus is."""
    assert "resources/testharness.js" in run(tmp_path).stderr
    assert "no test matches" in run(corpus, "--area", "nothing").stderr
