"""Whatever the gateway says, and in whatever order: each run has one result, and nobody is forgotten."""

from __future__ import annotations

import random

import pytest

from edge.supervisor.lockstep import Lockstep
from edge.units import MIB
from edge.wire import cell as wire
from tests.support.cell_driver import assignment, start

MOST = 6  # isolates at a time
STEPS = 250
SOURCE = """
const { createHash } = require('node:crypto');
let uses = 0;
module.exports = async (req, res) => {
  if (++uses !== 1) throw new Error('not fresh');
  const until = Date.now() + Number(req.query.ms ?? 0);
  while (Date.now() < until) createHash('sha256').update('a').digest();
  if (req.path === '/spin') for (;;);
  if (req.path === '/memory') for (const kept = []; ; ) kept.push(new Array(100000).fill(1));
  if (req.path === '/deep') (function deep() { createHash('sha256'); deep(); })();
  if (req.path === '/late') setTimeout(() => { for (;;); }, 0);
  if (req.path === '/wait') await fetch('http://h.example/');
  res.send('ok');
};
"""
PATHS = ["/", "/", "/", "/?ms=4", "/?ms=12", "/wait", "/wait", "/spin", "/deep", "/late", "/memory"]


class Gateway:
    """Says at random what a gateway may say, and holds the cell to its protocol."""

    def __init__(self, cell, seed: int) -> None:
        self.cell = cell
        self.chance = random.Random(seed)
        self.lockstep = Lockstep()
        self.lockstep.stage = "belonging"
        self.paths: dict[int, str] = {}
        self.terminated: set[int] = set()
        self.measures = 0
        self.last = 0

    def step(self) -> None:
        """One thing at random."""
        running = [number for number in self.paths if self.lockstep.running(number)]
        resting = [number for number in self.paths if number not in running]
        kind = self.chance.choice(
            ["begin", "begin", "more", "terminate", "measure", "drop", "drop", "listen", "listen"]
        )
        if kind == "begin" and len(self.paths) < MOST:
            self.begin(self.chance.choice(PATHS))
        elif kind == "more" and resting and (number := self.chance.choice(resting)) not in self.terminated:
            self.run(number, [])
        elif kind == "terminate" and running:
            self.terminate(self.chance.choice(running))
        elif kind == "measure" and self.paths:
            self.measure(self.chance.choice(list(self.paths)))
        elif kind == "drop" and resting:
            self.drop(self.chance.choice(resting))
        elif kind == "listen" and running:
            self.listen(self.chance.choice([0.001, 0.01, 0.03]))

    def begin(self, path: str) -> int:
        self.last += 1
        self.paths[self.last] = path
        self.run(self.last, [start(path)], single=self.chance.random() < 0.5)
        return self.last

    def run(self, number: int, events: list[bytes], *, single: bool = False) -> None:
        self.lockstep.run(number, single=single)
        self.cell.send(wire.Run(number, events, single))

    def terminate(self, number: int) -> None:
        self.terminated.add(number)
        self.lockstep.terminate(number)
        self.cell.send(wire.Terminate(number))

    def measure(self, number: int) -> None:
        self.measures += 1
        self.lockstep.measure(number)
        self.cell.send(wire.Measure(number))

    def drop(self, number: int) -> None:
        del self.paths[number]
        self.lockstep.drop(number)
        self.cell.send(wire.Drop(number))

    def listen(self, seconds: float) -> None:
        """What comes in that time, or the next report."""
        try:
            report = self.cell.receive(seconds)
        except TimeoutError:
            return
        self.lockstep.take(report)
        if isinstance(report, wire.Measured):
            self.measures -= 1
        elif report.dropped:
            del self.paths[report.isolate]
        elif report.fault:
            assert report.isolate in self.terminated or self.paths[report.isolate] in {"/memory", "/deep"}, report
            self.terminated.add(report.isolate)
        else:
            assert b"not fresh" not in b"".join(report.texts)

    def settle(self) -> None:
        """All runs have ended, and all measures are answered; only endless loops have to be stopped for that."""
        for number, path in self.paths.items():
            if path in {"/spin", "/late"} and self.lockstep.running(number) and number not in self.terminated:
                self.terminate(number)
        while self.lockstep.busy or self.measures:
            before = self.lockstep.busy, self.measures
            self.listen(20)
            assert (self.lockstep.busy, self.measures) != before, "somebody was forgotten"
        for number in list(self.paths):
            self.drop(number)


@pytest.mark.parametrize("seed", range(3))
def test_each_run_has_its_result(cell, seed):
    """With the home isolate and beside it, stopped and measured at any moment."""
    cell.send(assignment(SOURCE, memory=32 * MIB))
    cell.expect(wire.Assigned)
    gateway = Gateway(cell, seed)
    for step in range(STEPS):
        gateway.step()
        if step % 50 == 49:
            gateway.settle()
    gateway.begin("/")
    gateway.settle()
