"""The cases of egress in tests/data through the real parser, policy and fetch; and that the runner can fail."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from edge.corpus.egress import Corpus, load, run

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "tests" / "data" / "egress.json"
MORE = ROOT / "tests" / "data" / "egress_more.json"


@pytest.mark.slow
@pytest.mark.parametrize(("file", "count"), [(FILE, 277), (MORE, 707)])
async def test_every_case_is_green(file, count):
    """All of them, by the same code that `./scripts/corpus egress` runs."""
    corpus = load(file)
    assert len(corpus.cases) == count
    assert await run(corpus) == {}


@pytest.mark.slow
async def test_no_denial_hangs_on_a_detail_that_is_not_there():
    """Under a policy that allows everything public, what our own denials of public places refuse is let through."""
    corpus = load(MORE)
    named = [case for case in corpus.cases if case.stage == "host" and not case.redirects and case.policy != "deny_all"]
    for case in named:
        case.policy, case.expect, case.resolver = "open", "allow", {"*": ["93.184.216.34"]}
    corpus.policies["open"] = msgspec.convert({"allow": ["all"]}, type(corpus.policies["all"]))
    corpus.cases = [case for case in named if not case.url.startswith(("tcp:", "tls:", "ws"))]
    found = await run(corpus)
    assert len(found) < len(corpus.cases) / 10, [corpus.cases[number].url for number in found]


@pytest.mark.slow
async def test_a_case_with_the_opposite_expectation_fails():
    """The runner notices: every allow that should have been a denial, and the other way round."""
    corpus = load(FILE)
    flipped = copy.deepcopy(corpus)
    for case in flipped.cases:
        case.expect = "deny" if case.expect in ("allow", "strip") else "allow"
    assert len(await run(flipped)) == len(corpus.cases)


@pytest.mark.parametrize(
    "case",
    [
        {"policy": "p", "url": "http://a.test/", "expect": "allow", "resolver": {}},
        {"policy": "p", "url": "http://a.test/", "expect": "deny", "stage": "tls"},
        {"policy": "p", "url": "http://a.test/", "expect": "allow", "connect_to": "8.8.4.4"},
        {"policy": "p", "url": "https://a.test/", "expect": "allow", "sni": "b.test"},
        {"policy": "p", "url": "http://a.test/", "expect": "allow", "headers": {"x": "1"}, "assert_not_sent": ["x"]},
        {
            "policy": "p",
            "url": "http://a.test/",
            "expect": "strip",
            "headers": {"x": "1"},
            "assert_not_sent_value": "1",
        },
        {"policy": "p", "url": "http://a.test/", "expect": "allow", "network": False},
        {
            "policy": "p",
            "url": "http://a.test/",
            "expect": "deny",
            "stage": "ip",
            "redirects": [[302, "http://10.0.0.1/"]],
        },
        {"policy": "p", "url": "http://10.0.0.1/", "expect": "deny", "stage": "redirect"},
        {"policy": "p", "url": "http://a.test/", "expect": "allow", "server": "no such server"},
        {"policy": "missing", "url": "http://a.test/", "expect": "allow"},
        {"policy": "p", "url": "http://a.test/", "expect": "maybe"},
    ],
)
async def test_every_assertion_of_a_case_can_fail(case):
    """Each of these is wrong in one way, and the runner says so."""
    case = {"resolver": {"*": ["8.8.8.8"]}, **case}
    corpus = msgspec.convert({"policies": {"p": {"allow": ["public"]}}, "cases": [case]}, Corpus)
    assert await run(corpus)


@pytest.mark.slow
@pytest.mark.integration
def test_the_command_prints_failures_and_a_summary(tmp_path):
    """Exit code 1 with a failure, 0 without, 2 for a file that cannot be read."""
    content = json.loads(FILE.read_text())
    content["cases"] = [content["cases"][0], {**content["cases"][3], "expect": "allow"}]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(content))
    command = [sys.executable, "-m", "edge.corpus", "egress"]
    done = subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("FAIL 1 default 'http://127.0.0.1/'")
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed"
    missing = subprocess.run([*command, str(tmp_path / "no.json")], cwd=ROOT, capture_output=True, check=False)
    assert missing.returncode == 2
