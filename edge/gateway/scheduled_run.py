"""A scheduled run: an invocation that no client asked for, and what became of it.

Functions of the web contract get it as `scheduled(controller, env, ctx)`, those of the event contract as an event of
EventBridge, those of the express contract as `POST /scheduled` with `x-scheduled-execution: true`, a header that no
client can send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.errors import BadResponseError
from edge.invocation import Outcome, Receipt
from edge.tracing.span import Attributes, Kind
from edge.wire.messages import Request, Scheduled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.errors import EdgeError
    from edge.function import Function
    from edge.invocation import Invoker, Upgraded
    from edge.tracing.context import SpanContext
    from edge.tracing.switch import TracingSwitch
    from edge.wire.messages import Header

MAX_KEPT = 64 * 1024
"""Bytes of an answer that are kept."""
_NO_RETRY = "edge-no-retry"

log = structlog.get_logger()


class CollectingExchange:
    """An exchange without a client (edge.invocation.Exchange): keeps the response, or the beginning of it."""

    def __init__(self, limit: int | None = None) -> None:
        self.status = 0
        self.headers: list[Header] = []
        self.truncated = False
        self._body = bytearray()
        self._limit = limit

    @property
    def body(self) -> bytes:
        """What has been kept of the body."""
        return bytes(self._body)

    def watch(self, left: Callable[[], None]) -> None:
        """Nobody leaves."""

    async def upgrade(self, headers: list[Header], protocol: str) -> Upgraded:
        """There is nobody to talk to."""
        raise BadResponseError("the function answered with a WebSocket where none can be")

    async def fail(self, error: EdgeError) -> None:
        """The receipt says so."""

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """Keep it."""
        self.status, self.headers = status, headers
        await self.write(body)

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None]:
        """See Exchange."""
        return self.head(status, headers, body, end=True)

    async def write(self, data: bytes) -> None:
        """Add to the body."""
        room = len(data) if self._limit is None else self._limit - len(self._body)
        self._body += data[:room]
        self.truncated |= room < len(data)

    async def end(self) -> None:
        """Nothing more to do."""

    async def read(self) -> bytes:
        """The request's body came with the request."""
        return b""


class ScheduledRun(msgspec.Struct, frozen=True):
    """How a run ended.  `scheduled_time` in milliseconds since the Unix epoch, `wall` and `cpu` in seconds.

    `ok`: the function did not fail and answered with a status below 400.  `no_retry`: it asked not to be tried again.
    """

    function: str
    cron: str
    scheduled_time: int
    request_id: str
    ok: bool
    outcome: Outcome
    status: int
    no_retry: bool
    wall: float
    cpu: float
    error: str = ""


def scheduled_request(scheduled: Scheduled) -> Request:
    """The request of a run, as the express contract sees it."""
    headers = [
        ("host", "localhost"),
        ("x-scheduled-execution", "true"),
        ("x-scheduled-time", str(scheduled.time)),
        ("x-scheduled-cron", scheduled.cron),
    ]
    return Request("POST", "http://localhost/scheduled", "/scheduled", headers=headers, scheduled=scheduled)


def run_of(
    function: str, scheduled: Scheduled, request_id: str, exchange: CollectingExchange, receipt: Receipt
) -> ScheduledRun:
    """What a run came to."""
    return ScheduledRun(
        function,
        scheduled.cron,
        scheduled.time,
        request_id,
        ok=receipt.outcome is Outcome.OK and exchange.status < 400,
        outcome=receipt.outcome,
        status=exchange.status,
        no_retry=(_NO_RETRY, "true") in exchange.headers,
        wall=round(receipt.wall, 6),
        cpu=round(receipt.cpu, 6),
        error=str(receipt.error) if receipt.error is not None else "",
    )


async def run_scheduled(
    invoker: Invoker,
    function: Function,
    scheduled: Scheduled,
    request_id: str,
    tracing: TracingSwitch,
    origin: SpanContext | None = None,
) -> ScheduledRun:
    """Run a function as its schedule would, to the end of all that it gave to waitUntil; `origin` has asked for it."""
    exchange = CollectingExchange(MAX_KEPT)
    about: Attributes = {"faas.trigger": "timer", "faas.name": function.name}
    if scheduled.cron:
        about["faas.cron"] = scheduled.cron
    request = scheduled_request(scheduled)
    with tracing.root(request, f"scheduled {function.name}", Kind.INTERNAL, about, origin) as root:
        receipt = await invoker.invoke(function, root.request, request_id, exchange)
        root.ended(receipt, exchange.status)
    run = run_of(function.name, scheduled, request_id, exchange, receipt)
    (log.info if run.ok else log.warning)(
        "scheduled_run", **{k: v for k, v in msgspec.to_builtins(run).items() if v != ""}
    )
    return run
