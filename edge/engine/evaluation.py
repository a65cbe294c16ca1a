"""Packages that need no snapshot in a cell that is born with an isolate of the runtime (edge.cell.base).  Pure.

A top level that has run while a snapshot was built depends on nothing but the package and its environment: what reads a
clock, draws randomness or needs the host has no such snapshot.  So it can as well run when the cell gets its function,
and comes to the same.  That takes less time than reading a snapshot, when there is not much of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.engine.build import Level
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from edge.engine.build import Built

LEAST, MOST = 128 * MIB, 256 * MIB
"""Bytes of memory of functions for which the cell's isolate is fit."""

QUICK = 0.01
"""Seconds that a top level may take, by the wall while it is built: about what a snapshot would cost."""

LARGEST = 256 * KIB
"""Bytes of a package's modules."""

HELD = 16 * KIB
"""Bytes of modules that a gateway holds in memory, for each package."""


def may_be_born(memory: int) -> bool:
    """Whether a function with so much memory can have the isolate that a cell was born with."""
    return LEAST <= memory <= MOST


def may_evaluate(built: Built, program: bytes) -> bool:
    """Whether running `program`, the event with the package's modules, is better than its snapshot."""
    return built.level is Level.INITIALISED and built.took <= QUICK and len(program) <= LARGEST
