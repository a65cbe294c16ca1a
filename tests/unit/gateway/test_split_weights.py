"""Which version a client gets, and when a new one is taken back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.gateway.versions.verdict import Rule, Tally, lowest, verdict
from edge.gateway.versions.weights import choose

NAMES = ["hello@v3", "hello@v4", "hello@v5"]
WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 1000), min_size=1).filter(lambda w: any(w.values()))
KEYS = st.text(max_size=20)


@given(WEIGHTS, KEYS)
def test_the_choice_is_a_version_with_weight_and_always_the_same(weights, key):
    """Whatever the order in which they were written."""
    chosen = choose(weights, key)
    assert weights[chosen] > 0
    assert choose(dict(reversed(weights.items())), key) == chosen


@given(WEIGHTS, KEYS, st.sampled_from(NAMES), st.integers(1, 1000))
def test_a_client_of_a_version_that_grows_stays_with_it(weights, key, name, more):
    """When only one weight grows, nobody moves but to it; when it shrinks again, they come back to where they were."""
    before = choose(weights, key)
    grown = weights | {name: weights.get(name, 0) + more}
    after = choose(grown, key)
    assert after in {before, name}


@given(KEYS, st.lists(st.integers(0, 100), min_size=2, max_size=8))
def test_a_rollout_moves_each_client_once(key, shares):
    """90 to 10, 80 to 20 ... 0 to 100, in any steps: from the old version to the new one, never back."""
    seen = [choose({"hello@v3": 100 - share, "hello@v4": share}, key) for share in sorted(shares)]
    assert seen == sorted(seen)


@given(WEIGHTS, KEYS, st.integers(2, 50))
def test_only_the_relation_of_weights_counts(weights, key, factor):
    """9 to 1 is 90 to 10."""
    assert choose({name: weight * factor for name, weight in weights.items()}, key) == choose(weights, key)


def test_clients_are_spread_as_the_weights_say():
    """Within five standard deviations, for 20,000 keys; clients that get one new version are others at the next."""
    weights = {"hello@v3": 70, "hello@v4": 20, "hello@v5": 10}
    chosen = [choose(weights, f"client {n}") for n in range(20_000)]
    for name, weight in weights.items():
        share = weight / 100
        assert abs(chosen.count(name) - 20_000 * share) < 5 * (20_000 * share * (1 - share)) ** 0.5
    first = {n for n in range(20_000) if choose({"f@v1": 90, "f@v2": 10}, str(n)) == "f@v2"}
    again = {n for n in first if choose({"f@v2": 90, "f@v3": 10}, str(n)) == "f@v3"}
    assert len(again) / len(first) < 0.15


@pytest.mark.parametrize(
    ("new", "old", "age", "back"),
    [
        (Tally(4, 4, 0), Tally(100, 0, 0), 1, False),  # too few
        (Tally(5, 5, 0), Tally(0, 0, 0), 1, True),
        (Tally(5, 1, 0), Tally(50, 0, 0), 1, False),
        (Tally(5, 5, 5), Tally(50, 0, 0), 1, True),
        (Tally(1000, 40, 0), Tally(9000, 0, 0), 1, False),  # 4 % are allowed
        (Tally(1000, 90, 0), Tally(9000, 0, 0), 1, True),
        (Tally(1000, 90, 0), Tally(9000, 900, 0), 1, False),  # the others fail as often
        (Tally(1000, 900, 0), Tally(9000, 900, 0), 1, True),
        (Tally(5, 5, 0), Tally(50, 50, 0), 1, False),
        (Tally(1000, 1000, 1000), Tally(9000, 0, 0), 601, False),  # it has been good for long enough
        (Tally(0, 0, 0), Tally(0, 0, 0), 0, False),
    ],
)
def test_a_version_is_taken_back_for_what_it_has_done_and_not_before(new, old, age, back):
    """The reason says how often it failed, and how often the others did."""
    why = verdict(Rule(), new, old, age)
    assert bool(why) is back
    assert not back or f"{max(new.failures, new.timeouts)} of {new.requests}" in why


def test_timeouts_may_be_held_lower_than_failures():
    """And are named when they are the reason."""
    rule = Rule(errors=0.5, timeouts=0.01)
    assert "timeouts" in verdict(rule, Tally(100, 12, 12), Tally(), 1)
    assert verdict(rule, Tally(100, 12, 0), Tally(), 1) == ""


@given(st.integers(1, 10_000), st.data())
def test_the_lowest_ratio_is_below_the_one_seen_and_grows_with_the_evidence(total, data):
    """The same ratio among ten times as many requests proves more."""
    count = data.draw(st.integers(0, total))
    assert 0 <= lowest(count, total) <= count / total
    assert lowest(count, total) <= lowest(count * 10, total * 10) + 1e-12


def test_a_good_version_is_hardly_ever_taken_back():
    """It fails in 1 % of cases, 5 % are allowed; looked at after each of 500 requests, in 2,000 rollouts."""
    draw = random.Random(8)
    wrong = 0
    for _ in range(2000):
        new = Tally()
        for _ in range(500):
            new.add(failed=draw.random() < 0.01, timed_out=False)
            if verdict(Rule(), new, Tally(1000, 10, 0), 1):
                wrong += 1
                break
    assert wrong < 20


def test_a_version_that_always_fails_is_gone_before_one_request_in_a_hundred_has_failed():
    """Under a split of 10 %, of 1,000 requests in all."""
    draw = random.Random(9)
    failed, new, old, taken_back = 0, Tally(), Tally(), False
    for _ in range(1000):
        if not taken_back and draw.random() < 0.1:
            new.add(failed=True, timed_out=False)
            failed += 1
            taken_back = bool(verdict(Rule(), new, old, 1))
        else:
            old.add(failed=False, timed_out=False)
    assert taken_back
    assert failed < 10
