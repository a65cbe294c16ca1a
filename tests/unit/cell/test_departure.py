"""What is kept of the changes to a process's mappings, and sets of addresses."""

from __future__ import annotations

import itertools
import random

import pytest

from edge.cell.departure import Change, Departure
from edge.cell.ranges import Range, Ranges

SPACE = 60


def addresses(ranges: Ranges) -> set[int]:
    return {address for start, end in ranges for address in range(start, end)}


def some_range(chance: random.Random) -> Range:
    start = chance.randrange(SPACE)
    return Range(start, chance.randrange(start + 1, SPACE + 1))


@pytest.mark.parametrize("seed", range(5))
def test_ranges_are_a_set_of_addresses(seed):
    """Sorted, and none of them touches another."""
    chance = random.Random(seed)
    ranges, expected = Ranges(), set()
    for _ in range(300):
        place = some_range(chance)
        if chance.random() < 0.5:
            ranges.add(place)
            expected |= set(range(*place))
        else:
            ranges.remove(place)
            expected -= set(range(*place))
        assert addresses(ranges) == expected
        assert bool(ranges) == bool(expected)
        listed = list(ranges)
        assert all(one.end < other.start for one, other in itertools.pairwise(listed))
        other = some_range(chance)
        assert addresses(Ranges(ranges.common(other))) == expected & set(range(*other))


@pytest.mark.parametrize("seed", range(5))
def test_a_departure_is_what_became_of_each_address(seed):
    """Told one by one, or many at a time."""
    chance = random.Random(seed)
    image = [Range(5, 20), Range(30, 45)]
    own = addresses(Ranges(image))
    departure = Departure(image)
    touched, became = set(), {}
    for _ in range(200):
        changes = [
            Change(chance.choice(["mprotect", "mmap", "munmap"]), some_range(chance), 0)
            for _ in range(chance.choice([1, 7]))
        ]
        departure.note(changes)
        for what, place, _ in changes:
            for address in range(*place):
                if what == "mprotect":
                    touched |= {address} & own
                else:
                    became[address] = what
    assert addresses(departure.touched) == touched
    assert addresses(departure.replaced) == {at for at, what in became.items() if what == "mmap" and at in own}
    assert addresses(departure.gone) == {at for at, what in became.items() if what == "munmap" and at in own}
    assert addresses(departure.added) == {at for at, what in became.items() if what == "mmap" and at not in own}
