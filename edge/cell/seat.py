"""The home isolate's seat: who has it, what there is to run in it, and who stands in line for it.

Whoever leaves it, it is rewound and given to the next in line.  That ends when others were made beside it: then its
last user has it for as long as it likes, and nobody after it.

Nothing here is safe for threads: the lock of the cell is held (`isolates.py`), but where main thread and stand-in only
look whether there is something to do.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from edge.cell import patience
from edge.cell.home import HomeIsolate
from edge.cell.image import ImageError
from edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.cell.home import Making, Replies
    from edge.cell.hosted import Recipe
    from edge.cell.own_memory import OwnMemory
    from edge.engine.snapshot import Blob
    from edge.wire.cell import Report, Run


class Imaging(NamedTuple):
    """What it takes to have a home isolate: `close` is called when its image is there, before any function runs.

    `runtime` is the snapshot that every package's begins with, if this process has it.
    """

    making: Making
    runtime: Blob | None
    wait: Callable[[Replies], tuple[bytes, bytes] | None]
    close: Callable[[], None]

    def seat(self, recipe: Recipe, send: Callable[[Report], None], *, wanted: bool, born: bool) -> Seat | None:
        """On the main thread, once, and before any function runs here; None when there can be none.

        `born`: the isolate that the cell was born with would do.
        """
        base = self.making.base if born and self.making.base is not None and wanted else None
        if base is not None and not base.fits(recipe.memory):
            base = None
        home = None
        if base is None and wanted and recipe.blob is not None:
            with suppress(EdgeError, ImageError):
                home = HomeIsolate.made(recipe, self.making, send, self.wait)
                self.making.witness.close_maps()
        if home is None:
            self.making.paper.discard()
        self.close()
        if base is not None:
            with suppress(EdgeError, ImageError):
                home = HomeIsolate.born(recipe, base, self.making.witness, send, self.wait)
        if home is None:
            self.making.memory.ignore()
            return None
        return Seat(home, self.making.memory)


class Seat:
    """`user` is the number of who has it; 0 for nobody, or for one that was dropped and has not stopped yet.

    `order` is what its user wants to be run next.  `begun` counts those that the main thread has taken on, and it is
    `busy` until one is over.
    """

    def __init__(self, home: HomeIsolate, memory: OwnMemory) -> None:
        self.home = home
        self.user = 0
        self.order: Run | None = None
        self.begun = 0
        self.busy = False
        self._memory = memory
        self._line: dict[int, Run] = {}  # first come first
        self._closed = False
        self._left = 0.0  # when its user was dropped in the middle of a run

    # -- the line

    @property
    def has_line(self) -> bool:
        """Whether somebody waits for it."""
        return bool(self._line)

    def join(self, run: Run) -> None:
        """Somebody's first run: at once when nobody has it."""
        self._line[run.isolate] = run
        if self.home.free:
            self._welcome()

    def waits(self, number: int) -> bool:
        """Whether that one is in line."""
        return number in self._line

    def withdraw(self, number: int) -> bool:
        """Have it wait no longer; whether it did."""
        return self._line.pop(number, None) is not None

    def is_held_up(self) -> bool:
        """Whether those in line have waited for long enough.  Who was dropped is about to stop."""
        now = time.monotonic()
        if not self.user:
            return self.has_line and now - self._left > patience.MOST_PATIENCE
        return self.has_line and patience.is_exhausted(self.home, now)

    def close(self) -> list[Run]:
        """Its user is the last, and nothing is rewound any more, because there will be others: those who are in line.

        Threads of other isolates share V8's memory, and may be about to end, in V8's code, when these are gone already.
        """
        line, self._line, self._closed = self._line, {}, True
        self._memory.ignore()
        return list(line.values())

    # -- its user

    def take_order(self) -> Run | None:
        """What the main thread is to run now, until it calls `ran`; None when there is nothing."""
        order = self.order
        if order is not None:
            self.busy = True
            self.begun += 1  # first: who looks for an order, and then at this, does not miss one
            self.order = None
        return order

    def ran(self) -> bool:
        """It has run it; whether its user has left meanwhile, or has nothing more to do."""
        self.busy = False
        if self.home.gone:
            self.user = 0
        return not self.user

    def leave(self) -> bool:
        """Its user is dropped; False when it still runs, and will leave with the end of that."""
        self.user = 0
        if self.order is None and not self.busy:
            return True
        self._left = time.monotonic()
        self.home.terminate()
        return False

    def vacate(self) -> bool:
        """Nobody has it any more: whether it serves on, the next in line or whoever comes."""
        self.user = self.home.number = 0
        if self._closed or not (self.home.free or self.home.rewind()):
            return False
        if self._line:
            self._welcome()
        return True

    def settle(self) -> bool:
        """On the main thread: prepare its isolate for who comes, if nobody has it; whether that was so."""
        if self.user or not self.home.free or self._closed:
            return False
        self.home.settle()
        return not self.home.unsettled

    def _welcome(self) -> None:
        self.user = next(iter(self._line))
        self.home.take(self.user)
        self.order = self._line.pop(self.user)
