"""How long invocations wait in line for the home isolate, before they get isolates of their own.  Pure; in seconds.

An isolate of its own costs an invocation 4 ms of CPU, and the cell its home (`isolates.py`).  So who works may go on
for a while, as more isolates would not help a machine that has no time, and so may who rests for a moment.
"""

from __future__ import annotations

from typing import Protocol

PATIENCE = 0.05
"""For which one invocation can have the home isolate while others wait for it: it works (seconds of CPU), waits in the
middle of a run, or rests between two runs, because it waits for something itself."""

LONG_REST = 0.01
"""Of rest that invocations of this function usually take, above which others do not wait for it at all."""

MOST_PATIENCE = 0.5
"""The same as PATIENCE whatever it does: also when it always does a little."""

LAST_PATIENCE = 0.1
"""The same when it is over, and the gateway only has to say so."""


class Holder(Protocol):
    """Who has the home isolate: see `edge.cell.home.HomeIsolate`."""

    @property
    def running(self) -> bool: ...

    @property
    def over(self) -> bool: ...

    @property
    def usual_rest(self) -> float: ...

    @property
    def held(self) -> float: ...

    @property
    def since(self) -> float: ...


def is_exhausted(holder: Holder, now: float) -> bool:
    """Whether the others have waited for it long enough."""
    patience = PATIENCE
    if not holder.running:
        if holder.over:
            patience = LAST_PATIENCE
        elif holder.usual_rest > LONG_REST:
            return True
    return holder.held > patience or now - holder.since > MOST_PATIENCE
