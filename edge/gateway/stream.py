"""One request and its answer, between a protocol (HTTP/1, HTTP/2) and an ASGI application.

The protocol side calls `push`, `finish` and `lost`, none of which waits.  The application side is ASGI:
https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, Protocol

import trio

from edge.errors import InternalError
from edge.gateway.answers import Answer, error_answer
from edge.gateway.lifeline import EXTENSION, Lifeline, Reason
from edge.gateway.request_id import request_id
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from edge.gateway.observer import ServerObserver

    Message = MutableMapping[str, Any]
    Headers = list[tuple[bytes, bytes]]
    Application = Callable[
        [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
    ]

ABORT = "edge.response.abort"
"""A message of ours to ASGI's send: break the answer off, so that the client can tell."""

UPGRADE = "edge.upgrade"
"""Another one: switch protocols, with `headers`.  What follows in either direction are bytes of that protocol."""

WEBSOCKET = "edge.websocket"
"""An extension of the scope: the request asks for a WebSocket in the way of HTTP/2 (RFC 8441)."""

AT_ONCE = "edge.respond"
"""And another one: RequestStream.respond_at_once."""

CLIENT_CERTIFICATE = "edge.client_certificate"
"""Another extension of the scope: the ClientCertificate of who sent the request, when one was shown."""

HIGH_WATER = 256 * KIB  # of a request's body that nobody has read yet


class Responder(Protocol):
    """The protocol's side.  Sending methods wait for the client and raise trio.BrokenResourceError without one."""

    async def respond(self, stream: RequestStream, status: int, headers: Headers, body: bytes, *, end: bool) -> None:
        """Send the head, with `body`; with `end` it is all."""

    def respond_at_once(
        self, stream: RequestStream, status: int, headers: Headers, body: bytes
    ) -> Awaitable[None] | None:
        """Send a whole answer; what is still to be awaited, where it takes more than a moment."""

    async def send_body(self, stream: RequestStream, body: bytes, *, end: bool) -> None:
        """Send more of the body."""

    async def wants_body(self, stream: RequestStream) -> None:
        """The application waits for the body: time for `100 Continue`."""

    def body_patience(self, stream: RequestStream) -> float:
        """Seconds that the application's waiting for more of the body may take yet; inf where nobody counts."""

    async def too_slow(self, stream: RequestStream) -> None:
        """They have passed."""

    def consumed(self, stream: RequestStream, size: int) -> Awaitable[None] | None:
        """The application took `size` bytes of the body; what is to be awaited for that, if anything."""

    async def abort(self, stream: RequestStream) -> None:
        """End the answer so that the client can tell that it is not complete."""

    async def upgrade(self, stream: RequestStream, headers: Headers) -> None:
        """Switch to WebSocket, as the request asked: its body begins anew, and has no end."""

    async def send_raw(self, stream: RequestStream, data: bytes, *, end: bool) -> None:
        """Send bytes of the protocol that was switched to; with `end` nothing follows."""


