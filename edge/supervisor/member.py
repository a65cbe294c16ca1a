"""A cell as the pool keeps it, and the cells of one function together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from edge.engine.runner import Result
    from edge.engine.template import Template
    from edge.supervisor.cell import Cell
    from edge.supervisor.remote_isolate import RemoteIsolate
    from edge.supervisor.standing import Standing
    from edge.supervisor.wear import Wear

_OFFENCES = ("broke the protocol", "did not stop", "got around its memory limit", "broke the rules of its sandbox")
"""What fates of cells say that had to be killed for what they did."""


class CellInfo(msgspec.Struct, frozen=True):
    """A cell as operators see it: `age` in seconds, `memory` private bytes; `key` is "" for a blank one.

    `rewinding`: whether it sets its isolate back after each use (edge.supervisor.rewinding), and how often it has.
    """

    pid: int
    key: str
    state: str
    running: int
    served: int
    age: float
    memory: int
    rewinding: str
    rewinds: int


def _ignore(_: Result) -> None:
    """A kept isolate has nothing to say."""


class Member:
    """A cell, where it stands, what it has been through, and isolates of it that wait to be used again."""

    def __init__(self, cell: Cell, standing: Standing, wear: Wear, created: float) -> None:
        self.cell = cell
        self.standing = standing
        self.wear = wear
        self.created = created
        self.kept: list[RemoteIsolate] = []
        self.told = False  # the pool ended it
        self.why = ""  # it is to be ended

    @property
    def corrupted(self) -> bool:
        """Of one that has gone: whether it had to be killed for what it did."""
        return any(offence in self.cell.fate for offence in _OFFENCES)

    def take(self, now: float) -> RemoteIsolate:
        """An isolate to use: one that was kept, or else a fresh one."""
        isolate = self.kept.pop() if self.kept else self.cell.open()
        self.standing.kept = len(self.kept)
        self.standing.running += 1
        self.standing.used = now
        return isolate

    def put_back(self, isolate: RemoteIsolate, now: float, *, keep: bool) -> None:
        """The end of a use."""
        self.standing.running -= 1
        self.standing.used = now
        if keep and self.standing.state == "serving" and not self.cell.terminated:
            isolate.on_result = _ignore
            self.kept.append(isolate)
            self.standing.kept = len(self.kept)
        else:
            self.cell.close(isolate)

    def kill(self, reason: str) -> None:
        """End the process; `reason` continues "the cell was ended: it ..."."""
        if self.standing.state != "dying":
            self.standing.state = "dying"
            self.told = True
            self.cell.kill(reason)

    def info(self, now: float) -> CellInfo:
        """As of now."""
        standing = self.standing
        state = "yielding" if standing.yielding is not None and standing.state == "serving" else standing.state
        return CellInfo(
            pid=self.cell.process.pid,
            key=standing.key,
            state=state,
            running=standing.running,
            served=self.wear.served,
            age=now - self.created,
            memory=self.cell.memory(),
            rewinding=self.cell.rewinding.state,
            rewinds=self.cell.rewinds,
        )


class Group:
    """The cells of one function."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.members: dict[int, Member] = {}
        self.retired = False

    @property
    def standings(self) -> list[Standing]:
        """Where its cells stand."""
        return [member.standing for member in self.members.values()]

    @property
    def busy(self) -> bool:
        """Whether anything runs in it."""
        return any(member.standing.running for member in self.members.values())
