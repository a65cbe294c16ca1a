"""`./scripts/node-tests` with a corpus of our own: tests in the style of Node's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.node_compat.discover import area_of, discover, folder_of_tests, needs

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "test-path-good.js": "const common = require('../common'); const { join } = require('path');"
    " require('assert').strictEqual(join('a', 'b'), 'a/b'); setTimeout(common.mustCall(() => {}), 1);",
    "test-path-uncalled.js": "require('../common').mustCall(function never() {});",
    "test-path-toomany.js": "const f = require('../common').mustCall(function twice() {}); f(); f();",
    "test-path-throws.js": "require('assert').strictEqual(1, 2);",
    "test-path-late.js": "setTimeout(() => { throw new RangeError('late'); }, 1);",
    "test-path-skips.js": "require('../common').skip('not today');",
    "test-path-inside.js": "// Flags: --expose-internals\nrequire('internal/util');",
    "test-path-subtests.js": "const { test, describe, it, mock } = require('node:test');"
    " const assert = require('assert');"
    " test('good', async () => { await null; }); describe('group', () => { it('bad', () => assert.ok(false)); });"
    " test('mocks', () => { const f = mock.fn(); f(1); assert.strictEqual(f.mock.callCount(), 1); });",
    "test-path-module.mjs": "import { mustCall } from '../common/index.mjs'; import { test } from 'node:test';"
    " import path from 'node:path'; test('joins', mustCall(async () => { path.join('a'); await null; }));",
    "test-path-fixture.js": "require('fs').readFileSync('/app/test/fixtures/absent.txt');",
    "test-events-other.js": "require('../common');",
}


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "node" / "test" / "parallel"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_text(content)
    return tmp_path / "node"


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("test-path.js", "path"),
        ("test-path-join.js", "path"),
        ("test-whatwg-url-custom-parsing.js", "url"),
        ("test-event-target.js", "events"),
        ("test-string-decoder-end.js", "string_decoder"),
        ("test-pathological.js", ""),
        ("test-http-get.js", ""),
        ("test-path-join.mjs", "path"),
        ("test-webcrypto-digest.js", "webcrypto"),
        ("test-fs-cp-sync.mjs", "fs"),
        ("test-path-join.json", ""),
    ],
)
def test_a_file_is_about_the_module_that_its_name_begins_with(name, area):
    """Whole words only."""
    assert area_of(name) == area


def test_what_no_function_has_is_told_by_what_a_test_asks_for():
    """The inside of Node, other processes, threads, flags."""
    assert needs("const { internalBinding } = require('internal/test/binding');") == "the inside of Node"
    assert needs("require('child_process')") == "other processes"
    assert needs("// Flags: --max-old-space-size=10\n") == "a switch of node's command line"
    assert needs("// Flags: --no-warnings\nrequire('fs')") == ""


def test_areas_that_nobody_names_are_all_that_there_are(corpus):
    """A checkout is not asked for more than it has."""
    tests = corpus / "test"
    assert {test.area for test in discover(tests, [])} == {"path", "events"}
    assert [test.name for test in discover(tests, ["events"])] == ["test-events-other.js"]


def test_a_corpus_is_a_checkout_or_its_folder_of_tests(corpus, tmp_path):
    """Nothing else."""
    assert folder_of_tests(corpus) == corpus / "test"
    assert folder_of_tests(corpus / "test") == corpus / "test"
    assert folder_of_tests(tmp_path / "elsewhere") is None


def test_files_that_are_no_text_and_folders_with_names_of_tests_are_no_obstacle(corpus):
    """A checkout may be odd."""
    folder = corpus / "test" / "parallel"
    (folder / "test-path-latin.js").write_bytes(b"// caf\xe9")
    (folder / "test-path-folder.js").mkdir()
    names = [test.name for test in discover(corpus / "test", ["path"])]
    assert "test-path-latin.js" in names
    assert "test-path-folder.js" not in names


@pytest.mark.slow
@pytest.mark.integration
def test_tests_of_node_run_in_functions(corpus, tmp_path):
    """A file passes when nothing throws, early or late, and everything was called as often as it must be."""
    program = [sys.executable, "-m", "tests.node_compat", "--corpus", str(corpus), "--area", "path"]
    ended = subprocess.run(
        [*program, "--json", str(tmp_path / "out.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    report = json.loads((tmp_path / "out.json").read_text())
    failures = {
        name: {subtest: error.splitlines()[0] for subtest, error in failed.items()}
        for name, failed in report["failures"].items()
    }
    assert failures == {
        "test-path-late.js": {"": "RangeError: late"},
        "test-path-subtests.js": {"group > bad": failures["test-path-subtests.js"]["group > bad"]},
        "test-path-throws.js": {"": failures["test-path-throws.js"][""]},
        "test-path-toomany.js": {"": "twice was called 2 times, expected 1"},
        "test-path-uncalled.js": {"": "never was called 0 times, expected 1"},
    }
    assert report["left_out"] == {
        "test-path-skips.js": "not today",
        "test-path-inside.js": "the inside of Node",
        "test-path-fixture.js": "this corpus has no fixtures/absent.txt",
    }
    assert ended.returncode == 1
    assert ended.stdout.endswith("6 passed, 5 failed\n")
