"""Who has the home isolate, and who is next."""

from __future__ import annotations

import time

from edge.cell.seat import Seat
from edge.wire.cell import Run


class Home:
    """A home isolate that does nothing but remember; `lost`: there is no way back to its image."""

    def __init__(self) -> None:
        self.number, self.free = 0, True
        self.running = self.gone = self.over = self.terminated = self.lost = False
        self.usual_rest = self.held = 0.0
        self.since = time.monotonic()
        self.users: list[int] = []

    def take(self, number: int) -> None:
        assert self.free
        self.number, self.free = number, False
        self.users.append(number)

    def rewind(self) -> bool:
        self.free = not self.lost
        self.gone = self.terminated = False
        return self.free

    def terminate(self) -> None:
        self.terminated = True


class Memory:
    ignored = False

    def ignore(self) -> None:
        self.ignored = True


def seat() -> Seat:
    return Seat(Home(), Memory())


def run(seat: Seat) -> bool:
    """Its order is run; whether its user has left with that."""
    assert seat.take_order() is not None
    return seat.ran()


def test_it_goes_from_one_to_the_next_in_line():
    """First come, first served; rewound in between."""
    there = seat()
    for number in (1, 2, 3):
        there.join(Run(number, []))
    assert (there.user, there.has_line, there.waits(2), there.waits(1)) == (1, True, True, False)
    for number in (1, 2, 3):
        assert there.user == number
        assert not run(there)
        assert there.leave()
        assert there.vacate()
    assert there.home.users == [1, 2, 3]
    assert (there.user, there.has_line, there.home.free, there.order) == (0, False, True, None)


def test_who_is_gone_with_its_result_need_not_leave():
    """The next one has its order by then."""
    there = seat()
    there.join(Run(1, []))
    there.join(Run(2, []))
    there.home.gone = True
    assert run(there)
    assert there.vacate()
    assert there.take_order().isolate == 2


def test_who_leaves_in_the_middle_of_a_run_is_stopped_first():
    """Nothing is rewound under code that runs."""
    there = seat()
    there.join(Run(1, []))
    order = there.take_order()
    assert (order.isolate, there.begun, there.busy) == (1, 1, True)
    there.join(Run(2, []))
    there.home.held = 1.0
    assert there.is_held_up()
    assert not there.leave()
    assert there.home.terminated
    assert not there.is_held_up()
    assert there.ran()
    assert there.vacate()
    assert there.user == 2


def test_who_leaves_before_its_run_is_stopped_too():
    """Its run has a result all the same."""
    there = seat()
    there.join(Run(1, []))
    assert not there.leave()
    assert there.home.terminated
    assert run(there)


def test_who_waits_may_go():
    """Then it is nobody's turn."""
    there = seat()
    there.join(Run(1, []))
    there.join(Run(2, []))
    assert there.withdraw(2)
    assert not there.withdraw(2)
    assert not there.has_line


def test_the_line_is_only_held_up_when_there_is_one():
    """However long somebody has it."""
    there = seat()
    there.join(Run(1, []))
    there.home.held = 1.0
    assert not there.is_held_up()
    there.join(Run(2, []))
    assert there.is_held_up()


def test_when_it_is_closed_its_user_is_the_last():
    """Those in line go elsewhere, and nothing is rewound."""
    there = seat()
    for number in (1, 2, 3):
        there.join(Run(number, []))
    assert [order.isolate for order in there.close()] == [2, 3]
    assert there._memory.ignored
    assert not run(there)
    assert there.leave()
    assert not there.vacate()
    assert not there.home.free


def test_where_there_is_no_way_back_it_serves_nobody():
    """Those in line are still there, to go elsewhere."""
    there = seat()
    there.join(Run(1, []))
    there.join(Run(2, []))
    there.home.lost = True
    run(there)
    assert there.leave()
    assert not there.vacate()
    assert [order.isolate for order in there.close()] == [2]
