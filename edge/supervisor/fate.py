"""Why a cell ended, told from how it ended and from what the gateway knew.  Pure.

V8 cannot unwind from an allocation that fails: it ends its process.  Most of these deaths pass through V8's handler
for them and exit with OUT_OF_MEMORY.  Others end in V8's trap, which it runs into on purpose: one large allocation can
fail far below the limit, or a size be more than V8 has numbers for.  Allocators below V8 just raise a signal, which
crashes of other kinds raise too; those are told apart by how much memory was in use.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Literal

import msgspec

from edge.engine.runner import Fault
from edge.units import MIB

if TYPE_CHECKING:
    from edge.supervisor.process import Exit

OUT_OF_MEMORY = 86
"""Exit status of a cell whose V8 reported that it is out of memory."""

NEAR_CAP = 0.5
"""The part of its allowance from which on a fatal signal counts as running out of memory.

The peak that the kernel reports is what was resident, and its limit is met by what was mapped: of objects just over
128 KiB V8 maps twice what they fill.
"""

_FATAL = {signal.SIGSEGV, signal.SIGILL, signal.SIGABRT, signal.SIGBUS}

Kind = Literal["stopped", "memory", "crash", "policy"]
"""Ended by the gateway, out of memory, by itself, or by its system call filter."""


class Known(msgspec.Struct, frozen=True):
    """What the gateway knew: why it killed the cell ("": it did not), and the cell's memory in bytes.

    A cell can have ended by itself just before it was killed: then that counts.

    `base` was resident when the cell got its function, `allowed` is what it could add to that (0: it had no
    function yet).
    """

    killed: str = ""
    base: int = 0
    allowed: int = 0


class Fate(msgspec.Struct, frozen=True):
    """`fault` is that of invocations which ran; `sentence` may be shown to clients."""

    kind: Kind
    fault: Fault
    sentence: str


def judge(end: Exit, known: Known) -> Fate:
    """The fate of a cell."""
    grown = end.maxrss - known.base
    if known.killed and end.signal == signal.SIGKILL:
        return Fate("stopped", "crash", f"the function's process was ended: it {known.killed}")
    if end.status == OUT_OF_MEMORY:
        return Fate("memory", "memory", "the engine could get no more memory")
    if end.signal == signal.SIGTRAP and known.allowed:
        return Fate("memory", "memory", "the engine gave up: it could get no more memory, or something was too large")
    if end.signal in _FATAL and known.allowed and grown >= NEAR_CAP * known.allowed:
        held = f"{grown // MIB} MiB of {known.allowed // MIB} MiB"
        return Fate("memory", "memory", f"the engine gave up with {held} in use")
    if end.signal == signal.SIGSYS:
        return Fate("policy", "crash", "the function's process broke the rules of its sandbox")
    return Fate("crash", "crash", f"the function's process ended unexpectedly ({describe(end)})")


def describe(end: Exit) -> str:
    """How a process ended, in two words."""
    if end.status is not None:
        return f"status {end.status}"
    try:
        return signal.Signals(end.signal).name
    except ValueError:
        return f"signal {end.signal}" if end.signal else "status unknown"
