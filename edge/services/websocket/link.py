"""A WebSocket on a byte stream: reads ahead within bounds, answers pings, asks for signs of life, and ends in time."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Protocol

import trio

from edge.services.websocket.endpoint import (
    ABNORMAL,
    GOING_AWAY,
    NO_STATUS,
    Binary,
    Closed,
    Endpoint,
    Incoming,
    Outgoing,
    Pinged,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.services.websocket.budget import Budget
    from edge.services.websocket.limits import SocketLimits
    from edge.wire.messages import Header

_AT_ONCE = 100
"""Events of the peer that are taken before others get a turn."""


class ByteStream(Protocol):
    """What carries a WebSocket."""

    async def receive(self) -> bytes:
        """Some bytes; b"" at the end.  Raises trio.BrokenResourceError."""

    async def send(self, data: bytes) -> None:
        """Send all of it.  Raises trio.BrokenResourceError."""

    async def aclose(self) -> None:
        """End the connection.  Never raises."""


class Tally:
    """Messages and their bytes, in and out."""

    def __init__(self) -> None:
        self.messages_in = self.messages_out = 0
        self.bytes_in = self.bytes_out = 0


class Link:
    """One WebSocket; `run` is its one task, from the opening handshake on, and ends with the connection.

    `protocol` and `extensions` are what was agreed on, `headers` those of a server's answer.  `ended` is how it ended,
    None as long as it has not.
    """

    def __init__(
        self,
        stream: ByteStream,
        endpoint: Endpoint,
        limits: SocketLimits,
        *,
        client: bool,
        protocol: str = "",
        extensions: str = "",
        budget: Budget | None = None,
    ) -> None:
        self.protocol = protocol
        self.extensions = extensions
        self.headers: list[Header] = []
        self.tally = Tally()
        self.ended: Closed | None = None
        self.said: int | None = None  # the code of a close that began at this end
        self._stream = stream
        self._endpoint = endpoint
        self._limits = limits
        self._client = client
        self._budget = budget
        self._began = self._spoke = trio.current_time()
        self._arrived: list[Incoming] = []
        self._held = 0
        self._change = trio.Event()
        self._told = False
        self._verdict: Closed | None = None  # of ours, when the peer is not to be waited for
        self._scope = trio.CancelScope()
        self._waiting = trio.CancelScope()
        self._closing_at = inf

    # -- the task

    async def run(self, first: bytes = b"") -> None:
        """Serve the socket to its end; `first` came with the handshake.  Raises nothing but trio.Cancelled."""
        try:
            with self._scope:
                try:
                    await self._take(first)
                    await self._receive_all()
                except trio.BrokenResourceError:
                    pass
        finally:
            self._finish()
            with trio.CancelScope(shield=True):
                await self._stream.aclose()

    async def _receive_all(self) -> None:
        while not self._endpoint.is_over and self._verdict is None:
            await self._room()
            data = await self._next()
            if data is None:
                continue
            if not data:
                return
            await self._take(data)
        if self._client and self._endpoint.is_over:
            await self._server_closes()

    async def _next(self) -> bytes | None:
        """Bytes of the peer; None when it was time for something else, which is done."""
        silence = self._limits.heartbeat or inf
        pinged = False
        while True:
            due = min(trio.current_time() + silence, self._deadline())
            if trio.current_time() < due:  # a peer that never pauses would always be read
                with trio.move_on_at(due) as self._waiting:
                    return await self._stream.receive()
            if trio.current_time() >= self._deadline():
                await self._out_of_time()
                return None
            if pinged:
                self._verdict = Closed(ABNORMAL, "the peer did not answer a ping", clean=False)
                return None
            pinged = True
            if self._endpoint.send(Pinged(b"")):
                await self._flush()

    def _deadline(self) -> float:
        if self._closing_at != inf:
            return self._closing_at + self._limits.closing
        idle = self._spoke + (self._limits.idle or inf)
        return min(idle, self._began + (self._limits.life or inf))

    async def _out_of_time(self) -> None:
        now = trio.current_time()
        if now >= self._closing_at + self._limits.closing:
            self._verdict = Closed(ABNORMAL, "", clean=False)  # it never answered the closing frame
            return
        old = self._limits.life and now >= self._began + self._limits.life
        await self.close(GOING_AWAY, "the socket has been open for as long as it may" if old else "idle for too long")

    async def _server_closes(self) -> None:
        """Section 7.1.1: the server ends the connection first."""
        with trio.move_on_after(self._limits.closing):
            while await self._stream.receive():
                pass

    async def _take(self, data: bytes) -> None:
        for count, incoming in enumerate(self._endpoint.receive(data), 1):
            self._note(incoming)
            if self._full or count % _AT_ONCE == 0:
                self._weigh()
                await self._flush()
                await trio.lowlevel.checkpoint()
                await self._room()  # a few bytes may unfold to many messages
            if self._verdict is not None:
                return
        self._weigh()
        await self._flush()

    def _note(self, incoming: Incoming) -> None:
        size = len(incoming.data) if not isinstance(incoming, Closed) else 0
        if isinstance(incoming, (Text, Binary)):
            self._spoke = trio.current_time()
            self.tally.messages_in += 1
            self.tally.bytes_in += size
        self._arrived.append(incoming)
        self._held += size
        self._changed()

    def _weigh(self) -> None:
        if self._budget is not None:
            self._budget.note(self, 0 if self.ended is not None else self._held + self._endpoint.held)

    async def _room(self) -> None:
        """Wait until what has arrived is read: the peer is held back meanwhile."""
        while self._full and self._verdict is None:
            with trio.move_on_at(self._deadline()) as scope:
                await self._change.wait()
            if scope.cancelled_caught:
                await self._out_of_time()

    @property
    def _full(self) -> bool:
        return self._held > self._limits.queue or len(self._arrived) > self._limits.queued

    def _changed(self) -> None:
        self._change.set()
        self._change = trio.Event()

    def _finish(self) -> None:
        if self.ended is None:
            said = self._endpoint.end()
            self.ended = said if self._verdict is None or self._endpoint.is_over else self._verdict
            self._endpoint.drop()  # who knows when this is collected
            self._weigh()
        self._changed()

    async def _flush(self) -> None:
        data = self._endpoint.outgoing()
        if data:
            await self._stream.send(data)

    # -- for whoever uses it

    @property
    def has_more(self) -> bool:
        """Whether something is left to be read."""
        return bool(self._arrived) or (self.ended is not None and not self._told)

    async def read(self) -> list[Incoming]:
        """What has arrived, at least one; Closed comes last, and once.  After it: nothing."""
        while not self._arrived:
            if self.ended is not None:
                if self._told:
                    return []
                self._told = True
                return [self.ended]
            await self._change.wait()
        arrived, self._arrived, self._held = self._arrived, [], 0
        self._weigh()
        self._changed()
        return arrived

    async def send(self, messages: Iterable[Outgoing]) -> bool:
        """Send these, and wait until the kernel has them; False when the socket closes or has closed."""
        taken = True
        for message in messages:
            taken = self._endpoint.send(message) and self.ended is None
            if not taken:
                break
            if isinstance(message, (Text, Binary)):
                self._spoke = trio.current_time()
                self.tally.messages_out += 1
                self.tally.bytes_out += len(message.data)
        try:
            await self._flush()
        except trio.BrokenResourceError:
            self._scope.cancel()
            return False
        return taken

    async def close(self, code: int | None = None, reason: str = "") -> None:
        """Begin the closing handshake; the peer has the limit's time for its half."""
        if self.ended is not None:
            return
        if not self._endpoint.is_closing:
            self.said = code or NO_STATUS
        self._endpoint.close(code, reason)
        self._closing_at = min(self._closing_at, trio.current_time())
        self._waiting.deadline = min(self._waiting.deadline, self._closing_at + self._limits.closing)
        self._changed()
        try:
            await self._flush()
        except trio.BrokenResourceError:
            self._scope.cancel()

    def abort(self) -> None:
        """End it at once, without a word."""
        self._verdict = self._verdict or Closed(ABNORMAL, "", clean=False)
        self._scope.cancel()

    def shed(self) -> None:
        """See budget.Holder."""
        self._arrived, self._held = [], 0
        self._endpoint.drop()
        self.abort()

    async def wait_closed(self) -> None:
        """Until it has ended."""
        while self.ended is None:
            await self._change.wait()
