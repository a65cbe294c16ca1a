"""What time does to a cell: when it is to be ended, or replaced, although nobody asks for its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from edge.supervisor.wear import MAX_CPU
from edge.units import MIB

if TYPE_CHECKING:
    from edge.supervisor.member import Member

CALM = 5.0
"""Seconds without a use after which a cell that was crowded goes: a new one rewinds its isolate again."""

CROWDED = 10.0
"""Seconds after which it is replaced in any case: under load, a single slow moment would otherwise cost it for ever."""


class Verdict(NamedTuple):
    """End it now, or replace it at the next opportunity; `reason` continues "the cell was ended: it ..."."""

    what: Literal["kill", "outdate"]
    reason: str


def judge(member: Member, now: float, idle_timeout: float) -> Verdict | None:
    """What is due, first what is dangerous; None for a cell that may stay.  Looks at the process: takes 10 us."""
    standing, cell = member.standing, member.cell
    if standing.running and (hidden := cell.hides):
        return Verdict("kill", f"got around its memory limit by {hidden // MIB} MiB")
    if standing.idle and not member.kept and standing.key and (held := cell.retains):
        return Verdict("outdate", f"held on to {held // MIB} MiB")
    if crowded := _judge_crowded(member, now):
        return crowded
    if standing.idle and now - standing.used >= idle_timeout:
        return Verdict("kill", "was not used for long")
    if standing.key and cell.process.cpu_time() > MAX_CPU:
        return Verdict("outdate", f"has used {MAX_CPU:g} s of CPU")
    if worn := member.wear.reason(now):
        return Verdict("kill" if standing.state == "blank" else "outdate", worn)
    return None


def _judge_crowded(member: Member, now: float) -> Verdict | None:
    standing, since = member.standing, member.cell.crowded
    if not since:
        return None
    if standing.idle and not member.kept and now - standing.used >= CALM:
        return Verdict("kill", "had to run several at once, which is over")
    return Verdict("outdate", "had to run several at once") if now - since >= CROWDED else None