class RequestStream:
    """A request that an application answers in a task of its own; see `run`."""

    def __init__(self, responder: Responder, stream_id: int, scope: Message) -> None:
        self.id = stream_id
        self.scope = scope
        self.lifeline = scope["extensions"][EXTENSION] = Lifeline()
        self.started = False  # a part of the answer has left
        self.answered = False
        self.broken = False
        self.upgraded = False
        self.waiting_body = 0  # bytes
        self.received = 0  # bytes of the body
        self.waited = 0.0  # seconds, for the body
        self._responder = responder
        self._parts: list[bytes] = []
        self._complete = False
        self._told_complete = False
        self._arrival: trio.Event | None = None
        self._head: Message | None = None

    # the protocol's side

    def push(self, data: bytes) -> None:
        """More of the request's body arrived."""
        if not self.answered and not self.broken:
            self._parts.append(data)
            self.received += len(data)
            self.waiting_body += len(data)
            self._wake()

    def finish(self) -> None:
        """The request's body is complete."""
        self._complete = True
        self._wake()

    def lost(self, reason: Reason = "client left") -> None:
        """The client is gone, or is to be thought gone."""
        self.broken = True
        self._parts.clear()
        self._wake()
        if not self.answered:
            self.lifeline.cut(reason)

    @property
    def complete(self) -> bool:
        return self._complete

    @property
    def full(self) -> bool:
        """Whether more of the body should not be read before some of it is consumed."""
        return self.waiting_body >= HIGH_WATER and not self.answered and not self.broken

    def _wake(self) -> None:
        if self._arrival is not None:
            self._arrival.set()

    # the application's side

    async def run(self, app: Application, observer: ServerObserver) -> None:
        """Run `app` to its end; only cancellation leaves this method."""
        extensions = self.scope["extensions"]
        extensions[AT_ONCE] = self.respond_at_once
        try:
            await app(self.scope, self.receive, self.send)
        except trio.BrokenResourceError:
            self.broken = True
        except Exception as error:  # noqa: BLE001 - one request's bug must not end the server
            self._crashed(error, observer)
        except BaseExceptionGroup as group:
            cancelled, rest = group.split(trio.Cancelled)
            if rest is not None:
                self._crashed(rest, observer)
            if cancelled is not None:
                raise
        finally:
            del extensions[AT_ONCE]  # which refers to the stream: that would take Python's collector to take apart
        if not self.answered and not self.broken:
            await self._give_up()

    def _crashed(self, error: BaseException, observer: ServerObserver) -> None:
        if not isinstance(error, AbortedAnswer):
            observer.crashed(error, f"{self.scope['method']} {self.scope['raw_path'].decode('latin-1')[:200]}")

    async def receive(self) -> Message:
        """ASGI's receive; everything that has arrived comes in one message, then nothing until the client goes."""
        if not self._parts and not self._complete and not self.broken:
            await self._responder.wants_body(self)
        while not self._parts and (not self._complete or self._told_complete) and not self.broken and not self.answered:
            await self._wait()
        if self.broken or (self.answered and not self._parts):
            return {"type": "http.disconnect"}
        return await self._take()

    async def _wait(self) -> None:
        """Until something has changed; a client that has its body still to send has so much time for it."""
        self._arrival = trio.Event()
        patience = inf if self._complete else self._responder.body_patience(self)
        if patience == inf:
            await self._arrival.wait()
            return
        began = trio.current_time()
        with trio.move_on_after(patience) as scope:
            await self._arrival.wait()
        self.waited += trio.current_time() - began
        if scope.cancelled_caught:
            await self._responder.too_slow(self)

    async def _take(self) -> Message:
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self.waiting_body = 0
        self._told_complete = self._complete
        message = {"type": "http.request", "body": body, "more_body": not self._complete}
        told = self._responder.consumed(self, len(body)) if body else None
        if told is not None:
            with trio.CancelScope(shield=True):  # it has been taken: whoever stops waiting would lose it
                await told
        return message

    async def send(self, message: Message) -> None:
        """ASGI's send; the head leaves together with the first part of the body, an empty part included."""
        kind = message["type"]
        if kind == ABORT:
            self.broken = True
            await self._responder.abort(self)
            return
        if kind == UPGRADE and self._head is None and not self.started:
            await self._upgrade(message)
        elif kind == "http.response.body" and self.upgraded and not self.answered:
            await self._send_raw(message)
        elif kind == "http.response.start" and self._head is None and not self.upgraded:
            self._head = message
        elif kind == "http.response.body" and self._head is not None and not self.answered:
            await self._send_part(self._head, message)
        else:
            raise RuntimeError(f"{kind} is out of order")

    def respond_at_once(self, status: int, headers: Headers, body: bytes) -> Awaitable[None] | None:
        """A whole answer, past `send`: what is still to be awaited.  Raises trio.BrokenResourceError."""
        if self.broken:
            raise trio.BrokenResourceError("the client has gone")
        if self.started or self._head is not None:
            raise RuntimeError("there is an answer already")
        self.started = self.answered = True
        self._wake()
        return self._responder.respond_at_once(self, status, headers, b"" if self._bodiless(status) else body)

    async def _send_part(self, head: Message, message: Message) -> None:
        if self.broken:
            raise trio.BrokenResourceError("the client has gone")
        end = not message.get("more_body", False)
        body = b"" if self._bodiless(head["status"]) else message.get("body", b"")
        self.answered = end
        if end:
            self._wake()
        if self.started:
            await self._responder.send_body(self, body, end=end)
        else:
            self.started = True
            await self._responder.respond(self, head["status"], list(head["headers"]), body, end=end)

    async def _upgrade(self, message: Message) -> None:
        if self.broken:
            raise trio.BrokenResourceError("the client has gone")
        self.started = self.upgraded = True
        self._complete = self._told_complete = False
        await self._responder.upgrade(self, list(message["headers"]))

    async def _send_raw(self, message: Message) -> None:
        if self.broken:
            raise trio.BrokenResourceError("the client has gone")
        end = not message.get("more_body", False)
        self.answered = end
        if end:
            self._wake()
        await self._responder.send_raw(self, message.get("body", b""), end=end)

    def _bodiless(self, status: int) -> bool:
        return self.scope["method"] == "HEAD" or status in {204, 304}

    async def _give_up(self) -> None:
        """The application ended without a complete answer."""
        try:
            if self.started:
                self.broken = True
                await self._responder.abort(self)
            else:
                await self.answer(error_answer(InternalError(""), request_id(None, None)))
        except trio.BrokenResourceError:
            self.broken = True

    async def answer(self, answer: Answer) -> None:
        """Send a complete answer that was made here and not by the application."""
        self.started = self.answered = True
        body = b"" if self._bodiless(answer.status) else answer.body
        await self._responder.respond(self, answer.status, answer.headers, body, end=True)


class AbortedAnswer(Exception):  # noqa: N818 - not an error of ours
    """Raised by an application, on purpose, to end an answer in a way that the client cannot take for complete."""
