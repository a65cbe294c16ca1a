"""When a deferred invocation runs again: arithmetic without a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.function import Retries
from edge.services.queue.records import Attempt, State
from edge.services.queue.retry import LONGEST, LOST, REMOVED, choose, delay_before, failure_of, is_due, judge


def attempt(outcome: str = "exception", status: int = 500, number: int = 1) -> Attempt:
    """How an attempt ended."""
    return Attempt(number, 0, outcome, status, error="" if outcome == "ok" else "Error: boom")


@pytest.mark.parametrize(
    ("outcome", "status", "kind"),
    [
        ("ok", 200, ""),
        ("ok", 399, ""),
        ("ok", 400, "4xx"),
        ("ok", 408, "busy"),
        ("ok", 425, "busy"),
        ("ok", 429, "busy"),
        ("ok", 503, "5xx"),
        ("timeout", 504, "timeout"),
        ("canceled", 0, "canceled"),
    ],
)
def test_kinds_of_failures(outcome: str, status: int, kind: str) -> None:
    """By the outcome, and by the status of an answer that the function gave itself."""
    assert failure_of(outcome, status) == kind


def test_delays_double_up_to_the_longest() -> None:
    """Also for numbers of retries that no float could hold."""
    retries = Retries(backoff=1.5, max_backoff=10)
    assert [delay_before(retries, number) for number in (1, 2, 3, 4, 5, 100_000)] == [1.5, 3, 6, 10, 10, 10]


def test_a_failure_is_tried_again_until_the_retries_are_used_up() -> None:
    """The first attempt is none of them."""
    retries = Retries(retries=2, backoff=1)
    assert [judge(retries, tries, 0, attempt()).state for tries in (0, 1, 2)] == ["queued", "queued", "failed"]
    assert [judge(retries, tries, 0, attempt()).delay for tries in (0, 1)] == [1, 2]
    assert judge(retries, 2, 0, attempt()).reason == "Error: boom in attempt 3 of 3"
    assert judge(Retries(retries=0), 0, 0, attempt()).state == "failed"


def test_what_the_function_refuses_is_not_tried_again() -> None:
    """An answer of 4xx says that the request is wrong, unless the config says otherwise."""
    refused = judge(Retries(), 0, 0, attempt("ok", 422))
    assert (refused.state, "422" in refused.reason, "retry_on" in refused.reason) == ("failed", True, True)
    assert judge(Retries(retry_on=("4xx",)), 0, 0, attempt("ok", 422)).state == "queued"
    assert judge(Retries(retry_on=("timeout",)), 0, 0, attempt("exception")).state == "failed"
    assert judge(Retries(), 0, 0, attempt("ok", 429)).state == "queued"


def test_want_of_room_is_nobodys_failure() -> None:
    """It does not count, and is tried until the invocation is too old."""
    verdict = judge(Retries(retries=0, max_backoff=60), 0, 0, attempt("overloaded", 503, number=9))
    assert (verdict.state, verdict.counts, verdict.delay) == ("queued", False, 60)
    assert judge(Retries(max_age=100), 0, 99.5, attempt("overloaded")).state == "failed"


def test_a_shutdown_gives_it_back_at_once() -> None:
    """Without counting the attempt."""
    verdict = judge(Retries(retries=0), 0, 1e9, attempt("canceled"))
    assert (verdict.state, verdict.counts, verdict.delay) == ("queued", False, 0)


def test_what_kills_gateways_counts() -> None:
    """Whatever `retry_on` says, it is tried again, but not for ever."""
    retries = Retries(retries=1, retry_on=())
    assert [judge(retries, tries, 0, attempt(LOST)).state for tries in (0, 1)] == ["queued", "failed"]


def test_a_function_that_is_gone_gets_nothing_more() -> None:
    """Its invocations fail at once, with the reason."""
    verdict = judge(Retries(), 0, 0, Attempt(1, 0, REMOVED, error="function f is gone"))
    assert (verdict.state, verdict.reason) == ("failed", "function f is gone")


def test_nothing_is_tried_when_it_would_be_too_old() -> None:
    """The age at the next attempt counts."""
    retries = Retries(backoff=10, max_age=60)
    assert judge(retries, 0, 49, attempt()).state == "queued"
    late = judge(retries, 0, 51, attempt())
    assert (late.state, "max_age" in late.reason) == ("failed", True)


@given(
    st.builds(
        Retries,
        retries=st.integers(0, 1000),
        backoff=st.floats(0, 86400),
        max_backoff=st.floats(0, 86400),
        max_age=st.floats(0, 30 * 86400),
    ),
    st.integers(0, 2000),
    st.floats(-1e9, 1e9),
    st.sampled_from(["exception", "timeout", "ok", "overloaded", "canceled", LOST, REMOVED]),
    st.sampled_from([0, 200, 404, 429, 500]),
    st.integers(1, 10**6),
)
def test_every_verdict_is_sound(
    retries: Retries, tries: int, age: float, outcome: str, status: int, number: int
) -> None:
    """Whatever comes: a state that exists, a pause within bounds, a reason for whoever failed."""
    verdict = judge(retries, tries, age, attempt(outcome, status, number))
    assert verdict.state in {State.QUEUED, State.SUCCEEDED, State.FAILED}
    assert 0 <= verdict.delay <= 86400
    assert bool(verdict.reason) == (verdict.state is State.FAILED)
    if verdict.state is State.QUEUED and verdict.counts:
        assert tries < retries.retries


def test_a_clock_that_goes_back_holds_nothing_up() -> None:
    """Nothing waits longer than the longest pause that there is."""
    assert [is_due(due, 1000) for due in (0, 1000, 1001, 1000 + LONGEST, 1001 + LONGEST)] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_functions_take_turns() -> None:
    """By name, each with room; who was last comes last."""
    room = {"a": 1, "b": 0, "c": 5}
    assert [choose(["a", "b", "c"], room, last) for last in ("", "a", "b", "c", "zzz")] == ["a", "c", "c", "a", "a"]
    assert choose(["b"], room, "") is None
    assert choose([], {}, "a") is None


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 3), min_size=1))
def test_nobody_with_room_is_passed_over_for_ever(room: dict[str, int]) -> None:
    """In as many turns as there are functions, each has had its own."""
    able = {name for name, free in room.items() if free}
    last, seen = "", list[str]()
    for _ in able:
        name = choose(list(room), room, last)
        assert name is not None
        seen.append(name)
        last = name
    assert {*seen} == able
