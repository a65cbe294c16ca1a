"""What decisions about cells are made of: plain values.  Times are in seconds of any one clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Literal

import msgspec

State = Literal["starting", "blank", "assigning", "serving", "draining", "dying"]
"""A cell is started, then blank; assigned to a function it serves; draining it takes nothing new; then it is killed.

All of them hold a place, also the one that is dying: its process is still there.
"""

RESTING = 1.0
"""A function that nobody used for so many seconds is at rest."""


class Standing(msgspec.Struct):
    """Where a cell stands.  `key` is its function's, "" before it is assigned.

    `running` isolates are in use and `kept` ones wait to be used again.  `used` is when it last got or gave back
    an isolate, `assigned` since when it serves.  `yielding`: since when it takes nothing new, for another function
    needs its place; that may be revoked.  `due`: it is worn, and serves until its replacement does.
    """

    number: int
    state: State = "starting"
    key: str = ""
    running: int = 0
    kept: int = 0
    used: float = 0.0
    assigned: float = 0.0
    yielding: float | None = None
    due: bool = False

    @property
    def idle(self) -> bool:
        """Serves, and has nothing to do."""
        return self.state == "serving" and self.running == 0

    def takes(self, per_cell: int) -> bool:
        """Whether it has room for one more invocation."""
        return self.state == "serving" and self.yielding is None and self.running < per_cell


class Scene(msgspec.Struct, frozen=True):
    """Everything that the next step depends on.

    `waiting` says how many wait for each function, in the order of turns.  `wishes` are functions that should get
    one more cell, if there is room; `suspects` are those for which it failed the last time: they get one cell at a
    time, and none in the background.  `base` blank cells are to be ready, `maximum` cells may be there, `per_cell`
    invocations run in one.  Without `may_start` only those who wait get a process started.
    """

    cells: Sequence[Standing]
    waiting: Mapping[str, int]
    wishes: Container[str]
    suspects: Container[str]
    base: int
    maximum: int
    per_cell: int
    may_start: bool
    now: float
    parallel: int = 1_000_000  # cells of one function that can make progress at once


class Tally:
    """A scene, counted once."""

    def __init__(self, scene: Scene) -> None:
        self.states: Counter[State] = Counter()
        self.held: Counter[str] = Counter()  # cells that serve a function, or soon will
        self.assigning: Counter[str] = Counter()
        self.blanks: list[Standing] = []
        self.idle: list[Standing] = []
        self.serving: dict[str, list[Standing]] = {}
        self.active: set[str] = set(scene.waiting)  # functions that are in use
        for cell in scene.cells:
            self._count(cell, scene.now)
        self.total = len(scene.cells)
        self.share = max(scene.maximum // max(len(self.active), 1), 1)

    def _count(self, cell: Standing, now: float) -> None:
        self.states[cell.state] += 1
        if cell.state == "blank":
            self.blanks.append(cell)
        elif cell.state == "assigning":
            self.held[cell.key] += 1
            self.assigning[cell.key] += 1
        elif cell.state == "serving":
            self.held[cell.key] += 1
            self.serving.setdefault(cell.key, []).append(cell)
            if cell.running == 0:
                self.idle.append(cell)
        if cell.running or cell.state == "assigning" or (cell.state == "serving" and now - cell.used < RESTING):
            self.active.add(cell.key)

    @property
    def starting(self) -> int:
        """Cells that are on their way to being blank."""
        return self.states["starting"]

    @property
    def dying(self) -> int:
        """Cells whose place will be free in a moment."""
        return self.states["dying"]

    def unmet(self, scene: Scene, key: str) -> int:
        """Cells that those who wait for a function need, besides the ones it has or is about to get."""
        able = [cell for cell in self.serving.get(key, ()) if cell.takes(scene.per_cell)]
        seats = sum(scene.per_cell - cell.running for cell in able)
        seatless = max(scene.waiting.get(key, 0) - seats, 0)
        needed = -(-seatless // scene.per_cell)
        return max((min(needed, 1) if key in scene.suspects else needed) - self.assigning[key], 0)

    def claims(self, scene: Scene) -> dict[str, int]:
        """How many of these each function may take from others, because it holds less than its share."""
        return {key: max(min(self.unmet(scene, key), self.share - self.held[key]), 0) for key in scene.waiting}

    def demand(self, scene: Scene) -> list[str]:
        """Functions that wait and need another cell: those with the fewest first, then in the order of turns."""
        return sorted((key for key in scene.waiting if self.unmet(scene, key)), key=lambda key: self.held[key])
