"""Which isolate of a reused function the next invocation shares.  Pure.

Isolates of one function help each other only when their code keeps more than one processor busy.  Where an invocation
takes little, one isolate has more of them at once: its runs hold more events, and other isolates, and the processes
that they live in, need not be woken for a few of them each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence, Sized

SHARED_BY: Final = 8
"""Invocations that share an isolate before another one is opened."""
MAX_SHARED: Final = 4
"""Isolates of one function."""
LIGHT: Final = 0.004
"""Seconds of CPU: an isolate whose invocations usually take less, all that are in it together, has room for more."""
LIGHT_SHARED_BY: Final = 32
"""Invocations that share an isolate before another one is opened, however little they take."""
STUCK: Final = 0.05
"""Seconds that a run may take before it is thought that it will go on: who comes then is better off elsewhere."""
_DOWN: Final = 1 / 4
_UP: Final = 1 / 16
"""Weights of what is new: the first invocations, which compile, take a hundred times what is usual."""


class Shared(Protocol):
    """An isolate: its `members`, and the seconds of CPU that one usually takes (None: none has ended yet).

    Its run began at `running_since`; inf when there is none.
    """

    usual_cpu: float | None
    running_since: float

    @property
    def members(self) -> Sized: ...


SharedT = TypeVar("SharedT", bound=Shared)


def usual(before: float | None, used: float) -> float:
    """What is usual when another one has used so much."""
    if before is None:
        return used
    return before + (used - before) * (_DOWN if used < before else _UP)


def is_light(shared: Shared, now: float) -> bool:
    """Whether one more is served at once, by all that is known."""
    count, cpu = len(shared.members), shared.usual_cpu
    if cpu is None or now - shared.running_since > STUCK:
        return False
    return count < LIGHT_SHARED_BY and (count + 1) * cpu < LIGHT


def least_loaded(usable: Sequence[SharedT], opening: int) -> SharedT | None:
    """The isolate with the fewest; None when another one should be opened."""
    best = min(usable, key=lambda shared: len(shared.members), default=None)
    full = best is None or len(best.members) >= SHARED_BY
    return None if full and len(usable) + opening < MAX_SHARED else best
