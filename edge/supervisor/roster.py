"""Who is in the pool: every place that is taken, cells and what function they belong to.  Knows no tasks."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING

from edge.engine.isolate_pool import PoolStatistics
from edge.supervisor.member import CellInfo, Group, Member
from edge.supervisor.standing import Standing
from edge.supervisor.wear import JITTER, MAX_AGE, Wear

if TYPE_CHECKING:
    from edge.engine.template import Template
    from edge.supervisor.cell import Cell

_random = secrets.SystemRandom()


class Roster:
    """`standings` are all places that are taken, `members` those of them with a process, `due` the worn ones.

    `groups` are functions with cells or with somebody who waits for one; `wishes` are functions to get one more.
    """

    def __init__(self) -> None:
        self.standings: dict[int, Standing] = {}
        self.members: dict[int, Member] = {}
        self.due: dict[int, Member] = {}
        self.groups: dict[str, Group] = {}
        self.wishes: set[str] = set()
        self._numbers = itertools.count(1)
        self._created = self._destroyed = self._corrupted = 0

    # -- coming

    def reserve(self) -> Standing:
        """A place for a cell that is being started."""
        standing = Standing(next(self._numbers))
        self.standings[standing.number] = standing
        return standing

    def cancel(self, standing: Standing) -> None:
        """The cell did not start."""
        del self.standings[standing.number]

    def welcome(self, cell: Cell, standing: Standing, now: float) -> Member:
        """It did, and is blank."""
        member = Member(cell, standing, Wear(now + MAX_AGE + _random.uniform(0, JITTER)), now)
        standing.state, standing.used = "blank", now
        self.members[standing.number] = member
        self._created += 1
        return member

    def appoint(self, number: int, key: str) -> Member:
        """A blank cell belongs to a function from now on."""
        member = self.members[number]
        member.standing.state, member.standing.key = "assigning", key
        self.groups[key].members[number] = member
        self.wishes.discard(key)
        return member

    def begin(self, member: Member, now: float) -> None:
        """It is ready to serve."""
        standing = member.standing
        standing.state, standing.used, standing.assigned = "serving", now, now

    # -- functions

    def group(self, template: Template) -> Group:
        """That of a template that is in use."""
        group = self.groups.setdefault(template.key, Group(template))
        group.template, group.retired = template, False
        return group

    def forget_empty(self, key: str) -> None:
        """Drop a function without cells, for which nobody waits."""
        if key in self.groups and not self.groups[key].members:
            del self.groups[key]
            self.wishes.discard(key)

    # -- going

    def notice(self, member: Member) -> bool:
        """See what happened to a cell by itself; whether it has just been lost for its function."""
        standing = member.standing
        if member.cell.gone.is_set():
            standing.state = "dying"
        elif member.cell.terminated and standing.state == "serving":
            self.drain(member, "had been told to stop")
            return True
        return False

    def drain(self, member: Member, reason: str) -> None:
        """Nothing new for this cell; it ends when nothing runs in it any more."""
        self.due.pop(member.standing.number, None)
        member.standing.state = "draining"
        member.why = reason
        self.end_if_drained(member)

    def end_if_drained(self, member: Member) -> None:
        """The last isolate has come back."""
        if member.standing.state == "draining" and not member.standing.running:
            member.kill(member.why)

    def outdate(self, member: Member, reason: str) -> None:
        """A cell is to be replaced, at the next opportunity."""
        if member.standing.state == "serving" and not member.standing.due:
            member.standing.due = True
            member.why = reason
            self.due[member.standing.number] = member

    def bury(self, member: Member) -> bool:
        """The process is gone; False when that was known."""
        number, key = member.standing.number, member.standing.key
        if self.members.pop(number, None) is None:
            return False
        member.standing.state = "dying"
        del self.standings[number]
        self.due.pop(number, None)
        self._destroyed += 1
        self._corrupted += member.corrupted
        if key:
            del self.groups[key].members[number]
        return True

    # -- what is there

    def statistics(self) -> PoolStatistics:
        """Counts of cells; those that are being started or killed are none."""
        present = [member.standing for member in self.members.values() if member.standing.state != "dying"]
        active = sum(1 for standing in present if standing.running)
        return PoolStatistics(
            len(present), len(present) - active, active, self._corrupted, self._created, self._destroyed
        )

    def cells(self, now: float) -> list[CellInfo]:
        """All processes."""
        return [member.info(now) for member in self.members.values()]
