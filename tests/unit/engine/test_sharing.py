"""Which isolate of a reused function the next invocation shares."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import pytest

from edge.engine.sharing import LIGHT, LIGHT_SHARED_BY, MAX_SHARED, SHARED_BY, STUCK, is_light, least_loaded, usual


class Isolate(NamedTuple):
    """An isolate with so many members, which take so long each."""

    count: int
    usual_cpu: float | None = None
    running_since: float = inf

    @property
    def members(self):
        return range(self.count)


def test_the_one_with_the_fewest_is_shared():
    """As long as that has room, no other is opened."""
    few = Isolate(SHARED_BY - 1)
    assert least_loaded([Isolate(SHARED_BY), few, Isolate(SHARED_BY)], 0) is few
    assert least_loaded([Isolate(0)], 0) == Isolate(0)


def test_another_one_is_opened_when_all_are_full():
    """Until there are so many, those that are being opened included; then all are shared by more."""
    assert least_loaded([], 0) is None
    full = [Isolate(SHARED_BY)] * (MAX_SHARED - 1)
    assert least_loaded(full, 0) is None
    assert least_loaded(full, 1) == Isolate(SHARED_BY)
    assert least_loaded([*full, Isolate(SHARED_BY + 1)], 0) == Isolate(SHARED_BY)


@pytest.mark.parametrize(
    ("count", "cpu", "light"),
    [
        (0, None, False),  # nobody knows yet
        (0, LIGHT / 2, True),
        (0, 2 * LIGHT, False),
        (15, 50e-6, True),
        (15, 500e-6, False),
        (LIGHT_SHARED_BY - 1, 1e-6, True),
        (LIGHT_SHARED_BY, 1e-6, False),
    ],
)
def test_an_isolate_is_light_when_all_it_has_takes_next_to_nothing(count, cpu, light):
    """But there is an end to it: what one of them breaks ends all."""
    assert is_light(Isolate(count, cpu), 100.0) is light


def test_an_isolate_that_does_not_come_to_rest_is_not_light():
    """Something loops in it, by the look of it, and whoever joins would wait for the end of that."""
    assert is_light(Isolate(1, 50e-6, running_since=100.0), 100.0 + STUCK / 2)
    assert not is_light(Isolate(1, 50e-6, running_since=100.0), 100.0 + STUCK * 2)


def test_what_is_usual_follows_what_is_used():
    """The first one was long, because all was compiled; it is soon forgotten, and a single long one is not usual."""
    found = usual(None, 0.010)
    assert found == 0.010
    for _ in range(20):
        found = usual(found, 50e-6)
    assert found < 100e-6
    assert usual(50e-6, 0.001) < 120e-6
    for _ in range(80):
        found = usual(found, 0.005)
    assert found > 0.004
