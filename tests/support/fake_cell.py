"""Cells for tests of the pool: the methods of edge.supervisor.cell.Cell, and a script of what goes wrong."""

from __future__ import annotations

import itertools
import time
from collections import Counter

import trio

from edge.errors import EngineCrashError
from edge.supervisor.rewinding import Rewinding
from edge.units import MIB


class FakeTemplate:
    """What the pool knows of a template."""

    def __init__(self, key):
        self.key = key

    async def material(self, *, born=False):
        """It is all there."""
        return self


class FakeIsolate:
    """What the pool knows of an isolate."""

    def __init__(self, cell, number):
        self.cell = cell
        self.number = number
        self.uses = 0
        self.created = time.monotonic()
        self.on_result = None
        self.closed = False

    def use(self):
        """As an invocation does."""
        self.uses += 1
        self.on_result = None

    def terminate(self):
        self.cell.terminated = True


class _Process:
    def __init__(self, pid):
        self.pid = pid
        self.cpu = 0.0
        self.ended = False

    def cpu_time(self):
        return self.cpu


class FakeCell:
    """A cell that dies `plant.dying` seconds after it is killed."""

    def __init__(self, plant, pid):
        self.plant = plant
        self.process = _Process(pid)
        self.key = ""
        self.running = 0
        self.served = 0
        self.created = time.monotonic()
        self.terminated = False
        self.crowded = 0.0
        self.rewinding = Rewinding(Counter())
        self.rewinds = 0
        self.born = False
        self.gone = trio.Event()
        self.fate = ""
        self.reason = None  # why it was killed
        self.spare = None
        self.weight = 5 * MIB
        self.retains = 0  # bytes that it holds at rest beyond what it may
        self.hides = 0  # bytes that are resident beyond its limit
        self.isolates = []
        self.assigned = False

    async def assign(self, template, spare):
        """Takes `plant.assigning` seconds; fails as often as `plant.bad_assigns` says for the key."""
        assert not self.key, "a cell is assigned once"
        self.key, self.spare = template.key, spare
        try:
            await trio.sleep(self.plant.assigning)
        except trio.Cancelled:
            self.kill("was not waited for")
            raise
        if self.plant.bad_assigns[self.key] > 0:
            self.plant.bad_assigns[self.key] -= 1
            self.kill("could not go on")
            raise self.plant.error
        if self.reason is not None or self.gone.is_set():
            await self.gone.wait()
            raise EngineCrashError(self.fate)
        self.assigned = True

    def open(self):
        assert self.assigned
        assert not self.terminated, "a cell that had to be stopped takes nothing new"
        isolate = FakeIsolate(self, len(self.isolates))
        self.isolates.append(isolate)
        self.running += 1
        self.served += 1
        return isolate

    def close(self, isolate):
        assert isolate.cell is self
        assert not isolate.closed, "closed twice"
        isolate.closed = True
        self.running -= 1

    def kill(self, reason):
        if self.reason is None:
            self.reason = reason
            self.plant.kill(self)

    def memory(self):
        return self.weight

    def die(self, fate="the function's process ended unexpectedly (SIGKILL)"):
        """The process has ended, by itself or not."""
        if not self.gone.is_set():
            self.fate = f"the function's process was ended: it {self.reason}" if self.reason else fate
            self.plant.alive.discard(self)
            self.gone.set()


class Plant:
    """Makes cells.  `alive` are those whose processes exist, `most` is how many there ever were at once."""

    def __init__(self, nursery, *, starting=0.02, assigning=0.003, dying=0.002):
        self.starting, self.assigning, self.dying = starting, assigning, dying
        self.bad_starts = 0
        self.bad_assigns = Counter()
        self.error = EngineCrashError("no")
        self.made = []
        self.alive = set()
        self.attempts = 0
        self.most = self.pending = 0
        self._pids = itertools.count(1000)
        self._nursery = nursery

    async def start(self):
        """As Cell.start does: slow, and sometimes in vain."""
        self.attempts += 1
        self.pending += 1
        self.most = max(self.most, len(self.alive) + self.pending)
        try:
            await trio.sleep(self.starting)
        finally:
            self.pending -= 1
        if self.bad_starts > 0:
            self.bad_starts -= 1
            raise self.error
        cell = FakeCell(self, next(self._pids))
        self.made.append(cell)
        self.alive.add(cell)
        self.most = max(self.most, len(self.alive) + self.pending)
        return cell

    def kill(self, cell):
        self._nursery.start_soon(self._die_soon, cell)

    async def _die_soon(self, cell):
        with trio.CancelScope(shield=True):
            await trio.sleep(self.dying)
        cell.die()

    def of(self, key):
        """Living cells of a function; "" for those that are blank."""
        return [cell for cell in self.alive if cell.key == key and cell.reason is None]
