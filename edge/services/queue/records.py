"""What is known of a deferred invocation.  Times are milliseconds since the Unix epoch, durations seconds."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.errors import CallerError, OutsideError
from edge.wire.messages import Header, Request


class State(StrEnum):
    """Where a deferred invocation is on its way."""

    QUEUED = "queued"
    """It waits for its first attempt, or for the next one."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """For good: the dead letters."""
    CANCELED = "canceled"


FINISHED = (State.SUCCEEDED, State.FAILED, State.CANCELED)


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run of the function: when it began and how it ended.

    `outcome` is one of edge.invocation.Outcome, or `lost` when the gateway ended under it.
    """

    number: int
    started: int
    outcome: str
    status: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    error: str = ""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer of the last attempt; of a long body the beginning."""

    status: int
    headers: list[Header] = []
    body: bytes = b""
    truncated: bool = False


class Callback(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who is told of the end: `state` is waiting, pending, delivered or failed."""

    url: str
    state: str = "waiting"
    tries: int = 0
    error: str = ""


class Deferred(msgspec.Struct, frozen=True):
    """One deferred invocation.  `tries` counts the attempts that count, `attempts` holds the latest of all.

    `seq` gives the order of acceptance; `due` is when it may run, 0: at once.  `origin` is the invocation of which
    this one is the dead letter.
    """

    seq: int
    id: str
    function: str
    state: State
    created: int
    due: int
    changed: int
    tries: int = 0
    reason: str = ""
    key: str = ""
    origin: str = ""
    attempts: list[Attempt] = []
    result: Result | None = None
    callback: Callback | None = None
    size: int = 0


class Wanted(msgspec.Struct, frozen=True):
    """What is to be run, as it was accepted.  `key` "" is none; `digest` tells requests with the same key apart."""

    id: str
    function: str
    request: Request
    key: str = ""
    digest: bytes = b""
    callback: str = ""
    origin: str = ""


class Page(msgspec.Struct, frozen=True):
    """Some of a listing, newest first, and the place to go on from: None at the end."""

    found: list[Deferred]
    cursor: int | None


class AlreadyExistsError(CallerError):
    """The idempotency key belongs to another request."""

    code = "already_exists"
    status = 409


class QueueUnavailableError(OutsideError):
    """The queue cannot be written or read: disk full, locked for too long, closed.  Nothing was accepted."""

    code = "queue_unavailable"
    status = 503


class QueueCorruptError(OutsideError):
    """The database file is damaged or is not one of ours.  For operators: the message names the file."""

    code = "queue_corrupt"
    status = 500
