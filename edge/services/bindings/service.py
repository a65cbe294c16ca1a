"""The host calls `service.*` of one invocation: calls to the functions that its function is bound to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import msgspec
import trio

from edge.errors import EdgeError, FunctionError, HostCallError, OverloadedError
from edge.invocation import Receipt
from edge.services.api import Answer, arguments
from edge.services.bindings.exchange import MemoryExchange
from edge.services.egress.url import UrlError, parse_url
from edge.tracing.context import with_context
from edge.tracing.span import Attributes, clipped, method_name
from edge.units import KIB
from edge.wire.messages import Header, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from edge.function import Function
    from edge.invocation import Exchange
    from edge.services.api import Handler
    from edge.tracing.invocation import InvocationTrace
    from edge.tracing.tracer import Started

MAX_OPEN = 100
"""Calls of one invocation whose responses have not been read to their end."""
PIECE = 256 * KIB
"""Most of a request's body in one host call: what a caller has on its way is bounded, however it calls."""
AT_HAND = 64 * KIB
"""A response that is complete and no larger than this comes with its head."""
# What the callee is told about framing and connections is ours to say (RFC 9110 section 7.6.1).
_DROPPED = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "expect", "host", "content-length",
    }
)  # fmt: skip
_BAD_URL = "the URL of a call to a service must be absolute, http: or https:"


