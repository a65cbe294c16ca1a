"""The time of one invocation, and its limits of wall clock and CPU.

An invocation has up to three phases:

    answering    until the response has left; the function's `timeout`
    background   what goes on after that, such as work given to waitUntil; `wait_until`, from then on
    gone         the client left before it had the response: the function is told, and may go on for GONE_GRACE, or
                 for `wait_until` while work given to waitUntil is under way

One that answers with a WebSocket stays in the first of them as long as the socket is open: see socket_phase.py.

Reads no clock: it is told what time it is.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from edge.errors import CpuLimitError, TimeoutLimitError

if TYPE_CHECKING:
    from edge.engine.lineage import Lineage
    from edge.engine.machine import Machine
    from edge.engine.socket_phase import SocketPhase

GONE_GRACE = 0.5
"""Seconds that a function has, once its client has gone, to notice and to finish what it does about it."""


class InvocationClock:
    """See the module.  Seconds; `lineage` is told until when the invocation may go on."""

    def __init__(self, lineage: Lineage, machine: Machine, now: float) -> None:
        self.started = now
        self.answered_at: float | None = None
        self.gone_at: float | None = None
        self.socket: SocketPhase | None = None  # while it is open
        self._lineage = lineage
        self._limits = lineage.function.limits
        self._machine = machine
        self._set_deadline(min(now + self._limits.timeout, lineage.within))
        self.cpu_check = now + self._limits.cpu
        """When the CPU time could be used up."""

    def _set_deadline(self, deadline: float) -> None:
        self.deadline = self._lineage.until = deadline

    @property
    def answering(self) -> bool:
        """The first phase, without a socket."""
        return self.gone_at is None and self.answered_at is None and self.socket is None

    @property
    def until(self) -> float:
        """When the time of the phase is up."""
        if self.socket is not None:
            return self.socket.until
        if self.gone_at is None:
            return self.deadline
        return self.gone_at + (self._limits.wait_until if self._machine.background else GONE_GRACE)

    # -- what happens

    def answered(self, now: float) -> None:
        """The response has left: what still goes on has its own time."""
        if self.answered_at is None and not self._machine.over:
            self.answered_at = now
            self._set_deadline(now + self._limits.wait_until)

    def client_left(self, now: float) -> None:
        """Before it had the response."""
        self.gone_at = now
        self._lineage.until = now + self._limits.wait_until

    def opened(self, socket: SocketPhase) -> None:
        """The answer is a WebSocket."""
        self.socket = socket
        self._lineage.until = inf

    def closed(self, now: float) -> None:
        """The socket has ended."""
        self.socket = None
        self.answered(now)

    # -- the limits

    def check_wall(self, now: float) -> None:
        """Raises TimeoutLimitError when the time is up."""
        if now < self.until:
            return
        if self._machine.over and self.socket is None:
            raise TimeoutLimitError("the client did not take the response in time")
        raise TimeoutLimitError(
            f"Function execution timeout ({self._limits.timeout * 1000:.0f}ms)",
            hint=f"`timeout` of function {self._lineage.function.name}",
        )

    def check_cpu(self, used: float, now: float) -> None:
        """Raises CpuLimitError when `used` is all that there was; sets `cpu_check` otherwise."""
        left = self._limits.cpu - used if self.socket is None else self.socket.budget.left(used, now)
        if left <= 0:
            raise CpuLimitError(
                f"Function CPU limit: {used:.2f} s used of {self._limits.cpu:g} s",
                hint=f"`cpu` of function {self._lineage.function.name}",
            )
        self.cpu_check = now + left

    def since(self, now: float) -> float:
        """When the work after the response had the invocation for itself."""
        marks = [mark for mark in (self.answered_at, self.gone_at) if mark is not None]
        return min(marks, default=now)
