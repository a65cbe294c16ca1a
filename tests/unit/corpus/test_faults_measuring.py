"""What a corpus of faults measures: memory of processes, and the neighbour's requests."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from edge.corpus.faults.memory import MemorySampler, children, private_bytes
from edge.corpus.faults.neighbour import Figures, Neighbour, Sample, figures, percentile
from edge.corpus.faults.processors import ProcessorMeter
from edge.corpus.faults.report import Summary

MIB = 1 << 20
# Takes and gives back memory as its standard input says.
_PROGRAM = """
import sys
held = b""
for line in sys.stdin:
    held = b""
    held = b"x" * int(line)
    print("done", flush=True)
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


class Eater:
    """A child that holds as much memory as it is told to."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def hold(self, size):
        self.process.stdin.write(b"%d\n" % size)
        self.process.stdin.flush()
        assert self.process.stdout.readline() == b"done\n"

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(5)


@pytest.fixture
def eater():
    child = Eater()
    child.hold(0)
    yield child
    child.close()


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_private_bytes_are_those_that_a_process_has_written_to(eater):
    """Give or take what Python itself needs."""
    before = private_bytes(eater.process.pid)
    eater.hold(50 * MIB)
    assert 49 * MIB < private_bytes(eater.process.pid) - before < 52 * MIB
    assert private_bytes(2**22 + 1) == 0


def test_a_peak_is_remembered_and_belongs_to_what_grew(eater):
    """What a process holds from before counts only once it holds more."""
    with MemorySampler() as sampler:
        sampler.follow(eater.process.pid, children=False)  # our own children are of other tests, too
        until(sampler.idle)
        eater.hold(40 * MIB)
        until(lambda: sampler.peak() > 40 * MIB)
        eater.hold(0)
        until(lambda: private_bytes(eater.process.pid) < 40 * MIB)
        assert sampler.peak() > 40 * MIB
        until(lambda: sampler.idle() < 40 * MIB)
        sampler.begin()
        assert sampler.peak() == 0
        eater.hold(60 * MIB)
        until(lambda: sampler.peak() > 60 * MIB)


def test_children_are_those_of_the_process(eater):
    """And a process that is gone has none."""
    assert eater.process.pid in children(os.getpid())
    assert children(2**22 + 1) == []


def test_percentiles_are_requests_that_there_were():
    """Nearest rank."""
    assert [percentile(range(1, 101), share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert percentile([7], 0.99) == 7


def test_phases_part_requests_by_when_they_were_due():
    """However late their answers came."""
    neighbour = Neighbour()
    begin = time.monotonic()
    neighbour.mark()
    neighbour.mark()
    neighbour.samples = [Sample(begin - 9, 3, ""), Sample(time.monotonic() + 1, 9, ""), Sample(begin + 99, 1, "lost")]
    assert neighbour.phase(1).requests == 0
    assert neighbour.phase(2) == Figures(2, 1, 1, 9, 9)
    assert [sample.due for sample in neighbour.lost()] == [begin + 99]


def summary(*, quiet=0.01, loaded=0.02, lost=(), embedded=False, base=MIB):
    phases = [figures([Sample(0, seconds, "")] * 10) for seconds in (quiet, loaded)]
    return Summary(embedded, 1, base, MIB, MIB, MIB, *phases, list(lost), [], 0.0)


def test_a_neighbour_that_suffers_fails_the_run():
    """By a lost request, or by a p99 beyond three times the quiet one; in embedded mode neither is judged."""
    assert summary().problems == []
    assert summary(loaded=0.03).problems == []
    assert "3.1 times" in summary(loaded=0.031).problems[0]
    assert "lost 1 requests" in summary(lost=["status 500"]).problems[0]
    assert "no cell" in summary(base=0).problems[0]
    assert summary(loaded=1, lost=["x"], embedded=True).problems == []


def test_processor_time_of_our_own_is_not_that_of_others(eater):
    """A child of ours that is busy counts as ours, and what has ended as well."""
    meter = ProcessorMeter(eater.process.pid)
    begin = time.process_time()
    while time.process_time() < begin + 0.3:
        eater.hold(8 * MIB)
    before = meter.others()
    other = ProcessorMeter(eater.process.pid)
    other._ours -= 3600
    assert other.others() == 0.0
    other._ours += 7200
    assert other.others() == 1.0
    assert 0.0 <= before < 1.0
