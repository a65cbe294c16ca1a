"""HTTP/2 on one connection: Hypercorn's protocol without what ends, blocks or floods it.  RFC 9113.

Priorities are ignored: RFC 9113 section 5.3.2 deprecates them, and Hypercorn's tree of them can be overfilled.
Flow control follows consumption: a request that nobody reads holds back its own stream only.  Answers are sent
by the tasks of their requests, a frame at a time and in turns, as far as the client's windows allow.
"""

from __future__ import annotations

import contextlib
import struct
from math import inf
from typing import TYPE_CHECKING, Any

import h2.config
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import trio
from hypercorn.events import Closed, RawData
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.utils import filter_pseudo_headers

from edge.errors import HeadersTooLargeError, RequestTimeoutError
from edge.gateway.answers import error_answer
from edge.gateway.flood_guard import FloodGuard
from edge.gateway.frame_meter import FrameMeter
from edge.gateway.http2_frames import StreamRefused, StrictConnection
from edge.gateway.request_id import request_id
from edge.gateway.stream import WEBSOCKET, RequestStream
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from hypercorn.events import Event

    from edge.errors import EdgeError
    from edge.gateway.connection import Connection
    from edge.gateway.lifeline import Reason
    from edge.gateway.stream import Headers, Message

_MAX_STREAMS = 100  # at a time
# Beyond the 64 KiB that there are at first, so that a body that nobody reads does not stop the others.
_CONNECTION_WINDOW = 1024 * KIB
_MAX_DISCARDED = 1024 * KIB
# Answers that the client does not take: so many have the whole time that there is, of more each has less.
_FEW_STALLED = 8
_LEAST_PATIENCE = 2.0
_LEAST_FRAME = 2 * KIB
_CRUMBS_SECONDS = 0.02
_PROGRESS = 16 * KIB  # of all answers together in that time, where they share what the client grants
_USELESS = (
    h2.events.PingReceived,
    h2.events.RemoteSettingsChanged,
    h2.events.PriorityUpdated,
    h2.events.UnknownFrameReceived,
)


