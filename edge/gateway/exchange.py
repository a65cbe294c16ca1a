"""The client's side of an invocation: `edge.invocation.Exchange` over ASGI's receive and send.

Nothing that a function answers can break the framing: heads are checked, lengths enforced, bodies dropped where
HTTP forbids them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import trio

from edge.errors import BadResponseError, BodyTooLargeError, EdgeError, RequestTimeoutError
from edge.gateway.answers import REQUEST_ID, error_answer
from edge.gateway.lifeline import Lifeline
from edge.gateway.stream import ABORT
from edge.gateway.upgrade import ServerSocket, Upgrading, switch_protocols
from edge.invocation import Outcome, outcome_of
from edge.units import MIB
from edge.wire.response_head import ResponseHead, bodiless, response_head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.gateway.answers import Answer
    from edge.gateway.duties.filters import AnswerFilter
    from edge.wire.messages import Header

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Any]]
    Send = Callable[[Any], Awaitable[None]]
    AtOnce = Callable[[int, list[tuple[bytes, bytes]], bytes], Awaitable[None] | None]

READ_AHEAD = MIB
SOON = 0.05
"""Seconds that a small body is waited for before its function begins without the rest of it."""

_OUTCOME = b"edge-outcome"
_LENGTH = b"content-length"


class HttpExchange:
    """One request's body and answer.

    `failure` is what was wrong with the function's answer, `gone` whether the client has left; `bytes_in` and
    `bytes_out` count bodies, `finished_at` is when the answer was complete (time.perf_counter).  `expose` shows clients
    what a function threw.  `upgrading` is set when the request asks for a WebSocket, `socket` once it has one.
    """

    def __init__(
        self,
        request_id: str,
        method: str,
        receive: Receive,
        send: Send,
        *,
        max_body: int,
        lifeline: Lifeline | None = None,
        expose: bool = False,
        at_once: AtOnce | None = None,
    ) -> None:
        self.request_id = request_id
        self.started = False
        self.finished = False
        self.gone = False
        self.failure: EdgeError | None = None
        self.status = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.finished_at = 0.0
        self.upgrading: Upgrading | None = None
        self.socket: ServerSocket | None = None
        self.upgraded: Callable[[ServerSocket], None] = lambda _: None
        self._lifeline = lifeline or Lifeline()
        self._expose = expose
        self._receive = receive
        self._send = send
        self._at_once = at_once
        self._is_head = method == "HEAD"
        self._max_body = max_body
        self._limited_by = "server.max_body"
        self._filters: tuple[AnswerFilter, ...] = ()
        self._body_filters: tuple[AnswerFilter, ...] = ()
        self._said = 0
        self._unsent: list[tuple[bytes, bytes]] | None = None  # the head, until the first part
        self._buffered = b""
        self._all_read = False
        self._length: int | None = None
        self._silent = False

    def filter(self, filters: tuple[AnswerFilter, ...]) -> None:
        """Let every answer go through these, the gateway's own too."""
        self._filters = filters
        self._body_filters = tuple(one for one in filters if one.reads_body)

    # the request's body

    def limit_body(self, size: int) -> None:
        """Take no larger body than this: what the route says wins over what the server says."""
        self._max_body, self._limited_by = size, "routes.max_body"

    def check_length(self, length: int) -> None:
        """Refuse a body by its announced length.  Raises BodyTooLargeError."""
        if length > self._max_body:
            raise BodyTooLargeError(
                f"the request body is {length} bytes long, over the limit of {self._max_body} ({self._limited_by})"
            )

    async def read_ahead(self, length: int | None, seconds: float, *, whole: bool) -> tuple[bytes | None, bool]:
        """The whole body and False, or None and True when it is to be streamed.

        A body of known length up to READ_AHEAD is waited for: `seconds` at most when nothing can be done without
        the `whole`, else SOON.  Of another, only what is there already.  Raises BodyTooLargeError,
        RequestTimeoutError, and trio.BrokenResourceError without a client.
        """
        self._buffered = await self._next()
        if not self._all_read and length is not None and length <= READ_AHEAD:
            await self._read_rest(seconds if whole else SOON)
        if not self._all_read:
            if whole and length is not None and length <= READ_AHEAD:
                raise RequestTimeoutError(f"the request body did not come within {seconds:g} s")
            return None, True
        body, self._buffered = self._buffered, b""
        return body or None, False

    async def _read_rest(self, seconds: float) -> None:
        parts = [self._buffered]
        with trio.move_on_after(seconds):
            while not self._all_read:
                parts.append(await self._next())
        self._buffered = b"".join(parts)

    async def read(self) -> bytes:
        """See edge.invocation.Exchange."""
        while not self._buffered and not self._all_read:
            self._buffered = await self._next()
        body, self._buffered = self._buffered, b""
        return body

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] != "http.request":
            self.gone = True
            raise trio.BrokenResourceError("the client has gone")
        body: bytes = message.get("body", b"")
        self._all_read = not message.get("more_body", False)
        self.bytes_in += len(body)
        if self.bytes_in > self._max_body:
            raise BodyTooLargeError(
                f"the request body is over the limit of {self._max_body} bytes ({self._limited_by})"
            )
        return body

    # the function's answer

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """See edge.invocation.Exchange.  Raises BadResponseError for what cannot be sent."""
        if end:
            rest = self.whole(status, headers, body)
            if rest is not None:
                await rest
            return
        self._begin(status, headers, body, end=False)
        await self._part(body, end=False)

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None] | None:
        """See edge.invocation.Exchange.  Raises as `head` does."""
        self._begin(status, headers, body, end=True)
        if self._at_once is None or self._body_filters or self._unsent is None:
            return self._part(body, end=True)
        fields, self._unsent = self._unsent, None
        sent = b"" if self._silent else body
        self._said, self.bytes_out = len(body), len(sent)
        self.finished, self.finished_at = True, time.perf_counter()
        try:
            rest = self._at_once(status, fields, sent)
        except (OSError, trio.BrokenResourceError) as error:
            raise self._left() from error
        return None if rest is None else self._leave(rest)

    async def _leave(self, rest: Awaitable[None]) -> None:
        try:
            await rest
        except (OSError, trio.BrokenResourceError) as error:
            raise self._left() from error

    def _left(self) -> trio.BrokenResourceError:
        self.gone = True
        return trio.BrokenResourceError("the client has gone")

    def _begin(self, status: int, headers: list[Header], body: bytes, *, end: bool) -> None:
        if self.started:
            raise self._failed("the function answered twice")
        try:
            checked = response_head(status, headers)
        except BadResponseError as error:
            self.failure = error
            raise
        self._silent = self._is_head or bodiless(status)
        self._length = checked.length
        if end and not self._silent:
            self._length = len(body)
        self._check_room(body, end=end)
        self._start(status, [*checked.headers, *self._length_header(checked, body, end=end), (_OUTCOME, b"ok")])

    def _length_header(self, head: ResponseHead, body: bytes, *, end: bool) -> list[tuple[bytes, bytes]]:
        """RFC 9110 section 8.6: none with 204; with HEAD and 304 the length that GET would have had."""
        if head.status == 204:
            return []
        length = self._length
        if length is None and end and body:
            length = len(body)
        return [] if length is None else [(b"content-length", b"%d" % length)]

    async def write(self, data: bytes) -> None:
        """See edge.invocation.Exchange."""
        if not self.started or self.finished:
            raise self._failed("the function wrote outside of its answer")
        self._check_room(data, end=False)
        if data:
            await self._part(data, end=False)

    async def end(self) -> None:
        """See edge.invocation.Exchange."""
        if not self.started or self.finished:
            raise self._failed("the function ended an answer that it had not begun")
        self._check_room(b"", end=True)
        await self._part(b"", end=True)

    def _check_room(self, data: bytes, *, end: bool) -> None:
        """What was announced must be what is sent."""
        if self._length is None or self._silent:
            return
        size = self._said + len(data)
        if size > self._length or (end and size < self._length):
            raise self._failed(f"the function announced {self._length} bytes and sent {size}")

    async def upgrade(self, headers: list[Header], protocol: str) -> ServerSocket:
        """See edge.invocation.Exchange."""
        if self.started or self.upgrading is None:
            raise self._failed("the function answered with a WebSocket where none can be")
        extra = [(_OUTCOME, b"ok"), (REQUEST_ID, self.request_id.encode("ascii"))]
        try:
            self.socket = await switch_protocols(self.upgrading, headers, protocol, extra, self._receive, self._send)
        except BadResponseError as error:
            self.failure = error
            raise
        except (OSError, trio.BrokenResourceError) as error:
            self.gone = True
            raise trio.BrokenResourceError("the client has gone") from error
        self.started = self.finished = True
        self.status = 101
        self.upgraded(self.socket)
        return self.socket

    async def fail(self, error: EdgeError) -> None:
        """See edge.invocation.Exchange."""
        if self.socket is not None:
            await self.socket.dismiss(error)
        elif not self.started:
            answer = error_answer(error, self.request_id, expose=self._expose)
            await self.answer(answer, outcome_of(error) or Outcome.EXCEPTION)
        elif not self.finished:
            await self._send({"type": ABORT})

    def watch(self, left: Callable[[], None]) -> None:
        """See edge.invocation.Exchange."""
        self._lifeline.watch(left)

    def _failed(self, message: str) -> BadResponseError:
        self.failure = self.failure or BadResponseError(message)
        return BadResponseError(message)

    # the gateway's own answer

    async def answer(self, answer: Answer, outcome: str = "") -> None:
        """Send a complete answer, when nothing was sent before."""
        extra = [(_OUTCOME, outcome.encode("ascii"))] if outcome else []
        headers = [header for header in answer.headers if header[0] != REQUEST_ID]
        self._silent = self._is_head or bodiless(answer.status)
        self._start(answer.status, [*headers, *extra])
        await self._part(answer.body, end=True)

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]], length: int) -> None:
        """Start an answer of `length` bytes, which `headers` announce; `write` and `end` do the rest."""
        self._silent = self._is_head or bodiless(status)
        self._length = length
        self._start(status, list(headers))

    # over the wire

    def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.started = True
        self.status = status
        headers.append((REQUEST_ID, self.request_id.encode("ascii")))
        for one in self._filters:
            headers = one.head(status, headers)
        self._unsent = headers

    async def _part(self, body: bytes, *, end: bool) -> None:
        """The head leaves with the first part, which may be empty: whoever streams may have nothing to say yet."""
        self._said += len(body)
        if self._silent:
            body = b""
        elif self._body_filters:
            body = await self._filtered(body, end=end)
            if not body and not end and self._unsent is None:
                return
        if self._unsent is not None:
            headers, self._unsent = self._unsent, None
            await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        self.bytes_out += len(body)
        self.finished = end
        if end:
            self.finished_at = time.perf_counter()
        await self._leave(self._send({"type": "http.response.body", "body": body, "more_body": not end}))

    async def _filtered(self, body: bytes, *, end: bool) -> bytes:
        """What the filters make of a part; the length of the whole is known when that is all."""
        for one in self._body_filters:
            body = await one.data(body, end=end)
        if end and self._unsent is not None and not any(name == _LENGTH for name, _ in self._unsent):
            self._unsent.append((_LENGTH, b"%d" % len(body)))
        return body
