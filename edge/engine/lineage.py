"""Who an invocation is for: the request that began it all, and the functions that called one another on the way.

A request's *family* are the invocations that it brings about, one function calling another.  They run in one
nursery, so that the request is not over before the last of them is, whatever has become of their callers.
"""

from __future__ import annotations

import time
from math import inf
from typing import TYPE_CHECKING

import trio

from edge.errors import OverloadedError
from edge.invocation import Outcome, Receipt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.errors import EdgeError
    from edge.function import Function
    from edge.invocation import Exchange
    from edge.tracing.invocation import InvocationTrace
    from edge.wire.messages import Header, Request

    Invoke = Callable[["Lineage", Request, Exchange], Awaitable[Receipt]]

MAX_HOPS = 16
"""Functions that wait for one another, the first included."""
MAX_CALLS = 1000
"""Calls from function to function in one family."""
PATIENCE = 5.0
"""Seconds that a call between functions waits for a place and for an isolate: its caller holds both meanwhile."""


def refusal(
    lineage: Lineage, outcome: Outcome, error: EdgeError, *, at: float = 0.0, queued: float = 0.0, start: float = 0.0
) -> Receipt:
    """The receipt of an invocation that did not come to an isolate."""
    function = lineage.function
    return Receipt(
        *(outcome, error, queued),
        id=lineage.id,
        caller=lineage.caller,
        function=function.name,
        version=function.version,
        at=at or time.time(),
        start=start,
    )


class Family:
    """What all invocations of one request share.  `nursery` is None when its function has no services to call."""

    def __init__(self, invoke: Invoke) -> None:
        self.invoke = invoke
        self.nursery: trio.Nursery | None = None
        self.calls = 0
        self._number = 0

    def number(self) -> int:
        """A new one for an invocation that another one has brought about."""
        self._number += 1
        return self._number


class Lineage:
    """One invocation and who called it; services.bindings.service.Caller for what it calls itself.

    `id` is its own: the request's for the first of a family, and that with a number for all others.  `headers` are
    those of its request; they and `masked` are for the logs (services.function_logs.Speaker).
    `within` is when it has to be over at the latest, `until` when its own time is up (trio's clock).
    """

    within: float
    until: float

    def __init__(
        self,
        family: Family,
        function: Function,
        request_id: str,
        *,
        ip: str,
        headers: list[Header],
        parent: Lineage | None = None,
    ) -> None:
        self.function = function
        self.request_id = request_id
        self.headers = headers
        self.masked: tuple[str, ...] | None = None
        self.id = request_id if parent is None else f"{request_id}.{family.number()}"
        self.ip = ip
        self.socket = ""  # whose event it handles (services.realtime)
        self.trace: InvocationTrace | None = None  # where the gateway traces
        self.within = parent.until if parent is not None else inf
        self.until = self.within
        self._family = family
        self._parent = parent

    @property
    def cdn_loop(self) -> str:
        """What the first request of the family says of the networks it has passed (RFC 8586), joined."""
        if self._parent is not None:
            return self._parent.cdn_loop
        return ", ".join([value for name, value in self.headers if name == "cdn-loop"])

    @property
    def caller(self) -> str:
        """The id of the invocation that called, "" without one."""
        return self._parent.id if self._parent is not None else ""

    @property
    def path(self) -> list[Function]:
        """The functions from the first to this one."""
        return [*(self._parent.path if self._parent else ()), self.function]

    @property
    def patience(self) -> float:
        """Seconds that it may wait for what is free soon; inf when that is its function's own affair."""
        if self._parent is None:
            return inf
        return max(min(PATIENCE, self.within - trio.current_time()), 0.0)

    @property
    def waits_for_itself(self) -> bool:
        """A place of its function is held by who waits for it."""
        return self._parent is not None and any(each.id == self.function.id for each in self._parent.path)

    # -- for its services

    def count(self) -> None:
        """See Caller."""
        self._family.calls += 1
        if self._family.calls > MAX_CALLS:
            raise OverloadedError(f"more than {MAX_CALLS} calls between functions for one request")

    def spawn(self, task: Callable[[], Awaitable[None]]) -> None:
        """See Caller."""
        assert self._family.nursery is not None  # there is one where there are services
        self._family.nursery.start_soon(task)

    async def invoke(self, function: Function, request: Request, exchange: Exchange) -> Receipt:
        """See Caller."""
        child = Lineage(self._family, function, self.request_id, ip=self.ip, headers=request.headers, parent=self)
        if len(child.path) > MAX_HOPS:
            names = " > ".join(each.name for each in child.path[-4:])
            error = OverloadedError(f"functions call one another more than {MAX_HOPS} deep (... > {names})")
            return refusal(child, Outcome.OVERLOADED, error)
        return await self._family.invoke(child, request, exchange)
