"""Which cell serves, and which cell is started, assigned or ended next.  Pure: a scene in, a decision out.

Rules, in the order in which they win:

1. There are never more than `maximum` cells; when the maximum sinks, blank cells go first, then those at rest.
2. Who waits gets a blank cell, else a new one, else the place of an idle cell.  A function that holds its share
   already (see Tally.share) can only take a place from a function at rest, so that one at full load does not
   take the cell of a neighbour between two of its requests.
3. When nobody waits, a function all of whose cells are shared gets another one, as far as there is room and as it
   makes sense with the processors that there are.
4. Then `base` blank cells are kept ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from edge.supervisor.standing import RESTING, Standing, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.supervisor.standing import Scene

MAX_STARTING = 4
"""Processes that are being started at once: more would only slow down each other, and those that serve."""

SETTLING = 0.05
"""Seconds that belong to a cell's first invocation, while there are blank cells left."""

LONG_UNUSED = 10.0
"""Seconds after which an idle cell is worth less than a blank one."""


class Start(msgspec.Struct, frozen=True):
    """Start a process; it will be a blank cell."""


class Assign(msgspec.Struct, frozen=True):
    """Make a blank cell one of this function."""

    number: int
    key: str


class End(msgspec.Struct, frozen=True):
    """End a cell in which nothing runs; `reason` continues "the cell was ended: it ..."."""

    number: int
    reason: str


Step = Start | Assign | End


def seat(cells: Iterable[Standing], per_cell: int) -> Standing | None:
    """The cell, of a function's own, for its next invocation: an idle one, else the one with the least to do.

    Those used last come first, so that those that are not needed get old unused.
    """
    able = [cell for cell in cells if cell.takes(per_cell)]
    return min(able, key=lambda cell: (cell.running, cell.due, not cell.kept, -cell.used), default=None)


def next_step(scene: Scene) -> Step | None:
    """What to do next; None when there is nothing to do until something happens."""
    tally = Tally(scene)
    if tally.total - tally.dying > scene.maximum and (surplus := _oldest(tally.blanks) or _oldest(tally.idle)):
        return End(surplus.number, "was one too many")
    demand = tally.demand(scene)
    if demand:
        return _serve(scene, tally, demand)
    growing = _growing(scene, tally)
    return _grow(scene, tally, growing) if growing else _keep_ready(scene, tally)


def succession(scene: Scene, cell: Standing) -> Literal["stay", "replace", "drain"]:
    """What becomes of a cell that is due: in use it stays until its replacement serves, if there can be one."""
    tally = Tally(scene)
    own = tally.serving.get(cell.key, [])
    resting = cell.running == 0 and scene.now - cell.used >= RESTING
    if resting or any(not other.due and other.takes(scene.per_cell) for other in own):
        return "drain"
    if tally.assigning[cell.key] or (cell.key in scene.wishes and tally.starting):
        return "stay"
    room = tally.blanks or (scene.may_start and tally.total < scene.maximum)
    return "replace" if room and cell.key not in scene.suspects else "drain"


def _serve(scene: Scene, tally: Tally, demand: list[str]) -> Step | None:
    key = demand[0]
    if tally.blanks:
        return Assign(tally.blanks[0].number, key)
    needed = sum(tally.unmet(scene, other) for other in demand)
    if tally.total < scene.maximum:
        return Start() if tally.starting < min(needed, MAX_STARTING) else None
    claimed = sum(tally.claims(scene).values())
    coming = tally.starting + tally.dying
    if coming < claimed:
        place = _oldest(tally.idle)
    elif coming < needed:
        place = _oldest(cell for cell in tally.idle if scene.now - cell.used >= RESTING)
    else:
        return None
    return End(place.number, "had to make room for another function") if place else None


def _growing(scene: Scene, tally: Tally) -> list[str]:
    """Functions that would do better with one more cell: all of theirs are shared, and processors could be free.

    Cells beyond `scene.parallel` would only divide the same processors; those who wait for a seat get theirs anyway.
    """

    def wants(key: str) -> bool:
        return is_crowded(tally.serving.get(key, []), scene.parallel, wished=key in scene.wishes)

    keys = [key for key in tally.active if not tally.assigning[key] and key not in scene.suspects]
    return sorted(key for key in keys if wants(key))


def is_crowded(serving: Sequence[Standing], parallel: int, *, wished: bool) -> bool:
    """Whether a function would do better with another cell beside those that serve it."""
    fresh = [cell for cell in serving if not cell.due]
    if wished:
        return all(cell.running for cell in fresh)
    return bool(fresh) and len(serving) < parallel and all(cell.running > 1 for cell in fresh)


def _grow(scene: Scene, tally: Tally, growing: list[str]) -> Step | None:
    if tally.blanks:
        return Assign(tally.blanks[0].number, min(growing, key=lambda key: tally.held[key]))
    room = scene.may_start and tally.total < scene.maximum
    return Start() if room and tally.starting < min(len(growing), MAX_STARTING) else None


def _keep_ready(scene: Scene, tally: Tally) -> Step | None:
    if tally.blanks and _settling(scene, tally):
        return None
    ready = len(tally.blanks) + tally.starting
    if len(tally.blanks) > scene.base:
        return End(tally.blanks[0].number, "was not needed")
    if ready >= scene.base or tally.starting >= MAX_STARTING or not scene.may_start:
        return None
    if tally.total < scene.maximum:
        return Start()
    unused = [cell for cell in tally.idle if scene.now - cell.used >= LONG_UNUSED]
    place = _oldest(unused) if tally.dying == 0 else None
    return End(place.number, "was not used for long, and gives room to a blank one") if place else None


def _settling(scene: Scene, tally: Tally) -> bool:
    """Whether a cell has just got its function: its first answer comes before the next blank cell."""
    serving = (cell for cells in tally.serving.values() for cell in cells)
    return bool(tally.assigning.total()) or any(scene.now - cell.assigned < SETTLING for cell in serving)


def _oldest(cells: Iterable[Standing]) -> Standing | None:
    """The one that was used longest ago."""
    return min(cells, key=lambda cell: cell.used, default=None)
