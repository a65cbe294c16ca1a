"""What an idle cell holds, and how the process's memory is kept small."""

from __future__ import annotations

import os
import resource
import time
from functools import partial

import pytest

from edge.cell import allocator, mapped_files
from edge.units import MIB
from edge.wire import cell as wire
from tests.support.cell_driver import assignment, body, evaluated_assignment, start

HELLO = "module.exports = (req, res) => { res.send('hello') };"
IDLE = 15 * MIB  # measured: 13.0 MiB, of which 3.9 are the image and what it was made of
BORN = 11 * MIB  # measured: 9.1


def test_a_cell_that_was_just_assigned_is_small(cell):
    """One spare isolate, the snapshot, and what the process has changed of its parent's memory."""
    cell.assign(HELLO)
    assert cell.private_bytes() < IDLE


def test_a_cell_whose_function_needs_no_snapshot_is_smaller(cell):
    """Most of its isolate's memory is its parent's."""
    cell.send(evaluated_assignment(HELLO))
    cell.expect(wire.Assigned)
    assert [cell.invoke() for _ in range(3)] == [b"hello"] * 3
    assert cell.private_bytes() < BORN


@pytest.mark.slow
def test_a_cell_that_rests_is_small_again(cell):
    """Pages that V8 keeps for the isolates of a busy cell go when nothing comes, and the spare isolate is there."""
    cell.assign(HELLO)
    small = cell.private_bytes() + MIB
    for _ in range(200):
        cell.invoke()
    end = time.monotonic() + 20
    while cell.private_bytes() >= small:
        assert time.monotonic() < end, cell.private_bytes()
        time.sleep(0.05)
    assert [cell.invoke() for _ in range(3)] == [b"hello"] * 3


COUNTS = "let count = 0; module.exports = (req, res) => { res.send(`${++count}`) };"
KEPT = {"home": evaluated_assignment, "hosted": partial(assignment, rewind=False)}


@pytest.mark.slow
@pytest.mark.parametrize("assign", KEPT.values(), ids=KEPT)
def test_an_isolate_that_is_kept_holds_less_when_it_has_nothing_to_do(cell, assign):
    """What many runs have left lying goes, once they have taken more CPU than that takes; its state stays."""
    cell.send(assign(COUNTS))
    cell.expect(wire.Assigned)

    def call(times: int) -> bytes:
        for _ in range(times):
            cell.send(wire.Run(1, [start()]))
            answer = body(cell.expect(wire.Result))
        return answer

    begun = cell.cpu_seconds()
    while cell.cpu_seconds() < begun + 1:
        count = int(call(500))
    busy, end = cell.private_bytes(), time.monotonic() + 20
    while cell.private_bytes() > busy - 4 * MIB:
        assert time.monotonic() < end, (busy, cell.private_bytes())
        time.sleep(0.05)
    assert call(3) == b"%d" % (count + 3)
    cell.drop(1)
    assert [cell.invoke() for _ in range(3)] == [b"1"] * 3


@pytest.mark.slow
def test_an_invocation_during_the_rest_is_served(cell):
    """Whenever it comes: the maker of isolates is busy for some milliseconds only."""
    cell.assign(HELLO)
    begun = time.monotonic()
    while time.monotonic() < begun + 2.3:
        number = None
        if time.monotonic() > begun + 1.95:
            number = cell.begin()
            assert cell.expect(wire.Result).isolate == number
            cell.drop(number)
            begun -= 0.001
        time.sleep(0.001)
    assert cell.invoke() == b"hello"


def in_a_child(check):
    """The truth of `check()` in a process of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_room_is_what_the_limit_leaves():
    """Asking takes nothing."""

    def check():
        before = allocator.has_room(64 * MIB)
        resource.setrlimit(resource.RLIMIT_DATA, (2 * MIB, resource.RLIM_INFINITY))
        without = allocator.has_room(64 * MIB)
        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return (before, without, all(allocator.has_room(64 * MIB) for _ in range(100))) == (True, False, True)

    assert in_a_child(check)


def test_large_blocks_go_back_when_they_are_freed():
    """The heap does not stay at its peak."""

    def check():
        allocator.keep_little()
        allocator.trim()  # what is free in the heap of this process would be used first, and is resident
        before = resident()
        blocks = [b"x" * (MIB + number) for number in range(64)]
        held = resident()
        blocks.clear()
        allocator.trim()
        return held > before + 60 * MIB and resident() < before + 4 * MIB

    assert in_a_child(check)


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - the plainest way, in a forked child
        return int(file.read().split()[1]) * resource.getpagesize()


MAPS = """\
5586d2a00000-5586d2a02000 r-xp 00000000 fe:00 123    /usr/bin/some program
5586d2c00000-5586d2c01000 rw-p 00002000 fe:00 123    /usr/bin/some program
7f0000000000-7f0000100000 rwxp 00000000 00:00 0
7f0000200000-7f0000201000 r--p 00000000 00:00 0
7f0000300000-7f0000304000 r--p 00001000 fe:00 9      /lib/libc.so
7f0000400000-7f0000404000 ---p 00001000 fe:00 9      /lib/libc.so
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0      [vdso]
"""


def test_mapped_files_are_those_that_can_be_shared():
    """Of files, readable, and never written."""
    assert mapped_files.mappings(MAPS) == [(0x5586D2A00000, 0x2000), (0x7F0000300000, 0x4000)]
