"""What the pool decides: properties that hold for every scene, and the cases that the rules are about."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.supervisor import policy, shares
from edge.supervisor.policy import Assign, End, Start, next_step, seat, succession
from edge.supervisor.shares import PATIENCE, TENURE, yielding
from edge.supervisor.standing import RESTING, Scene, Standing, Tally

NOW = 1000.0
KEYS = "abcd"


@st.composite
def standings(draw, number, per_cell):
    state = draw(st.sampled_from(["starting", "blank", "assigning", "serving", "serving", "draining", "dying"]))
    key = draw(st.sampled_from(KEYS)) if state in {"assigning", "serving", "draining"} else ""
    since = st.sampled_from([NOW, NOW - 0.1, NOW - 0.9, NOW - 5, NOW - 50])
    running = {"serving": st.integers(0, per_cell), "draining": st.integers(1, per_cell)}.get(state, st.just(0))
    return Standing(
        number,
        state,
        key,
        running=draw(running),
        kept=draw(st.integers(0, 1)),
        used=draw(since),
        assigned=draw(since),
        yielding=draw(st.none() | since) if state == "serving" else None,
        due=state == "serving" and draw(st.booleans()),
    )


@st.composite
def scenes(draw):
    """Any scene, also ones that the pool gets into only for a moment."""
    per_cell = draw(st.integers(1, 3))
    maximum = draw(st.integers(1, 8))
    count = draw(st.integers(0, maximum + draw(st.sampled_from([0, 0, 2]))))
    return Scene(
        cells=[draw(standings(number, per_cell)) for number in range(count)],
        waiting=draw(st.dictionaries(st.sampled_from(KEYS), st.integers(1, 9), max_size=4)),
        wishes=draw(st.sets(st.sampled_from(KEYS))),
        suspects=draw(st.sets(st.sampled_from(KEYS))),
        base=draw(st.integers(0, 3)),
        maximum=maximum,
        per_cell=per_cell,
        may_start=draw(st.booleans()),
        now=NOW,
        parallel=draw(st.integers(1, 4)),
    )


def scene(*cells, waiting=None, base=0, maximum=4, per_cell=1, wishes=(), suspects=(), may_start=True, parallel=99):
    return Scene(list(cells), waiting or {}, wishes, suspects, base, maximum, per_cell, may_start, NOW, parallel)


def serving(number, key, running=0, *, used=NOW, assigned=NOW - 100, **rest):
    return Standing(number, "serving", key, running=running, used=used, assigned=assigned, **rest)


def carry_out(before, step):
    """The scene after a step, as the pool would have it."""
    cells = list(before.cells)
    if isinstance(step, Start):
        cells.append(Standing(max((cell.number for cell in cells), default=0) + 1))
        return msgspec.structs.replace(before, cells=cells)
    index = next(index for index, cell in enumerate(cells) if cell.number == step.number)
    changes = {"state": "dying"} if isinstance(step, End) else {"state": "assigning", "key": step.key}
    cells[index] = msgspec.structs.replace(cells[index], **changes)
    return msgspec.structs.replace(before, cells=cells)


# -- every scene


@given(scenes())
def test_steps_are_possible_and_come_to_an_end(given_scene):
    """Only blank cells are assigned, only idle ones are ended, nothing is started beyond the maximum."""
    now = given_scene
    for _ in range(3 * len(now.cells) + now.maximum + 1):
        step = next_step(now)
        if step is None:
            return
        cells = {cell.number: cell for cell in now.cells}
        if isinstance(step, Start):
            assert len(cells) < now.maximum
            assert Tally(now).starting < policy.MAX_STARTING
        elif isinstance(step, Assign):
            assert cells[step.number].state == "blank"
            assert not Tally(now).idle or cells[step.number] not in Tally(now).idle
        else:
            assert cells[step.number].state == "blank" or cells[step.number].idle
        now = carry_out(now, step)
    pytest.fail("the steps do not come to an end")


@given(scenes())
def test_nobody_is_forgotten_while_there_is_room(given_scene):
    """When no step is left, who needs a cell finds all places taken, or enough cells on their way."""
    now = given_scene
    while (step := next_step(now)) is not None:
        now = carry_out(now, step)
    tally = Tally(now)
    needed = sum(tally.unmet(now, key) for key in now.waiting)
    if needed:
        assert not tally.blanks
        if tally.total < now.maximum:
            assert tally.starting >= min(needed, policy.MAX_STARTING)


@given(scenes())
def test_who_has_least_comes_first(given_scene):
    """A blank cell goes to a waiting function that holds the fewest; among those, to the first in turn."""
    step = next_step(given_scene)
    tally = Tally(given_scene)
    if isinstance(step, Assign) and (demand := tally.demand(given_scene)):
        least = min(tally.held[key] for key in demand)
        assert step.key == next(key for key in given_scene.waiting if key in demand and tally.held[key] == least)


@given(scenes())
def test_no_busy_neighbour_loses_its_cell_to_a_function_with_its_share(given_scene):
    """An idle cell is ended for others only when its function is at rest, or theirs holds less than its share."""
    step = next_step(given_scene)
    tally = Tally(given_scene)
    if not isinstance(step, End) or tally.total - tally.dying > given_scene.maximum:
        return
    ended = next(cell for cell in given_scene.cells if cell.number == step.number)
    if ended.state == "serving" and given_scene.now - ended.used < RESTING:
        assert any(tally.held[key] < tally.share for key in tally.demand(given_scene))


@given(scenes())
def test_seats_are_taken_where_there_are_some(given_scene):
    """An idle cell before a busy one, never one that is full or takes nothing, and always one if there is one."""
    for key in KEYS:
        own = [cell for cell in given_scene.cells if cell.key == key]
        able = [
            cell
            for cell in own
            if cell.state == "serving" and cell.yielding is None and cell.running < given_scene.per_cell
        ]
        chosen = seat(own, given_scene.per_cell)
        assert (chosen is None) == (not able)
        if chosen is not None:
            assert chosen in able
            assert chosen.running == min(cell.running for cell in able)


@given(scenes())
@settings(max_examples=300)
def test_cells_are_only_given_up_for_a_reason(given_scene):
    """Nobody below its share loses a cell, except for its term, unless the pool has to get smaller."""
    chosen = yielding(given_scene)
    tally = Tally(given_scene)
    cells = [cell for cell in given_scene.cells if cell.number in chosen]
    assert all(cell.state == "serving" for cell in cells)
    claims = sum(tally.claims(given_scene).values())
    if tally.total <= given_scene.maximum:
        if not claims:
            assert not chosen
        slow = sum(1 for cell in given_scene.cells if cell.yielding is not None and NOW - cell.yielding > PATIENCE)
        assert len(chosen) <= claims + slow
        lost = Counter(cell.key for cell in cells)
        for key, count in lost.items():
            below = len(tally.serving[key]) - count < tally.share
            had_term = any(NOW - cell.assigned >= TENURE for cell in cells if cell.key == key)
            assert not below or had_term


# -- seats


def test_an_idle_cell_comes_first_and_a_kept_isolate_before_a_fresh_one():
    """Then the one used last, so that the others can go."""
    busy, cold, warm = serving(1, "a", 1), serving(2, "a", used=NOW - 9), serving(3, "a", used=NOW - 1)
    kept = serving(4, "a", kept=1, used=NOW - 99)
    assert seat([busy, cold, warm, kept], 4) is kept
    assert seat([busy, cold, warm], 4) is warm
    assert seat([busy], 4) is busy
    assert seat([busy], 1) is None
    assert seat([serving(5, "a", due=True), cold], 4) is cold


# -- places


def test_a_blank_cell_is_better_than_a_new_one():
    """And a new one than the place of another function."""
    blank, other = Standing(1, "blank"), serving(2, "b", used=NOW - 99)
    assert next_step(scene(other, blank, waiting={"a": 1})) == Assign(1, "a")
    assert next_step(scene(other, waiting={"a": 1})) == Start()
    assert isinstance(next_step(scene(other, waiting={"a": 1}, maximum=1)), End)


def test_the_idle_cell_used_longest_ago_makes_room():
    """One at a time: what is dying is a place soon."""
    cells = [serving(1, "b", used=NOW - 2), serving(2, "c", used=NOW - 3), serving(3, "d", 1, used=NOW - 9)]
    step = next_step(scene(*cells, waiting={"a": 1}, maximum=3))
    assert step.number == 2
    assert next_step(carry_out(scene(*cells, waiting={"a": 1}, maximum=3), step)) is None


def test_a_function_with_its_share_waits_for_others_to_rest():
    """Between two requests a neighbour is not idle, it only looks like it."""
    own = [serving(1, "a", 1), serving(2, "a", 1)]
    assert next_step(scene(*own, serving(3, "b", used=NOW - 0.1), waiting={"a": 9}, maximum=3)) is None
    assert next_step(scene(*own, serving(3, "b", used=NOW - RESTING), waiting={"a": 9}, maximum=3)).number == 3
    assert next_step(scene(*own, serving(3, "b", used=NOW - 0.1), waiting={"c": 1}, maximum=3)).number == 3


def test_as_many_cells_are_started_as_are_needed():
    """Those who wait share cells; cells that are on their way count; not too many are started at once."""
    assert next_step(scene(Standing(1), waiting={"a": 4}, per_cell=4)) is None
    assert next_step(scene(Standing(1), waiting={"a": 5}, per_cell=4)) == Start()
    assert next_step(scene(Standing(1, "assigning", "a"), waiting={"a": 4}, per_cell=4)) is None
    assert next_step(scene(serving(1, "a", 3), waiting={"a": 1}, per_cell=4, may_start=False)) is None
    assert next_step(scene(serving(1, "a", 3), waiting={"a": 2}, per_cell=4, may_start=False)) == Start()
    assert next_step(scene(Standing(1, "assigning", "a"), waiting={"a": 9}, suspects={"a"})) is None
    assert next_step(scene(waiting={"a": 9}, suspects={"a"})) == Start()
    assert next_step(scene(Standing(1), waiting={"a": 9}, suspects={"a"})) is None
    many = [Standing(number) for number in range(policy.MAX_STARTING)]
    assert next_step(scene(*many, waiting={"a": 99}, maximum=99)) is None


def test_a_function_that_shares_its_cells_gets_another():
    """In the background, when there is room and nobody waits."""
    full = [serving(1, "a", 2), serving(2, "a", 3)]
    assert next_step(scene(*full, per_cell=4)) == Start()
    assert next_step(scene(*full, Standing(3, "blank"), base=1, per_cell=4)) == Assign(3, "a")
    assert next_step(scene(*full, serving(3, "a"), per_cell=4)) is None
    assert next_step(scene(*full, Standing(3, "assigning", "a"), per_cell=4)) is None
    assert next_step(scene(*full, per_cell=4, suspects={"a"})) is None
    assert next_step(scene(*full, per_cell=4, may_start=False)) is None
    assert next_step(scene(*full, per_cell=4, maximum=2)) is None
    assert next_step(scene(serving(1, "a", 2), serving(2, "a", 1), per_cell=4)) is None
    assert next_step(scene(*full, per_cell=4, parallel=2)) is None
    assert next_step(scene(*full, per_cell=4, parallel=3)) == Start()
    assert next_step(scene(serving(1, "a", 1), per_cell=4, wishes={"a"})) == Start()


def test_blank_cells_are_kept_ready_and_give_way():
    """As many as the base says, as far as the maximum goes."""
    assert next_step(scene(Standing(1), base=2)) == Start()
    assert next_step(scene(Standing(1), base=1)) is None
    assert next_step(scene(base=1, may_start=False)) is None
    assert next_step(scene(serving(1, "a", 1), base=1, maximum=1)) is None
    assert next_step(scene(Standing(1, "blank"), base=0)) == End(1, "was not needed")
    assert next_step(scene(serving(1, "a", used=NOW - 9.9), base=1, maximum=1)) is None
    assert next_step(scene(serving(1, "a", used=NOW - 10), base=1, maximum=1)).number == 1
    assert next_step(scene(serving(1, "a", used=NOW - 10), Standing(2, "dying"), base=1, maximum=2)) is None


def test_a_lower_maximum_ends_blank_cells_first():
    """Then idle ones; busy ones are made to yield, those of the function with the most first."""
    cells = [Standing(1, "blank"), serving(2, "a"), serving(3, "b", 1), serving(4, "b", 1), serving(5, "c", 1)]
    small = scene(*cells, base=2, maximum=1)
    ended = []
    while step := next_step(small):
        ended.append(step.number)
        small = carry_out(small, step)
    assert ended == [1, 2]
    assert yielding(small) >= {3}
    assert len(yielding(small)) == 2


# -- shares


def test_more_than_a_share_is_given_up_for_who_has_none():
    """The next one that comes to rest: the one with the least to do, not the one chosen before."""
    cells = [serving(1, "a", 4, yielding=NOW), serving(2, "a", 3), serving(3, "a", 4), serving(4, "a", 4)]
    assert yielding(scene(*cells, waiting={"a": 9, "b": 1}, per_cell=4)) == {2}
    cells[0].running = 3
    assert yielding(scene(*cells, waiting={"a": 9, "b": 1}, per_cell=4)) == {1}


def test_nothing_is_given_up_while_a_place_is_coming():
    """A place that is free or about to be, or an idle cell, is enough."""
    busy = [serving(number, "a", 1) for number in range(3)]
    for other in (Standing(9), Standing(9, "dying"), Standing(9, "blank"), serving(9, "c")):
        assert yielding(scene(*busy, other, waiting={"a": 9, "b": 1})) == set()
    assert yielding(scene(*busy, waiting={"a": 9, "b": 1})) == set()
    assert len(yielding(scene(*busy, waiting={"a": 9, "b": 1}, maximum=3))) == 1


def test_two_functions_at_full_load_get_half_each():
    """Claims end at the share, so nothing goes back and forth."""
    uneven = [*(serving(number, "a", 1) for number in range(3)), serving(3, "b", 1)]
    assert len(yielding(scene(*uneven, waiting={"a": 9, "b": 9}))) == 1
    even = [serving(0, "a", 1), serving(1, "a", 1), serving(2, "b", 1), serving(3, "b", 1)]
    assert yielding(scene(*even, waiting={"a": 9, "b": 9})) == set()
    odd = [serving(0, "a", 1), serving(1, "a", 1), serving(2, "b", 1)]
    assert yielding(scene(*odd, waiting={"a": 9, "b": 9}, maximum=3)) == set()


def test_with_more_functions_than_cells_each_has_its_term():
    """The one that has had its cell for longest gives it up, after a while."""
    cells = [serving(0, "a", 1, assigned=NOW - 2), serving(1, "b", 1, assigned=NOW - 3)]
    assert yielding(scene(*cells, waiting={"a": 9, "b": 9, "c": 1}, maximum=2)) == {1}
    for cell in cells:
        cell.assigned = NOW - TENURE / 2
    assert yielding(scene(*cells, waiting={"a": 9, "b": 9, "c": 1}, maximum=2)) == set()


def test_a_cell_that_does_not_come_to_rest_is_not_waited_for():
    """After a while another one yields too."""
    cells = [serving(number, "a", 2) for number in range(4)]
    cells[3].running, cells[3].yielding = 1, NOW - PATIENCE / 2
    assert yielding(scene(*cells, waiting={"a": 9, "b": 1}, per_cell=2)) == {3}
    cells[3].yielding = NOW - PATIENCE * 2
    assert yielding(scene(*cells, waiting={"a": 9, "b": 1}, per_cell=2)) == {0, 3}
    for cell in cells:
        cell.yielding = NOW - PATIENCE * 2
    assert len(yielding(scene(*cells, waiting={"a": 9, "b": 1}, per_cell=2))) == 2  # its share is left


# -- succession


def test_a_worn_cell_in_use_is_replaced_first():
    """It goes at once when nobody uses it, when another one can take over, or when there is no room."""
    worn = serving(1, "a", 1, due=True)
    assert succession(scene(worn), worn) == "replace"
    assert succession(scene(worn, Standing(2), wishes={"a"}), worn) == "stay"
    assert succession(scene(worn, Standing(2, "assigning", "a")), worn) == "stay"
    assert succession(scene(worn, serving(2, "a")), worn) == "drain"
    assert succession(scene(worn, serving(2, "a", 1)), worn) == "replace"
    assert succession(scene(worn, serving(2, "a", due=True)), worn) == "replace"
    assert succession(scene(worn, maximum=1), worn) == "drain"
    assert succession(scene(worn, Standing(2, "blank"), maximum=2), worn) == "replace"
    assert succession(scene(worn, may_start=False), worn) == "drain"
    assert succession(scene(worn, suspects={"a"}), worn) == "drain"
    between = serving(1, "a", due=True, used=NOW - RESTING / 2)
    assert succession(scene(between), between) == "replace"
    resting = serving(1, "a", due=True, used=NOW - RESTING)
    assert succession(scene(resting), resting) == "drain"


def test_the_share_is_that_of_functions_in_use():
    """Those that rest do not count."""
    cells = [serving(1, "a", 1), serving(2, "b", used=NOW - 0.5), serving(3, "c", used=NOW - 5)]
    assert Tally(scene(*cells, waiting={"d": 1}, maximum=10)).share == 3
    assert Tally(scene(maximum=10)).share == 10
    assert Tally(scene(waiting=dict.fromkeys("abcdefgh", 1), maximum=4)).share == 1
    assert shares.yielding(scene()) == set()
