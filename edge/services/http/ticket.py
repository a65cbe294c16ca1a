"""What a request tells its connection, and learns of it; and how its body is sent while the answer comes."""

from __future__ import annotations

import math
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import trio

from edge.services.http.failure import FetchError, translated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from edge.services.egress.target import Target
    from edge.services.http.connection import Open
    from edge.services.http.upload import Upload

TICKET = "edge.ticket"  # key in the extensions of a httpcore request


class Ticket:
    """One request on one connection.  `sending` is set when its body is an upload.

    `deadline` is when all of the request must be over, `total` seconds after it began.  `first_byte` is how long
    the response may take, once there is a connection.
    """

    def __init__(self, target: Target, deadline: float = math.inf, total: float = math.inf) -> None:
        self.target = target
        self.deadline = deadline
        self.first_byte = math.inf
        self.opened: Open | None = None
        self.reused = False
        self.sending: Sending | None = None
        self._total = total
        self._scope: trio.CancelScope | None = None
        self._seconds = 0.0
        self._failure: FetchError | None = None

    def again(self) -> Ticket:
        """For another attempt at the same request."""
        return Ticket(self.target, self.deadline, self._total)

    @contextmanager
    def patience(self, seconds: float, what: str, key: str) -> Iterator[None]:
        """Bound a wait for the peer, counted from the end of the upload when there is one.

        `key` is the limit's in the config.  Raises FetchError.
        """
        self._check()
        self._seconds = seconds
        with trio.CancelScope() as self._scope:
            self.restart()
            yield
        self._check()
        if self._scope.cancelled_caught:
            late = trio.current_time() >= self.deadline
            limit = (
                f"{self._total:g}s in all (egress.limits.timeout)"
                if late
                else f"{self._seconds:g}s (egress.limits.{key})"
            )
            raise FetchError(f"{self.target.place}: {what} within {limit}", "response", code="ETIMEDOUT")

    def connected(self) -> None:
        """There is a connection: what remains to be waited for is the response."""
        self._seconds = self.first_byte
        self.restart()

    def restart(self) -> None:
        """Count from now on, or not at all while the body is on its way."""
        if self._scope is not None:
            busy = self.sending is not None and self.sending.active
            self._scope.deadline = self.deadline if busy else min(trio.current_time() + self._seconds, self.deadline)

    def fail(self, error: FetchError) -> None:
        """End the wait, or the next one, with an error."""
        self._failure = self._failure or error
        if self._scope is not None:
            self._scope.cancel()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure


class Sending:
    """Sends an upload in a task of its own, so that an answer is heard before the body has ended.

    `idle` is the longest time that the peer may take for one piece.
    """

    def __init__(self, ticket: Ticket, upload: Upload, nursery: trio.Nursery, idle: float) -> None:
        self.active = False
        self._ticket = ticket
        self._upload = upload
        self._nursery = nursery
        self._idle = idle
        self._scope = trio.CancelScope()
        self._finished = trio.Event()

    def start(self, send: Callable[[bytes], Awaitable[None]], finish: Callable[[], Awaitable[None]]) -> None:
        """Begin: `send` is awaited with each piece, then `finish`.  Raises FetchError when that was begun before."""
        if not self._upload.rewind():
            raise FetchError("the connection was lost, and the request body cannot be sent again", "response")
        self._scope, self._finished = trio.CancelScope(), trio.Event()
        self.active = True
        self._ticket.restart()
        self._nursery.start_soon(self._run, send, finish)

    async def _run(self, send: Callable[[bytes], Awaitable[None]], finish: Callable[[], Awaitable[None]]) -> None:
        place = self._ticket.target.place
        try:
            # A peer that closes early may have answered before: what went wrong here shows when the answer is read.
            with self._scope, suppress(FetchError), translated(place):
                await self._send_all(send, finish)
        except trio.TooSlowError:
            reason = (
                f"{place}: nothing of the request body was taken within {self._idle:g}s (egress.limits.idle_timeout)"
            )
            self._ticket.fail(FetchError(reason, "response", code="ETIMEDOUT"))
        finally:
            self.active = False
            self._finished.set()
            self._ticket.restart()

    async def _send_all(self, send: Callable[[bytes], Awaitable[None]], finish: Callable[[], Awaitable[None]]) -> None:
        while piece := await self._upload.take():
            await trio.lowlevel.checkpoint_if_cancelled()  # a cancelled write would still be tried (see stream.py)
            with trio.fail_after(self._idle):
                await send(piece)
        await trio.lowlevel.checkpoint_if_cancelled()
        with trio.fail_after(self._idle):
            await finish()

    async def stop(self) -> None:
        """Send nothing more."""
        if self.active:
            self._scope.cancel()
            await self._finished.wait()
