"""HTTP/2 connections whose streams cannot hurt each other.

httpcore credits the connection's flow-control window when a body is read, so that one response that
nobody reads stops all others, and it forgets a response that is no longer wanted without telling the
peer, which goes on sending.  Here the connection is credited when data arrives, each stream has a small
window of its own, and unwanted streams are reset.  A body that waits for the peer's window is told of it
whoever has read the news, and uploads are sent while the answer comes.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import httpcore
import trio

from edge.services.http.ticket import TICKET
from edge.units import KIB

if TYPE_CHECKING:
    from edge.services.http.ticket import Sending, Ticket

_RESET_TIMEOUT = 1.0  # seconds to get the reset out
_FLOW = "edge.flow"  # key in the extensions of a request: the stream that waits to send
_STREAM_WINDOW = 512 * KIB  # on top of the initial 64 KiB; bounds what a response that is not read costs


class _SmallWindows(h2.connection.H2Connection):
    """Small windows for streams."""

    def increment_flow_control_window(self, increment: int, stream_id: int | None = None) -> None:
        """Open the connection's window as asked, a stream's by no more than its share."""
        bounded = increment if stream_id is None else min(increment, _STREAM_WINDOW)
        super().increment_flow_control_window(bounded, stream_id)


class EgressHTTP2Connection(httpcore.AsyncHTTP2Connection):
    """See the module."""

    CONFIG = h2.config.H2Configuration(validate_inbound_headers=True)

    def __init__(
        self, origin: httpcore.Origin, stream: httpcore.AsyncNetworkStream, keepalive_expiry: float | None = None
    ) -> None:
        super().__init__(origin, stream, keepalive_expiry)
        self._h2_state = _SmallWindows(config=self.CONFIG)
        self._sendings: dict[int, Sending] = {}

    async def _send_request_body(self, request: httpcore.Request, stream_id: int) -> None:
        ticket: Ticket = request.extensions[TICKET]
        if ticket.sending is None:
            await super()._send_request_body(request, stream_id)
            return
        self._sendings[stream_id] = ticket.sending
        ticket.sending.start(
            partial(self._send_stream_data, request, stream_id), partial(self._send_end_stream, request, stream_id)
        )

    def _flow(self, stream_id: int) -> int:
        """Bytes that may be sent now, in one frame."""
        return min(self._h2_state.local_flow_control_window(stream_id), self._h2_state.max_outbound_frame_size)

    async def _wait_for_outgoing_flow(self, request: httpcore.Request, stream_id: int) -> int:
        waiting = httpcore.Request(b"", request.url, extensions={_FLOW: stream_id})
        while (flow := self._flow(stream_id)) <= 0:
            await self._receive_events(waiting)
        return flow

    async def _read_incoming_data(self, request: httpcore.Request) -> list[h2.events.Event]:
        """Credit the connection for what arrives; a stream is credited when it is read."""
        waiting = request.extensions.get(_FLOW)
        if waiting is not None and self._flow(waiting) > 0:
            return []  # somebody else has read that the window is open while this one waited for its turn
        events = await super()._read_incoming_data(request)
        for event in events:
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                with suppress(h2.exceptions.ProtocolError):  # the peer has closed the connection
                    self._h2_state.increment_flow_control_window(event.flow_controlled_length)
        return events

    def abandon(self, stream_id: int) -> None:
        """Make the next read of this stream fail, so that whoever reads it unwinds and closes it."""
        reset = h2.events.StreamReset(stream_id=stream_id, error_code=h2.errors.ErrorCodes.CANCEL, remote_reset=False)
        self._events[stream_id] = [reset]

    def retire(self) -> None:
        """Take no new requests, and close after the last that is open."""
        self._used_all_stream_ids = True

    async def _response_closed(self, stream_id: int) -> None:
        sending = self._sendings.pop(stream_id, None)
        if sending is not None:
            await sending.stop()
        # Of a stream that has ended this is a no-op: h2 refuses to reset it.
        with suppress(h2.exceptions.ProtocolError):
            self._h2_state.reset_stream(stream_id, h2.errors.ErrorCodes.CANCEL)
        with suppress(httpcore.NetworkError), trio.move_on_after(_RESET_TIMEOUT, shield=True):
            await self._flush()
        await super()._response_closed(stream_id)

    async def _flush(self) -> None:
        async with self._write_lock:
            await self._network_stream.write(self._h2_state.data_to_send())
