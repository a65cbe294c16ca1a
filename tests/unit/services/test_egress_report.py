"""Verdicts are counted always and logged once in a while; what was learned outlives policies."""

from __future__ import annotations

import pytest
import structlog.testing
import trio

from edge.services.egress.policy import Policy
from edge.services.egress.target import Target
from edge.services.egress.url import parse_url
from edge.services.observation import report as report_module
from edge.services.observation.report import MAX_LINES, WINDOW, EgressReport


def judged(url, allow=("public",)):
    """Target and verdict of a GET."""
    target = Target.request("GET", parse_url(url))
    policy = Policy.from_config(allow)
    verdict = policy.check(target)
    return target, policy.check_addresses(target, [target.host.address]) if verdict.allowed else verdict


async def test_every_verdict_is_counted_and_logged_once_per_host_and_reason(autojump_clock):
    """A denial with its addresses and reason, as a warning; again after a while."""
    counted = []
    report = EgressReport(lambda function, verdict: counted.append((function, verdict.allowed)))
    watch = report.watcher("f", learn=False)
    with structlog.testing.capture_logs() as lines:
        for _ in range(5):
            watch(*judged("http://10.0.0.1/"))
            watch(*judged("http://8.8.8.8/x"))
        await trio.sleep(WINDOW + 1)
        watch(*judged("http://10.0.0.1/"))
    assert counted == [("f", False), ("f", True)] * 5 + [("f", False)]
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("egress_denied", "warning"),
        ("egress_allowed", "info"),
        ("egress_denied", "warning"),
    ]
    assert (lines[0]["function"], lines[0]["host"], lines[0]["port"], lines[0]["stage"]) == ("f", "10.0.0.1", 80, "ip")
    assert "not public" in lines[0]["reason"]


async def test_a_function_that_makes_hosts_up_does_not_flood_the_log(autojump_clock):
    """A line says that there were more; another function is heard all the same."""
    report = EgressReport()
    watch = report.watcher("f", learn=False)
    with structlog.testing.capture_logs() as lines:
        for number in range(MAX_LINES * 3):
            watch(*judged(f"http://h{number}.test/", allow=()))
        report.watcher("g", learn=False)(*judged("http://10.0.0.1/"))
    assert len(lines) == MAX_LINES + 2
    assert [line["event"] for line in lines[-2:]] == ["egress_log_limit", "egress_denied"]


async def test_hosts_without_end_are_kept_short(autojump_clock):
    """No name of the DNS is that long, and what functions make up is kept for a while."""
    report = EgressReport()
    with structlog.testing.capture_logs() as lines:
        report.watcher("f", learn=True)(*judged(f"http://{'h' * 60_000}.test/"))
    assert len(lines[0]["host"]) == 253
    assert len(report.suggestion("f", learning=True).refused[0]["host"]) == 253
    assert max(len(name) for _, name, *_ in report._logged) == 253


async def test_what_was_learned_is_kept_by_the_name_of_the_function(autojump_clock):
    """A reload makes a new watcher, which adds to the same."""
    report = EgressReport()
    report.watcher("f", learn=True)(*judged("http://8.8.8.8/a"))
    report.watcher("f", learn=True)(*judged("http://8.8.4.4/a"))
    report.watcher("f", learn=False)(*judged("http://1.1.1.1/a"))
    found = report.suggestion("f", learning=False)
    assert [entry["host"] for entry in found.allow] == ["8.8.4.4", "8.8.8.8"]
    assert (found.requests, found.learning) == (2, False)
    assert report.suggestion("g", learning=True).allow == []


@pytest.mark.parametrize("name", ["_MAX_KEYS", "_MAX_FUNCTIONS"])
def test_the_tables_are_bounded(name):
    """By numbers that fit into memory."""
    assert getattr(report_module, name) <= 20_000
