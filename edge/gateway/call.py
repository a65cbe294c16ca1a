"""One request on its way through the gateway: address, target, route, body, invocation, answer, log line.

Everything that goes wrong ends as one error; what the client gets follows from it and from how much it has got
already.
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING, Any

import msgspec
import trio

from edge.errors import (
    BadResponseError,
    DrainingError,
    EdgeError,
    InternalError,
    UnsupportedError,
)
from edge.function import ALWAYS, ASKED, Function
from edge.gateway.access_log import AccessEntry
from edge.gateway.answers import error_answer
from edge.gateway.authority import Authority
from edge.gateway.client_address import Origin
from edge.gateway.duties.routed import RoutedRequest
from edge.gateway.finding import Finding, Found
from edge.gateway.generations import Generation
from edge.gateway.own_answer import COMMON_METHODS, Asked, options_answer
from edge.gateway.request_trace import RequestTrace, begin_trace
from edge.gateway.stream import AbortedAnswer
from edge.gateway.target import Target
from edge.gateway.upgrade import ServerSocket, Upgrading
from edge.gateway.versions.previews import preview_of
from edge.invocation import Outcome, Receipt, outcome_of
from edge.services.websocket.handshake import read_offer
from edge.wire.messages import Header, Request

if TYPE_CHECKING:
    from edge.gateway.dispatch_parts import DispatchParts
    from edge.gateway.duties.policy import RoutePolicy
    from edge.gateway.exchange import Receive, Send

_METHOD = re.compile(r"[A-Z][A-Z-]{0,31}")
_REFUSED_METHODS = frozenset({"TRACE", "TRACK", "CONNECT"})
TIMING = "edge-server-timing"
"""The header of a request that asks for Server-Timing; see `server_timing` of functions."""
_LOGGED_PATH = _LOGGED_HEADER = 256
_CLIENT_CLOSED = 499  # as nginx logs it: the client left before there was an answer
_NOWHERE, _NO_AUTHORITY = Origin("", "http"), Authority("")  # as long as nobody has looked
_WHOLE = frozenset({"express", "event"})  # contracts that begin with the whole body


class RequestCall(Finding):
    """One request on its way."""

    def __init__(
        self, parts: DispatchParts, scope: Any, receive: Receive, send: Send, *, function: str = "", prefix: str = ""
    ) -> None:
        super().__init__(parts, scope, receive, send, function=function, prefix=prefix)
        settings = parts.settings
        self._body_timeout = settings.body_timeout
        self._previewed: Function | None = None  # instead of what the generation has
        self._generation = ""
        self.quiet = False  # not worth a line in the log
        self._trace: RequestTrace | None = None

    async def run(self) -> None:
        """Serve the request; raises AbortedAnswer for an answer that broke off."""
        began = time.perf_counter()
        self.parts.metrics.began()
        if self.parts.tracing.tracer is not None:
            self._begin_trace()
        receipt: Receipt | None = None
        error: EdgeError | None = None
        try:
            try:
                receipt = await (self._with_socket() if self.upgrade else self._while_client_waits())
            except EdgeError as raised:
                error = raised
            error = self._verdict(receipt, error)
            if error is not None and not self.exchange.started:
                await self._answer(receipt, error)
        finally:
            if self.routed is not None:
                self._end_duties(self.routed)
            self._record(receipt, error, (self.exchange.finished_at or time.perf_counter()) - began)
        if self.exchange.started and not self.exchange.finished:
            raise AbortedAnswer

    def _begin_trace(self) -> None:
        client = self.scope["client"]
        trusted = self.parts.addresses.trusts_peer(client[0] if client else "")
        self._trace = begin_trace(self.parts.tracing, self.headers, self.exchange.request_id, trusted=trusted)
        if self._trace is not None:
            self.headers = self._trace.headers
            self.known = dict(self.headers)

    async def _with_socket(self) -> Receipt | None:
        """The same for a request that asks for a WebSocket, which is closed with the verdict."""
        receipt: Receipt | None = None
        failure: EdgeError | None = None
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                receipt = await self._while_client_waits()
            except EdgeError as error:
                failure = error
            socket = self.exchange.socket
            if socket is not None:
                failed = failure or (receipt.error if receipt is not None else None)
                await socket.dismiss(failed, draining=self.lifeline.reason == "draining")
                await socket.wait_closed()
                self.parts.metrics.socket_closed(self.function, socket.link)
                self.exchange.finished_at = time.perf_counter()
        if failure is not None:
            raise failure
        return receipt

    async def _while_client_waits(self) -> Receipt | None:
        """What became of the invocation.  Raises EdgeError when there was none."""
        with trio.CancelScope() as scope:
            self.lifeline.attach(scope)
            try:
                with self.parts.generations.pin() as generation:
                    self._generation = generation.hash
                    return await self._serve(generation)
            except EdgeError:
                raise
            except Exception as error:
                if not self.exchange.gone:
                    self.parts.observer.crashed(error, f"invocation of {self.function!r}, {self.exchange.request_id}")
                    raise InternalError("the invoker failed") from error
        return Receipt(Outcome.OK if self.exchange.finished else Outcome.CANCELED)

    def _verdict(self, receipt: Receipt | None, error: EdgeError | None) -> EdgeError | None:
        """The one error that the request ended with, if any."""
        error = self.exchange.failure or error or (receipt.error if receipt else None)
        if error is not None or self.exchange.finished:
            return error
        if self.lifeline.reason == "draining":
            return DrainingError("the gateway is shutting down")
        if self._client_left():
            return None
        if self.exchange.started:
            return BadResponseError("the function ended in the middle of its answer")
        return BadResponseError("the function ended without an answer")

    def _client_left(self) -> bool:
        return self.exchange.gone or self.lifeline.reason == "client left"

    async def _serve(self, generation: Generation) -> Receipt | None:
        """What became of the invocation; None when there was none."""
        if self.method == "OPTIONS" and self.scope["raw_path"] == b"*":  # of the server (RFC 9112 section 3.2.4)
            await self.exchange.answer(options_answer(COMMON_METHODS))
            return None
        target = self._read_target()
        preview = preview_of(self.authority.host, self.parts.settings.preview_host)
        if preview is None or self.direct:
            return await self._serve_found(generation, target, self._find(generation, target))
        version = generation.preview(preview)
        found = self._find_preview(generation, target, version)
        async with self.parts.open_version(generation, version) as self._previewed:
            return await self._serve_found(generation, target, found)

    async def _serve_found(self, generation: Generation, target: Target, found: Found) -> Receipt | None:
        if found.policy is not None and await self._do_duties(generation, target, found.policy, found):
            return None
        if found.answer is not None or found.allow:
            await self._answer_itself(target, found)
            return None
        function, request = await self._read(generation, target, found)
        cache = found.policy.cache if found.policy is not None and not self.upgrade else None
        if cache is not None and self.routed is not None:
            return await cache.serve(self.routed, function, request, self.parts.invoker.invoke)
        return await self.parts.invoker.invoke(function, request, self.exchange.request_id, self.exchange)

    async def _do_duties(self, generation: Generation, target: Target, policy: RoutePolicy, found: Found) -> bool:
        """What comes before the function, in the order of edge.gateway.duties.policy.  Whether it was the answer."""
        routed = self.routed = self._routed(generation, target, found)
        self.exchange.filter((*policy.filters(routed), *self._version_filters))
        answer = await policy.admission(routed)
        if answer is not None:
            await self.exchange.answer(answer)
            return True
        if found.answer is not None:
            return False
        if policy.max_body is not None:
            self.exchange.limit_body(policy.max_body)
        if policy.body_timeout is not None:
            self._body_timeout = policy.body_timeout
        self._check_announced()
        return False

    async def _answer_itself(self, target: Target, found: Found) -> None:
        """What needs no function."""
        named = (found.match.route.methods or ()) if found.match is not None else found.allow
        if self.method == "OPTIONS" and "OPTIONS" not in named:
            await self.exchange.answer(options_answer(named or COMMON_METHODS))
        elif self.upgrade:
            raise UnsupportedError("there is no WebSocket here")
        elif found.answer is not None and found.match is not None:
            raw = found.match.raw_params(target.path)
            rest = raw[next(reversed(raw))] if found.match.takes_rest else ""
            where = (self.method, self.authority.host, target.path, target.query)
            asked = Asked(*where, raw, rest, self.headers, self.exchange)
            await found.answer.give(asked)

    def _end_trace(self, trace: RequestTrace, entry: AccessEntry) -> None:
        agent = self.known.get("user-agent", "")
        trace.end(*(entry, self._pattern), scheme=self.origin.scheme, protocol=self.scope["http_version"], agent=agent)

    def _end_duties(self, routed: RoutedRequest) -> None:
        for callback in routed.endings:
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - one bug must not keep the others from giving back what they hold
                self.parts.observer.crashed(error, f"duties of {routed.route}, {self.exchange.request_id}")

    async def _read(self, generation: Generation, target: Target, found: Found) -> tuple[Function, Request]:
        """What the function is given."""
        function = self._previewed or generation.function(found.function)
        if function.server_timing == ASKED and TIMING in self.known:
            function = msgspec.structs.replace(function, server_timing=ALWAYS)
        if self.upgrade:
            body, more = None, False
            self._allow_socket(function)
        else:
            body, more = await self._read_body(function)
        headers = self._function_headers()
        if found.policy is not None and self.routed is not None:
            function, headers = self._apply(found.policy, self.routed, function, headers)
        return function, Request(
            method=self.method,
            url=self._url(target),
            path=target.path[len(found.base_path) :] or "/",
            query=target.query,
            base_path=found.base_path,
            headers=headers,
            params=found.params,
            ip=self.origin.ip,
            ips=self.origin.ips,
            http_version=self.scope["http_version"],
            body=body,
            more=more,
            upgrade=self.upgrade,
        )

    def _apply(
        self, policy: RoutePolicy, routed: RoutedRequest, function: Function, headers: list[Header]
    ) -> tuple[Function, list[Header]]:
        """Function and headers as the route's policy wants them."""
        headers = routed.headers_for_function(headers)
        if policy.request_headers is not None:
            headers = policy.request_headers.apply(headers, routed)
        if policy.timeout is not None and policy.timeout < function.limits.timeout:
            share = policy.timeout / function.limits.timeout
            # An open socket gets CPU time at the rate of both, which must not rise.
            cpu = function.limits.cpu * share if self.upgrade else function.limits.cpu
            limits = msgspec.structs.replace(function.limits, timeout=policy.timeout, cpu=cpu)
            function = msgspec.structs.replace(function, limits=limits)
        return function, headers

    # the head

    def _allow_socket(self, function: Function) -> None:
        """Raises CallerError for a handshake that is none."""
        if function.contract == "event":
            raise UnsupportedError(f"function {function.name} is of the event contract, which has no WebSockets")
        self.exchange.upgrading = Upgrading(
            read_offer(self.headers, keyed=self.scope["http_version"] == "1.1"),
            self.parts.settings.websocket,
            self._nursery,
            self.parts.budget,
        )
        self.exchange.upgraded = self._note_socket

    def _note_socket(self, socket: ServerSocket) -> None:
        self.parts.metrics.socket_opened(self.function, socket.link)
        self.parts.socket_log(self.function, self.path, self.exchange.request_id, socket.link)

    # the body

    async def _read_body(self, function: Function) -> tuple[bytes | None, bool]:
        length = self._check_announced()
        if length == 0 or (length is None and not self._may_have_body()):
            return None, False
        whole = function.contract in _WHOLE
        return await self.exchange.read_ahead(length, self._body_timeout, whole=whole)

    def _check_announced(self) -> int | None:
        """The announced length of the body.  Raises BodyTooLargeError."""
        length = self._announced()
        if length is not None:
            self.exchange.check_length(length)
        return length

    # the end

    async def _answer(self, receipt: Receipt | None, error: EdgeError) -> None:
        outcome = self._outcome(receipt, error)
        answer = error_answer(error, self.exchange.request_id, expose=self.parts.settings.expose_errors)
        with contextlib.suppress(trio.BrokenResourceError):
            await self.exchange.answer(answer, outcome or "")

    def _outcome(self, receipt: Receipt | None, error: EdgeError | None) -> Outcome | None:
        if self.exchange.failure is not None:
            return Outcome.BAD_RESPONSE
        if receipt is not None and (receipt.outcome is not Outcome.OK or error is None):
            return receipt.outcome
        return outcome_of(error) if error is not None else None

    def _record(self, receipt: Receipt | None, error: EdgeError | None, duration: float) -> None:
        ours = error is not None and self.exchange.status == error.status
        socket = self.exchange.socket
        outcome = self._outcome(receipt, error)
        entry = AccessEntry(
            method=self.method,
            path=self.path or self.scope["raw_path"].decode("latin-1")[:_LOGGED_PATH],
            status=self.exchange.status or _CLIENT_CLOSED,
            request_id=self.exchange.request_id,
            ip=self.origin.ip,
            duration=duration,
            bytes_in=self.exchange.bytes_in if socket is None else socket.link.tally.bytes_in,
            bytes_out=self.exchange.bytes_out if socket is None else socket.link.tally.bytes_out,
            host=str(self.authority),
            function=self.function,
            outcome=outcome or "",
            code=error.code if error is not None and ours else "",
            client_cert=self.certificate.subject if self.certificate is not None else "",
            error=str(error) if error is not None else "",
            stack=getattr(error, "stack", ""),
            identity=self.routed.identity if self.routed is not None else None,
            cache=self.routed.cache if self.routed is not None else "",
            receipt=receipt,
            socket=socket.link if socket is not None else None,
            trace=self._trace.trace_id if self._trace is not None else "",
            generation=self._generation,
            headers=self._shown_headers() if self.parts.settings.logged_headers else {},
        )
        if self._trace is not None:
            self._end_trace(self._trace, entry)
        self.parts.metrics.ended(entry)
        if self._versioned is not None:
            split, version = self._versioned
            split.rollout.ended(version, outcome, entry.status)
        if self.quiet and error is None:
            return
        try:
            self.parts.access_log(entry)
        except (OSError, ValueError):  # a log that cannot be written must not cost the answer
            return
