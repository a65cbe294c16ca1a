"""The fetch of one function: policy, connections, redirects, decoding.

https://fetch.spec.whatwg.org/#fetching
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Literal, Self

import httpcore
import msgspec
import trio

from edge.errors import InternalError
from edge.services.dial.tls import shared_context
from edge.services.egress.target import Target
from edge.services.egress.url import UrlError, parse_url
from edge.services.http import data_url, redirect
from edge.services.http.attempts import Attempts
from edge.services.http.body import Body, Pump, StaticBody, WireBody
from edge.services.http.connection import EgressPool
from edge.services.http.decoding import Decoder, encodings
from edge.services.http.failure import FetchError, dialling, translated
from edge.services.http.limits import FetchLimits
from edge.services.http.request import FetchRequest, check_body, check_headers, check_loop, check_method
from edge.services.http.response import FetchResponse, header_list, without_coding
from edge.services.http.service import FetchService
from edge.services.http.ticket import TICKET, Sending, Ticket
from edge.services.http.upload import Upload
from edge.services.resilience.backoff import IDEMPOTENT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Sequence

    from edge.services.dial.dialer import Dialer
    from edge.services.http.request import Redirect
    from edge.services.resilience.rules import HostRule
    from edge.tracing.invocation import InvocationTrace
    from edge.tracing.propagation import Carrier
    from edge.wire.messages import Header

_SLOWEST_UPLOAD = 64 * 1024  # bytes a second that a request body may count on
_DISCARDED = 16 * 1024  # bytes of a redirect's body that are worth reading for the connection
_DISCARD_TIME = 1.0
_TIDY_INTERVAL = 1.0
_NO_BODY = frozenset({204, 205, 304})


class FetchClient:
    """Outgoing HTTP of one function; an async context manager, opened and closed in one task.

    It connects by `dialer`; `context` replaces the TLS context (see `tls.client_context`).  Closing it ends every
    open response.
    """

    def __init__(
        self,
        dialer: Dialer,
        *,
        limits: FetchLimits | None = None,
        context: ssl.SSLContext | None = None,
        hosts: Sequence[HostRule] = (),
    ) -> None:
        self.limits = limits or FetchLimits()
        self.dialer = dialer
        self._attempts = Attempts(hosts, self._attempt, self._leave, self.limits.first_byte)
        self._pool = EgressPool(dialer, context or shared_context(), self.limits)
        self._stack = AsyncExitStack()
        self._nursery: trio.Nursery | None = None
        self._tidying = False

    async def __aenter__(self) -> Self:
        self._nursery = await self._stack.enter_async_context(trio.open_nursery())
        self._stack.enter_context(self._pool.reclaimable())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()
        await self._stack.aclose()
        await self._pool.aclose()

    def service(self, *, cdn_loop: str = "", trace: InvocationTrace | None = None) -> FetchService:
        """The service for one invocation; `cdn_loop` is the CDN-Loop header that the function's own request had."""
        return FetchService(self, cdn_loop, trace)

    def pump(self, body: Body | StaticBody, upload: Upload | None = None) -> Pump:
        """Start reading a response body ahead; when it is over, so is the upload."""
        pump = Pump(body, self.limits.chunk, upload)
        self._running().start_soon(pump.run)
        return pump

    def _running(self) -> trio.Nursery:
        if self._nursery is None:
            raise InternalError("the fetch client was not entered")
        return self._nursery

    async def fetch(
        self,
        method: str,
        url: str,
        headers: Iterable[Header] = (),
        body: bytes | Upload | None = None,
        mode: Redirect = "follow",
        loop: str = "",
        carrier: Carrier | None = None,
    ) -> FetchResponse:
        """The response to a request, at its head.  Raises FetchError.  The caller closes its body.

        An upload may still be on its way then; it goes on until the response is over.
        """
        method = check_method(method)
        checked = check_headers(headers, self.limits.request_headers)
        body = check_body(method, body)
        if data_url.is_data_url(url):
            kind, content = data_url.parse_data_url(url, self.limits.data_url)
            return FetchResponse(200, "OK", (("content-type", kind),), url, False, StaticBody(content), len(content))
        if len(url) > self.limits.url:
            raise FetchError(f"the URL has {len(url)} characters, over the limit of {self.limits.url}", "limit")
        loop = check_loop(loop, self.limits.loops)
        try:
            parsed = parse_url(url)
        except UrlError as error:
            stage: Literal["scheme", "parse"] = "scheme" if error.scheme else "parse"
            self.dialer.observe_bad_url(stage, str(error))
            raise FetchError(str(error), stage) from error
        try:
            deadline = trio.current_time() + self.limits.total
            return await self._follow(FetchRequest(method, parsed, checked, body, mode, loop, deadline, carrier))
        except BaseException:
            _drop(body)
            raise

    async def _follow(self, request: FetchRequest) -> FetchResponse:
        for hop in range(self.limits.redirects + 1):
            response = await self._send(request)
            place = redirect.location(response.status, response.headers)
            if place is None or request.redirect == "manual":
                return msgspec.structs.replace(response, redirected=hop > 0)
            await self._leave(response)
            if request.redirect == "error":
                raise FetchError(f"{request.url.authority} answered with a redirect", "redirect")
            following = redirect.follow(request, response.status, place)
            if following.body is None:
                _drop(request.body)
            request = following
        raise FetchError(f"more than {self.limits.redirects} redirects", "redirect")

    async def _leave(self, response: FetchResponse) -> None:
        if isinstance(response.body, Body):
            await response.body.discard(_DISCARDED, _DISCARD_TIME)

    async def _send(self, request: FetchRequest) -> FetchResponse:
        """One hop: policy, help when the operator wants it, connection, request, head."""
        target = Target.request(request.method, request.url)
        with dialling():
            self.dialer.check(target)
        return await self._attempts.response(request, target)

    async def _attempt(self, request: FetchRequest, target: Target) -> FetchResponse:
        ticket = Ticket(target, request.deadline, self.limits.total)
        try:
            response = await self._exchange(request, ticket)
        except FetchError as failure:
            # The server may close an idle connection at the very moment at which it is used again.
            again = failure.retry and ticket.reused and request.method in IDEMPOTENT
            if not ((again or failure.untouched) and redirect.rewind(request.body)):
                raise
            ticket = ticket.again()
            response = await self._exchange(request, ticket)
        if response.status == 421 and redirect.rewind(request.body):
            response, ticket = await self._elsewhere(request, response, ticket)
        return await self._checked(request, response, WireBody(response, ticket, self.limits))

    async def _elsewhere(
        self, request: FetchRequest, response: httpcore.Response, ticket: Ticket
    ) -> tuple[httpcore.Response, Ticket]:
        """The answer on another connection, where this one is not for the request (RFC 9110, 15.5.20)."""
        if ticket.opened is not None:
            ticket.opened.retire()
        await WireBody(response, ticket, self.limits).aclose()
        again = ticket.again()
        return await self._exchange(request, again), again

    async def _exchange(self, request: FetchRequest, ticket: Ticket) -> httpcore.Response:
        ticket.first_byte = self.limits.first_byte
        if isinstance(request.body, Upload):
            ticket.sending = Sending(ticket, request.body, self._running(), self.limits.idle)
        elif request.body:
            ticket.first_byte += len(request.body) / _SLOWEST_UPLOAD
        self._keep_tidy()
        waiting = self.dialer.timeout + ticket.first_byte  # all connections may be busy
        with ticket.patience(waiting, "no response", "first_byte_timeout"), translated(ticket.target.place):
            return await self._pool.handle_async_request(_wire_request(request, ticket))

    def _keep_tidy(self) -> None:
        """Close connections that nobody has used for a while, as long as there are any."""
        if not self._tidying:
            self._tidying = True
            self._running().start_soon(self._tidy)

    async def _tidy(self) -> None:
        while self._tidying:
            await trio.sleep(max(self.limits.keep_alive, _TIDY_INTERVAL))
            self._tidying = await self._pool.tidy()

    async def _checked(self, request: FetchRequest, response: httpcore.Response, wire: WireBody) -> FetchResponse:
        """The response with its head checked and its body ready to be decoded."""
        try:
            headers = header_list(response, self.limits.response_headers, self.limits.response_header_count)
            coded = request.method != "HEAD" and response.status not in _NO_BODY
            codings = encodings(headers) if coded else ()
        except BaseException:
            await wire.aclose()
            raise
        decoder = Decoder(codings, self.limits.expansion, self.limits.expansion_floor) if codings else None
        body = Body(wire, decoder, self.limits)
        reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        kept = without_coding(headers) if codings else headers
        return FetchResponse(response.status, reason, kept, str(request.url), False, body, _length(kept))


def _drop(body: bytes | Upload | None) -> None:
    if isinstance(body, Upload):
        body.stop()


def _wire_request(request: FetchRequest, ticket: Ticket) -> httpcore.Request:
    url = request.url
    host = url.host.name if url.host.kind == "domain" else url.host.text.strip("[]")
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.scheme, host=host, port=url.port, target=url.target),
        headers=request.wire_headers,
        content=request.body if isinstance(request.body, bytes) else None,
        extensions={TICKET: ticket},
    )


def _length(headers: Iterable[Header]) -> int | None:
    value = next((value for name, value in headers if name == "content-length"), "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
