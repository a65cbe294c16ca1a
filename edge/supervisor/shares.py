"""Which busy cells take nothing new, because others need their places.  Pure.

A function at full load has a next invocation for each cell that gets free, so its cells would never rest.  When
functions with less than their share wait and no place is to be had otherwise, some cells of those with more are
*yielding*: they finish what runs, and are ended.  The set is worked out anew after every change, so of several
busy cells the one that comes to rest first is the one that goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.supervisor.standing import Tally

if TYPE_CHECKING:
    from edge.supervisor.standing import Scene, Standing

TENURE = 0.25
"""Seconds for which a function keeps its only cell when there are more busy functions than cells."""

PATIENCE = 1.0
"""A cell that has been yielding for so many seconds and still runs something is given company."""


def yielding(scene: Scene) -> set[int]:
    """Numbers of the cells that are to take nothing new."""
    tally = Tally(scene)
    surplus, debt = _surplus(scene, tally), _debt(scene, tally)
    if surplus + debt <= 0:
        return set()
    slow = [cell for cell in scene.cells if _is_slow(cell, scene.now)]
    chosen: set[int] = set()
    left = {key: sorted(own, key=_ease, reverse=True) for key, own in tally.serving.items()}
    for index in range(surplus + debt + len(slow)):
        victim = _most(left, 0 if index < surplus else tally.share) or _longest(left, tally, scene.now)
        if victim is None:
            break
        left[victim.key].remove(victim)
        chosen.add(victim.number)
    return chosen


def _surplus(scene: Scene, tally: Tally) -> int:
    """Busy cells beyond a maximum that has sunk."""
    leaving = tally.dying + tally.starting + len(tally.blanks) + _unused(scene, tally) + tally.states["draining"]
    return max(tally.total - scene.maximum - leaving, 0)


def _debt(scene: Scene, tally: Tally) -> int:
    """Cells that functions may claim, and that are neither there nor coming."""
    free = max(scene.maximum - tally.total, 0)
    coming = free + len(tally.blanks) + tally.starting + tally.dying + _unused(scene, tally)
    return max(sum(tally.claims(scene).values()) - coming, 0)


def _unused(scene: Scene, tally: Tally) -> int:
    """Cells at rest that stay so: where somebody waits for the function they would be in use in a moment."""
    return sum(1 for cell in tally.idle if cell.key not in scene.waiting)


def _is_slow(cell: Standing, now: float) -> bool:
    return cell.state == "serving" and cell.yielding is not None and now - cell.yielding > PATIENCE


def _ease(cell: Standing) -> tuple[int, bool, int]:
    """The cell that is easiest to give up sorts first: it has the least to finish, or has begun to."""
    return cell.running, cell.yielding is None, cell.number


def _most(left: dict[str, list[Standing]], share: int) -> Standing | None:
    """A cell of the function that holds most, if those are more than its share."""
    most = max(left.values(), key=len, default=[])
    return most[-1] if len(most) > share else None


def _longest(left: dict[str, list[Standing]], tally: Tally, now: float) -> Standing | None:
    """The cell that a function had for longest, of those that had their time; no function gives up two like this."""
    untouched = [cell for key, own in left.items() if len(own) == len(tally.serving[key]) for cell in own]
    return min(
        (cell for cell in untouched if now - cell.assigned >= TENURE), key=lambda cell: cell.assigned, default=None
    )
