"""Response bodies: raw from the connection, decoded and limited, and pumped to a reader who may be slow."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import trio

from edge.errors import HostCallError
from edge.services.http.failure import FetchError, translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpcore

    from edge.services.http.decoding import Decoder
    from edge.services.http.limits import FetchLimits
    from edge.services.http.ticket import Ticket
    from edge.services.http.upload import Upload

_CLOSE_TIMEOUT = 2.0  # seconds for giving up a response
_READS = (
    32  # after which others get a turn: a peer may have put a byte into each chunk, and all of them into one packet
)


class WireBody:
    """The bytes of a response as they arrive."""

    def __init__(self, response: httpcore.Response, ticket: Ticket, limits: FetchLimits) -> None:
        self._response = response
        self._ticket = ticket
        self._limits = limits
        self._parts: AsyncIterator[bytes] | None = None
        self._ended = False
        self._reads = 0

    async def read(self) -> bytes:
        """The next bytes; b"" at the end.  Raises FetchError."""
        if self._ended:
            return b""
        wait = self._ticket.patience(self._limits.idle, "nothing more of the response body", "idle_timeout")
        with wait, translated(self._ticket.target.place):
            return await self._next()

    async def _next(self) -> bytes:
        if self._parts is None:
            self._parts = self._response.aiter_stream()
        self._reads += 1
        if self._reads % _READS == 0:
            await trio.lowlevel.checkpoint()
        self._ended = True  # unless more comes: an iterator that raised is over
        async for part in self._parts:
            if part:
                self._ended = False
                return part
        return b""

    async def aclose(self) -> None:
        """Give up what has not been read.  Never raises."""
        with trio.move_on_after(_CLOSE_TIMEOUT, shield=True):
            if not self._ended and self._parts is not None:
                await self._abandon(self._parts)
            with suppress(FetchError), translated(self._ticket.target.place):
                await self._response.aclose()

    async def _abandon(self, parts: AsyncIterator[bytes]) -> None:
        """Let httpcore's nested generators fail from the inside: closing the outer one would leave the others."""
        self._ended = True
        if self._ticket.opened is not None:
            await self._ticket.opened.abandon(self._response.extensions.get("stream_id"))
        with suppress(FetchError), translated(self._ticket.target.place):
            async for _ in parts:
                pass


class Body:
    """A response body, decoded, within its limits."""

    def __init__(self, wire: WireBody, decoder: Decoder | None, limits: FetchLimits) -> None:
        self._wire = wire
        self._decoder = decoder
        self._limits = limits
        self._given = 0
        self._closed = False
        self._after: Callable[[], None] | None = None

    def on_close(self, call: Callable[[], None]) -> None:
        """Call this when the body is closed, which it will be."""
        self._after = call

    async def read(self) -> bytes:
        """The next bytes, at most one chunk; b"" at the end.  Raises FetchError."""
        data = await (self._wire.read() if self._decoder is None else self._decoded(self._decoder))
        self._given += len(data)
        if self._given > self._limits.response_body:
            limit = self._limits.response_body
            reason = f"the response body is over the limit of {limit} bytes (egress.limits.response_size)"
            raise FetchError(reason, "limit")
        return data

    async def _decoded(self, decoder: Decoder) -> bytes:
        while not (data := decoder.take(self._limits.chunk)):
            if decoder.busy:
                await trio.lowlevel.checkpoint()
                continue
            encoded = await self._wire.read()
            if not encoded:
                decoder.finish()
                return b""
            decoder.feed(encoded)
        return data

    async def discard(self, size: int, seconds: float) -> None:
        """Read what little is left, so that the connection can be used again, and close.  Never raises."""
        with suppress(FetchError), trio.move_on_after(seconds):
            while size > 0 and (data := await self._wire.read()):
                size -= len(data)
        await self.aclose()

    async def aclose(self) -> None:
        """Give up the rest.  Never raises."""
        if not self._closed:
            self._closed = True
            try:
                await self._wire.aclose()
            finally:
                if self._after is not None:
                    self._after()


class StaticBody:
    """A body that is there already."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def read(self) -> bytes:
        """All of it, once."""
        data, self._data = self._data, b""
        return data

    async def aclose(self) -> None:
        """Nothing to give up."""


class Pump:
    """Reads a body ahead, up to one chunk, in a task of its own.

    So a complete small body is at hand when the head is answered, cancelling a read loses nothing, and a
    body can be given up from any task.
    """

    def __init__(self, body: Body | StaticBody, ahead: int, upload: Upload | None = None) -> None:
        self._body = body
        self._ahead = ahead
        self._upload = upload
        self._buffer = bytearray()
        self._error: HostCallError | None = None
        self._scope = trio.CancelScope()
        self._changed = trio.Event()
        self.finished = trio.Event()

    async def run(self) -> None:
        """Pump until the body ends, fails or is given up."""
        try:
            with self._scope:
                while data := await self._body.read():
                    self._buffer += data
                    self._notify()
                    while len(self._buffer) >= self._ahead:
                        await self._changed.wait()
        except HostCallError as error:
            self._error = error
        finally:
            with trio.CancelScope(shield=True):  # bounded: closing has a timeout of its own
                await self._body.aclose()
            if self._upload is not None:
                self._upload.stop()
            if self._scope.cancelled_caught and self._error is None:
                self._error = FetchError("the response body was given up", "response")
            self.finished.set()
            self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    def at_hand(self) -> bytes | None:
        """The whole rest of the body when it has arrived, else None."""
        if not self.finished.is_set() or self._error is not None:
            return None
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    async def read(self, size: int) -> tuple[bytes, bool]:
        """At most `size` bytes, and whether the body ended with them.  Raises HostCallError."""
        while not self._buffer and not self.finished.is_set():
            await self._changed.wait()
        if not self._buffer and self._error is not None:
            raise self._error
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._notify()
        return data, self.finished.is_set() and not self._buffer and self._error is None

    def cancel(self) -> None:
        """Give the body up; `finished` is set when its connection is free again."""
        self._buffer.clear()
        self._scope.cancel()
