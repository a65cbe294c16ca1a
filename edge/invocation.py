"""An invocation: one request given to one function, and how it ended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

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

if TYPE_CHECKING:
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


class Receipt(msgspec.Struct, frozen=True):
    """How an invocation ended and what it used.

    `error` is set for every outcome but OK and CANCELED; its `status` and `code` are what the client
    gets when no byte of the response has left.  Durations are in seconds.
    """

    outcome: Outcome
    error: EdgeError | None = None
    queued: float = 0.0
    wall: float = 0.0
    cpu: float = 0.0
    calls: int = 0
    level: str = ""


class Exchange(Protocol):
    """The client's side of an invocation, as the engine sees it.  All methods may wait (back-pressure).

    `head` is called once at most, before any `write`; `end` once at most, after them.  A method raises
    trio.BrokenResourceError when the client has gone.
    """

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """Begin the response; with `end`, `body` is all of it."""

    async def write(self, data: bytes) -> None:
        """Send more of the body."""

    async def end(self) -> None:
        """Finish the response."""

    async def read(self) -> bytes:
        """More of the request's body; b"" at its end.  Raises BodyTooLargeError over the limit."""


class Invoker(Protocol):
    """What runs functions: the engine in this process, or a supervisor of cells."""

    async def invoke(self, function: Function, request: Request, request_id: str, exchange: Exchange) -> Receipt:
        """Run one invocation to its end.  Never raises for the function's sake: see Receipt.

        Cancelling the call cancels the invocation and stops its code.
        """
