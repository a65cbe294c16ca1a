"""HTTP/1.0 and 1.1 on one connection: Hypercorn's protocol without a task per request and with strict heads.

h11 parses and frames; what may reach it is decided by head_reader.py.  Head and body of an answer leave in one
send.  Requests that arrive before the previous answer is complete wait here, unparsed.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import h11
import trio
from hypercorn.events import Closed, RawData
from hypercorn.protocol.h11 import H11Protocol

from edge.errors import CallerError, RequestTimeoutError
from edge.gateway.answers import error_answer
from edge.gateway.head_reader import HeadReader
from edge.gateway.plain_request import REASONS, PlainHead, plain_answer, plain_head
from edge.gateway.request_id import request_id
from edge.gateway.stream import RequestStream
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from hypercorn.events import Event

    from edge.errors import EdgeError
    from edge.gateway.connection import Connection
    from edge.gateway.lifeline import Reason
    from edge.gateway.stream import Headers, Message

STREAM_ID = 1
_MAX_WAITING = 64 * KIB  # bytes of pipelined requests
_MAX_DISCARDED = 1024 * KIB
_PREFACE = b"PRI * HTTP/2.0\r\n\r\n"
_MAX_LENGTH_DIGITS = 18
CLOSE = (b"connection", b"close")


class Http1(H11Protocol):
    """See connection.WireProtocol and stream.Responder."""

    connection: h11.Connection

    def __init__(
        self, connection: Connection, client: tuple[str, int] | None, server: tuple[str, int] | None, *, ssl: bool
    ) -> None:
        self.wire = connection
        self.settings = connection.settings
        parts = connection.hypercorn_parts()
        super().__init__(*parts, ssl, client, server, connection.send_event)
        self.current: RequestStream | None = None
        self._head = HeadReader(self.settings.head_limits)
        self._waiting = b""  # pipelined requests
        self._room: trio.Event | None = None
        self._requests = 0
        self._eof = self._over = self._draining = False
        self._discarded = 0
        self._body_began = 0.0
        self._body_size = 0
        self._plain = b""  # the current request, all of it, as long as h11 need not know of it
        self._used = False  # h11 knows of a request

    def _fresh(self) -> h11.Connection:
        return h11.Connection(h11.SERVER, max_incomplete_event_size=self.config.h11_max_incomplete_size)

    async def start(self) -> None:
        """HTTP/1 begins with the client."""

    # what comes from the client

    async def handle(self, event: Event) -> None:
        """Hypercorn's way in."""
        if isinstance(event, RawData):
            await self.feed(event.data)
        elif isinstance(event, Closed):
            self.lost("client left")

    async def feed(self, data: bytes) -> None:
        if self._over:
            self._discard(len(data))
            return
        try:
            self._take(data)
        except CallerError as error:
            await self._refuse(error)
            return
        if self._is_preface(data):
            await self._switch(data)
            return
        if self._is_saturated():
            await self._wait_for_room()

    def _take(self, data: bytes) -> None:
        stream = self.current
        if stream is None:
            self._take_head(data)
        elif stream.upgraded:
            stream.push(data)
        elif stream.complete:
            self._waiting += data
        else:
            self.connection.receive_data(data)
            self._pump(stream)

    def _take_head(self, data: bytes) -> None:
        if self.settings.h2c and not self.ssl and data.startswith(_PREFACE):
            return
        begun = bool(self._head)
        whole = self._head.feed(data)
        if whole is None:
            if not begun and self._head:
                self.wire.set_deadline(self.settings.head_timeout)
            return
        end = whole.index(b"\r\n\r\n") + 4
        plain = plain_head(whole[:end])
        if plain is not None and len(whole) >= end + plain.length:
            self._begin_plain(plain, whole, end)
            return
        self._used = True
        self.connection.receive_data(whole)
        self._begin(self._next_event())

    def _begin_plain(self, plain: PlainHead, whole: bytes, body: int) -> None:
        """All of a request is there: `whole`, with its body at `body`, and perhaps the next ones."""
        self._requests += 1
        end = body + plain.length
        self._plain, self._waiting = whole[:end], whole[end:]
        scope = self._scope(plain.method, plain.target, plain.fields, "1.1")
        stream = self.current = RequestStream(self, STREAM_ID, scope)
        if plain.length:
            stream.push(whole[body:end])
        stream.finish()
        self.wire.set_deadline(inf)
        self.wire.server.start(stream)

    def _promote(self) -> None:
        """Let h11 know of a request that seemed plain: its answer is not."""
        if self._plain:
            whole, self._plain, self._used = self._plain, b"", True
            self.connection.receive_data(whole)
            while isinstance(self._next_event(), h11.Request | h11.Data):
                pass

    def _next_event(self) -> object:
        try:
            return self.connection.next_event()
        except h11.RemoteProtocolError as error:
            raise CallerError("the request cannot be understood") from error

    def _begin(self, request: object) -> None:
        if not isinstance(request, h11.Request):
            raise CallerError("the request cannot be understood")
        _check_framing(request)
        self._requests += 1
        version = "1.0" if request.http_version == b"1.0" else "1.1"
        scope = self._scope(request.method.decode("ascii"), request.target, list(request.headers), version)
        stream = self.current = RequestStream(self, STREAM_ID, scope)
        self._pump(stream)
        if stream.complete:
            self.wire.set_deadline(inf)
        else:
            self._body_began, self._body_size = trio.current_time(), 0
            self._set_body_deadline()
        self.wire.server.start(stream)

    def _scope(self, method: str, target: bytes, headers: Headers, version: str) -> Message:
        path, _, query = target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": version,
            "method": method,
            "scheme": "https" if self.ssl else "http",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": self.client,
            "server": self.server,
            "extensions": self.wire.extensions.copy(),
        }

    def _pump(self, stream: RequestStream) -> None:
        """Move what h11 has of the body to the stream."""
        while True:
            event = self._next_event()
            if isinstance(event, h11.Data):
                self._body_size += len(event.data)
                stream.push(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._waiting = self.connection.trailing_data[0]
                stream.finish()
                self.wire.set_deadline(inf)
                return
            else:
                if self._body_began:
                    self._set_body_deadline()
                return

    def _set_body_deadline(self) -> None:
        allowed = self.settings.body_grace + self._body_size / self.settings.body_rate
        self.wire.set_deadline(self._body_began + allowed - trio.current_time())

    def _is_saturated(self) -> bool:
        return self.current is not None and (self.current.full or len(self._waiting) > _MAX_WAITING)

    async def _wait_for_room(self) -> None:
        """The application is slow, not the client: its clock stands still."""
        began = trio.current_time()
        self.wire.set_deadline(inf)
        while self._is_saturated():
            self._room = trio.Event()
            await self._room.wait()
        self._body_began += trio.current_time() - began
        if self.current is not None and not self.current.complete and not self.current.upgraded:
            self._set_body_deadline()

    def _make_room(self) -> None:
        if self._room is not None:
            self._room.set()

    def _is_preface(self, data: bytes) -> bool:
        return self.settings.h2c and not self.ssl and self.current is None and data.startswith(_PREFACE)

    async def _switch(self, data: bytes) -> None:
        protocol = self.wire.become_http2()
        await protocol.start()
        await protocol.feed(data)

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > _MAX_DISCARDED:
            self.wire.finish()

    async def end_of_input(self) -> bool:
        self._eof = True
        stream = self.current
        if stream is not None and stream.upgraded:
            stream.finish()  # what has arrived counts
        elif stream is None or not stream.complete:
            self.lost("client left")
            return False
        return True

    async def timed_out(self) -> None:
        waiting_for_answer = self.current is not None and (self.current.complete or self.current.upgraded)
        if self._over or self._eof or waiting_for_answer:
            return
        if self._head:
            await self._refuse(RequestTimeoutError(f"the request head took over {self.settings.head_timeout:g} s"))
        elif self.current is not None:
            await self._refuse(RequestTimeoutError("the request body comes too slowly"))

    async def _refuse(self, error: EdgeError) -> None:
        """Answer what never became a request, or broke off in its body, and end the connection."""
        self._over = True
        rid = request_id(None, None)
        self.wire.server.observer.refused(error, rid, self.wire.client_name)
        stream = self.current
        if stream is not None:
            stream.lost()
        if stream is not None and stream.started:
            self.wire.finish(reset=True)
            return
        answer = error_answer(error, rid)
        headers = [*answer.headers, *self.config.response_headers("h11"), CLOSE]
        try:
            await self.wire.send(serialized(answer.status, headers, answer.body))
        except trio.BrokenResourceError:
            return
        await self.wire.linger()

    def lost(self, reason: Reason) -> None:
        if self.current is not None:
            self.current.lost(reason)
        self._make_room()

    async def drain(self) -> None:
        self._draining = True
        if self.current is None and not self._head:
            self.wire.set_deadline(self.settings.linger)

    # what goes to the client

    def respond_at_once(
        self, stream: RequestStream, status: int, headers: Headers, body: bytes
    ) -> Awaitable[None] | None:
        self._check_turn(stream)
        self._add_date(headers)
        answer = self._plain_answer(stream, status, headers, body)
        if answer is None:
            return self._respond_framed(status, headers, body, end=True)
        rest = self.wire.send_some(answer)
        return self._send_rest(rest) if rest else self._recycle_plain()

    async def respond(self, stream: RequestStream, status: int, headers: Headers, body: bytes, *, end: bool) -> None:
        if end:
            rest = self.respond_at_once(stream, status, headers, body)
            if rest is not None:
                await rest
            return
        self._check_turn(stream)
        self._add_date(headers)
        await self._respond_framed(status, headers, body, end=False)

    def _add_date(self, headers: Headers) -> None:
        for name, _ in headers:
            if name == b"date":
                return
        headers.extend(self.config.response_headers("h11"))

    def _plain_answer(self, stream: RequestStream, status: int, headers: Headers, body: bytes) -> bytes | None:
        """The whole of it, where h11 need not frame it."""
        if not self._plain or self._must_close():
            return None
        return plain_answer(stream.scope["method"], status, headers, body)

    async def _send_rest(self, data: bytes) -> None:
        await self.wire.send(data)
        rest = self._recycle_plain()
        if rest is not None:
            await rest

    async def _respond_framed(self, status: int, headers: Headers, body: bytes, *, end: bool) -> None:
        must_close = self._must_close()
        self._promote()
        if must_close:
            headers.append(CLOSE)
        h = self.connection
        data = h.send(h11.Response(status_code=status, headers=headers, reason=_reason(status))) or b""
        if body:
            data += h.send(h11.Data(data=body)) or b""
        if end:
            data += h.send(h11.EndOfMessage()) or b""
        await self.wire.send(data)
        if end:
            await self._recycle()

    def _check_turn(self, stream: RequestStream) -> None:
        if stream is not self.current or self._over:
            raise trio.BrokenResourceError("the connection has gone on without this request")

    def _must_close(self) -> bool:
        stream = self.current
        return (
            self._draining
            or self._requests >= self.settings.max_requests
            or (stream is not None and not stream.complete)
        )

    async def send_body(self, stream: RequestStream, body: bytes, *, end: bool) -> None:
        self._check_turn(stream)
        data = (self.connection.send(h11.Data(data=body)) or b"") if body else b""
        if end:
            data += self.connection.send(h11.EndOfMessage()) or b""
        if data:
            await self.wire.send(data)
        if end:
            await self._recycle()

    def body_patience(self, stream: RequestStream) -> float:
        """The connection has a deadline for it."""
        return inf

    async def too_slow(self, stream: RequestStream) -> None:
        """Never, by that."""

    async def wants_body(self, stream: RequestStream) -> None:
        if stream is self.current and not self._plain and self.connection.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            await self.wire.send(self.connection.send(go_on) or b"")

    def consumed(self, stream: RequestStream, size: int) -> None:
        if size and stream is self.current:
            self._make_room()

    async def abort(self, stream: RequestStream) -> None:
        if stream is self.current:
            self.wire.finish(reset=True)

    async def upgrade(self, stream: RequestStream, headers: Headers) -> None:
        self._check_turn(stream)
        early, self._waiting = self._waiting, b""
        self.wire.set_deadline(inf)
        await self.wire.send(serialized(101, [*headers, *self.config.response_headers("h11")], b""))
        if early:
            stream.push(early)

    async def send_raw(self, stream: RequestStream, data: bytes, *, end: bool) -> None:
        self._check_turn(stream)
        if data:
            await self.wire.send(data)
        if end:
            self._over = True
            await self.wire.linger()

    def _recycle_plain(self) -> Awaitable[None] | None:
        """The answer is complete, and h11 knows of nothing.  What is to be awaited for what comes next."""
        self._plain = b""
        self.current = None
        self._make_room()
        if self._over:
            self.wire.finish()
        elif self._waiting:
            return self._next_waiting()
        elif self._eof:
            self.wire.finish()
        else:
            self.wire.set_deadline(self.settings.linger if self._draining else self.settings.idle_timeout)
        return None

    async def _recycle(self) -> None:
        """The answer is complete: on to the next request, or to the end."""
        h = self.connection
        self.current = None
        self._make_room()
        if h.their_state is h11.SEND_BODY:
            self._over = True
            await self.wire.linger()
        elif self._over or h.our_state is not h11.DONE or h.their_state is not h11.DONE:
            self.wire.finish()
        elif self._waiting:
            await self._next_waiting()
        elif self._eof:
            self.wire.finish()
        else:
            h.start_next_cycle()
            self._used = False
            self.wire.set_deadline(self.settings.linger if self._draining else self.settings.idle_timeout)

    async def _next_waiting(self) -> None:
        data, self._waiting = self._waiting, b""
        if self._used:
            self.connection, self._used = self._fresh(), False
        self.wire.set_deadline(self.settings.head_timeout)
        try:
            self._take_head(data)
        except CallerError as error:
            await self._refuse(error)


def _check_framing(request: h11.Request) -> None:
    """What other parsers could frame differently (RFC 9112 section 6.3, items 3 and 4)."""
    fields = dict(request.headers)
    length = fields.get(b"content-length")
    if b"transfer-encoding" in fields and (length is not None or request.http_version == b"1.0"):
        raise CallerError("a request cannot have Transfer-Encoding and Content-Length, nor the former in HTTP/1.0")
    if length is not None and len(length) > _MAX_LENGTH_DIGITS:
        raise CallerError("Content-Length is no length")


def serialized(status: int, headers: Headers, body: bytes) -> bytes:
    """An answer that h11 has no part in."""
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, _reason(status), lines, body)


def _reason(status: int) -> bytes:
    return REASONS.get(status, b"Unknown")
