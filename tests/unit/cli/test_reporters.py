"""What `edge test` prints, for people and for programs."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import click

from edge.cli.reporters import as_json, junit, pretty, summary, tap
from edge.compose.testing import Failure, FileResult, LogLine, Ran


def results():
    """One file of each kind."""
    error = Failure("AssertionError", "expected 1 to be 2", "AssertionError\n    at /app/a.test.js:1:3", "- 2\n+ 1")
    return [
        FileResult(
            "pkg",
            "a.test.js",
            [
                Ran(["adds # up", "works"], "pass", 1.5),
                Ran(["breaks"], "fail", 2.0, [error]),
                Ran(["left"], "skip", note="not on Mondays"),
                Ran(["later"], "todo"),
            ],
            logs=[LogLine("info", "said\x1b[2J so")],
            seconds=0.25,
        ),
        FileResult("pkg", "b.test.js", errors=[Failure("", "it did not load\x00")]),
    ]


def test_people_see_what_failed_and_where():
    """Failures with their difference and a frame; nothing that a test says drives the terminal."""
    text = click.unstyle("\n".join(pretty(results()[0], {"a.test.js": "if (x) {}"}.get)))
    assert "✗ a.test.js (4 tests, 250 ms)" in text
    assert "FAIL  a.test.js > breaks" in text
    assert "> 1 | if (x) {}" in text
    assert "- 2" in text
    assert "works" not in text  # only with `verbose`
    assert "\x1b" not in text
    assert "1 failed" in click.unstyle("\n".join(summary(results()[1:], 1.0)))


def test_tap_numbers_its_points():
    """One for each test, and one for a file that could not be run; the plan comes last."""
    lines = list(tap(results()))
    assert lines[0] == "TAP version 14"
    assert "ok 1 - a.test.js > adds \\# up > works" in lines
    assert "not ok 2 - a.test.js > breaks" in lines
    assert "ok 3 - a.test.js > left # SKIP not on Mondays" in lines
    assert "ok 4 - a.test.js > later # TODO" in lines
    assert "not ok 5 - b.test.js" in lines
    assert lines[-1] == "1..5"


def test_junit_is_xml_whatever_tests_say():
    """Characters that XML has not are replaced."""
    root = ET.fromstring(junit(results()))
    first, second = root.findall("testsuite")
    assert (first.get("tests"), first.get("failures"), first.get("skipped")) == ("4", "1", "2")
    assert first.find("testcase[@name='breaks']/failure").get("message") == "expected 1 to be 2"
    assert second.find("testcase/failure").get("message") == "it did not load?"


def test_json_has_everything():
    """And says in one word whether all passed."""
    found = json.loads(as_json(results(), 1.0))
    assert found["ok"] is False
    assert [file["failed"] for file in found["files"]] == [True, True]
    assert json.loads(as_json([FileResult("p", "x", [Ran(["y"], "pass")])], 1.0))["ok"] is True
    assert json.loads(as_json([], 1.0))["ok"] is False
