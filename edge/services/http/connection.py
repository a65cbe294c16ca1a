"""Connections and their pool: every one is opened, and every request on it admitted, by the dialer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import httpcore
import trio

from edge.services.dial.dialer import start_tls
from edge.services.http.failure import dialling
from edge.services.http.http2 import EgressHTTP2Connection
from edge.services.http.http11 import EgressHTTP11Connection
from edge.services.http.stream import EgressStream
from edge.services.http.ticket import TICKET

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from edge.services.dial.dialer import Dialer
    from edge.services.egress.literals import Address
    from edge.services.http.limits import FetchLimits
    from edge.services.http.ticket import Ticket

_HEAD_READS = 2  # a head may be preceded by 1xx responses of its own size


class Open(NamedTuple):
    """An open connection and where it leads."""

    inner: EgressHTTP11Connection | EgressHTTP2Connection
    stream: EgressStream
    address: Address

    async def abandon(self, stream_id: int | None) -> None:
        """Give up a response in the middle: its next read fails.  HTTP/1.1 loses the connection by it."""
        if isinstance(self.inner, EgressHTTP2Connection) and stream_id is not None:
            self.inner.abandon(stream_id)
        else:
            await self.stream.aclose()

    def retire(self) -> None:
        """No new requests; HTTP/1.1 loses the connection with a response that is not read anyway."""
        if isinstance(self.inner, EgressHTTP2Connection):
            self.inner.retire()


class EgressConnection(httpcore.AsyncConnectionInterface):
    """One connection to one origin, HTTP/1.1 or HTTP/2."""

    def __init__(self, origin: httpcore.Origin, dialer: Dialer, context: ssl.SSLContext, limits: FetchLimits) -> None:
        self._origin = origin
        self._dialer = dialer
        self._context = context
        self._limits = limits
        self._lock = trio.Lock()
        self._open: Open | None = None
        self._failed = False

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send one request.  Raises FetchError, httpcore's errors, and ConnectionNotAvailable when busy."""
        ticket: Ticket = request.extensions[TICKET]
        async with self._lock:
            if self._failed:
                raise httpcore.ConnectionNotAvailable
            if self._open is None:
                self._open = await self._connect(ticket)
            else:
                self._admit(ticket, self._open)
        opened = ticket.opened = self._open
        ticket.connected()
        if isinstance(opened.inner, EgressHTTP2Connection):
            return await opened.inner.handle_async_request(request)
        opened.stream.expect_head(_HEAD_READS * self._limits.response_headers)
        response = await opened.inner.handle_async_request(request)
        opened.stream.head_done()
        return response

    def _admit(self, ticket: Ticket, opened: Open) -> None:
        """The rules may tell requests of one origin apart, so each is held against the address again."""
        if not opened.inner.is_available():
            raise httpcore.ConnectionNotAvailable
        with dialling():
            self._dialer.check_addresses(ticket.target, (opened.address,))
        ticket.reused = True

    async def _connect(self, ticket: Ticket) -> Open:
        self._failed = True  # unless the end of this function is reached
        target = ticket.target
        raw: trio.abc.Stream
        with dialling(), self._dialer.patience(target):
            raw = connection = await self._dialer.dial(target)
            if self._origin.scheme == b"https":
                raw = await start_tls(connection, self._context, target)
        stream = EgressStream(raw)
        kind = EgressHTTP2Connection if _is_http2(raw) else EgressHTTP11Connection
        self._failed = False
        return Open(kind(self._origin, stream, keepalive_expiry=self._limits.keep_alive), stream, connection.address)

    def drop(self) -> None:
        """Close a connection that is idle, at once."""
        if self._open is not None:
            self._open.stream.drop()

    @property
    def is_blank(self) -> bool:
        """Nobody has begun to open it."""
        return self._open is None and not self._failed

    async def aclose(self) -> None:
        """Close the connection."""
        if self._open is not None:
            await self._open.inner.aclose()

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        """See httpcore."""
        return origin == self._origin

    def is_available(self) -> bool:
        """Before it is known whether the connection is HTTP/2, further requests may wait for it."""
        if self._open is None:
            return self._origin.scheme == b"https" and not self._failed
        return not self._open.stream.broken and self._open.inner.is_available()

    def has_expired(self) -> bool:
        """See httpcore."""
        if self._open is None:
            return False
        return self._open.inner.has_expired() or (self._open.stream.broken and self._open.inner.is_idle())

    def is_idle(self) -> bool:
        """See httpcore."""
        return self._open is not None and self._open.inner.is_idle()

    def is_closed(self) -> bool:
        """See httpcore."""
        return self._failed if self._open is None else self._open.inner.is_closed()

    def info(self) -> str:
        """See httpcore."""
        return "CONNECTING" if self._open is None else self._open.inner.info()


def _is_blank(connection: httpcore.AsyncConnectionInterface) -> bool:
    return isinstance(connection, EgressConnection) and connection.is_blank


def _is_http2(stream: trio.abc.Stream) -> bool:
    return isinstance(stream, trio.SSLStream) and stream.selected_alpn_protocol() == "h2"


class EgressPool(httpcore.AsyncConnectionPool):
    """The keep-alive pool of one function."""

    def __init__(self, dialer: Dialer, context: ssl.SSLContext, limits: FetchLimits) -> None:
        super().__init__(
            ssl_context=context,
            max_connections=limits.connections,
            keepalive_expiry=limits.keep_alive,
            network_backend=httpcore.AsyncNetworkBackend(),  # refuses everything: connections open themselves
        )
        self._dialer = dialer
        self._context = context
        self._limits = limits

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """See httpcore, which keeps a connection for ever whose only request was cancelled before it could open it."""
        try:
            return await super().handle_async_request(request)
        except BaseException:
            await self._forget_blank()
            raise

    async def tidy(self) -> bool:
        """Close what has expired; whether anything is left."""
        await self._close_connections(self._assign_requests_to_connections())
        return bool(self._connections)

    @contextmanager
    def reclaimable(self) -> Iterator[None]:
        """Give unused connections up when others need their place."""
        quotas = self._dialer.quota.chain
        for quota in quotas:
            quota.reclaimers.add(self._reclaim)
        try:
            yield
        finally:
            for quota in quotas:
                quota.reclaimers.discard(self._reclaim)

    def _reclaim(self) -> None:
        for one in self._connections:
            if isinstance(one, EgressConnection) and one.is_idle():
                one.drop()

    async def _forget_blank(self) -> None:
        wanted = {id(waiting.connection) for waiting in self._requests}
        kept = [one for one in self._connections if id(one) in wanted or not _is_blank(one)]
        if len(kept) < len(self._connections):
            self._connections = kept
            await self._close_connections(self._assign_requests_to_connections())

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        """Instead of httpcore's connections, which resolve and dial by themselves."""
        return EgressConnection(origin, self._dialer, self._context, self._limits)
