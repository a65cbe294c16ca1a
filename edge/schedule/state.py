"""What is known of a schedule's runs, as it is kept where all replicas see it.  Times in ms since the Unix epoch."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

KEPT_RUNS = 20
"""So many runs that have ended are remembered."""
WAITING = 100
"""So many runs may wait for their turn; more are skipped."""
_LATEST = 2**47
"""In the year 6429, well before calendars end.  A state with more, or with longer lists, is none of ours."""
_LONGEST = 1000

Moment: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=_LATEST)]

Result: TypeAlias = Literal["ok", "failed", "skipped", "lost"]


class Running(msgspec.Struct, frozen=True):
    """A run that goes on.  When `until` has passed, its holder is taken for dead."""

    tick: Moment
    attempt: int
    holder: str
    until: Moment
    started: Moment


class Waiting(msgspec.Struct, frozen=True):
    """A run that is to begin at `at` or later: a retry, or one that waits for an earlier one to end."""

    tick: Moment
    attempt: int
    at: Moment


class Ended(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run that is over, an attempt of it, or a tick that came to nothing; `why` says more.  `wall` in seconds."""

    tick: Moment
    result: Result
    ended: Moment
    attempt: int = 1
    request_id: str = ""
    status: int = 0
    wall: float = 0.0
    why: str = ""


class State(msgspec.Struct, frozen=True):
    """`last` is the latest tick that somebody has taken; all up to it are decided."""

    last: Moment
    running: Annotated[tuple[Running, ...], msgspec.Meta(max_length=_LONGEST)] = ()
    waiting: Annotated[tuple[Waiting, ...], msgspec.Meta(max_length=_LONGEST)] = ()
    ended: Annotated[tuple[Ended, ...], msgspec.Meta(max_length=_LONGEST)] = ()
