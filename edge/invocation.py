"""An invocation: one request given to one function, and how it ended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from edge.errors import (
    BadFunctionError,
    BadResponseError,
    CpuLimitError,
    EdgeError,
    EngineCrashError,
    FunctionError,
    MemoryLimitError,
    OverloadedError,
    TimeoutLimitError,
)
from edge.function import Limits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.function import Function
    from edge.wire.messages import Header, Request


class Outcome(StrEnum):
    """How an invocation ended; the value of the `Edge-Outcome` header."""

    OK = "ok"
    EXCEPTION = "exception"
    TIMEOUT = "timeout"
    CPU = "cpu"
    MEMORY = "memory"
    CRASH = "crash"
    BAD_RESPONSE = "bad-response"
    OVERLOADED = "overloaded"
    CANCELED = "canceled"


class BackgroundOutcome(StrEnum):
    """How the work ended that an invocation gave to waitUntil."""

    OK = "ok"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    """It was still going on when `wait_until` was used up."""
    FAILED = "failed"
    """A limit or a crash ended it."""
    CANCELED = "canceled"
    """The gateway shut down."""


# The first class that fits decides.
_BY_CLASS: tuple[tuple[type[EdgeError], Outcome], ...] = (
    (BadResponseError, Outcome.BAD_RESPONSE),
    (BadFunctionError, Outcome.BAD_RESPONSE),
    (MemoryLimitError, Outcome.MEMORY),
    (TimeoutLimitError, Outcome.TIMEOUT),
    (CpuLimitError, Outcome.CPU),
    (FunctionError, Outcome.EXCEPTION),
    (OverloadedError, Outcome.OVERLOADED),
    (EngineCrashError, Outcome.CRASH),
)


def outcome_of(error: EdgeError) -> Outcome | None:
    """The outcome of an invocation that ended with `error`; None when it is not about an invocation."""
    return next((outcome for kind, outcome in _BY_CLASS if isinstance(error, kind)), None)


class HostCall(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One host call: `at` seconds after the run had begun, for `took` seconds.

    `about` says in a few words, without credentials, whom it asks ("": nothing).  `error` is the class or
    the code of the error that the function got, "" for none, "unfinished" when the invocation ended before the call.
    """

    op: str
    at: float
    took: float
    about: str = ""
    error: str = ""


class CallSum(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Host calls of one operation that are not in the list of a receipt: how many, for how long, how many failed."""

    op: str
    count: int
    took: float
    failed: int = 0


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an invocation ended and what it used.

    `error` is set for every outcome but OK and CANCELED; its `status` and `code` are what the client
    gets when no byte of the response has left.  Durations are in seconds.  `background` is what became of the work
    that went on after the response, None when there was none; it took `background_wall` of `wall`.

    `id` is the request's id for its first invocation, and that with a number for those that functions have called;
    `caller` is the `id` of the invocation that called, "" without one.  It came at `at` (Unix time), waited `queued`
    for a place and `start` for an isolate, and ran for `wall`.  `isolate_age` is how old the isolate was then, and
    `isolate_uses` how many invocations it has served with this one.

    `memory` is the most of heap and buffers that was in use when code came to rest, in bytes; `bytes_in` and
    `bytes_out` count the bodies, `sent` and `received` what host calls carried away and brought.  `log_dropped` of
    `log_lines` were too many.  `host_calls` are the first calls, `more_calls` sums of all others.
    `limits` are the function's; None when the invocation did not come to an isolate.
    """

    outcome: Outcome
    error: EdgeError | None = None
    queued: float = 0.0
    wall: float = 0.0
    cpu: float = 0.0
    calls: int = 0
    level: str = ""
    background: BackgroundOutcome | None = None
    background_wall: float = 0.0
    id: str = ""
    caller: str = ""
    function: str = ""
    version: str = ""
    at: float = 0.0
    start: float = 0.0
    isolate_age: float = 0.0
    isolate_uses: int = 0
    memory: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    sent: int = 0
    received: int = 0
    log_lines: int = 0
    log_dropped: int = 0
    limits: Limits | None = None
    host_calls: tuple[HostCall, ...] = ()
    more_calls: tuple[CallSum, ...] = ()


class Upgraded(Protocol):
    """A WebSocket that answers a request, served by whoever is on the client's side."""

    @property
    def is_open(self) -> bool:
        """The connection is there."""

    async def call(self, op: str, args: msgspec.Raw, data: bytes | None) -> Any:
        """Carry out a host call `upgrade.*` (edge.services.api.Answer); None when there is no such call.

        Raises HostCallError.
        """

    async def wait_closed(self) -> None:
        """Until the connection is gone."""


class Exchange(Protocol):
    """The client's side of an invocation, as the engine sees it.  Methods may wait (back-pressure).

    `head` is called once at most, before any `write`; `end` once at most, after them.  A method raises
    trio.BrokenResourceError when the client has gone.
    """

    def watch(self, left: Callable[[], None]) -> None:
        """Call `left` when the client goes, at once when it has gone.  From now on that cancels nothing."""

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """Begin the response; with `end`, `body` is all of it."""

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None] | None:
        """`head` with `end`: at once, where nobody has to be waited for.  What is still to be awaited, if anything."""

    async def write(self, data: bytes) -> None:
        """Send more of the body."""

    async def end(self) -> None:
        """Finish the response."""

    async def upgrade(self, headers: list[Header], protocol: str) -> Upgraded:
        """Answer with a WebSocket.  Raises BadResponseError where there can be none."""

    async def fail(self, error: EdgeError) -> None:
        """The function failed, but its background work goes on: answer for it, or break its answer off."""

    async def read(self) -> bytes:
        """More of the request's body; b"" at its end.  Raises BodyTooLargeError over the limit."""


class Invoker(Protocol):
    """What runs functions: the engine in this process, or a supervisor of cells."""

    async def invoke(self, function: Function, request: Request, request_id: str, exchange: Exchange) -> Receipt:
        """Run one invocation to its end.  Never raises for the function's sake: see Receipt.

        Returns when the work that the function gave to waitUntil has ended too.  Cancelling the call cancels the
        invocation and stops its code; a client that leaves (Exchange.watch) does not stop that work.
        """