class Caller(Protocol):
    """The invocation that calls (engine/lineage.py)."""

    function: Function
    request_id: str
    ip: str
    trace: InvocationTrace | None

    def count(self) -> None:
        """One call more of the request that all this is for.  Raises OverloadedError."""

    def spawn(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task that may outlive this invocation, but not the request."""

    async def invoke(self, function: Function, request: Request, exchange: Exchange) -> Receipt:
        """Invoke a function on behalf of this invocation.  Never raises for the function's sake."""


class CallEntry(msgspec.Struct, frozen=True):
    """What is known about a call when the callee's invocation is over.  `duration` in seconds."""

    caller: str
    function: str
    method: str
    path: str
    status: int
    request_id: str
    duration: float
    receipt: Receipt


class _Start(msgspec.Struct, forbid_unknown_fields=True):
    call: int
    binding: str
    url: str
    method: str = "GET"
    headers: list[Header] = []
    more: bool = False


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    call: int


class BindingService:
    """See services.api.Service.  `find` gives a function of the caller's generation, or raises EdgeError."""

    def __init__(
        self, caller: Caller, find: Callable[[str], Function], ended: Callable[[CallEntry], None] = lambda _: None
    ) -> None:
        self._caller = caller
        self._find = find
        self._ended = ended
        self._open: dict[int, MemoryExchange] = {}
        self._spans: dict[int, Started | None] = {}  # of calls whose answer is awaited
        self._closed = False

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {
            "service.start": self._start,
            "service.head": self._head,
            "service.write": self._write,
            "service.end": self._end,
            "service.abort": self._abort,
            "service.read": self._read,
            "service.cancel": self._cancel,
        }

    async def aclose(self) -> None:
        """The caller is over: its callees have no client any more."""
        self._closed = True
        for exchange in self._open.values():
            exchange.leave()
        for call in list(self._spans):
            self._answered(call, 0)

    # -- a call

    async def _start(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Start, args)
        _check_size(data)
        function = self._bound(wanted)
        request = self._request(wanted, data)
        exchange = self._open[wanted.call] = MemoryExchange(function.name, wanted.method)
        request, self._spans[wanted.call] = self._traced(function, request)
        self._caller.spawn(lambda: self._run(function, request, exchange))
        return Answer() if wanted.more else await self._response(wanted.call, exchange)

    def _bound(self, wanted: _Start) -> Function:
        """The function that a binding stands for."""
        name = self._caller.function.services.get(wanted.binding)
        if name is None:
            raise HostCallError(f"{wanted.binding[:60]!r} is no service of this function", js_class="TypeError")
        if self._closed or wanted.call in self._open:
            raise HostCallError("this call cannot be made", js_class="TypeError")
        if len(self._open) >= MAX_OPEN:
            raise HostCallError(
                f"{MAX_OPEN} calls to services are open; read their responses to the end, or cancel them"
            )
        try:
            self._caller.count()
            return self._find(name)
        except EdgeError as error:
            raise _failure(name, error) from error

    def _request(self, wanted: _Start, data: bytes | None) -> Request:
        try:
            url = parse_url(wanted.url)
        except UrlError as error:
            raise HostCallError(_BAD_URL, js_class="TypeError") from error
        if url.scheme not in {"http", "https"}:
            raise HostCallError(_BAD_URL, js_class="TypeError")
        headers = [("host", url.authority)]
        headers += [(name.lower(), value) for name, value in wanted.headers if name.lower() not in _DROPPED]
        if data is not None and not wanted.more:
            headers.append(("content-length", str(len(data))))
        return Request(
            method=wanted.method,
            url=wanted.url,
            path=url.path,
            query=url.query or "",
            headers=headers,
            ip=self._caller.ip,
            ips=[self._caller.ip],
            body=data,
            more=wanted.more,
        )

    def _traced(self, function: Function, request: Request) -> tuple[Request, Started | None]:
        """The request as the callee gets it, a part of the caller's trace, and the span of the call."""
        trace = self._caller.trace
        if trace is None:
            return request, None
        method = method_name(request.method)
        about: Attributes = {"http.request.method": method, "faas.invoked_name": function.name}
        span = trace.call(f"call {function.name}", about)
        context = trace.context if span is None else span.context
        return msgspec.structs.replace(request, headers=with_context(request.headers, context)), span

    def _answered(self, call: int, status: int, error: EdgeError | None = None) -> None:
        span = self._spans.pop(call, None)
        if span is None:
            return
        if status:
            span.attributes["http.response.status_code"] = status
        if error is not None:
            span.attributes["error.type"] = error.code
        span.end(clipped(error.message) if error is not None else None)

    async def _run(self, function: Function, request: Request, exchange: MemoryExchange) -> None:
        began = time.perf_counter()
        receipt: Receipt | None = None
        with trio.CancelScope() as scope:
            exchange.attach(scope)
            receipt = await self._caller.invoke(function, request, exchange)
        exchange.over(receipt.error if receipt is not None else None)
        if receipt is None:
            return  # the caller left before it had begun
        self._ended(
            CallEntry(
                *(self._caller.function.name, function.name, request.method, request.path, exchange.status),
                *(self._caller.request_id, time.perf_counter() - began, receipt),
            )
        )

    async def _response(self, call: int, exchange: MemoryExchange) -> Answer:
        """The head, with the whole body when that is there and small."""
        try:
            await exchange.response()
        except EdgeError as error:
            self._answered(call, 0, error)
            self._open.pop(call, None)
            raise _failure(exchange.callee, error) from error
        self._answered(call, exchange.status)
        value = {"status": exchange.status, "headers": exchange.headers, "stream": True}
        if not exchange.body.ended or exchange.body.held > AT_HAND:
            return Answer(value)
        self._open.pop(call, None)
        data, _ = await exchange.body.take()
        return Answer(value | {"stream": False}, data)

    async def _head(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """The same for a call whose body is still being sent."""
        call, exchange = self._known(args)
        if exchange is None:
            raise HostCallError("this call is not open", js_class="TypeError")
        return await self._response(call, exchange)

    # -- bodies

    def _known(self, args: msgspec.Raw) -> tuple[int, MemoryExchange | None]:
        call = arguments(_Call, args).call
        return call, self._open.get(call)

    async def _write(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """More of the request's body; true when nobody wants more of it."""
        _, exchange = self._known(args)
        _check_size(data)
        if exchange is not None and exchange.upload.waited:
            raise HostCallError("one write at a time", js_class="TypeError")
        return Answer(exchange is None or not await exchange.upload.put(data or b""))

    async def _end(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        _, exchange = self._known(args)
        if exchange is not None:
            exchange.upload.end()
        return Answer()

    async def _abort(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """The body broke off: for the callee its client has gone."""
        _, exchange = self._known(args)
        if exchange is not None:
            exchange.leave()
        return Answer()

    async def _read(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        call, exchange = self._known(args)
        if exchange is None:
            raise HostCallError("the response body is not open", js_class="TypeError")
        try:
            chunk, ended = await exchange.body.take()
        except EdgeError as error:
            self._open.pop(call, None)
            raise _failure(exchange.callee, error) from error
        if ended:
            self._open.pop(call, None)
        return Answer(ended, chunk)

    async def _cancel(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        call, exchange = self._known(args)
        if exchange is not None:
            del self._open[call]
            self._answered(call, 0)
            exchange.leave()
        return Answer()


def _check_size(data: bytes | None) -> None:
    if data is not None and len(data) > PIECE:
        raise HostCallError(f"{len(data)} bytes at once, at most {PIECE} are allowed", js_class="TypeError")


def _failure(name: str, error: EdgeError) -> HostCallError:
    """What the caller sees of a callee's failure: what happened and its code, nothing of its stack."""
    message = error.message if isinstance(error, (FunctionError, OverloadedError)) else str(error)
    if error.code == "internal":
        message = "something went wrong inside the gateway"
    return HostCallError(f"function {name} failed: {message}", js_code=error.code)
