"""When others wait no longer for the home isolate."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from edge.cell.patience import LAST_PATIENCE, LONG_REST, MOST_PATIENCE, PATIENCE, is_exhausted

NOW = 100.0
LITTLE = 0.001


@dataclass
class Holder:
    """Somebody who has just got it, and works."""

    running: bool = True
    over: bool = False
    usual_rest: float = 0.0
    held: float = 0.0
    since: float = NOW


@pytest.mark.parametrize(
    ("holder", "most"),
    [
        (Holder(), PATIENCE),
        (Holder(running=False), PATIENCE),
        (Holder(usual_rest=1.0), PATIENCE),  # it works: that its likes rest for long says nothing
        (Holder(running=False, over=True), LAST_PATIENCE),
        (Holder(running=False, over=True, usual_rest=1.0), LAST_PATIENCE),
        (Holder(over=True), PATIENCE),  # it goes on although it looked as if it were over
    ],
)
def test_one_is_waited_for_as_long_as_what_it_does_is_worth(holder, most):
    """Of work and rest for the same time, and longer when only the gateway's word is missing."""
    holder.held = most - LITTLE
    assert not is_exhausted(holder, NOW)
    holder.held = most + LITTLE
    assert is_exhausted(holder, NOW)


def test_one_whose_likes_rest_for_long_is_not_waited_for():
    """Once it rests too."""
    assert is_exhausted(Holder(running=False, usual_rest=LONG_REST + LITTLE), NOW)
    assert not is_exhausted(Holder(running=False, usual_rest=LONG_REST - LITTLE), NOW)


@pytest.mark.parametrize("holder", [Holder(), Holder(running=False), Holder(running=False, over=True)])
def test_nobody_has_it_for_ever_by_doing_a_little_at_a_time(holder):
    """Whatever it does."""
    assert not is_exhausted(holder, NOW + MOST_PATIENCE - LITTLE)
    assert is_exhausted(holder, NOW + MOST_PATIENCE + LITTLE)
