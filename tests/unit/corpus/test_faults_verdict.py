"""Which words of a corpus of faults an answer stands for, and what makes a case fail."""

from __future__ import annotations

import json

import pytest

from edge.corpus.faults.case import Case
from edge.corpus.faults.package import ECHO, LEAK_STATUS
from edge.corpus.faults.verdict import HARD, MARGIN, SLACK, Figures, needs_log, observe, problems
from edge.corpus.http_client import Answer

MIB = 1 << 20


def case(*expect, group="plain", kind="script"):
    return Case("name", group, kind, "1", expect)


def answered(outcome, status=200, body=b"", complete=True, **options):
    headers = {"edge-outcome": outcome} if outcome else {}
    return Answer(status=status, headers=headers, body=body, size=len(body), complete=complete, **options)


def failed(code, outcome, status, message="what happened"):
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return answered(outcome, status, body)


@pytest.mark.parametrize(
    ("answer", "logged", "words"),
    [
        (answered("ok"), {}, "return"),
        (answered("ok", status=500), {}, "return"),
        (failed("function_error", "exception", 500), {}, "throw"),
        (failed("function_error", "exception", 500), {"error": "QuotaExceededError: no"}, "throw limit"),
        (failed("function_error", "exception", 500), {"error": "timers (at most 10000 at once)"}, "throw limit"),
        (failed("bad_response", "bad-response", 502), {}, "throw"),
        (failed("bad_response", "bad-response", 502, "over the limit of 512"), {}, "throw limit"),
        (failed("memory_limit", "memory", 500), {}, "oom"),
        (failed("timeout", "timeout", 504), {}, "timeout killed"),
        (failed("cpu_limit", "cpu", 504), {}, "timeout killed"),
        (failed("engine_crash", "crash", 500), {}, "killed"),
        (failed("overloaded", "overloaded", 503), {}, "limit killed"),
        (failed("body_too_large", "", 413), {}, "limit killed"),
        (failed("no_route", "", 404), {}, ""),
        (answered("ok", complete=False), {}, "limit killed"),
        (answered("ok", complete=False), {"outcome": "exception"}, "limit killed throw"),
        (answered("ok", complete=False), {"outcome": "memory"}, "limit killed oom"),
        (answered("ok", complete=False), {"outcome": "ok"}, "limit killed"),
        (Answer(trouble="the connection broke"), {}, ""),
        (answered("no such outcome", status=500), {}, ""),
    ],
)
def test_an_answer_stands_for_the_words_that_nobody_outside_can_tell_apart(answer, logged, words):
    """One row per kind of end; no answer at all fits no expectation."""
    assert observe(case("return"), answer, logged).words == set(words.split())


def test_a_broken_answer_is_no_return():
    """Also when the gateway's log takes it for one."""
    assert problems(
        case("return"), observe(case("return"), answered("ok", complete=False), {}), figures(), embedded=False
    )


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (answered("ok", body=ECHO), "return"),
        (answered("ok", body=ECHO + b"!"), "changed"),
        (answered("ok", status=201, body=ECHO), "changed"),
        (answered("ok", status=LEAK_STATUS, body=ECHO), "leak"),
    ],
)
def test_a_polluted_realm_answers_the_same_bytes(answer, name):
    """Or it fails, whatever the case expects."""
    polluted = case("return", "throw", group="pollution")
    observed = observe(polluted, answer, {})
    assert observed.name == name
    assert bool(observed.words) is (name == "return")


def test_only_answers_that_hide_something_need_the_log():
    """Reading it for each case would slow the run down."""
    assert needs_log(answered("ok", complete=False))
    assert needs_log(failed("function_error", "exception", 500))
    assert not needs_log(answered("ok"))
    assert not needs_log(failed("timeout", "timeout", 504))
    assert not needs_log(Answer())


def figures(seconds=0.1, peak=10 * MIB, fate=""):
    return Figures(seconds, peak, base=20 * MIB, cap=64 * MIB, fate=fate)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (figures(), ""),
        (figures(seconds=HARD + MARGIN), ""),
        (figures(seconds=HARD + MARGIN + 0.01), "slower than the hard deadline"),
        (figures(peak=84 * MIB + SLACK), ""),
        (figures(peak=85 * MIB + SLACK), "33 MiB over base + cap"),
        (figures(fate="SIGTRAP"), "the gateway is gone: SIGTRAP"),
    ],
)
def test_a_case_fails_for_time_for_memory_and_for_the_gateway(measured, words):
    """Each of them alone makes a case fail that ended as expected."""
    observed = observe(case("return"), answered("ok"), {})
    found = problems(case("return"), observed, measured, embedded=False)
    assert (words in found[0]) if words else found == []


def test_embedded_memory_is_not_judged():
    """The gateway's own memory is all there is to see."""
    observed = observe(case("return"), answered("ok"), {})
    assert problems(case("return"), observed, figures(peak=4096 * MIB), embedded=True) == []
    assert problems(case("return"), observed, figures(fate="SIGTRAP"), embedded=True)


def test_the_wrong_end_is_named():
    """With what would have been right."""
    observed = observe(case("oom", "killed"), answered("ok"), {})
    assert problems(case("oom", "killed"), observed, figures(), embedded=False) == ["expected oom|killed"]
