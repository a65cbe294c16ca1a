"""Workers share connections: who is clearly ahead lets the next one go."""

from __future__ import annotations

import pytest

from edge.fleet.loads import MOMENT, SLACK, Loads, Share, new_loads


@pytest.fixture
def shares():
    """Three workers, each with its own view of the table."""
    loads = new_loads(3)
    yield [Share(Loads(loads.descriptor, 3), number) for number in range(3)]
    loads.close()


def test_who_is_clearly_ahead_gives_way(shares):
    one, two, _ = shares
    one.update(SLACK + 1)
    assert one.pause(SLACK + 1) == 0, "there is nobody to give way to"
    two.update(0)
    assert one.pause(SLACK + 1) == MOMENT
    assert one.pause(SLACK) == 0
    assert two.pause(0) == 0
    two.update(1)
    assert one.pause(SLACK + 1) == 0


def test_nobody_gives_way_to_one_that_accepts_nothing(shares):
    one, two, three = shares
    one.update(100)
    two.update(0)
    three.update(99)
    two.leave()
    assert one.pause(100) == 0
    three.update(50)
    assert one.pause(100) == MOMENT
