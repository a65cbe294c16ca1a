"""Why a cell ended, and how much memory it may have: plain arithmetic."""

from __future__ import annotations

import signal

import pytest

from edge.supervisor.allowance import ISOLATE, base_with_blob, data_limit, heap_limit
from edge.supervisor.fate import Known, judge
from edge.supervisor.process import Exit
from edge.units import MIB

BASE = 40 * MIB
CAP = 100 * MIB
WITH_FUNCTION = Known(base=BASE, allowed=CAP)


def killed_by(number, used=0):
    return Exit(None, number, BASE + used, 0.1)


def exited(status, used=0):
    return Exit(status, 0, BASE + used, 0.1)


def test_the_status_of_the_oom_handler_is_memory():
    """V8 itself has said so."""
    assert judge(exited(86), WITH_FUNCTION).fault == "memory"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGILL, signal.SIGABRT, signal.SIGBUS])
def test_a_fatal_signal_is_memory_near_the_cap_and_a_crash_below(number):
    """Allocators below V8 just fall over; a crash looks the same but for the memory in use."""
    near = judge(killed_by(number, 50 * MIB), WITH_FUNCTION)
    assert (near.kind, near.fault) == ("memory", "memory")
    assert "50 MiB of 100 MiB" in near.sentence
    below = judge(killed_by(number, 49 * MIB), WITH_FUNCTION)
    assert (below.kind, below.fault) == ("crash", "crash")
    assert number.name in below.sentence


def test_the_engines_own_trap_is_memory():
    """V8 runs into it on purpose, when an allocation fails or a size has no number."""
    found = judge(killed_by(signal.SIGTRAP, 20 * MIB), WITH_FUNCTION)
    assert (found.kind, found.fault) == ("memory", "memory")
    assert judge(killed_by(signal.SIGTRAP), Known()).kind == "crash"


def test_a_blank_cell_does_not_run_out_of_memory():
    """Nobody has promised it any."""
    assert judge(killed_by(signal.SIGSEGV, 500 * MIB), Known()).kind == "crash"


def test_a_system_call_that_is_not_allowed_is_a_policy_violation():
    """Only code that took over V8 makes one."""
    fate = judge(killed_by(signal.SIGSYS, 99 * MIB), WITH_FUNCTION)
    assert (fate.kind, fate.fault) == ("policy", "crash")


@pytest.mark.parametrize(
    "end", [killed_by(signal.SIGKILL, 99 * MIB), killed_by(signal.SIGTERM), exited(0), exited(1), exited(86 + 128)]
)
def test_every_other_end_is_a_crash(end):
    """Also a SIGKILL that the gateway did not send, and a cell that just leaves."""
    assert (judge(end, WITH_FUNCTION).kind, judge(end, WITH_FUNCTION).fault) == ("crash", "crash")


def test_what_the_gateway_killed_carries_its_reason():
    """And no number of a signal, which would tell a client nothing."""
    known = Known("did not stop", BASE, CAP)
    fate = judge(killed_by(signal.SIGKILL, 99 * MIB), known)
    assert (fate.kind, fate.fault) == ("stopped", "crash")
    assert fate.sentence.endswith("it did not stop")


def test_an_end_of_its_own_wins_over_the_kill_that_came_too_late():
    """The status says what happened first."""
    assert judge(exited(86), Known("did not stop", BASE, CAP)).kind == "memory"


def test_an_unknown_status_is_a_crash():
    """Somebody else reaped it, or the signal has no name."""
    assert judge(Exit(None, 0, 0, 0.0), Known()).sentence.endswith("(status unknown)")
    assert judge(killed_by(63), Known()).sentence.endswith("(signal 63)")


def test_the_limit_counts_isolates_in_use():
    """None counts as one, as a cell at rest is ready for the next; each has its memory and itself."""
    one = data_limit(BASE, CAP, 1)
    assert one > BASE + CAP
    assert data_limit(BASE, CAP, 0) == one
    assert data_limit(BASE, CAP, 3) >= one + 2 * (CAP + ISOLATE)
    assert data_limit(BASE, CAP, 1, spare=3) == one + 2 * ISOLATE
    assert data_limit(BASE + MIB, CAP, 1) == one + MIB


@pytest.mark.parametrize("memory", [32 * MIB, 64 * MIB, 128 * MIB, 256 * MIB])
def test_v8_meets_its_limit_before_the_kernels(memory):
    """So that a heap that grows ends an invocation and not a process; both stay within 32 MiB of the memory."""
    assert memory <= heap_limit(memory) < data_limit(0, memory, 1) < memory + 32 * MIB


def test_a_snapshot_is_held_twice_on_its_way():
    """As a message, and where V8 reads it."""
    assert base_with_blob(BASE, 3 * MIB) == BASE + 6 * MIB