class Http2(H2Protocol):
    """See connection.WireProtocol and stream.Responder."""

    def __init__(
        self, connection: Connection, client: tuple[str, int] | None, server: tuple[str, int] | None, *, ssl: bool
    ) -> None:
        self.wire = connection
        self.settings = connection.settings
        parts = connection.hypercorn_parts()
        super().__init__(*parts, ssl, client, server, connection.send_event)
        self.connection = StrictConnection(
            config=h2.config.H2Configuration(client_side=False, header_encoding=None, validate_inbound_headers=False)
        )
        self.connection.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: _MAX_STREAMS,
                h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: self.settings.max_headers,
                h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1,  # WebSockets: RFC 8441
            },
        )
        self.requests: dict[int, RequestStream] = {}
        self._guard = FloodGuard(trio.current_time())
        self._meter = FrameMeter(self.connection.max_inbound_frame_size)
        self._count = 0
        self._draining = False
        self._discarded = 0
        self._window = trio.Event()  # replaced each time it is set
        self._stalled = 0  # answers that wait for a window
        self._sent = 0  # bytes of bodies

    async def start(self) -> None:
        """Our SETTINGS come first."""
        self.connection.initiate_connection()
        self.connection.increment_flow_control_window(_CONNECTION_WINDOW)
        await self._flush()

    # what comes from the client

    async def handle(self, event: Event) -> None:
        """Hypercorn's way in."""
        if isinstance(event, RawData):
            await self.feed(event.data)
        elif isinstance(event, Closed):
            self.lost("client left")

    async def feed(self, data: bytes) -> None:
        over = self.closed
        if over:
            self._discard(len(data))
            return
        if not self._meter.accepts(data):
            await self._say_goodbye(h2.errors.ErrorCodes.FRAME_SIZE_ERROR)
            return
        try:
            events = self.connection.receive_data(data)
        except h2.exceptions.ProtocolError:
            await self._flush()
            await self._leave()
            return
        for event in events:
            if self.closed:
                return
            await self._take(event)
        await self._flush()

    def _discard(self, size: int) -> None:
        """What a client sends behind our GOAWAY: to read it lets the client read that."""
        self._discarded += size
        if self._discarded > _MAX_DISCARDED:
            self.wire.finish()

    async def _take(self, event: h2.events.Event | StreamRefused) -> None:
        if isinstance(event, h2.events.RequestReceived):
            await self._begin(event)
        elif isinstance(event, h2.events.DataReceived):
            await self._take_data(event)
        elif isinstance(event, h2.events.StreamEnded):
            if event.stream_id in self.requests:
                self.requests[event.stream_id].finish()
        elif isinstance(event, h2.events.StreamReset):
            await self._take_reset(event.stream_id or 0)
        elif isinstance(event, StreamRefused):
            await self._take_reset(event.stream_id)
        elif isinstance(event, h2.events.WindowUpdated):
            await self._take_window()
        elif isinstance(event, h2.events.ConnectionTerminated):
            await self._take_goaway()
        elif isinstance(event, _USELESS):
            await self._take_useless(event)

    async def _begin(self, event: h2.events.RequestReceived) -> None:
        stream_id, headers = event.stream_id or 0, event.headers or []
        self._count += 1
        if self._draining:
            self.connection.reset_stream(stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)
            return
        stream = self.requests[stream_id] = RequestStream(self, stream_id, self._scope(headers))
        self.wire.set_deadline(inf)
        if len(headers) > self.settings.max_header_count:
            await self._refuse(
                stream, HeadersTooLargeError(f"the request has over {self.settings.max_header_count} headers")
            )
            return
        self.wire.server.start(stream)
        if self._count == self.settings.max_requests:
            await self.drain()

    async def _refuse(self, stream: RequestStream, error: EdgeError) -> None:
        """Answer in the application's place, and end its invocation if there is one."""
        rid = request_id(None, None)
        self.wire.server.observer.refused(error, rid, self.wire.client_name)
        stream.lifeline.cut("client left")
        if stream.started:
            await self._reset(stream, h2.errors.ErrorCodes.CANCEL)
        else:
            await stream.answer(error_answer(error, rid))

    def _scope(self, headers: list[Any]) -> Message:
        pseudo = {name: value for name, value in headers if name[:1] == b":"}
        path, _, query = pseudo.get(b":path", b"").partition(b"?")
        method = pseudo[b":method"].decode("latin-1")
        websocket = method == "CONNECT" and pseudo.get(b":protocol") == b"websocket"
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "2",
            "method": "GET" if websocket else method,
            "scheme": "https" if self.ssl else "http",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": filter_pseudo_headers(headers),
            "client": self.client,
            "server": self.server,
            "extensions": {**self.wire.extensions, WEBSOCKET: True} if websocket else self.wire.extensions.copy(),
        }

    async def _take_data(self, event: h2.events.DataReceived) -> None:
        stream_id, size = event.stream_id or 0, event.flow_controlled_length or 0
        stream = self.requests.get(stream_id)
        if event.data and stream is not None and not stream.answered:
            stream.push(event.data)
            size -= len(event.data)  # padding is consumed at once, the rest when the application takes it
        elif not event.data and self._guard.useless(trio.current_time()):
            await self._calm_down()
            return
        self._acknowledge(stream_id, size)

    def _acknowledge(self, stream_id: int, size: int) -> None:
        if size and not self.closed:
            try:
                self.connection.acknowledge_received_data(size, stream_id)
            except h2.exceptions.ProtocolError:
                self.wire.finish()

    async def _take_reset(self, stream_id: int) -> None:
        self._forget(stream_id)
        if self._guard.reset():
            await self._calm_down()

    async def _take_useless(self, event: h2.events.Event) -> None:
        if self._guard.useless(trio.current_time()):
            await self._calm_down()
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self._widened()

    async def _take_window(self) -> None:
        if self._guard.widened(trio.current_time()):
            await self._calm_down()
        else:
            self._widened()

    async def _calm_down(self) -> None:
        await self._say_goodbye(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)

    async def _say_goodbye(self, code: h2.errors.ErrorCodes) -> None:
        self.connection.close_connection(code)
        await self._flush()
        await self._leave()

    async def _take_goaway(self) -> None:
        self._draining = True
        if not self.requests:
            await self._leave()

    async def _leave(self) -> None:
        self.lost("client left")
        await self.wire.linger()

    async def end_of_input(self) -> bool:
        waiting = any(stream.complete for stream in self.requests.values())
        for stream in list(self.requests.values()):
            if not stream.complete:
                stream.lost()
        return waiting

    async def timed_out(self) -> None:
        if not self.closed:
            self.connection.close_connection()
            await self._flush()

    async def drain(self) -> None:
        """Say GOAWAY without ending h2's connection, which would refuse to send the answers that are due."""
        self._draining = True
        await self._flush()
        await self.wire.send(_goaway(self.connection.highest_inbound_stream_id), whole=True)
        self._rest()

    def lost(self, reason: Reason) -> None:
        self.closed = True
        for stream_id in list(self.requests):
            self._forget(stream_id, reason)
        self._widened()

    def _forget(self, stream_id: int, reason: Reason = "client left") -> None:
        stream = self.requests.pop(stream_id, None)
        if stream is not None:
            self._acknowledge(stream_id, stream.waiting_body)
            stream.lost(reason)
            self._rest()

    def _rest(self) -> None:
        """The client's clock runs when nothing is asked of us."""
        if not self.requests:
            self.wire.set_deadline(self.settings.linger if self._draining else self.settings.idle_timeout)

    # what goes to the client

    def respond_at_once(
        self, stream: RequestStream, status: int, headers: Headers, body: bytes
    ) -> Awaitable[None] | None:
        return self.respond(stream, status, headers, body, end=True)

    async def respond(self, stream: RequestStream, status: int, headers: Headers, body: bytes, *, end: bool) -> None:
        dated = any(name == b"date" for name, _ in headers)
        extra = [] if dated else self.config.response_headers("h2")
        try:
            head = [(b":status", b"%d" % status), *headers, *extra]
            self.connection.send_headers(stream.id, head, end_stream=end and not body)
        except h2.exceptions.ProtocolError as error:
            raise trio.BrokenResourceError from error
        if body:
            await self._send_data(stream, body, end=end)
        else:
            await self._flush()
        if end:
            await self._answered(stream)

    async def send_body(self, stream: RequestStream, body: bytes, *, end: bool) -> None:
        if body or end:
            await self._send_data(stream, body, end=end)
        if end:
            await self._answered(stream)

    async def _send_data(self, stream: RequestStream, body: bytes, *, end: bool) -> None:  # type: ignore[override]
        view = memoryview(body)
        try:
            while True:
                size = min(len(view), await self._wait_for_window(stream, len(view)) if view else 0)
                last = size == len(view)
                self.connection.send_data(stream.id, view[:size].tobytes(), end_stream=end and last)
                view = view[size:]
                self._sent += size
                self._guard.sent(size)
                await self._flush()
                if last:
                    return
                await trio.lowlevel.checkpoint()
        except h2.exceptions.ProtocolError as error:
            raise trio.BrokenResourceError from error

    async def _wait_for_window(self, stream: RequestStream, wanted: int) -> int:
        """Bytes that may be sent in one frame now, up to `wanted` or so."""
        least = min(wanted, _LEAST_FRAME)
        if 0 < self._room(stream) < least:  # crumbs: more is likely to follow at once
            with trio.move_on_after(_CRUMBS_SECONDS):
                while 0 < self._room(stream) < least:
                    await self._window.wait()
        # Looked at anew: meanwhile another answer may have taken the crumbs.
        window = self._room(stream)
        return window if window > 0 else await self._wait_for_any_window(stream)

    async def _wait_for_any_window(self, stream: RequestStream) -> int:
        self._stalled += 1
        try:
            while (window := await self._stall(stream)) == 0:
                pass
        finally:
            self._stalled -= 1
        if window > 0:
            return window
        await self._reset(stream, h2.errors.ErrorCodes.CANCEL)
        raise trio.BrokenResourceError("the client does not take its answer")

    async def _stall(self, stream: RequestStream) -> int:
        """The window once there is one; 0 when only others have moved meanwhile, -1 when nothing has.

        Each answer that nobody takes holds a function, so with many of them each gets less time.
        """
        patience = self.settings.send_timeout * min(1.0, _FEW_STALLED / self._stalled)
        sent = self._sent
        with trio.move_on_after(max(patience, min(_LEAST_PATIENCE, self.settings.send_timeout))):
            while not stream.broken:
                window = self._room(stream)
                if window > 0:
                    return window
                await self._window.wait()
        starved = self.connection.outbound_flow_control_window <= 0
        return 0 if starved and not stream.broken and self._sent - sent >= _PROGRESS else -1

    def _room(self, stream: RequestStream) -> int:
        if stream.broken:
            return 0
        return min(self.connection.local_flow_control_window(stream.id), self.connection.max_outbound_frame_size)

    def _widened(self) -> None:
        self._window.set()
        self._window = trio.Event()

    def body_patience(self, stream: RequestStream) -> float:
        allowed = self.settings.body_grace + stream.received / self.settings.body_rate
        return inf if stream.upgraded else max(0.0, allowed - stream.waited)

    async def too_slow(self, stream: RequestStream) -> None:
        await self._refuse(stream, RequestTimeoutError("the request body comes too slowly"))

    async def wants_body(self, stream: RequestStream) -> None:
        if any(name == b"expect" and value.lower() == b"100-continue" for name, value in stream.scope["headers"]):
            self.connection.send_headers(stream.id, [(b":status", b"100")])
            await self._flush()

    def consumed(self, stream: RequestStream, size: int) -> Awaitable[None]:
        self._acknowledge(stream.id, size)
        return self._flush()

    async def abort(self, stream: RequestStream) -> None:
        await self._reset(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)

    async def upgrade(self, stream: RequestStream, headers: Headers) -> None:
        await self.respond(stream, 200, headers, b"", end=False)

    async def send_raw(self, stream: RequestStream, data: bytes, *, end: bool) -> None:
        await self.send_body(stream, data, end=end)

    async def _answered(self, stream: RequestStream) -> None:
        self._guard.answered()
        if stream.complete:
            self._forget(stream.id)
        else:
            await self._reset(stream, h2.errors.ErrorCodes.NO_ERROR)  # RFC 9113 section 8.1
        if self._draining and not self.requests:
            await self._leave()

    async def _reset(self, stream: RequestStream, code: h2.errors.ErrorCodes) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError):
            self.connection.reset_stream(stream.id, code)
        self._forget(stream.id)
        await self._flush()

    async def _flush(self) -> None:
        data = self.connection.data_to_send()
        if data:
            await self.wire.send(data, whole=True)


def _goaway(last_stream: int) -> bytes:
    """A GOAWAY frame with NO_ERROR: RFC 9113 section 6.8."""
    return struct.pack(">HBBBIII", 0, 8, 7, 0, 0, last_stream, 0)
